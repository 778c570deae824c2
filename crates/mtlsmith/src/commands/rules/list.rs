//! `rules list`: every rule of a day.

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::rules::GROUPS;
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

/// List the rules
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The form of the list
    #[arg(long, value_enum, default_value_t)]
    format: TextOrJson,
    /// The rules as they were on that day
    #[arg(long, value_name = "DATE", value_parser = arguments::ruleset, default_value_t = NEWEST_RULESET)]
    ruleset: Date,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let text = match arguments.format {
        TextOrJson::Text => table(arguments.ruleset, session.colors(Place::Output), columns(session)),
        TextOrJson::Json => {
            let rules = mtlsmith_validate::rules::all().filter(|rule| rule.applies_on(arguments.ruleset));
            pretty_json(&List {
                schema: 1,
                ruleset: arguments.ruleset.to_string(),
                rules: rules.map(Entry::of).collect(),
            })
        }
    };
    session.write(text.as_bytes())?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct List {
    schema: u32,
    ruleset: String,
    rules: Vec<Entry>,
}

fn table(day: Date, color: bool, columns: Option<usize>) -> String {
    let mut text = String::new();
    let longest = mtlsmith_validate::rules::all().map(|rule| rule.name.len()).max().unwrap_or_default();
    for group in GROUPS {
        let rules: Vec<&Rule> = group.rules.iter().copied().filter(|rule| rule.applies_on(day)).collect();
        if rules.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let heading = if color { Style::new().bold() } else { Style::new() };
        text.push_str(&format!("{heading}{}{heading:#}\n", group.title));
        for rule in rules {
            let severity = if color { color_of(rule.severity).on_default() } else { Style::new() };
            let word = rule.severity.as_str();
            let (code, name) = (rule.code, rule.name);
            let start = format!("  {code:<8} {severity}{word:<8}{severity:#} {name:<longest$}");
            let width = CODE_AND_SEVERITY + longest;
            text.push_str(&beside(start.trim_end(), width, rule.summary(), columns));
        }
    }
    text
}

/// The summary beside its rule, or below it where the terminal is too narrow for both.
fn beside(start: &str, width: usize, summary: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return format!("{start}  {summary}\n") };
    let (first, indent) = if columns >= width + NARROWEST_SUMMARY {
        (format!("{start}  "), width + 2)
    } else {
        (format!("{start}\n{:8}", ""), 8)
    };
    let lines = wrap(summary, columns.saturating_sub(indent).max(NARROWEST_SUMMARY));
    format!("{first}{}\n", lines.join(&format!("\n{:indent$}", "")))
}

/// The colour of a severity.
pub(super) fn color_of(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Notice => AnsiColor::Cyan,
    }
}

/// Columns before the name of a rule.
const CODE_AND_SEVERITY: usize = 20;

/// Columns below which a summary is no longer put beside its rule.
const NARROWEST_SUMMARY: usize = 30;

const EXAMPLES: &str = "\
Examples:
  mtlsmith rules list
  mtlsmith rules list --ruleset 2026-01-01
  mtlsmith rules list --format json \\
      | jq -r '.rules[] | select(.severity == \"error\") | .code'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_word_is_broken() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let whole = table(NEWEST_RULESET, false, None);
        for columns in [60, 80, 100, 140] {
            let text = table(NEWEST_RULESET, false, Some(columns));
            for line in text.lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            assert_eq!(words(&text), words(&whole), "{columns}");
        }
        let rules = mtlsmith_validate::rules::all().filter(|rule| rule.applies_on(NEWEST_RULESET)).count();
        let of_rules = whole.lines().filter(|line| line.starts_with("  ")).count();
        assert_eq!(of_rules, rules, "one line each where no terminal is");
    }
}
