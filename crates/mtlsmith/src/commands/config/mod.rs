//! `config`: the settings by which a Worker or Client connects.

mod against;
mod check;
pub(crate) mod files;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Check temporal.toml, TEMPORAL_ variables and Kubernetes manifests
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Deferred<check::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, session),
    }
}
