//! `gen`: makes CAs, client certificates and requests, with tcld's names for the options.

mod bulk;
mod ca;
mod csr;
mod intermediate;
pub(crate) mod leaf;
mod rows;
mod told;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

pub(crate) use told::TextOrJsonArguments;
pub(crate) use told::Told;

/// Make CAs, client certificates and requests; a line of tcld works with its first words changed
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "certificate-authority-certificate")]
    Ca(Deferred<ca::Arguments>),
    Intermediate(Deferred<intermediate::Arguments>),
    #[command(visible_alias = "end-entity-certificate")]
    Leaf(Deferred<leaf::Arguments>),
    Csr(Deferred<csr::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Ca(arguments) => ca::run(&arguments, session),
        Command::Intermediate(arguments) => intermediate::run(&arguments, session),
        Command::Leaf(arguments) => leaf::run(&arguments, session),
        Command::Csr(arguments) => csr::run(&arguments, session),
    }
}
