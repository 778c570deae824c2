//! `cert inspect`: what is in a client's file, and of a private key everything but the key.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_report::Document;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::Profile;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

use super::key_file;
use super::wire;
use crate::arguments;
use crate::commands::format::InspectFormat;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::shown;

/// Show what is in a certificate or key file: chain, names as filters see them, fingerprints, and which SDK loads the key
///
/// Of a private key the kind, the size, the form and the fingerprint of its public half are told, never the key.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A chain, a key, or both: PEM, base64 of PEM or DER; - is standard input
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
    let keys = key_file::read(&input);
    let mut report = check_bundle(&input, &Profile::temporal_cloud(), session.now(arguments.at));
    // They are about bundles; what stands in a certificate is read off it.
    report.findings.retain(|finding| finding.rule.name == "name-constraints-present");
    let document = Document { name: &source.name, input: &input, report: &report, client: None };
    let text = match arguments.format {
        InspectFormat::Text => {
            mtlsmith_report::inspect_client(&document, &keys, &session.style(arguments.output.place()))
        }
        InspectFormat::Json => pretty_json(&wire::inspected(&document, &keys)),
        InspectFormat::Html => mtlsmith_report::inspect_client_as_html(&document, &keys),
    };
    arguments.output.write(text.as_bytes(), session)?;
    if report.bundle.members.is_empty() && keys.keys().is_empty() {
        session.error(&format!("{} holds neither a certificate nor a private key", shown(&source.name)));
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith cert inspect worker.pem
  mtlsmith cert inspect worker.key
  mtlsmith cert inspect worker.pem --format json \\
      | jq -r '.certificates[0].names.commonName[]'

Exit status: 0 shown, 1 there is neither a certificate nor a key in it, 2 could not run";
