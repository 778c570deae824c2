//! Questions to the store as a whole: what is in force, what stops working soon, and does everything agree.

use std::collections::HashMap;
use std::collections::HashSet;

use mtlsmith_validate::time::Timestamp;

use super::error::KeepError;
use super::home::Home;
use super::ledger::Entry;
use super::ledger::Event;
use super::ledger::Verified;
use super::slot::Slot;

/// What is in force in one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Where.
    pub slot: Slot,
    /// What the ledger says of it; `None` when it says nothing, which [`Home::audit`] counts as a fault.
    pub entry: Option<Entry>,
    /// Is it? Not so when the link to the generation in force is gone, and nothing says which one that was.
    pub is_linked: bool,
}

/// What a look at everything found.
#[derive(Debug)]
pub struct Audit {
    /// The ledger.
    pub ledger: Verified,
    /// Slots that were read whole and without a fault.
    pub sound: usize,
    /// What is wrong in the store, sorted by slot.
    pub faults: Vec<(Slot, KeepError)>,
    /// Something lies in `staging`: a writer is at work or was interrupted.
    pub unfinished: bool,
}

impl Audit {
    /// Is everything as it was written?
    pub fn is_sound(&self) -> bool {
        self.ledger.fault.is_none() && self.faults.is_empty()
    }
}

impl Home {
    /// Everything that is in force, sorted by slot, with what the ledger says of it.
    ///
    /// # Errors
    /// When the disk says no, or the ledger cannot be read.
    pub fn in_force(&self) -> Result<Vec<InForce>, KeepError> {
        let mut current = HashMap::new();
        let mut found = Vec::new();
        for slot in self.slots()? {
            match self.current(&slot) {
                Ok(None) => {}
                Ok(Some(name)) => {
                    current.insert((slot.path().to_owned(), name.number, name.content), found.len());
                    found.push(InForce { slot, entry: None, is_linked: true });
                }
                Err(KeepError::Unlinked { .. }) => {
                    found.push(InForce { slot, entry: None, is_linked: false })
                }
                Err(error) => return Err(error),
            }
        }
        self.ledger().for_each(|entry| {
            let key = (entry.slot.clone(), entry.generation, entry.content.clone());
            if entry.event == Event::Issued
                && let Some(place) = current.get(&key).and_then(|index| found.get_mut(*index))
            {
                place.entry = Some(entry);
            }
        })?;
        Ok(found)
    }

    /// What is in force at most until `until`, soonest first, as the ledger says; with what has stopped working and was not replaced.
    ///
    /// # Errors
    /// As [`Ledger::expiring`](super::ledger::Ledger::expiring).
    pub fn expiring(&self, until: Timestamp) -> Result<Vec<Entry>, KeepError> {
        let threads = std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
        self.ledger().expiring(until, threads)
    }

    /// Reads everything and says what is not as it was written: the ledger, every generation, and that each generation has its line.
    ///
    /// # Errors
    /// When the disk says no, or the ledger's end is not known.
    pub fn audit(&self) -> Result<Audit, KeepError> {
        let ledger = self.ledger().verify()?;
        let mut recorded = HashSet::new();
        if ledger.fault.is_none() {
            self.ledger().for_each(|entry| {
                recorded.insert((entry.slot, entry.generation, entry.content));
            })?;
        }
        let mut audit = Audit {
            unfinished: !self.names_in(&self.staging())?.is_empty(),
            ledger,
            sound: 0,
            faults: Vec::new(),
        };
        for slot in self.slots()? {
            let faults = audit.faults.len();
            self.audit_slot(&slot, &recorded, &mut audit);
            if audit.faults.len() == faults {
                audit.sound = audit.sound.saturating_add(1);
            }
        }
        Ok(audit)
    }

    fn audit_slot(&self, slot: &Slot, recorded: &HashSet<(String, u64, String)>, audit: &mut Audit) {
        let mut tell = |error| audit.faults.push((slot.clone(), error));
        let generations = match (self.current(slot), self.generations(slot)) {
            (Err(error), _) | (_, Err(error)) => return tell(error),
            (Ok(None), Ok(_)) => return,
            (Ok(Some(current)), Ok(generations)) if !generations.contains(&current) => {
                let what = format!("the current generation, {current}, is not there");
                return tell(KeepError::Damaged { path: self.current_path(slot), what });
            }
            (Ok(Some(_)), Ok(generations)) => generations,
        };
        for name in generations {
            if let Err(error) = self.read_generation(slot, &name) {
                tell(error);
            }
            let key = (slot.path().to_owned(), name.number, name.content.clone());
            if audit.ledger.fault.is_none() && !recorded.contains(&key) {
                let what = "the ledger has no line about it".to_owned();
                tell(KeepError::Damaged { path: self.directory(slot).join(name.to_string()), what });
            }
        }
    }
}

/// Lines of the ledger as CSV, with a first line of names.
///
/// A field that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn csv<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for entry in entries {
        let event = match entry.event {
            Event::Issued => "issued",
            Event::Restored => "restored",
            Event::Withdrawn => "withdrawn",
        };
        let fields: [&str; 18] = [
            &entry.time.to_string(),
            event,
            &entry.slot,
            &entry.generation.to_string(),
            &entry.serial,
            &entry.subject,
            &entry.issuer,
            &entry.not_before.to_string(),
            &entry.not_after.to_string(),
            &entry.effective_expiry.to_string(),
            &entry.names.join(" "),
            entry.namespace.as_deref().unwrap_or_default(),
            entry.authority.as_deref().unwrap_or_default(),
            &entry.reason,
            entry.batch.as_deref().unwrap_or_default(),
            &entry.certificate_sha256,
            &entry.spki_sha256,
            &entry.tool_version,
        ];
        let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if guard.is_empty() && !field.contains(['"', ',', '\r', '\n']) {
        return field.to_owned();
    }
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

/// The columns of [`csv`].
const COLUMNS: [&str; 18] = [
    "time",
    "event",
    "slot",
    "generation",
    "serial",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "effective_expiry",
    "names",
    "namespace",
    "authority",
    "reason",
    "batch",
    "certificate_sha256",
    "spki_sha256",
    "tool_version",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_what_would_break_a_line_is_quoted() {
        assert_eq!(quoted("plain text"), "plain text");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a\nb"), "\"a\nb\"");
        for start in ["+1", "-1", "@x", "\tx", "\rx"] {
            assert!(quoted(start).starts_with("\"'"), "{start:?}");
        }
    }
}
