//! `inventory`: what is kept, until when it works, and whether it is as it was written.

mod expiring;
mod export;
mod list;
mod shown;
mod verify;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// List what is kept and until when it works, export the ledger, verify everything
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(Deferred<list::Arguments>),
    Expiring(Deferred<expiring::Arguments>),
    Export(Deferred<export::Arguments>),
    Verify(Deferred<verify::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::List(arguments) => list::run(&arguments, session),
        Command::Expiring(arguments) => expiring::run(&arguments, session),
        Command::Export(arguments) => export::run(&arguments, session),
        Command::Verify(arguments) => verify::run(&arguments, session),
    }
}
