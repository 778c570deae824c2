//! The state directory as the commands use it: where it lies, who writes, and what a certificate leaves in the ledger.

mod kept;
mod sharing;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Writer;
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

    /// Opens it, and makes it where it is missing.
    pub(crate) fn create(&self, session: &Session<'_, '_>) -> Result<Home, Failure> {
        let path = self.path(session)?;
        let mut tries = 0_u8;
        loop {
            match Home::create(RealDisk, &path) {
                // Another command makes it at the same moment, and has swept up what was being written aside.
                Err(error) if error.is_absence() && tries < CREATE_TRIES => tries = tries.saturating_add(1),
                other => return other.map_err(|error| keep_failure(&error)),
            }
        }
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
    if !recovery.is_clean() {
        let undelivered = match recovery.undelivered.len() {
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

/// How often a state directory that others make too is tried again.
const CREATE_TRIES: u8 = 20;

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(60);
