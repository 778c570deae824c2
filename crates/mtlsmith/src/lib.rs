//! The command line of mtlsmith: reads arguments and files, asks `mtlsmith-validate`, and writes what `mtlsmith-report` renders.
//!
//! Nothing is judged here. Data goes to standard output, talk to standard error; only `main` ends the process.
#![forbid(unsafe_code)]

mod arguments;
mod color;
mod commands;
mod deferred;
mod duration;
mod environment;
mod exit;
mod failure;
mod filters;
mod input;
mod output;
mod parallel;
mod progress;
mod session;

use std::ffi::OsString;
use std::io::Write;

use clap::CommandFactory;
use clap::FromArgMatches;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::session::Session;

pub use environment::Environment;
pub use exit::Exit;

/// Runs one command line, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &mut Environment<'_>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = Arguments::command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let Arguments { global, command } = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return say_usage(&error, &arguments, environment),
    };
    let mut session = Session::new(environment, global);
    match commands::run(command, &mut session) {
        Ok(exit) => exit,
        Err(Failure::BrokenPipe) => Exit::Done,
        Err(Failure::Said { exit, message, hint }) => {
            session.error(&message);
            if let Some(hint) = hint {
                session.hint(&hint);
            }
            exit
        }
    }
}

/// Help and version are data; a wrong command line is talk.
fn say_usage(error: &clap::Error, arguments: &[OsString], environment: &mut Environment<'_>) -> Exit {
    let choice = color::choice_among(arguments);
    let to_talk = error.use_stderr();
    let text = error.render();
    let text =
        if color::is_on(choice, environment, to_talk) { text.ansi().to_string() } else { text.to_string() };
    let stream = if to_talk { &mut environment.talk } else { &mut environment.output };
    // A reader that has gone away has seen enough.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if to_talk { Exit::CouldNotRun } else { Exit::Done }
}
