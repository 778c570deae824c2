//! The state directory as the commands use it: where it lies, who writes, and what a certificate leaves in the ledger.

mod kept;
mod sharing;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Recovery;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::keep::generation::GenerationName;
use mtlsmith_ca::publish::quoted_command;
use mtlsmith_validate::time::Timestamp;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::shown;

pub(crate) use kept::KeptAuthority;
pub(crate) use kept::KeptLeaf;
pub(crate) use kept::LEAF_CERTIFICATE;
pub(crate) use kept::LEAF_KEY;
pub(crate) use kept::issuance;
pub(crate) use sharing::SharingArguments;

/// Where the state directory is.
#[derive(Debug, Clone, Args)]
pub(crate) struct HomeArguments {
    /// The state directory [default: $MTLSMITH_HOME, else mtlsmith in the folder of the system for a user's data]
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

impl HomeArguments {
    /// The one that a configuration names, else the usual one.
    pub(crate) fn of_agent(home: Option<PathBuf>) -> Self {
        HomeArguments { home }
    }

    /// Was it named on the command line, so that other commands have to name it too?
    pub(crate) fn is_named(&self) -> bool {
        self.home.is_some()
    }

    /// The option that leads to the same one, for the next command; nothing when it is the usual one.
    pub(crate) fn words(&self) -> String {
        self.options().iter().map(|word| format!(" {}", quoted_command([word]))).collect()
    }

    /// The same as arguments.
    pub(crate) fn options(&self) -> Vec<String> {
        let named = self.home.as_ref().map(|home| ["--home".to_owned(), home.to_string_lossy().into_owned()]);
        named.into_iter().flatten().collect()
    }

    /// As it was named on the command line.
    pub(crate) fn named(&self) -> Option<&std::path::Path> {
        self.home.as_deref()
    }

    /// Its path, absolute, so that what is written down holds from everywhere.
    pub(crate) fn path(&self, session: &Session<'_, '_>) -> Result<PathBuf, Failure> {
        let variable = |name: &str| session.environment.set_variable(name).map(PathBuf::from);
        let path = self.home.clone().or_else(|| variable("MTLSMITH_HOME")).or_else(|| usual(&variable));
        let Some(path) = path else {
            return Err(Failure::could_not_run(
                "the state directory is not known: there is no home directory",
            )
            .hint("name it with --home DIR or in MTLSMITH_HOME"));
        };
        std::path::absolute(&path).map_err(|error| file_failure("find", path.display(), &error))
    }

    /// Opens the one that is there.
    pub(crate) fn open(&self, session: &Session<'_, '_>) -> Result<Home, Failure> {
        let path = self.path(session)?;
        match Home::open(RealDisk, &path) {
            Err(error) if error.is_absence() => {
                Err(Failure::could_not_run(format!("there is no state directory at {}", shown(path.display())))
                    .hint("make the first CA and certificate: mtlsmith new NAMESPACE; or name another place with --home"))
            }
            other => other.map_err(|error| keep_failure(&error)),
        }
    }

    /// Opens it, unless it is missing.
    pub(crate) fn open_if_there(&self, session: &Session<'_, '_>) -> Result<Option<Home>, Failure> {
        match Home::open(RealDisk, self.path(session)?) {
            Err(error) if error.is_absence() => Ok(None),
            other => other.map(Some).map_err(|error| keep_failure(&error)),
        }
    }

    /// Opens it, and makes it where it is missing.
    pub(crate) fn create(&self, session: &Session<'_, '_>) -> Result<Home, Failure> {
        let path = self.path(session)?;
        let now = session.now(None);
        let holder = Holder::this_process((session.environment.host)(), "making the state directory", now);
        Home::create_as(RealDisk, &path, &holder, PATIENCE).map_err(|error| keep_failure(&error))
    }
}

fn usual(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let folder = if cfg!(target_os = "macos") {
        variable("HOME")?.join("Library/Application Support")
    } else {
        let named = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
        named.or_else(|| Some(variable("HOME")?.join(".local/share")))?
    };
    Some(folder.join("mtlsmith"))
}

/// Refuses a time that has not come: what is issued for it works for nobody yet, and the ledger, whose times never go back, would take
/// nothing more before then.
pub(crate) fn refuse_time_to_come(now: Timestamp, session: &Session<'_, '_>) -> Result<(), Failure> {
    let clock = session.now(None);
    if now.since(clock) <= CLOCKS_APART {
        return Ok(());
    }
    let message = format!(
        "--at {now} has not come, and the clock says {clock}: until then the state directory would issue nothing more; nothing was minted"
    );
    Err(Failure::refused(message)
        .hint("leave --at out; to try a time that has not come, mint into files: mtlsmith gen ca --ca-cert FILE --ca-key FILE"))
}

/// Takes the lock, and says what an interrupted writer had left.
pub(crate) fn lock<'h>(
    home: &'h Home,
    command: &str,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Writer<'h>, Failure> {
    let holder = Holder::this_process((session.environment.host)(), command, now);
    let writer = home.lock(&holder, PATIENCE, now).map_err(|error| keep_failure(&error))?;
    let recovery = writer.recovery();
    let put_back: Vec<String> =
        recovery.put_back.iter().map(|(slot, name)| link_was_gone(slot, name)).collect();
    let was_interrupted = !Recovery { put_back: Vec::new(), ..recovery.clone() }.is_clean();
    let undelivered_number = recovery.undelivered.len();
    for sentence in put_back {
        session.warning(&sentence);
    }
    if was_interrupted {
        let undelivered = match undelivered_number {
            0 => String::new(),
            number => format!(
                "; {} never reached the disk, and the ledger says so",
                crate::session::counted(number, "certificate")
            ),
        };
        session.note(&format!(
            "a command before this one was interrupted; what it left was put in order{undelivered}"
        ));
    }
    Ok(writer)
}

/// The generation in force of a slot, for who is about to replace it. A link that is gone is made again, and that is said.
pub(crate) fn current_for(
    writer: &Writer<'_>,
    home: &Home,
    slot: &Slot,
    session: &mut Session<'_, '_>,
) -> Result<Option<u64>, Failure> {
    if let Some(name) = writer.put_back(slot).map_err(|error| keep_failure(&error))? {
        session.warning(&link_was_gone(slot, &name));
    }
    Ok(home.current(slot).map_err(|error| keep_failure(&error))?.map(|name| name.number))
}

fn link_was_gone(slot: &Slot, name: &GenerationName) -> String {
    format!(
        "the link {slot}/current was gone; generation {}, the newest that is whole, is in force again",
        name.number
    )
}

/// Seconds by which a time may lie ahead of the clock, as that of another machine does.
const CLOCKS_APART: i64 = 300;

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(60);
