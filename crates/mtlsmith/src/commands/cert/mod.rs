//! `cert`: the certificate that a client presents, and its key.

mod check;
pub(crate) mod export;
mod inspect;
pub(crate) mod key_file;
mod needs_renewal;
mod p12;
mod pair;
mod wire;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Would this client certificate get in, until when, and if not, why? Show certificates and keys
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Deferred<check::Arguments>),
    Inspect(Deferred<inspect::Arguments>),
    NeedsRenewal(Deferred<needs_renewal::Arguments>),
    Export(Deferred<export::Arguments>),
    P12(Deferred<p12::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, session),
        Command::Inspect(arguments) => inspect::run(&arguments, session),
        Command::NeedsRenewal(arguments) => needs_renewal::run(&arguments, session),
        Command::Export(arguments) => export::run(&arguments, session),
        Command::P12(arguments) => p12::run(&arguments, session),
    }
}
