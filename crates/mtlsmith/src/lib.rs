//! The command line of mtlsmith: reads arguments and files, asks `mtlsmith-validate`, and writes what `mtlsmith-report` renders.
//!
//! Nothing is judged here. Data goes to standard output, talk to standard error; only `main` ends the process.
#![forbid(unsafe_code)]

mod agent;
mod arguments;
mod color;
mod commands;
mod deferred;
mod duration;
mod environment;
mod exit;
mod failure;
mod filter_file;
mod input;
mod layout;
mod minting;
mod output;
mod parallel;
mod pattern;
mod progress;
mod public_half;
mod rotating;
mod session;
mod state;
mod terminal;

use std::ffi::OsString;
use std::io::Write;

use clap::Args;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::arguments::Global;
use crate::failure::Failure;
use crate::session::Session;
use crate::session::shown;

pub use environment::Environment;
pub use exit::Exit;

/// Runs one command line, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &mut Environment<'_>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let Arguments { global, command } = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => return say_usage(&harmless(error, &arguments), &arguments, environment),
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

/// Only what the line calls is described first: putting the options of all commands together takes longer than many a command does.
/// Help, and what is wrong with a line, may speak of all of them.
fn parse(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    read(called(arguments), arguments).or_else(|error| match error.kind() {
        ErrorKind::DisplayVersion => Err(error),
        _ => read(described(), arguments),
    })
}

fn read(mut program: clap::Command, arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut matches = program.try_get_matches_from_mut(arguments)?;
    // It goes with the process.
    std::mem::forget(program);
    Arguments::from_arg_matches_mut(&mut matches)
}

/// The program as if it had the called command alone, or none: enough for a line without a fault.
fn called(arguments: &[OsString]) -> clap::Command {
    let all = Arguments::command();
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    let command = words.find_map(|word| all.find_subcommand(word));
    let program = clap::Command::new(env!("CARGO_PKG_NAME")).version(env!("CARGO_PKG_VERSION"));
    Global::augment_args(program).disable_help_flag(true).subcommands(command)
}

/// The program with all of its commands.
fn described() -> clap::Command {
    deferred::described::<Arguments>()
}

/// The same error about the same arguments, made harmless: the message repeats them, between lines of its own.
fn harmless(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let harmless: Vec<OsString> = arguments.iter().map(|argument| shown(argument.display()).into()).collect();
    // Arguments that are no UTF-8 are no fault any more then, but of those the message repeats nothing.
    if harmless == arguments { error } else { parse(&harmless).err().unwrap_or(error) }
}

/// Help and version are data; a wrong command line is talk.
fn say_usage(error: &clap::Error, arguments: &[OsString], environment: &mut Environment<'_>) -> Exit {
    let choice = color::choice_among(arguments);
    let to_talk = error.use_stderr();
    let text = error.render();
    let text =
        if color::is_on(choice, environment, to_talk) { text.ansi().to_string() } else { text.to_string() };
    let hint = wrong_place(error)
        .or_else(|| near_command(error))
        .map(|right| format!("\nhint: did you mean: {right}\n"))
        .unwrap_or_default();
    let text = text + &hint;
    let stream = if to_talk { &mut environment.talk } else { &mut environment.output };
    // A reader that has gone away has seen enough.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if to_talk { Exit::CouldNotRun } else { Exit::Done }
}

/// The command that has this verb, when the verb stands where no command has it: `mtlsmith check`.
fn wrong_place(error: &clap::Error) -> Option<String> {
    let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(verb))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
    else {
        return None;
    };
    let program = described();
    let mut groups = program.get_subcommands();
    groups
        .find(|group| group.find_subcommand(verb).is_some())
        .map(|group| format!("mtlsmith {} {verb}", group.get_name()))
}

/// The command of which this one is a slip of the hand, where clap has found none.
fn near_command(error: &clap::Error) -> Option<String> {
    let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(verb)), None) = (
        error.kind(),
        error.get(ContextKind::InvalidSubcommand),
        error.get(ContextKind::SuggestedSubcommand),
    ) else {
        return None;
    };
    let program = described();
    let names = program.get_subcommands().map(clap::Command::get_name);
    let near = names.map(|name| (strsim::damerau_levenshtein(verb, name), name));
    let (slips, name) = near.min()?;
    (slips <= 1).then(|| format!("mtlsmith {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_the_name_of_a_command_is_told() {
        let near = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            near_command(&parse(&words).unwrap_err())
        };
        assert_eq!(near("mtlsmith nwe orders.a1b2c"), Some("mtlsmith new".to_owned()));
        assert_eq!(near("mtlsmith qqq"), None);
    }

    const SHA1: &str = "8d5bef2adf54b3526a5931adc9b4d11d69f97019";

    /// The commands of this program in a rule's help: from `mtlsmith` to the end of the sentence.
    fn commands(help: &str) -> impl Iterator<Item = &str> {
        help.match_indices("mtlsmith ").map(|(start, _)| {
            let from_here = &help[start..];
            let marks = [")", ", or ", ", where ", " says ", " > "];
            let end = marks.iter().filter_map(|mark| from_here.find(mark)).min().unwrap_or(from_here.len());
            from_here[..end].trim_end_matches(',')
        })
    }

    #[test]
    fn every_command_in_the_help_of_a_rule_is_one_that_can_be_run() {
        let mut seen = 0;
        for rule in mtlsmith_validate::rules::all() {
            for command in commands(rule.help) {
                let words =
                    [("{found}", "1"), ("{sha1}", SHA1), ("SHA", SHA1), ("'acme issuing CA'", "acme")]
                        .iter()
                        .fold(command.to_owned(), |words, (place, value)| words.replace(place, value));
                let arguments: Vec<OsString> = words.split(' ').map(OsString::from).collect();
                // What a help leaves out for brevity may be missing; what it writes has to exist.
                let parsed = parse(&arguments).map(|_| ());
                let fault = parsed.err().filter(|error| error.kind() != ErrorKind::MissingRequiredArgument);
                assert!(fault.is_none(), "{}: {command}: {}", rule.code, fault.unwrap());
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen} commands were looked at");
    }
}
