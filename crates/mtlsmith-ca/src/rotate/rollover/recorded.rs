//! Client certificates of which the ledger alone tells: they were issued here and carried elsewhere, and their place here is gone. Whoever
//! uses them would be locked out like anybody else.

use std::collections::BTreeSet;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use super::CertificateId;
use super::Event;
use super::Leaf;
use super::LeafCertificate;
use super::Record;
use super::Rollover;
use crate::keep::Home;
use crate::keep::KeepError;
use crate::keep::Slot;
use crate::keep::SlotKind;

/// A certificate that was issued here and lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedLeaf {
    /// What people call it, with [`LEDGER_ALONE`] behind.
    pub name: String,
    /// Which one.
    pub id: CertificateId,
    /// The subject of what signed it.
    pub issuer: String,
    /// The earliest end in its chain.
    pub until: Timestamp,
    /// Was it issued for this Namespace, and not for any?
    pub is_of_namespace: bool,
}

/// What stands behind the name of such a leaf.
pub const LEDGER_ALONE: &str = " (ledger)";

/// Those of a Namespace, and those of none, that have not expired.
///
/// # Errors
/// When the ledger or the home cannot be read: a leaf that is overlooked would be locked out.
pub fn recorded_leaves_of(
    home: &Home,
    namespace: &str,
    now: Timestamp,
) -> Result<Vec<RecordedLeaf>, KeepError> {
    let here: BTreeSet<Slot> = home.slots()?.into_iter().collect();
    let mut leaves = Vec::new();
    for entry in home.expiring(FOREVER)? {
        let Some(slot) = Slot::parse(&entry.slot).filter(|slot| slot.kind() == SlotKind::Leaf) else {
            continue;
        };
        let is_of_namespace = entry.namespace.as_deref().or(slot.namespace()) == Some(namespace);
        let is_ours = is_of_namespace || (entry.namespace.is_none() && slot.namespace().is_none());
        let Ok(Fingerprint::Sha256(digest)) = entry.certificate_sha256.parse() else { continue };
        if !is_ours || here.contains(&slot) || entry.effective_expiry < now {
            continue;
        }
        let name = if slot.namespace().is_some() { slot.name() } else { slot.path() };
        leaves.push(RecordedLeaf {
            name: format!("{name}{LEDGER_ALONE}"),
            id: CertificateId(digest),
            issuer: entry.issuer,
            until: entry.effective_expiry,
            is_of_namespace,
        });
    }
    Ok(leaves)
}

impl RecordedLeaf {
    /// By what it works, as far as the name of its issuer tells. One whose issuer is not known counts for the CA that goes.
    pub(super) fn measured(&self, rollover: &Rollover, known: &Bundle) -> LeafCertificate {
        let until = Some(self.until);
        let is_of = |authorities: &[super::Authority]| authorities.iter().any(|one| one.name == self.issuer);
        let is_known = known.certificates().any(|one| one.subject().to_string() == self.issuer);
        let (old, new) = (is_of(&rollover.old), is_of(&rollover.new));
        let unknown = !old && !new && !is_known && self.is_of_namespace;
        LeafCertificate {
            id: self.id,
            under_old: until.filter(|_| old || unknown),
            under_new: until.filter(|_| new),
            under_others: until.filter(|_| !old && !new && is_known),
        }
    }

    /// As it stands in a rollover; `None` when it works by nothing in it.
    pub(super) fn leaf(&self, rollover: &Rollover, known: &Bundle) -> Option<Leaf> {
        let in_use = self.measured(rollover, known);
        in_use.until()?;
        Some(Leaf { name: self.name.clone(), in_use, candidate: None, previous: Vec::new() })
    }
}

impl Record {
    /// What has to be noted so that the state knows them.
    pub fn differences_of_recorded(&self, leaves: &[RecordedLeaf]) -> Vec<Event> {
        let known = Bundle::read(self.certificates.as_bytes());
        let found = leaves.iter().filter_map(|leaf| leaf.leaf(&self.rollover, &known));
        let is_news =
            |leaf: &Leaf| self.rollover.leaf(&leaf.name).is_none_or(|noted| noted.in_use != leaf.in_use);
        found.filter(is_news).map(|leaf| Event::LeafFound { leaf }).collect()
    }
}

/// After every date that a certificate can have.
const FOREVER: Timestamp = Timestamp::from_unix(253_402_300_799);
