//! Subcommands whose options are put together only when one of them is asked for: most of the work before `--version` answers.

use clap::ArgMatches;
use clap::Command;
use clap::Error;
use clap::FromArgMatches;
use clap::Subcommand;

/// Subcommands that are described late. What the parent's help says of them belongs on the parent's variant.
#[derive(Debug)]
pub(crate) struct Deferred<S>(pub(crate) S);

impl<S: Subcommand> FromArgMatches for Deferred<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        S::from_arg_matches(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<S: Subcommand> Subcommand for Deferred<S> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(S::augment_subcommands)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(S::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        S::has_subcommand(name)
    }
}
