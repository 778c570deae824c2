//! Commands whose options are put together only when one of them is asked for: most of the work before a command begins.

use std::cell::Cell;
use std::ops::Deref;

use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::CommandFactory;
use clap::Error;
use clap::FromArgMatches;
use clap::Id;
use clap::Subcommand;

thread_local! {
    /// Are commands being described although nobody has called them?
    static AT_ONCE: Cell<bool> = const { Cell::new(false) };
}

/// A program with all of its commands described, for help and for what is said of a wrong line.
pub(crate) fn described<P: CommandFactory>() -> Command {
    AT_ONCE.set(true);
    let program = P::command();
    AT_ONCE.set(false);
    program
}

fn describe(command: Command, with: fn(Command) -> Command) -> Command {
    if AT_ONCE.get() { with(command) } else { command.defer(with) }
}

/// A command, or a group of them, that is described when it is called: until then the program knows its name alone.
#[derive(Debug)]
pub(crate) struct Deferred<T>(pub(crate) Box<T>);

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|read| Deferred(Box::new(read)))
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(|read| Deferred(Box::new(read)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn group_id() -> Option<Id> {
        T::group_id()
    }

    fn augment_args(command: Command) -> Command {
        describe(command, T::augment_args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        describe(command, T::augment_args_for_update)
    }
}

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: Command) -> Command {
        describe(command, T::augment_subcommands)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        describe(command, T::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}
