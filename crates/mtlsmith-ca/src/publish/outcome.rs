//! What became of a publication, as data that a state machine can act on and keep.

use std::fmt;
use std::time::Duration;

use super::Rejection;
use super::ResourceVersion;

/// What became of an intent. There are three answers, and "it failed" is not one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It is live.
    Published {
        /// The version of the specification now; `None` when whoever was asked does not say.
        resource_version: Option<ResourceVersion>,
        /// How that is known.
        proof: Proof,
    },
    /// It is not live, and nothing that was sent is still on its way as far as the server tells.
    NotPublished {
        /// Why.
        reason: Reason,
        /// Whether trying again can help.
        retry: Retry,
    },
    /// It may or may not be live. Only reading the server's state answers it; nothing else may happen before.
    Unknown {
        /// What stands in the way of an answer.
        doubt: Doubt,
    },
}

/// How it is known that an intent is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Bundle and filters were read back and compared.
    ReadBack,
    /// The bundle was read back and compared; for the filters there is the word of the program that set them.
    BundleReadBack,
    /// There is the word of the configured program alone.
    Claimed,
}

/// Why an intent is not live.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A person has to run the commands.
    ByHand,
    /// The server refused the bundle, the filters or the request as a whole.
    Rejected(Rejection),
    /// The operation was accepted and then ended without the change.
    OperationFailed(Rejection),
    /// The Namespace has changed since it was read.
    Conflict {
        /// The version that is live now.
        found: Option<ResourceVersion>,
    },
    /// The server could not be asked, so nothing was sent.
    NothingSent(ReadError),
    /// The server takes no more requests for now.
    RateLimited,
    /// The credentials do not suffice.
    Denied(String),
    /// The configured program said that it changed nothing.
    ProgramRefused {
        /// Its exit code, when it ended by itself.
        code: Option<i32>,
        /// The end of what it wrote, harmless to show.
        output: String,
    },
    /// The configured program could not be started.
    ProgramNotStarted(String),
    /// The configured program has no place for filters, and the intent has some.
    FiltersUnsupported,
    /// The live Namespace has something under its authentication that would be lost.
    WouldLose(String),
    /// It is not live, and the operation of that id is not known to the server.
    NeverArrived,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same intent, after this time.
    After(Duration),
    /// [`super::Intent::next_attempt`], after this time.
    NextAttempt(Duration),
    /// Read what is live and decide anew: the intent builds on a state that is gone.
    FreshIntent,
    /// Not before something else has changed.
    Never,
}

/// Why it is not known what became of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The operation has not ended within the time given.
    StillRunning,
    /// What is live cannot be read.
    CannotRead(ReadError),
    /// The server says that the operation is done and shows the old state.
    NotVisibleYet,
    /// The configured program was interrupted, or ended without saying whether it changed anything.
    ProgramInterrupted(String),
    /// The bundle is live; the filters cannot be read.
    FiltersNotShown,
}

/// Why what is live cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// No answer: no connection, a connection cut, a time limit, an error of the server.
    NoAnswer(String),
    /// The server takes no more requests for now.
    RateLimited {
        /// When to ask again, if it says so.
        after: Option<Duration>,
    },
    /// The credentials do not suffice.
    Denied(String),
    /// The Namespace does not exist, or not for these credentials.
    NoSuchNamespace,
    /// The answer is not what the interface promises.
    Unintelligible(String),
    /// Nothing is configured that could read.
    NoReader,
}

impl ReadError {
    /// Whether asking again can help.
    pub fn retry(&self) -> Retry {
        match self {
            ReadError::NoAnswer(_) | ReadError::Unintelligible(_) => Retry::After(USUAL_PAUSE),
            ReadError::RateLimited { after } => Retry::After(after.unwrap_or(USUAL_PAUSE)),
            ReadError::Denied(_) | ReadError::NoSuchNamespace | ReadError::NoReader => Retry::Never,
        }
    }
}

/// How long to leave the server alone when it does not say: a caller's own back-off starts here.
pub(super) const USUAL_PAUSE: Duration = Duration::from_secs(30);

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Published { resource_version: Some(version), .. } => {
                write!(f, "published; the Namespace is at version {version}")
            }
            Outcome::Published { .. } => f.write_str("published"),
            Outcome::NotPublished { reason, .. } => write!(f, "not published: {reason}"),
            Outcome::Unknown { doubt } => write!(f, "not known whether it is published: {doubt}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::ByHand => f.write_str("the commands are to be run by hand"),
            Reason::Rejected(rejection) => write!(f, "Temporal Cloud refused it: {rejection}"),
            Reason::OperationFailed(rejection) => write!(f, "the operation failed: {rejection}"),
            Reason::Conflict { found: Some(version) } => {
                write!(f, "the Namespace has changed since it was read; it is at version {version} now")
            }
            Reason::Conflict { found: None } => f.write_str("the Namespace has changed since it was read"),
            Reason::NothingSent(error) => write!(f, "nothing was sent, since {error}"),
            Reason::RateLimited => f.write_str("Temporal Cloud takes no more requests for now"),
            Reason::Denied(text) => write!(f, "the API key does not suffice: {text}"),
            Reason::ProgramRefused { code: Some(code), output } => {
                write!(f, "the program ended with code {code}: {output}")
            }
            Reason::ProgramRefused { code: None, output } => write!(f, "the program refused: {output}"),
            Reason::ProgramNotStarted(text) => write!(f, "the program could not be started: {text}"),
            Reason::FiltersUnsupported => f.write_str("the configured command has no place for filters"),
            Reason::WouldLose(what) => write!(f, "the Namespace has {what}, which an update would lose"),
            Reason::NeverArrived => f.write_str("the request did not reach Temporal Cloud"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::StillRunning => f.write_str("the operation is still running"),
            Doubt::CannotRead(error) => write!(f, "{error}"),
            Doubt::NotVisibleYet => {
                f.write_str("the operation is done, and the Namespace still shows the old state")
            }
            Doubt::ProgramInterrupted(text) => write!(f, "the program was interrupted: {text}"),
            Doubt::FiltersNotShown => f.write_str("the bundle is live; what filters are cannot be read"),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoAnswer(text) => write!(f, "there is no answer from Temporal Cloud: {text}"),
            ReadError::RateLimited { .. } => f.write_str("Temporal Cloud takes no more requests for now"),
            ReadError::Denied(text) => write!(f, "the API key does not suffice: {text}"),
            ReadError::NoSuchNamespace => f.write_str("there is no such Namespace for this API key"),
            ReadError::Unintelligible(text) => write!(f, "the answer is not understood: {text}"),
            ReadError::NoReader => f.write_str("nothing is configured that reads what is live"),
        }
    }
}

impl std::error::Error for ReadError {}
