//! `completions`: the completion script of a shell.

use clap::Args;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let mut command = crate::described();
    clap_complete::generate(arguments.shell, &mut command, "mtlsmith", &mut script);
    session.write(&script)?;
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith completions bash \\
      > ~/.local/share/bash-completion/completions/mtlsmith
  mtlsmith completions zsh > ~/.zfunc/_mtlsmith
  mtlsmith completions fish > ~/.config/fish/completions/mtlsmith.fish";
