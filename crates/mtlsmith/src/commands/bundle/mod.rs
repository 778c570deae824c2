//! `bundle`: everything about the CA bundle of a Namespace.

mod add;
mod change;
mod check;
mod diff;
mod encode;
mod inspect;
mod judge;
mod normalize;
mod remove;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Check, show and change CA bundles
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Deferred<check::Arguments>),
    Inspect(Deferred<inspect::Arguments>),
    Normalize(Deferred<normalize::Arguments>),
    Diff(Deferred<diff::Arguments>),
    Add(Deferred<add::Arguments>),
    Remove(Deferred<remove::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, session),
        Command::Inspect(arguments) => inspect::run(&arguments, session),
        Command::Normalize(arguments) => normalize::run(&arguments, session),
        Command::Diff(arguments) => diff::run(&arguments, session),
        Command::Add(arguments) => add::run(&arguments, session),
        Command::Remove(arguments) => remove::run(&arguments, session),
    }
}
