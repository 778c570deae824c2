//! `filter check`: would Temporal Cloud and its tools take the filters, and read them as they are meant?

use std::ffi::OsString;

use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::filters::FilterReport;
use mtlsmith_validate::filters::check_filters;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;
use serde::Serialize;

use super::wire::CheckedFile;
use crate::arguments;
use crate::commands::fail_on::FailOn;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Check certificate filters: every fault at once, where it is, why, and how to repair it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files with filters as JSON, in a shape of the official tools; patterns of files; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
    /// End with 1 when there is a finding of this severity or a worse one
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Judge by the rules of that day instead of the newest
    #[arg(long, value_name = "DATE", value_parser = arguments::ruleset)]
    ruleset: Option<Date>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let ruleset = arguments.ruleset.unwrap_or(NEWEST_RULESET);
    let sources = input::expand(&arguments.files, &arguments.standard_input)?;
    let mut checked: Vec<(String, FilterReport)> = Vec::with_capacity(sources.len());
    for source in sources {
        let text = source.read(session)?;
        checked.push((source.name, check_filters(&text, ruleset)));
    }
    let text = match arguments.format {
        TextOrJson::Text => {
            let style = session.style(Place::Output);
            let pages: Vec<String> = checked
                .iter()
                .map(|(name, report)| mtlsmith_report::filters(name, report, ruleset, &style))
                .collect();
            pages.join(if session.is_quiet() { "" } else { "\n" })
        }
        TextOrJson::Json => {
            let files = checked.iter().map(|(name, report)| CheckedFile::of(name, report)).collect();
            pretty_json(&Output { schema: 1, ruleset: ruleset.to_string(), files })
        }
    };
    session.write(text.as_bytes())?;
    let Some(limit) = arguments.fail_on.severity() else { return Ok(Exit::Done) };
    let failing: Vec<(&str, usize)> = checked
        .iter()
        .map(|(name, report)| (name.as_str(), findings_from(report, limit)))
        .filter(|(_, number)| *number > 0)
        .collect();
    if arguments.format == TextOrJson::Json || limit != Severity::Error {
        for (name, number) in failing.iter().take(FILES_EXPLAINED) {
            let findings = counted(*number, "finding");
            session.error(&format!("{}: {findings} at or above {}", shown(name), limit.as_str()));
        }
    }
    Ok(if failing.is_empty() { Exit::Done } else { Exit::Findings })
}

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    ruleset: String,
    files: Vec<CheckedFile<'a>>,
}

fn findings_from(report: &FilterReport, limit: Severity) -> usize {
    report.findings.iter().filter(|finding| finding.rule.severity >= limit).count()
}

/// For how many files the failure is explained.
const FILES_EXPLAINED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  mtlsmith filter check filters.json
  mtlsmith filter check 'filters/*.json' --fail-on warning
  tcld namespace certificate-filters export --namespace orders.a1b2c \\
      | mtlsmith filter check -

Exit status: 0 no finding at or above --fail-on, 1 some, 2 could not run";
