//! `bundle inspect`: what is in a bundle, as the chains that it makes.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use crate::arguments;
use crate::commands::format::InspectFormat;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Show what is in a bundle: chains, keys, fingerprints, and until when each certificate really works
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The bundle; - is standard input
    #[arg(value_name = "FILE")]
    file: OsString,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: InspectFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// Show it for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let input = source.read(session)?;
    let report = check_bundle(&input, &Profile::temporal_cloud(), session.now(arguments.at));
    let document = Document { name: &source.name, input: &input, report: &report, client: None };
    let style = session.style(arguments.output.place());
    let text = match arguments.format {
        InspectFormat::Text => mtlsmith_report::inspect(&document, &style),
        InspectFormat::Json => mtlsmith_report::render(Format::Json, &[document], &style),
        InspectFormat::Html => mtlsmith_report::render(Format::Html, &[document], &style),
    };
    arguments.output.write(text.as_bytes(), session)?;
    let is_empty = report.bundle.members.is_empty();
    if is_empty {
        session.error(&no_certificate(&report, &source.name));
    }
    let errors = report.count(Severity::Error);
    if errors > 0 && !session.is_quiet() {
        let (errors, word) = (counted(errors, "error"), source.word());
        session.hint(&format!("{errors}: mtlsmith bundle check {word} says more"));
    }
    Ok(if is_empty { Exit::Findings } else { Exit::Done })
}

/// What a file without certificates looks like, as the rule on such files says it.
pub(super) fn no_certificate(report: &Report, name: &str) -> String {
    match report.findings.iter().find(|finding| finding.rule.name == "no-certificate") {
        Some(finding) => format!("{}: {}", shown(name), shown(finding.message())),
        None => format!("{} holds no certificate", shown(name)),
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle inspect ca.pem
  mtlsmith bundle inspect ca.pem --format json \\
      | jq -r '.documents[].certificates[].sha1'

Exit status: 0 shown, 1 there is no certificate in it, 2 could not run";
