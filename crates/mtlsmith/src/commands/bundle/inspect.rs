//! `bundle inspect`: what is in a bundle, as the chains that it makes.

use std::ffi::OsString;

use clap::Args;
use clap::ValueEnum;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_validate::Profile;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::session::Session;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum InspectFormat {
    #[default]
    Text,
    Json,
    Html,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let input = source.read(session)?;
    let report = check_bundle(&input, &Profile::temporal_cloud(), session.now(arguments.at));
    let document = Document { name: &source.name, input: &input, report: &report };
    let style = session.style(arguments.output.place());
    let text = match arguments.format {
        InspectFormat::Text => mtlsmith_report::inspect(&document, &style),
        InspectFormat::Json => mtlsmith_report::render(Format::Json, &[document], &style),
        InspectFormat::Html => mtlsmith_report::render(Format::Html, &[document], &style),
    };
    arguments.output.write(text.as_bytes(), session)?;
    Ok(if report.bundle.members.is_empty() { Exit::Findings } else { Exit::Done })
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle inspect ca.pem
  mtlsmith bundle inspect ca.pem --format json | jq -r '.documents[].certificates[].sha1'

Exit status: 0 shown, 1 there is no certificate in it, 2 could not run";
