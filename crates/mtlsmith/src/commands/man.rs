//! `man`: the manual pages.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::file_failure;
use crate::output::Existing;
use crate::output::write_file;
use crate::session::Session;
use crate::session::shown;

/// Print the manual page, or write all of them into a directory
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Write one page per command into DIR, which is made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Overwrite pages that exist
    #[arg(long, requires = "output")]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let mut command = crate::described().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &arguments.output else {
        let page = page(&command, "mtlsmith").map_err(unwritten)?;
        session.write(&page)?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).map_err(|error| file_failure("make", folder.display(), &error))?;
    let mut pages = Vec::new();
    collect(&command, "mtlsmith".to_owned(), &mut pages).map_err(unwritten)?;
    let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
    for (name, page) in &pages {
        write_file(&folder.join(format!("{name}.1")), page, existing)?;
    }
    session.note(&format!("wrote {} pages to {}", pages.len(), shown(folder.display())));
    Ok(Exit::Done)
}

/// The pages of a command and of everything below it.
fn collect(command: &clap::Command, name: String, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, format!("{name}-{}", below.get_name()), pages)?;
    }
    pages.push((name.clone(), page(command, &name)?));
    Ok(())
}

fn page(command: &clap::Command, name: &str) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone().display_name(name.to_owned())).title(name.to_uppercase()).render(&mut page)?;
    Ok(page)
}

fn unwritten(error: io::Error) -> Failure {
    file_failure("make", "the manual page", &error)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith man | man -l -
  mtlsmith man --output ~/.local/share/man/man1";
