//! `rules`: what is judged by.

mod diff;
mod explain;
mod list;

use clap::Subcommand;
use mtlsmith_validate::rule::Rule;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// List, explain and compare the rules
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Explain(explain::Arguments),
    Diff(diff::Arguments),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(&arguments, session),
        Command::Explain(arguments) => explain::run(&arguments, session),
        Command::Diff(arguments) => diff::run(&arguments, session),
    }
}

/// A rule in a list for machines.
#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    effect: &'static str,
    evidence: &'static str,
    since: String,
    until: Option<String>,
    summary: &'static str,
}

impl Entry {
    fn of(rule: &'static Rule) -> Self {
        Entry {
            code: rule.code,
            name: rule.name,
            severity: rule.severity.as_str(),
            effect: rule.effect.as_str(),
            evidence: rule.evidence.as_str(),
            since: rule.since.to_string(),
            until: rule.until.map(|date| date.to_string()),
            summary: rule.summary(),
        }
    }
}
