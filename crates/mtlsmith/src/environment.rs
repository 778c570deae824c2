//! Everything outside the program that a command may touch, files apart: streams, the clock, variables, the terminal.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::io::IsTerminal;
use std::io::Read;
use std::io::Write;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use crate::terminal;

/// The surroundings of a command.
pub struct Environment<'a> {
    /// Standard input.
    pub input: Box<dyn Read + 'a>,
    /// Standard output, for data.
    pub output: Box<dyn Write + 'a>,
    /// Standard error, for talk.
    pub talk: Box<dyn Write + 'a>,
    /// Does a person type at standard input?
    pub input_is_terminal: bool,
    /// Does a person read standard output?
    pub output_is_terminal: bool,
    /// Does a person read standard error?
    pub talk_is_terminal: bool,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// An environment variable.
    pub variable: fn(&str) -> Option<OsString>,
    /// All of them.
    pub variables: fn() -> Vec<(OsString, OsString)>,
    /// Asks at the terminal for a line that nobody sees being typed.
    pub secret: fn(&str) -> io::Result<Zeroizing<Vec<u8>>>,
    /// What this machine is called.
    pub host: fn() -> String,
    /// The width of the terminal, when there is one.
    pub columns: fn() -> Option<usize>,
}

impl Environment<'_> {
    /// That of the process.
    pub fn of_process() -> Self {
        Environment {
            input: Box::new(io::stdin()),
            output: Box::new(io::stdout()),
            talk: Box::new(io::stderr()),
            input_is_terminal: io::stdin().is_terminal(),
            output_is_terminal: io::stdout().is_terminal(),
            talk_is_terminal: io::stderr().is_terminal(),
            now: clock,
            variable: |name| std::env::var_os(name),
            variables: || std::env::vars_os().collect(),
            secret: terminal::secret,
            host: terminal::host,
            columns: || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        }
    }

    /// A variable that is set to something.
    pub(crate) fn set_variable(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terminals = (self.output_is_terminal, self.talk_is_terminal);
        f.debug_struct("Environment").field("terminals", &terminals).finish_non_exhaustive()
    }
}

fn clock() -> Timestamp {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    };
    Timestamp::from_unix(seconds)
}
