//! Lines of the ledger as the inventory shows them, in each form.

use mtlsmith_ca::keep::Entry;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::keep::inventory::csv;
use mtlsmith_report::InventoryEntry;
use mtlsmith_report::InventoryPage;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use clap::ValueEnum;

use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::session::Session;

/// The forms of the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum InventoryFormat {
    #[default]
    Text,
    Csv,
    Json,
    Html,
}

/// What is shown.
pub(super) struct Inventory {
    pub(super) title: String,
    pub(super) home: String,
    pub(super) entries: Vec<Entry>,
    pub(super) now: Timestamp,
}

/// A contract with whoever reads it.
#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    home: &'a str,
    now: String,
    certificates: Vec<&'a Entry>,
}

impl Inventory {
    /// Writes it where it belongs.
    pub(super) fn write(
        &self,
        format: InventoryFormat,
        output: &OutputArguments,
        session: &mut Session<'_, '_>,
    ) -> Result<(), Failure> {
        let text = match format {
            InventoryFormat::Text => {
                let entries = self.shown();
                mtlsmith_report::inventory(&self.page(&entries), &session.style(output.place()))
            }
            InventoryFormat::Html => {
                let entries = self.shown();
                mtlsmith_report::inventory_as_html(&self.page(&entries))
            }
            InventoryFormat::Csv => csv(&self.entries),
            InventoryFormat::Json => pretty_json(&Wire {
                schema: 1,
                home: &self.home,
                now: self.now.to_string(),
                certificates: self.entries.iter().collect(),
            }),
        };
        output.write(text.as_bytes(), session)
    }

    fn page<'a>(&'a self, entries: &'a [InventoryEntry]) -> InventoryPage<'a> {
        InventoryPage { home: &self.home, title: &self.title, entries, now: self.now }
    }

    fn shown(&self) -> Vec<InventoryEntry> {
        self.entries.iter().map(shown).collect()
    }
}

fn shown(entry: &Entry) -> InventoryEntry {
    let slot = Slot::parse(&entry.slot);
    let name = slot.as_ref().map_or(entry.slot.as_str(), Slot::name);
    let namespace = slot.as_ref().and_then(Slot::namespace);
    InventoryEntry {
        place: entry.slot.clone(),
        name: namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}")),
        is_authority: slot.as_ref().is_some_and(|slot| slot.kind() == SlotKind::Authority),
        generation: entry.generation,
        subject: entry.subject.clone(),
        issuer: entry.issuer.clone(),
        authority: entry.authority.clone(),
        not_before: entry.not_before,
        not_after: entry.not_after,
        effective_expiry: entry.effective_expiry,
    }
}
