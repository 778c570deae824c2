//! `filter`: the certificate filters of a Namespace.

mod certificates;
mod check;
mod diff;
mod matching;
mod suggest;
mod wire;

use clap::Subcommand;

pub(crate) use certificates::files as certificate_files;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Check certificate filters, try them on certificates, compare and make them
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Deferred<check::Arguments>),
    Match(Deferred<matching::Arguments>),
    Diff(Deferred<diff::Arguments>),
    Suggest(Deferred<suggest::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, session),
        Command::Match(arguments) => matching::run(&arguments, session),
        Command::Diff(arguments) => diff::run(&arguments, session),
        Command::Suggest(arguments) => suggest::run(&arguments, session),
    }
}
