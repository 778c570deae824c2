//! The commands, one file per verb: its options and what it does.

mod access;
mod agent;
mod bundle;
mod cert;
mod completions;
mod compromise;
mod config;
mod explain;
mod fail_on;
mod filter;
mod format;
mod r#gen;
mod inventory;
mod man;
mod new;
mod rekey;
mod renew;
mod rollover;
mod rules;
mod sign;

use clap::Subcommand;

use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(Deferred<new::Arguments>),
    #[command(subcommand, visible_alias = "generate-certificates")]
    Gen(Deferred<r#gen::Command>),
    Sign(Deferred<sign::Arguments>),
    Renew(Deferred<renew::Arguments>),
    Rekey(Deferred<rekey::Arguments>),
    Agent(Deferred<agent::Arguments>),
    #[command(subcommand)]
    Inventory(Deferred<inventory::Command>),
    #[command(subcommand)]
    Rollover(Deferred<rollover::Command>),
    Compromise(Deferred<compromise::Arguments>),
    #[command(subcommand)]
    Bundle(Deferred<bundle::Command>),
    #[command(subcommand)]
    Cert(Deferred<cert::Command>),
    #[command(subcommand)]
    Filter(Deferred<filter::Command>),
    Access(Deferred<access::Arguments>),
    #[command(subcommand)]
    Config(Deferred<config::Command>),
    Explain(Deferred<explain::Arguments>),
    #[command(subcommand)]
    Rules(Deferred<rules::Command>),
    Completions(Deferred<completions::Arguments>),
    Man(Deferred<man::Arguments>),
}

/// Does it.
pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::New(arguments) => new::run(&arguments, session),
        Command::Gen(command) => r#gen::run(*command.0, session),
        Command::Sign(arguments) => sign::run(&arguments, session),
        Command::Renew(arguments) => renew::run(&arguments, session),
        Command::Rekey(arguments) => rekey::run(&arguments, session),
        Command::Agent(arguments) => agent::run(&arguments, session),
        Command::Inventory(command) => inventory::run(*command.0, session),
        Command::Rollover(command) => rollover::run(*command.0, session),
        Command::Compromise(arguments) => compromise::run(&arguments, session),
        Command::Bundle(command) => bundle::run(*command.0, session),
        Command::Cert(command) => cert::run(*command.0, session),
        Command::Filter(command) => filter::run(*command.0, session),
        Command::Access(arguments) => access::run(&arguments, session),
        Command::Config(command) => config::run(*command.0, session),
        Command::Explain(arguments) => explain::run(&arguments, session),
        Command::Rules(command) => rules::run(*command.0, session),
        Command::Completions(arguments) => completions::run(&arguments, session),
        Command::Man(arguments) => man::run(&arguments, session),
    }
}
