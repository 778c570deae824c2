//! `inventory list`: everything that is in force.

use std::collections::BTreeSet;

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::keep::inventory::InForce;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::time::Timestamp;

use super::shown::Inventory;
use super::shown::InventoryFormat;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::is_there;
use crate::minting::keep_failure;
use crate::minting::replacement;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::counted;
use crate::state::HomeArguments;
use crate::state::LEAF_CERTIFICATE;
use crate::state::LEAF_KEY;

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
    let (idle, harmed) = (idle_authorities(&home, &found)?, harmed(&home, &found));
    let entries: Vec<_> = found.into_iter().filter_map(|one| one.entry).collect();
    let unknown = all.saturating_sub(entries.len());
    let inventory = Inventory {
        title: match arguments.at {
            None => "Certificates in force".to_owned(),
            Some(at) => format!("Certificates in force now, as they stand on {}", at.date()),
        },
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
    for sentence in idle {
        session.note(&sentence);
    }
    for (sentence, hint) in harmed {
        session.warning(&sentence);
        hint.iter().for_each(|hint| session.hint(hint));
    }
    if unknown > 0 {
        let number = counted(unknown, "certificate");
        session.warning(&format!("of {number} the ledger has no line: mtlsmith inventory verify says which"));
    }
    Ok(Exit::Done)
}

/// CAs that are kept and issue nothing more: a rollover has replaced them, or was aborted before anything was issued with them.
fn idle_authorities(home: &Home, found: &[InForce]) -> Result<Vec<String>, Failure> {
    let of_ledger = found.iter().filter_map(|one| one.entry.as_ref()?.namespace.as_deref());
    let namespaces: BTreeSet<&str> =
        found.iter().filter_map(|one| one.slot.namespace()).chain(of_ledger).collect();
    let mut idle = Vec::new();
    for namespace in namespaces {
        let Some(record) = Record::load(home, namespace).map_err(|error| keep_failure(&error))? else {
            continue;
        };
        let (name, why) = match record.rollover.phase {
            Phase::OldRemoved => (record.old_authority.as_deref(), "was replaced by a rollover"),
            Phase::Aborted => (Some(record.new_authority.as_str()), "is of a rollover that was aborted"),
            _ => continue,
        };
        let is_here = |name: &&str| {
            found.iter().any(|one| one.slot.kind() == SlotKind::Authority && one.slot.name() == *name)
        };
        if let Some(name) = name.filter(is_here) {
            idle.push(format!("the CA {name} {why}: nothing is issued with it any more"));
        }
    }
    Ok(idle)
}

/// What is not as it was put there, so far as that is seen at once: CAs are read whole, of certificates the files are looked for.
fn harmed(home: &Home, found: &[InForce]) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    for one in found.iter().filter(|one| one.is_linked) {
        let slot = &one.slot;
        if slot.kind() == SlotKind::Authority {
            if let Some(Failure::Said { message, hint, .. }) =
                home.read(slot).err().map(|error| keep_failure(&error))
            {
                all.push((message, hint));
            }
            continue;
        }
        let has_key = one.entry.as_ref().is_some_and(|entry| entry.reason != SIGNED);
        let files = [Some(LEAF_CERTIFICATE), Some(LEAF_KEY).filter(|_| has_key)];
        let gone = files.into_iter().flatten().find(|file| !is_there(&home.current_path(slot).join(file)));
        if let Some(file) = gone {
            all.push((format!("{slot}: {file} is missing"), Some(replacement(slot))));
        }
    }
    all
}

/// What the ledger says of a certificate whose key somebody else keeps.
const SIGNED: &str = "sign";

const EXAMPLES: &str = "\
Examples:
  mtlsmith inventory list
  mtlsmith inventory list --namespace orders.a1b2c --format json
  mtlsmith inventory list --format html --output inventory.html";
