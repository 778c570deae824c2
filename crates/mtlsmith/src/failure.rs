//! Why a command ended without its result, as the sentence that the user reads.

use std::fmt::Display;
use std::io;

use crate::exit::Exit;
use crate::session::shown;

/// The end of a command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Whoever read the output has gone away, which is no fault.
    BrokenPipe,
    /// Anything else.
    Said {
        /// The status to end with.
        exit: Exit,
        /// What could not be done.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Failure {
    /// The command could not run.
    pub(crate) fn could_not_run(message: impl Into<String>) -> Self {
        Failure::ended(Exit::CouldNotRun, message)
    }

    /// The answer is no.
    pub(crate) fn no(message: impl Into<String>) -> Self {
        Failure::ended(Exit::Findings, message)
    }

    /// Refused for safety.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Failure::ended(Exit::Refused, message)
    }

    /// With a hint.
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        if let Failure::Said { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    /// With the subject in front of the sentence.
    pub(crate) fn prefixed(mut self, subject: &str) -> Self {
        if let Failure::Said { message, .. } = &mut self {
            message.insert_str(0, &format!("{subject}: "));
        }
        self
    }

    fn ended(exit: Exit, message: impl Into<String>) -> Self {
        Failure::Said { exit, message: message.into(), hint: None }
    }
}

/// A file that the system did not let us read or write.
pub(crate) fn file_failure(doing: &str, file: impl Display, error: &io::Error) -> Failure {
    Failure::could_not_run(format!("cannot {doing} {}: {}", shown(file), reason(error)))
}

/// What the system said, without its error number.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let end = text.find(" (os error").unwrap_or(text.len());
            text.get(..end).unwrap_or_default().to_lowercase()
        }
    }
}
