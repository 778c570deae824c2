//! The exit status, the same for every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Accepted, or done: 0.
    Done,
    /// Findings at or above `--fail-on`, or the answer is no: 1.
    Findings,
    /// Could not run: 2.
    CouldNotRun,
    /// Refused for safety, nothing changed: 3.
    Refused,
    /// `cert needs-renewal` could not tell: 255, so that a script takes an error for no answer.
    NoAnswer,
}

impl Exit {
    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::CouldNotRun => 2,
            Exit::Refused => 3,
            Exit::NoAnswer => 255,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
