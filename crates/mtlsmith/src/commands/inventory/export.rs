//! `inventory export`: every line of the ledger.

use clap::Args;
use mtlsmith_validate::time::Timestamp;

use super::shown::Inventory;
use super::shown::InventoryFormat;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::state::HomeArguments;

/// Write every issuance of the ledger, also of what was replaced
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    home: HomeArguments,
    /// The form of the result
    #[arg(long, value_enum, default_value = "csv", value_name = "FORMAT")]
    format: InventoryFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// The time that a page marks, instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let home = arguments.home.open(session)?;
    let mut entries = Vec::new();
    home.ledger().for_each(|entry| entries.push(entry)).map_err(|error| keep_failure(&error))?;
    let inventory = Inventory {
        title: "Everything that was issued".to_owned(),
        home: home.path().display().to_string(),
        entries,
        now: session.now(arguments.at),
    };
    inventory.write(arguments.format, &arguments.output, session)?;
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith inventory export > ledger.csv
  mtlsmith inventory export --format json --output ledger.json";
