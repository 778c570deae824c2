//! What has to happen after a rotation: files written, a program run, a process told. Each may be done again without harm.

mod execute;
mod signal;
mod write;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use sha2::Digest;
use sha2::Sha256;

use crate::keep::Home;
use crate::keep::Slot;
use crate::keep::generation::hex;

pub use signal::HookSignal;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// Write the pair as plain files.
    Files(FilesHook),
    /// Write the manifest of a Kubernetes Secret.
    Secret(SecretHook),
    /// Run a program.
    Execute(ExecuteHook),
    /// Tell a process.
    Signal(SignalHook),
}

/// Plain files, for programs that cannot follow a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesHook {
    /// For the certificate and those that are sent along.
    pub certificate: PathBuf,
    /// For the key.
    pub key: PathBuf,
    /// The group that may read both, by number.
    pub group: Option<u32>,
}

/// The manifest of a Secret, to be applied by a program behind it or to be watched by somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHook {
    /// The file.
    pub file: PathBuf,
    /// The name of the Secret.
    pub name: String,
    /// Its Kubernetes namespace.
    pub namespace: Option<String>,
}

/// A program, without a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteHook {
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// How long it may take.
    pub time_limit: Duration,
}

/// A signal for the process whose number is in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalHook {
    /// Which signal.
    pub signal: HookSignal,
    /// The file with the number of the process.
    pub pid_file: PathBuf,
    /// What the process has to be called, where that is known: a number may have passed to another one.
    pub process: Option<String>,
}

/// Why a hook did not succeed. What a program wrote is in it made harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookError {
    /// What was to be done.
    pub hook: String,
    /// Why it was not.
    pub problem: String,
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.hook, self.problem)
    }
}

impl std::error::Error for HookError {}

impl Hook {
    /// Does it, with what is in force.
    ///
    /// # Errors
    /// What kept it from succeeding.
    pub fn run(&self, home: &Home, slot: &Slot) -> Result<(), HookError> {
        let done = match self {
            Hook::Files(files) => write::files(files, home, slot),
            Hook::Secret(secret) => write::secret(secret, home, slot),
            Hook::Execute(execute) => execute::run(execute, home, slot),
            Hook::Signal(signal) => signal::send(signal),
        };
        done.map_err(|problem| HookError { hook: self.to_string(), problem })
    }

    /// What it is, as a number: what does the same has the same one. Arguments may be secret, so they are not written down.
    pub fn id(&self) -> String {
        // How long it may take, and a check before it, make no other hook of it.
        let what = match self {
            Hook::Execute(ExecuteHook { arguments, .. }) => format!("execute {arguments:?}"),
            Hook::Signal(SignalHook { signal, pid_file, .. }) => format!("signal {signal} {pid_file:?}"),
            Hook::Files(_) | Hook::Secret(_) => format!("{self:?}"),
        };
        let digest = Sha256::digest(what.as_bytes());
        hex(digest.as_slice()).chars().take(ID_DIGITS).collect()
    }
}

impl fmt::Display for Hook {
    /// What it does, without arguments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hook::Files(FilesHook { certificate, .. }) => {
                write!(f, "write {}", certificate.display().to_string().escape_debug())
            }
            Hook::Secret(SecretHook { file, .. }) => {
                write!(f, "write {}", file.display().to_string().escape_debug())
            }
            Hook::Execute(ExecuteHook { arguments, .. }) => {
                let program = arguments.first().map(String::as_str).unwrap_or_default();
                write!(f, "run {}", program.escape_debug())
            }
            Hook::Signal(SignalHook { signal, pid_file, .. }) => {
                write!(f, "send {signal} to the process of {}", pid_file.display().to_string().escape_debug())
            }
        }
    }
}

/// 64 bits tell the few hooks of a leaf apart.
const ID_DIGITS: usize = 16;
