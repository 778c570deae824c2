//! `inventory expiring`: what stops working soon.

use clap::Args;
use mtlsmith_validate::time::Timestamp;

use super::shown::Inventory;
use super::shown::InventoryFormat;
use crate::arguments;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::state::HomeArguments;

/// List what stops working within a time, soonest first; also what has stopped already and was not replaced
///
/// A certificate stops working with the first of its chain that ends, which may be its CA.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Within this time, with s, m (minutes), h, d or y (365 days)
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration::parse)]
    within: i64,
    #[command(flatten)]
    home: HomeArguments,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: InventoryFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// From this time on instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let home = arguments.home.open(session)?;
    let now = session.now(arguments.at);
    let until = now.plus(arguments.within);
    let entries = home.expiring(until).map_err(|error| keep_failure(&error))?;
    let any = !entries.is_empty();
    let inventory = Inventory {
        title: format!("Certificates that stop working by {}", until.date()),
        home: home.path().display().to_string(),
        entries,
        now,
    };
    inventory.write(arguments.format, &arguments.output, session)?;
    Ok(if any { Exit::Findings } else { Exit::Done })
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith inventory expiring --within 30d
  mtlsmith inventory expiring --within 7d --format json || alert

Exit status: 0 nothing stops working within that time, 1 something does, 2 could not run";
