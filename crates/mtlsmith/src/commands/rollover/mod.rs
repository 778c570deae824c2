//! `rollover`: from one CA to the next with nobody locked out, in commands that may be repeated.

mod abort;
mod authority;
mod commit;
mod page;
mod plan;
mod reissue;
mod server;
mod start;
mod status;
mod work;

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::leaves_of;
use mtlsmith_validate::time::Timestamp;

pub(crate) use super::r#gen::leaf::namespace;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::file_failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::shown;
use crate::state::HomeArguments;

pub(crate) use server::ServerArguments;

/// Replace a Namespace's CA with nobody locked out; after a crash the same command goes on
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Plan(Box<plan::Arguments>),
    Start(Box<start::Arguments>),
    Status(Box<status::Arguments>),
    Commit(Box<commit::Arguments>),
    Abort(Box<abort::Arguments>),
}

pub(crate) fn run(command: Command, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    match command {
        Command::Plan(arguments) => plan::run(&arguments, session),
        Command::Start(arguments) => start::run(&arguments, session),
        Command::Status(arguments) => status::run(&arguments, session),
        Command::Commit(arguments) => commit::run(&arguments, session),
        Command::Abort(arguments) => abort::run(&arguments, session),
    }
}

/// Which Namespace, kept where, at what time.
#[derive(Debug, Clone, Args)]
pub(crate) struct WhereArguments {
    /// The Namespace, by its full name such as orders.a1b2c
    #[arg(value_name = "NAMESPACE", value_parser = namespace)]
    pub(crate) namespace: NamespaceName,
    #[command(flatten)]
    pub(crate) home: HomeArguments,
    /// Client certificates that lie outside of the state directory and are in use; they count, and are not reissued here
    #[arg(long = "leaf", value_name = "FILE")]
    outside: Vec<PathBuf>,
    /// Decide for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

impl WhereArguments {
    /// The time to decide for.
    pub(crate) fn now(&self, session: &Session<'_, '_>) -> Timestamp {
        session.now(self.at)
    }

    /// The leaves outside of the state directory.
    pub(crate) fn outside(&self) -> Result<Vec<FoundLeaf>, Failure> {
        let read = |path: &PathBuf| {
            let name = path.to_string_lossy();
            let bytes = std::fs::read(path).map_err(|error| file_failure("read", path.display(), &error))?;
            FoundLeaf::read(&name, &bytes)
                .ok_or_else(|| Failure::could_not_run(format!("there is no certificate in {}", shown(&name))))
        };
        self.outside.iter().map(read).collect()
    }

    /// Every leaf that is known.
    pub(crate) fn leaves(&self, home: &Home) -> Result<Vec<FoundLeaf>, Failure> {
        let mut leaves = leaves_of(home, self.namespace.as_str()).map_err(|error| keep_failure(&error))?;
        leaves.extend(self.outside()?);
        Ok(leaves)
    }
}

/// Text for people, JSON for machines, or a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum StatusFormat {
    #[default]
    Text,
    Json,
    Html,
}
