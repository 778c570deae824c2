//! `bundle add`: certificates behind those of a bundle, as a complete new bundle.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::edit;

use super::change;
use super::change::ChangeArguments;
use super::change::Edited;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Session;
use crate::session::shown;

/// Add certificates to a bundle: writes the complete new bundle, checked and in canonical form
///
/// Temporal Cloud judges a bundle as a whole at every change, so upload the result with `set`. Certificates that are there already
/// are not added again.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The bundle; - is standard input, an empty file is a bundle to start from
    #[arg(value_name = "FILE")]
    file: OsString,
    /// Files with the certificates to add, or patterns of files
    #[arg(required = true, value_name = "NEW")]
    new: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    #[command(flatten)]
    change: ChangeArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.change.output.may_write()?;
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let new = input::expand(&arguments.new, &arguments.standard_input)?;
    let from_stdin = new.iter().chain([&source]).filter(|source| source.is_stdin()).count();
    if from_stdin + usize::from(arguments.change.judge.takes_stdin()) > 1 {
        return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
    }
    let judge = arguments.change.judge.judge(session)?;
    let bytes = source.read(session)?;
    let mut additions = String::new();
    for source in &new {
        let bytes = source.read(session)?;
        additions.push_str(&change::canonical(&Bundle::read(&bytes), &bytes, source, session)?);
    }
    let additions = Bundle::read(additions.as_bytes());
    let addition = edit::add(&Bundle::read(&bytes), &additions)
        .map_err(|error| change::failure(&error, &bytes, &source, session))?;
    for certificate in addition.present_before.iter().filter_map(|&member| additions.certificate(member)) {
        session.note(&format!("\"{}\" is there already", shown(certificate.subject())));
    }
    for certificate in addition.added.iter().filter_map(|&member| additions.certificate(member)) {
        let subject = shown(certificate.subject());
        session.note(&format!("adding \"{subject}\", SHA-1 {}", certificate.sha1_hex()));
    }
    let edited = Edited { source: &source, old: &bytes, new: &addition.text, removed: &[] };
    arguments.change.finish(&edited, &judge, session)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle add ca.pem new-ca.pem --output next.pem
  mtlsmith bundle add ca.pem 'new/*.pem' --output ca.pem --force
  tcld namespace accepted-client-ca set --ca-certificate-file next.pem

Exit status: 0 done, 1 the new bundle would be refused or lose something, 2 could not run,
3 FILE exists";
