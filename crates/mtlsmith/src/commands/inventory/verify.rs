//! `inventory verify`: is everything as it was written?

use clap::Args;
use mtlsmith_ca::keep::inventory::Audit;
use mtlsmith_report::pretty_json;
use serde::Serialize;

use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;
use crate::state::HomeArguments;

/// Verify the ledger and every file: which line was the first that was changed, dropped or moved, and what is not as it was written
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    home: HomeArguments,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
}

/// A contract with whoever reads it.
#[derive(Serialize)]
struct Wire {
    schema: u32,
    sound: bool,
    lines: u64,
    unfinished_bytes: u64,
    /// The first line that is not as it was written, counted from 1.
    line: Option<u64>,
    fault: Option<String>,
    sound_places: usize,
    faults: Vec<WireFault>,
}

#[derive(Serialize)]
struct WireFault {
    place: String,
    fault: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let home = arguments.home.open(session)?;
    let audit = home.audit().map_err(|error| keep_failure(&error))?;
    let text = match arguments.format {
        TextOrJson::Text => text(&audit, &home.path().display().to_string()),
        TextOrJson::Json => pretty_json(&wire(&audit)),
    };
    session.write(text.as_bytes())?;
    if audit.is_sound() {
        return Ok(Exit::Done);
    }
    session.hint("nothing was repaired; keep a copy as evidence, then restore from one that verifies");
    Ok(Exit::Findings)
}

fn text(audit: &Audit, home: &str) -> String {
    let lines = usize::try_from(audit.ledger.lines).unwrap_or(usize::MAX);
    let mut text = match &audit.ledger.fault {
        None => format!("sound: the ledger of {}, {}\n", shown(home), counted(lines, "line")),
        Some(fault) => format!("broken: the ledger of {}: {fault}\n", shown(home)),
    };
    if audit.ledger.unfinished > 0 {
        text.push_str("       an unfinished line follows: a command is at work or was interrupted, the next one removes it\n");
    }
    if audit.sound > 0 {
        text.push_str(&format!(
            "sound: {}, with every generation that is kept\n",
            counted(audit.sound, "certificate")
        ));
    }
    for (slot, fault) in &audit.faults {
        text.push_str(&format!("broken: {}: {}\n", shown(slot), shown(fault)));
    }
    text
}

fn wire(audit: &Audit) -> Wire {
    Wire {
        schema: 1,
        sound: audit.is_sound(),
        lines: audit.ledger.lines,
        unfinished_bytes: audit.ledger.unfinished,
        line: audit.ledger.fault.as_ref().map(mtlsmith_ca::keep::ledger::Fault::line),
        fault: audit.ledger.fault.as_ref().map(ToString::to_string),
        sound_places: audit.sound,
        faults: audit
            .faults
            .iter()
            .map(|(slot, fault)| WireFault { place: slot.to_string(), fault: fault.to_string() })
            .collect(),
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith inventory verify
  mtlsmith inventory verify --home /srv/mtlsmith --format json

Exit status: 0 everything is as it was written, 1 something is not, 2 could not run";
