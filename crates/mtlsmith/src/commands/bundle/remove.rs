//! `bundle remove`: a bundle without some of its certificates, as a complete new bundle.

use std::ffi::OsString;

use clap::ArgGroup;
use clap::Args;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::edit;
use mtlsmith_validate::edit::EditError;
use mtlsmith_validate::fingerprint::Fingerprint;

use super::change;
use super::change::ChangeArguments;
use super::change::Edited;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Session;
use crate::session::shown;

/// Remove certificates from a bundle: writes the complete new bundle, checked and in canonical form
///
/// Says which clients can no longer connect. The last certificate is never removed, since that would switch mutual TLS off.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group(ArgGroup::new("which").args(["fingerprint", "certificate"]).required(true).multiple(true)))]
pub(crate) struct Arguments {
    /// The bundle; - is standard input
    #[arg(value_name = "FILE")]
    file: OsString,
    /// Remove the certificate with this SHA-1 or SHA-256 fingerprint, with or without colons
    #[arg(long, value_name = "HEX")]
    fingerprint: Vec<Fingerprint>,
    /// Remove the certificates in this file
    #[arg(long, value_name = "FILE")]
    certificate: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.change.output.may_write()?;
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let given: Vec<Source> =
        arguments.certificate.iter().map(|file| Source::one(file, &arguments.standard_input)).collect();
    let from_stdin = given.iter().chain([&source]).filter(|source| source.is_stdin()).count();
    if from_stdin + usize::from(arguments.change.judge.takes_stdin()) > 1 {
        return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
    }
    let judge = arguments.change.judge.judge(session)?;
    let bytes = source.read(session)?;
    let mut fingerprints = arguments.fingerprint.clone();
    for source in &given {
        fingerprints.extend(fingerprints_in(source, session)?);
    }
    let bundle = Bundle::read(&bytes);
    let removal = edit::remove(&bundle, &fingerprints).map_err(|error| match &error {
        EditError::UnknownFingerprints(unknown) => not_there(unknown, &bundle, &source.name),
        other => change::failure(other, &bytes, &source, session),
    })?;
    for certificate in removal.removed.iter().filter_map(|&member| bundle.certificate(member)) {
        let subject = shown(certificate.subject());
        session.note(&format!("removing \"{subject}\", SHA-1 {}", certificate.sha1_hex()));
    }
    let edited = Edited { source: &source, old: &bytes, new: &removal.text, removed: &fingerprints };
    arguments.change.finish(&edited, &judge, session)
}

fn fingerprints_in(source: &Source, session: &mut Session<'_, '_>) -> Result<Vec<Fingerprint>, Failure> {
    let bytes = source.read(session)?;
    let bundle = Bundle::read(&bytes);
    change::canonical(&bundle, &bytes, source, session)?;
    Ok(bundle.certificates().map(|certificate| Fingerprint::Sha256(certificate.sha256())).collect())
}

/// Names what was not found, and lists what there is.
fn not_there(unknown: &[Fingerprint], bundle: &Bundle, name: &str) -> Failure {
    let unknown: Vec<String> = unknown.iter().map(Fingerprint::to_string).collect();
    let there: String = bundle
        .certificates()
        .map(|certificate| format!("\n  {}  {}", certificate.sha1_hex(), shown(certificate.subject())))
        .collect();
    let message = format!("{} has no certificate with the fingerprint {}", shown(name), unknown.join(", "));
    Failure::no(message).hint(format!("it has these (SHA-1):{there}"))
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle remove ca.pem --fingerprint 2a:7d:...:91 --output next.pem
  mtlsmith bundle remove ca.pem --certificate old-ca.pem --output ca.pem \\
      --force

Exit status: 0 done, 1 no such certificate, or the new bundle would be refused or lose something,
2 could not run, 3 nothing would be left or FILE exists";
