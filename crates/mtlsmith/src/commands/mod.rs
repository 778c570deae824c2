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
    New(Box<new::Arguments>),
    /// Make CAs, client certificates and requests; a line of tcld works with its first words changed
    #[command(subcommand, visible_alias = "generate-certificates")]
    Gen(Deferred<r#gen::Command>),
    Sign(Box<sign::Arguments>),
    Renew(Box<renew::Arguments>),
    Rekey(Box<rekey::Arguments>),
    Agent(agent::Arguments),
    /// List what is kept and until when it works, export the ledger, verify everything
    #[command(subcommand)]
    Inventory(Deferred<inventory::Command>),
    /// Replace a Namespace's CA with nobody locked out; after a crash the same command goes on
    #[command(subcommand)]
    Rollover(Deferred<rollover::Command>),
    Compromise(Box<compromise::Arguments>),
    /// Check, show and change CA bundles
    #[command(subcommand)]
    Bundle(Deferred<bundle::Command>),
    /// Would this client certificate get in, until when, and if not, why? Show certificates and keys
    #[command(subcommand)]
    Cert(Deferred<cert::Command>),
    /// Check certificate filters, try them on certificates, compare and make them
    #[command(subcommand)]
    Filter(Deferred<filter::Command>),
    Access(access::Arguments),
    /// Check temporal.toml, TEMPORAL_ variables and Kubernetes manifests
    #[command(subcommand)]
    Config(Deferred<config::Command>),
    Explain(explain::Arguments),
    /// List, explain and compare the rules
    #[command(subcommand)]
    Rules(Deferred<rules::Command>),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Does it.
pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::New(arguments) => new::run(&arguments, session),
        Command::Gen(Deferred(command)) => r#gen::run(command, session),
        Command::Sign(arguments) => sign::run(&arguments, session),
        Command::Renew(arguments) => renew::run(&arguments, session),
        Command::Rekey(arguments) => rekey::run(&arguments, session),
        Command::Agent(arguments) => agent::run(&arguments, session),
        Command::Inventory(Deferred(command)) => inventory::run(command, session),
        Command::Rollover(Deferred(command)) => rollover::run(command, session),
        Command::Compromise(arguments) => compromise::run(&arguments, session),
        Command::Bundle(Deferred(command)) => bundle::run(command, session),
        Command::Cert(Deferred(command)) => cert::run(command, session),
        Command::Filter(Deferred(command)) => filter::run(command, session),
        Command::Access(arguments) => access::run(&arguments, session),
        Command::Config(Deferred(command)) => config::run(command, session),
        Command::Explain(arguments) => explain::run(&arguments, session),
        Command::Rules(Deferred(command)) => rules::run(command, session),
        Command::Completions(arguments) => completions::run(&arguments, session),
        Command::Man(arguments) => man::run(&arguments, session),
    }
}
