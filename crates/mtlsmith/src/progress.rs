//! A line that counts, for work that takes long, and for nothing else.

use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use crate::environment::Environment;

/// A count that shows itself late and takes itself away.
pub(crate) struct Progress<'a> {
    started: Instant,
    total: usize,
    talk: Option<&'a mut dyn Write>,
    shown: Option<usize>,
    how: How,
}

/// How it is shown.
#[derive(Debug, Clone, Copy)]
enum How {
    /// `checking: 7 of 40 files`.
    Words,
    /// A bar, behind what is being done.
    Bar(&'static str),
}

impl<'a> Progress<'a> {
    /// Of so many files; shown only to a person at a terminal that can take a line back.
    pub(crate) fn new(total: usize, quiet: bool, environment: &'a mut Environment<'_>) -> Self {
        let is_dumb = environment.set_variable("TERM").is_none_or(|term| term == "dumb");
        let wanted = environment.talk_is_terminal && !is_dumb && !quiet;
        let talk: Option<&mut dyn Write> = if wanted { Some(&mut environment.talk) } else { None };
        Progress { started: Instant::now(), total, talk, shown: None, how: How::Words }
    }

    /// The same as a bar.
    pub(crate) fn bar(
        total: usize,
        doing: &'static str,
        quiet: bool,
        environment: &'a mut Environment<'_>,
    ) -> Self {
        Progress { how: How::Bar(doing), ..Progress::new(total, quiet, environment) }
    }

    /// So many are done.
    pub(crate) fn update(&mut self, done: usize) {
        let Some(talk) = &mut self.talk else { return };
        if self.shown == Some(done) || self.started.elapsed() < SHOWN_AFTER {
            return;
        }
        self.shown = Some(done);
        // A count that cannot be shown is none that anybody misses.
        let line = match self.how {
            How::Words => format!("checking: {done} of {} files", self.total),
            How::Bar(doing) => bar(doing, done, self.total),
        };
        let _ = write!(talk, "{CLEARED_LINE}{line}").and_then(|()| talk.flush());
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        if let (Some(talk), Some(_)) = (self.talk, self.shown) {
            let _ = write!(talk, "{CLEARED_LINE}").and_then(|()| talk.flush());
        }
    }
}

/// `minting  ━━━━━━────  1200 of 10000`.
fn bar(doing: &str, done: usize, total: usize) -> String {
    let filled = done.saturating_mul(BAR_COLUMNS).checked_div(total).unwrap_or(0).min(BAR_COLUMNS);
    let (full, empty) = ("━".repeat(filled), "─".repeat(BAR_COLUMNS - filled));
    format!("{doing}  {full}{empty}  {done} of {total}")
}

const BAR_COLUMNS: usize = 30;

const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// Back to the first column, and the line empty.
const CLEARED_LINE: &str = "\r\u{1b}[2K";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(wait: Duration, terminal: bool, term: &'static str) -> String {
        let mut written = Vec::new();
        let variable: fn(&str) -> Option<std::ffi::OsString> =
            if term == "dumb" { |_| Some("dumb".into()) } else { |_| Some("xterm".into()) };
        let mut environment = Environment {
            talk: Box::new(&mut written),
            talk_is_terminal: terminal,
            variable,
            ..Environment::of_process()
        };
        let mut progress = Progress::new(40, false, &mut environment);
        progress.started = progress.started.checked_sub(wait).unwrap();
        progress.update(7);
        progress.update(7);
        progress.finish();
        drop(environment);
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn only_long_work_before_a_person_is_counted() {
        let long = Duration::from_secs(1);
        assert_eq!(shown(long, true, "xterm"), "\r\u{1b}[2Kchecking: 7 of 40 files\r\u{1b}[2K");
        assert_eq!(shown(Duration::ZERO, true, "xterm"), "");
        assert_eq!(shown(long, false, "xterm"), "");
        assert_eq!(shown(long, true, "dumb"), "");
    }
}
