//! What an inventory shows: plain values, wherever they come from.

use mtlsmith_validate::time::Timestamp;

/// One certificate that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryEntry {
    /// Where it is kept, such as `namespaces/orders.a1b2c/leaves/worker`.
    pub place: String,
    /// How it is called where there is little room, such as `orders.a1b2c/worker`.
    pub name: String,
    /// Is it a CA's?
    pub is_authority: bool,
    /// Its generation.
    pub generation: u64,
    /// Its subject.
    pub subject: String,
    /// The subject of the CA that issued it; its own, when that is itself.
    pub issuer: String,
    /// The CA that issued it, by its name in the store.
    pub authority: Option<String>,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it says that it holds.
    pub not_after: Timestamp,
    /// Until when it works.
    pub effective_expiry: Timestamp,
}

impl InventoryEntry {
    /// Does a certificate above it end before it does?
    pub(crate) fn ends_early(&self) -> bool {
        self.effective_expiry < self.not_after
    }
}

/// What is shown together.
#[derive(Debug, Clone, Copy)]
pub struct InventoryPage<'a> {
    /// The state directory.
    pub home: &'a str,
    /// What it is, such as `Certificates in force`.
    pub title: &'a str,
    /// In the order in which they are shown.
    pub entries: &'a [InventoryEntry],
    /// The time for which it is shown.
    pub now: Timestamp,
}
