//! `filter match`: which certificates pass the filters, by which one, and what stands in the way of the others?

use std::ffi::OsString;

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Difference;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::filters::Match;
use mtlsmith_validate::filters::Outcome;
use mtlsmith_validate::profile::NEWEST_RULESET;
use serde::Serialize;

use super::certificates::CertificateFile;
use super::wire::Tried;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter_file;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Try filters on certificates: which filter lets each one in, or which fields keep it out
///
/// Of each file the first certificate is tried, the one that a client presents. Filters are asked alone: whether a CA of the
/// Namespace stands behind the certificate is not looked at.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The filters as JSON, in a shape of the official tools; - for standard input
    #[arg(value_name = "FILE")]
    filters: OsString,
    /// Files with client certificates; patterns of files; - for standard input
    #[arg(required = true, value_name = "CERT")]
    certificates: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let source = Source::one(&arguments.filters, &arguments.standard_input);
    let sources = input::expand(&arguments.certificates, &arguments.standard_input)?;
    if source.is_stdin() && sources.iter().any(Source::is_stdin) {
        return Err(Failure::could_not_run("standard input cannot be both the filters and a certificate"));
    }
    let set = filter_file::read(&source, NEWEST_RULESET, session)?;
    let mut files = Vec::with_capacity(sources.len());
    for source in &sources {
        files.push(CertificateFile::read(source, session)?);
    }
    let tried: Vec<(&CertificateFile, String, CertificateNames<'_>)> =
        files.iter().map(|file| (file, file.subject(), file.names())).collect();
    let answers: Vec<Match<'_>> = tried.iter().map(|(_, _, names)| set.matches(names)).collect();
    let admitted = answers.iter().filter(|answer| answer.is_admitted()).count();
    let each = tried.iter().zip(&answers);
    let text = match arguments.format {
        TextOrJson::Json => {
            let certificates =
                each.map(|((file, subject, _), answer)| Tried::of(&file.name, subject.clone(), answer));
            pretty_json(&Output {
                schema: 1,
                filters: set.filters.len(),
                certificates: certificates.collect(),
            })
        }
        TextOrJson::Text => {
            let writer = Writer { set: &set, session };
            let paragraphs =
                each.map(|((file, subject, _), answer)| writer.paragraph(&file.name, subject, answer));
            let total = format!("{admitted} of {} admitted.\n", counted(answers.len(), "certificate"));
            paragraphs.collect::<String>() + &total
        }
    };
    session.write(text.as_bytes())?;
    Ok(if admitted == answers.len() { Exit::Done } else { Exit::Findings })
}

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    filters: usize,
    certificates: Vec<Tried<'a>>,
}

struct Writer<'a, 'session, 'environment> {
    set: &'a FilterSet,
    session: &'a Session<'session, 'environment>,
}

impl Writer<'_, '_, '_> {
    /// The answer for one certificate; its first line alone for a quiet user.
    fn paragraph(&self, name: &str, subject: &str, answer: &Match<'_>) -> String {
        let name = shown(name);
        let (word, color, reason) = match &answer.outcome {
            Outcome::NoFilters => ("admitted", AnsiColor::Green, "there is no filter".to_owned()),
            Outcome::Admitted { filter, .. } => {
                ("admitted", AnsiColor::Green, format!("by filter {}", filter + 1))
            }
            Outcome::Refused { .. } => ("refused", AnsiColor::Red, "it passes no filter".to_owned()),
        };
        let style = if self.session.colors(Place::Output) { color.on_default().bold() } else { Style::new() };
        let mut text = format!("{name}: {style}{word}{style:#}, {reason}\n");
        if self.session.is_quiet() {
            return text;
        }
        text.push_str(&format!("    subject: {}\n", shown(subject)));
        match &answer.outcome {
            Outcome::NoFilters => {}
            Outcome::Admitted { by, .. } => {
                for met in by {
                    let (wanted, value) = (shown(met.wanted.value()), shown(met.value));
                    text.push_str(&format!("    {} \"{value}\" matches \"{wanted}\"\n", met.field));
                }
            }
            Outcome::Refused { differences } => text.push_str(&self.differences(differences)),
        }
        for note in &answer.notes {
            text.push_str(&format!("    not documented: {}\n", note.as_str()));
        }
        text
    }

    fn differences(&self, differences: &[Difference<'_>]) -> String {
        let line = |difference: &Difference<'_>| {
            let line = self.set.lines.get(difference.filter);
            let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let (filter, field) = (difference.filter + 1, difference.field);
            let wanted = shown(difference.wanted.value());
            format!("    filter {filter}{line}: {field} is {}, not \"{wanted}\"\n", present(difference))
        };
        differences.iter().map(line).collect()
    }
}

/// `"admin"`, `"a", "b" and 12 more`, `missing`.
fn present(difference: &Difference<'_>) -> String {
    let values = difference.present;
    if values.is_empty() {
        return "missing".to_owned();
    }
    let told: Vec<String> =
        values.iter().take(VALUES_TOLD).map(|value| format!("\"{}\"", shown(value))).collect();
    match values.len().saturating_sub(VALUES_TOLD) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

/// As many values of one field are told.
const VALUES_TOLD: usize = 4;

const EXAMPLES: &str = "\
Examples:
  mtlsmith filter match filters.json worker.pem
  mtlsmith filter match filters.json 'clients/*.pem' --quiet
  mtlsmith filter match filters.json 'clients/*.pem' --format json \\
      | jq -r '.certificates[] | select(.admitted | not).file'

Exit status: 0 all certificates are admitted, 1 some are not, 2 could not run";
