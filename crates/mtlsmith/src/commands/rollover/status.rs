//! `rollover status`: where it stands, what to do next, who is in the way. Changes nothing.

use clap::Args;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::apply;
use mtlsmith_ca::rotate::rollover::status;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;
use serde_json::json;

use super::ServerArguments;
use super::StatusFormat;
use super::Way;
use super::WhereArguments;
use super::page::command;
use super::page::page;
use super::work;
use super::work::Work;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::shown;

/// Where does the rollover stand, and what is to be done next?
///
/// Takes no lock and changes nothing: it shows what was noted, held against the certificates that are in force now.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: WhereArguments,
    /// Text, JSON, or a page with a time line
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: StatusFormat,
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    server: ServerArguments,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let now = arguments.place.now(session);
    let home = arguments.place.home.open(session)?;
    let mut record = work::record(&home, &arguments.place)?;
    let leaves = arguments.place.leaves(&home)?;
    // Whoever looks at night is shown what there is; the commands that change something are refused without a ledger.
    let recorded = match arguments.place.recorded(&home, now) {
        Ok(recorded) => recorded,
        Err(Failure::Said { message, .. }) => {
            session.warning(&format!("leaves of which the ledger alone tells are left out: {message}"));
            Vec::new()
        }
        Err(failure) => return Err(failure),
    };
    let mut events = record.differences(&leaves, &Profile::temporal_cloud());
    events.extend(record.differences_of_recorded(&recorded));
    for event in events {
        see(&mut record, &event, now);
    }
    let text = match arguments.format {
        StatusFormat::Text => mtlsmith_report::rollover_status(
            &page(&record, &arguments.way(), now),
            &session.style(arguments.output.place()),
        ),
        StatusFormat::Html => mtlsmith_report::rollover_as_html(&page(&record, &arguments.way(), now)),
        StatusFormat::Json => json(&record, &arguments.way(), now),
    };
    arguments.output.write(text.as_bytes(), session)?;
    Ok(Exit::Done)
}

impl Arguments {
    fn way(&self) -> Way<'_> {
        Way { place: &self.place, server: &self.server, reissue: None }
    }
}

/// What is seen here is noted by the commands that change something.
fn see(record: &mut Record, event: &Event, now: Timestamp) {
    if let Ok(seen) = apply(&record.rollover, event, now) {
        record.rollover = seen;
    }
}

/// For machines.
pub(super) fn json(record: &Record, way: &Way<'_>, now: Timestamp) -> String {
    let rollover = &record.rollover;
    let status = status(rollover, now);
    let server = way.server.saved_anew();
    let command = command(&status, record, &Way { server: &server, ..*way });
    let value = json!({
        "format": 1,
        "namespace": rollover.namespace,
        "rehearsal": record.rehearsal,
        "oldAuthority": record.old_authority,
        "newAuthority": record.new_authority,
        "old": rollover.old,
        "new": rollover.new,
        "live": rollover.live,
        "earliestRemoval": rollover.earliest_removal(now).to_string(),
        "before": command.as_ref().and_then(|_| way.server.save(&way.place.namespace)),
        "command": command,
        "status": status,
    });
    format!("{value:#}\n")
}

/// Shows where it stands after a command that went on.
pub(super) fn show(
    work: &Work<'_, '_>,
    json_wanted: bool,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let (record, way, now) = (work.record(), &work.way, work.now);
    let text = if json_wanted {
        json(record, way, now)
    } else {
        let mut page = page(record, way, now);
        if !work.refused.is_empty() {
            page.next = stuck(&work.refused, &page.next);
        }
        mtlsmith_report::rollover_status(&page, &session.style(crate::session::Place::Output))
    };
    session.write(text.as_bytes())
}

/// The same command again would be refused again.
fn stuck(refused: &[String], next: &str) -> String {
    let names: Vec<String> = refused.iter().map(shown).collect();
    format!(
        "first put right what stands against {} (see above), or say to rollover commit with --gone NAME that nobody uses it; then {next}",
        names.join(", ")
    )
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith rollover status orders.a1b2c
  mtlsmith rollover status orders.a1b2c --format html --output rollover.html

Exit status: 0 shown, 2 could not run, or there is no rollover";
