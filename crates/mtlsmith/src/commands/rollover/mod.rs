//! `rollover`: from one CA to the next with nobody locked out, in commands that may be repeated.

mod abort;
mod authority;
mod commit;
mod live;
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
use mtlsmith_ca::publish::quoted_command;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::RecordedLeaf;
use mtlsmith_ca::rotate::rollover::leaves_of;
use mtlsmith_ca::rotate::rollover::recorded_leaves_of;
use mtlsmith_validate::time::Timestamp;

pub(crate) use super::r#gen::leaf::namespace;
use crate::arguments;
use crate::deferred::Deferred;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::is_there;
use crate::input::read_named;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::shown;
use crate::state::HomeArguments;

use reissue::ReissueArguments;
pub(crate) use server::ServerArguments;

/// Replace a Namespace's CA with nobody locked out; after a crash the same command goes on
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Plan(Deferred<plan::Arguments>),
    Start(Deferred<start::Arguments>),
    Status(Deferred<status::Arguments>),
    Commit(Deferred<commit::Arguments>),
    Abort(Deferred<abort::Arguments>),
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
    /// Look as if it were this time. Commands that change something take it in a state directory to rehearse in alone: a copy in which
    /// there is a file named rehearsal
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

impl WhereArguments {
    /// The time to decide for.
    pub(crate) fn now(&self, session: &Session<'_, '_>) -> Timestamp {
        session.now(self.at)
    }

    /// Is the time a pretended one?
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.at.is_some()
    }

    /// A pretended time is never noted as a real one, nor is a real change held against pretended times.
    pub(crate) fn goes_by_the_clock_of(&self, record: &Record) -> Result<(), Failure> {
        let namespace = &self.namespace;
        match (record.rehearsal, self.at) {
            (false, Some(at)) => Err(Failure::could_not_run(format!(
                "the rollover of {namespace} goes by the real clock: {at} would be noted as if it had come; nothing was changed"
            ))
            .hint(format!("leave --at out; to look ahead: mtlsmith rollover status {namespace}{} --at {at}", self.home.words()))),
            (true, None) => Err(Failure::could_not_run(format!(
                "the rollover of {namespace} is a rehearsal that began with --at; nothing was changed"
            ))
            .hint("go on with --at and a later time; to end it: rollover abort with --at")),
            _ => Ok(()),
        }
    }

    /// May a rollover begin at this time? What is issued and noted at a pretended time would block a real state directory.
    pub(crate) fn may_begin(&self, home: &Home) -> Result<(), Failure> {
        let marker = home.path().join(REHEARSAL);
        let Some(at) = self.at.filter(|_| !is_there(&marker)) else { return Ok(()) };
        let (directory, copy) =
            (home.path().to_string_lossy(), format!("{}-rehearsal", home.path().display()));
        let copying = quoted_command(["cp", "-a", &directory, &copy]);
        let marking = quoted_command(["touch", &format!("{copy}/{REHEARSAL}")]);
        let looking =
            quoted_command(["mtlsmith", "rollover", "plan", self.namespace.as_str(), "--home", &directory]);
        Err(Failure::could_not_run(format!(
            "{} is a real state directory: what is issued in it as if it were {at} would keep it from issuing anything now; nothing was changed",
            shown(&directory)
        ))
        .hint(format!(
            "leave --at out; to look ahead, or to rehearse in a copy with --home {}\n  {looking} --at {at}\n  {copying} && {marking}",
            quoted_command([&copy])
        )))
    }

    /// The options that lead to the same place again, for the next command.
    pub(crate) fn options(&self, record: Option<&Record>) -> Vec<String> {
        let mut options = self.home.options();
        for leaf in &self.outside {
            options.extend(["--leaf".to_owned(), leaf.to_string_lossy().into_owned()]);
        }
        if let Some(at) = self.at.filter(|_| record.is_some_and(|record| record.rehearsal)) {
            options.extend(["--at".to_owned(), at.to_string()]);
        }
        options
    }

    /// The leaves outside of the state directory.
    pub(crate) fn outside(&self) -> Result<Vec<FoundLeaf>, Failure> {
        let read = |path: &PathBuf| {
            let name = path.to_string_lossy();
            let bytes = read_named(path)?;
            FoundLeaf::read(&name, &bytes)
                .ok_or_else(|| Failure::could_not_run(format!("there is no certificate in {}", shown(&name))))
        };
        self.outside.iter().map(read).collect()
    }

    /// Was this leaf named, since it lies outside of the state directory?
    pub(crate) fn is_outside(&self, leaf: &str) -> bool {
        self.outside.iter().any(|path| path.to_string_lossy() == leaf)
    }

    /// The leaves of which the ledger alone tells.
    pub(crate) fn recorded(&self, home: &Home, now: Timestamp) -> Result<Vec<RecordedLeaf>, Failure> {
        recorded_leaves_of(home, self.namespace.as_str(), now).map_err(|error| keep_failure(&error))
    }

    /// Every leaf that lies here or was named.
    pub(crate) fn leaves(&self, home: &Home) -> Result<Vec<FoundLeaf>, Failure> {
        let mut leaves = leaves_of(home, self.namespace.as_str()).map_err(|error| keep_failure(&error))?;
        leaves.extend(self.outside()?);
        Ok(leaves)
    }
}

/// All that the next command needs to go on where this one stopped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) place: &'a WhereArguments,
    pub(super) server: &'a ServerArguments,
    pub(super) reissue: Option<&'a ReissueArguments>,
}

impl Way<'_> {
    /// Were leaves to be reissued?
    pub(super) fn reissues(&self) -> bool {
        self.reissue.is_some_and(ReissueArguments::is_wanted)
    }

    /// The next command, whole.
    pub(super) fn next(&self, verb: &str, more: &[&str], record: &Record) -> String {
        self.again(verb, more, Some(record))
    }

    /// The same before there is a record.
    pub(super) fn again(&self, verb: &str, more: &[&str], record: Option<&Record>) -> String {
        let options = self.place.options(record).into_iter().chain(self.server.options());
        let options: String = options.map(|word| format!(" {}", quoted_command([word]))).collect();
        let mut more: String = more.concat();
        if more.contains(REISSUE) {
            more.push_str(&self.reissue.map(|reissue| reissue.passphrase.words()).unwrap_or_default());
        }
        format!("mtlsmith rollover {verb} {}{more}{options}", self.place.namespace)
    }
}

/// The file that makes a state directory one to rehearse in.
const REHEARSAL: &str = "rehearsal";

/// The option by which leaves are reissued.
const REISSUE: &str = " --reissue";

/// Text for people, JSON for machines, or a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum StatusFormat {
    #[default]
    Text,
    Json,
    Html,
}
