//! `rules diff`: which rules came and went between two days.

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Rule;
use serde::Serialize;

use super::Entry;
use super::columns;
use super::wrap;
use crate::arguments;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Place;
use crate::session::Session;

/// Compare the rules of two days
///
/// Ends with 0 when the same rules apply on both days, with 1 when they differ.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The one day
    #[arg(value_parser = arguments::ruleset)]
    old: Date,
    /// The other day
    #[arg(value_parser = arguments::ruleset)]
    new: Date,
    /// The form of the comparison
    #[arg(long, value_enum, default_value_t)]
    format: TextOrJson,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let only = |on: Date, not_on: Date| -> Vec<&'static Rule> {
        mtlsmith_validate::rules::all()
            .filter(|rule| rule.applies_on(on) && !rule.applies_on(not_on))
            .collect()
    };
    let (old, new) = (arguments.old, arguments.new);
    let (gone, come) = (only(old, new), only(new, old));
    let differ = !gone.is_empty() || !come.is_empty();
    let text = match arguments.format {
        TextOrJson::Text => {
            let mut text = lines(&gone, '-', AnsiColor::Red, session);
            text.push_str(&lines(&come, '+', AnsiColor::Green, session));
            if !differ {
                let rules = mtlsmith_validate::rules::all().filter(|rule| rule.applies_on(new)).count();
                text.push_str(&format!("Same rules: {rules}.\n"));
            }
            text
        }
        TextOrJson::Json => pretty_json(&Comparison {
            schema: 1,
            old: old.to_string(),
            new: new.to_string(),
            dropped: gone.into_iter().map(Entry::of).collect(),
            added: come.into_iter().map(Entry::of).collect(),
        }),
    };
    session.write(text.as_bytes())?;
    Ok(if differ { Exit::Findings } else { Exit::Done })
}

#[derive(Serialize)]
struct Comparison {
    schema: u32,
    old: String,
    new: String,
    dropped: Vec<Entry>,
    added: Vec<Entry>,
}

fn lines(rules: &[&Rule], sign: char, color: AnsiColor, session: &Session<'_, '_>) -> String {
    let style = if session.colors(Place::Output) { color.on_default() } else { Style::new() };
    let columns = columns(session);
    let line = |rule: &&Rule| {
        let day = if sign == '+' { format!("since {}", rule.since) } else { until(rule) };
        let (code, name, severity) = (rule.code, rule.name, rule.severity.as_str());
        let start = format!("{style}{sign} {code:<8}{style:#} {severity:<8} ");
        let text = format!("{name}, {day}: {}", rule.summary());
        match columns {
            None => format!("{start}{text}\n"),
            Some(columns) => {
                let lines = wrap(&text, columns.saturating_sub(START).max(START));
                format!("{start}{}\n", lines.join(&format!("\n{:START$}", "")))
            }
        }
    };
    rules.iter().map(line).collect()
}

fn until(rule: &Rule) -> String {
    match rule.until {
        Some(until) => format!("until {until}"),
        None => format!("only since {}", rule.since),
    }
}

/// Columns before the text of a line.
const START: usize = 20;

const EXAMPLES: &str = "\
Examples:
  mtlsmith rules diff 2023-01-01 2026-08-01";
