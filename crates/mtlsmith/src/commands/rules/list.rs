//! `rules list`: every rule of a day.

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::rules::GROUPS;
use serde::Serialize;

use super::Entry;
use crate::arguments;
use crate::commands::format::TextOrJson;
use crate::commands::format::json;
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
    #[arg(long, value_name = "DATE", value_parser = arguments::date, default_value_t = NEWEST_RULESET)]
    ruleset: Date,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let text = match arguments.format {
        TextOrJson::Text => table(arguments.ruleset, session.colors(Place::Output)),
        TextOrJson::Json => {
            let rules = mtlsmith_validate::rules::all().filter(|rule| rule.applies_on(arguments.ruleset));
            json(&List {
                schema: 1,
                ruleset: arguments.ruleset.to_string(),
                rules: rules.map(Entry::of).collect(),
            })?
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

fn table(day: Date, color: bool) -> String {
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
            let (code, name, summary) = (rule.code, rule.name, rule.summary());
            text.push_str(&format!(
                "  {code:<8} {severity}{word:<8}{severity:#} {name:<longest$}  {summary}\n"
            ));
        }
    }
    text
}

/// The colour of a severity.
pub(super) fn color_of(severity: Severity) -> AnsiColor {
    match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Notice => AnsiColor::Cyan,
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith rules list
  mtlsmith rules list --ruleset 2026-01-01
  mtlsmith rules list --format json | jq -r '.rules[] | select(.severity == \"error\") | .code'";
