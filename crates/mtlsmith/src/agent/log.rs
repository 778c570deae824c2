//! Structured logs: one line of JSON for each event, on standard error. Texts from certificates and programs are made harmless; nothing
//! here ever sees a key.

use std::fmt::Display;

use mtlsmith_report::for_terminal;
use serde_json::Map;
use serde_json::Value;

use crate::session::Session;

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warning,
    Error,
}

/// Where events go.
pub(super) struct Log;

impl Log {
    /// Says what happened.
    pub(super) fn say(
        &self,
        session: &mut Session<'_, '_>,
        level: Level,
        event: &str,
        fields: &[(&str, &dyn Display)],
    ) {
        if session.is_quiet() && level == Level::Info {
            return;
        }
        let time = (session.environment.now)().to_string();
        session.talk(&line(&time, level, event, fields));
    }
}

fn line(time: &str, level: Level, event: &str, fields: &[(&str, &dyn Display)]) -> String {
    let level = match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let mut object = Map::new();
    for (name, value) in [("time", time), ("level", level), ("event", event)] {
        object.insert(name.to_owned(), Value::from(value));
    }
    for (name, value) in fields {
        object.insert((*name).to_owned(), Value::from(for_terminal(&value.to_string())));
    }
    format!("{}\n", Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json_whatever_is_in_it() {
        let hostile = "a\"b\n{\"level\":\"error\"}\u{1b}[2J\u{2028}\u{202e}";
        let text = line("2026-11-23T16:00:00Z", Level::Info, "rotated", &[("name", &hostile)]);
        assert_eq!(text.lines().count(), 1);
        assert!(!text.contains(['\u{1b}', '\u{2028}', '\u{202e}']), "{text:?}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["event"], "rotated");
        assert_eq!(read["level"], "info");
    }
}
