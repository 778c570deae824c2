//! `rollover commit`: the old CA goes, once nobody needs it.

use clap::Args;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::LEDGER_ALONE;
use mtlsmith_ca::rotate::rollover::Phase;

use super::ServerArguments;
use super::Way;
use super::WhereArguments;
use super::live;
use super::status::show;
use super::work;
use super::work::Work;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::session::shown;

/// Remove the old CA, unless a live leaf depends on it alone
///
/// Refused with each leaf that would be locked out, and with the earliest time at which nobody would be. The removal counts when the
/// server shows the bundle without the old CA, not before.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: WhereArguments,
    /// State that no other client certificate below the old CA is in use than those that are kept here or named
    #[arg(long)]
    inventory_complete: bool,
    /// This leaf is out of use: its workload was taken down
    #[arg(long, value_name = "NAME")]
    gone: Vec<String>,
    /// Text or JSON
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    server: ServerArguments,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = arguments.place.now(session);
    let home = arguments.place.home.open(session)?;
    let store = work::store(&home, &arguments.place, "rollover commit", session)?;
    let mut record = work::record(&home, &arguments.place)?;
    arguments.place.goes_by_the_clock_of(&record)?;
    let way = Way { place: &arguments.place, server: &arguments.server, reissue: None };
    live::belongs_here(&record, &way, now)?;
    record.rollover.inventory_is_complete |= arguments.inventory_complete;
    let mut publisher = arguments.server.publisher(&arguments.place.namespace, session)?;
    let mut work = Work::new(&home, &store, record, &mut *publisher, way, now);
    work.look(session)?;
    if work.record().rollover.phase == Phase::PublishingBoth {
        work.look(session)?; // a reader may lag behind a change for a moment
    }
    work.refresh()?;
    // A name that is mistaken is told before anything is noted.
    let gone: Vec<String> = arguments.gone.iter().map(|leaf| named(leaf, &work)).collect::<Result<_, _>>()?;
    for leaf in gone {
        work.note(&Event::LeafGone { leaf })?;
    }
    if work.record().rollover.phase != Phase::OldRemoved {
        work.note(&Event::RemoveOld)?;
        work.advance(session)?;
    }
    show(&work, arguments.format == TextOrJson::Json, session)?;
    Ok(Exit::Done)
}

/// The leaf that a person means: by its name here, or by that which `inventory list` shows.
fn named(leaf: &str, work: &Work<'_, '_>) -> Result<String, Failure> {
    let rollover = &work.record().rollover;
    let ways = [leaf.to_owned(), format!("{leaf}{LEDGER_ALONE}"), format!("{OF_NO_NAMESPACE}{leaf}")];
    if let Some(known) = ways.into_iter().find(|name| rollover.leaf(name).is_some()) {
        return Ok(known);
    }
    let names: Vec<&str> = rollover.leaves.iter().map(|leaf| leaf.name.as_str()).collect();
    let meant = crate::rotating::meant(leaf, &names);
    Err(Failure::could_not_run(format!("there is no leaf {} in this rollover", shown(leaf)))
        .hint(format!("{meant}their names: {}", work.way.next("status", &[], work.record()))))
}

/// What stands before the name of a leaf that is kept for no Namespace.
const OF_NO_NAMESPACE: &str = "leaves/";

const EXAMPLES: &str = "\
Examples:
  mtlsmith rollover commit orders.a1b2c --inventory-complete --publish api \\
      --api-key-file key.txt
  mtlsmith rollover commit orders.a1b2c --inventory-complete \\
      --live shown-by-the-server.pem

Exit status: 0 done, or the commands were printed; 1 the server refused the bundle; 2 could not run, or it is not known whether the
change is live: run it again; 3 somebody would be locked out: the old CA was not removed";
