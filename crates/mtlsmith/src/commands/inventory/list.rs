//! `inventory list`: everything that is in force.

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
use crate::session::counted;
use crate::state::HomeArguments;

/// List every certificate that is in force, and until when it works
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Of this Namespace alone, and its CA
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    home: HomeArguments,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: InventoryFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// Tell what is left from this time on instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let home = arguments.home.open(session)?;
    let in_force = home.in_force().map_err(|error| keep_failure(&error))?;
    let wanted = |namespace: Option<&str>, name: &str| match &arguments.namespace {
        None => true,
        Some(wanted) => namespace == Some(wanted) || (namespace.is_none() && name == wanted),
    };
    let found: Vec<_> =
        in_force.into_iter().filter(|one| wanted(one.slot.namespace(), one.slot.name())).collect();
    let unlinked: Vec<String> =
        found.iter().filter(|one| !one.is_linked).map(|one| one.slot.to_string()).collect();
    let all = found.len() - unlinked.len();
    let entries: Vec<_> = found.into_iter().filter_map(|one| one.entry).collect();
    let unknown = all.saturating_sub(entries.len());
    let inventory = Inventory {
        title: "Certificates in force".to_owned(),
        home: home.path().display().to_string(),
        entries,
        now: session.now(arguments.at),
    };
    inventory.write(arguments.format, &arguments.output, session)?;
    for slot in unlinked {
        session.warning(&format!(
            "{slot} is not listed: its link `current` is gone; the next issuance there puts its newest generation in force again"
        ));
    }
    if unknown > 0 {
        let number = counted(unknown, "certificate");
        session.warning(&format!("of {number} the ledger has no line: mtlsmith inventory verify says which"));
    }
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith inventory list
  mtlsmith inventory list --namespace orders.a1b2c --format json
  mtlsmith inventory list --format html --output inventory.html";
