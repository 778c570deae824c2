//! `rollover abort`: back to where it began, from every state.

use clap::Args;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::Phase;

use super::ServerArguments;
use super::Way;
use super::WhereArguments;
use super::live;
use super::reissue::ReissueArguments;
use super::reissue::reissue;
use super::status::show;
use super::work;
use super::work::NOT_YET;
use super::work::Went;
use super::work::Work;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Go back to the old CA, from wherever the rollover stands
///
/// The same command goes on until everything is as it was: the old CA is published again where it was removed, leaves return to it, and
/// the new one goes when nobody needs it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: WhereArguments,
    /// The old CA was removed because its key leaked: say that it is trusted all the same
    #[arg(long)]
    old_is_trusted: bool,
    #[command(flatten)]
    reissue: ReissueArguments,
    /// Text or JSON
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    server: ServerArguments,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = arguments.place.now(session);
    let home = arguments.place.home.open(session)?;
    let store = work::store(&home, &arguments.place, "rollover abort", session)?;
    let record = work::record(&home, &arguments.place)?;
    arguments.place.goes_by_the_clock_of(&record)?;
    live::belongs_here(&record, &arguments.way(), now)?;
    let mut publisher = arguments.server.publisher(&arguments.place.namespace, session)?;
    let mut work = Work::new(&home, &store, record, &mut *publisher, arguments.way(), now);
    work.look(session)?;
    work.refresh()?;
    work.note(&Event::Abort { old_is_trusted: arguments.old_is_trusted })?;
    let exit = go_back(arguments, &mut work, session)?;
    show(&work, arguments.format == TextOrJson::Json, session)?;
    Ok(exit)
}

impl Arguments {
    fn way(&self) -> Way<'_> {
        Way { place: &self.place, server: &self.server, reissue: Some(&self.reissue) }
    }
}

fn go_back(
    arguments: &Arguments,
    work: &mut Work<'_, '_>,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if work.record().rollover.phase == Phase::RestoringOld && work.advance(session)? == Went::ByHand {
        if arguments.reissue.is_wanted() {
            session.note(NOT_YET);
        }
        return Ok(Exit::Done);
    }
    let mut exit = Exit::Done;
    if work.record().rollover.phase == Phase::Reverting {
        if arguments.reissue.is_wanted() {
            exit = reissue(&arguments.reissue, work, session)?;
        }
        work.note(&Event::RetractNew)?;
    }
    if work.record().rollover.phase == Phase::RetractingNew {
        work.advance(session)?;
    }
    Ok(exit)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith rollover abort orders.a1b2c --reissue --publish api \\
      --api-key-file key.txt

Exit status: 0 gone back, or the commands were printed; 1 the server or a rule refused something; 2 could not run, or it is not known
whether a change is live: run it again; 3 leaves depend on the new CA, which is not removed then,
or there is nothing to go back to, or the bundle of --live is not known here";
