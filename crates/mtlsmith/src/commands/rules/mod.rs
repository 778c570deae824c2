//! `rules`: what is judged by.

mod diff;
mod explain;
mod list;

use clap::Subcommand;
use mtlsmith_validate::rule::Rule;
use serde::Serialize;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Place;
use crate::session::Session;

/// List, explain and compare the rules
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(Deferred<list::Arguments>),
    Explain(Deferred<explain::Arguments>),
    Diff(Deferred<diff::Arguments>),
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

/// The width to lay text out for. None when no terminal shows it: programs want one rule per line.
fn columns(session: &Session<'_, '_>) -> Option<usize> {
    session.environment.output_is_terminal.then(|| session.style(Place::Output).columns)
}

/// The text in lines of at most so many columns, broken between words.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
