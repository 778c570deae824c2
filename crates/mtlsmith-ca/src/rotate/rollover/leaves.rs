//! The leaves of a home, held against the state of a rollover: what is in force decides, whatever was noted before a crash.

use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;

use super::CertificateId;
use super::Event;
use super::Generations;
use super::InventoryLeaf;
use super::Leaf;
use super::LeafCertificate;
use super::Record;
use crate::keep::Home;
use crate::keep::KeepError;
use crate::keep::Slot;
use crate::keep::SlotKind;

/// A client certificate that somebody uses.
#[derive(Debug, Clone)]
pub struct FoundLeaf {
    /// What people call it.
    pub name: String,
    /// Its place in the home; `None` when it lies elsewhere.
    pub slot: Option<Slot>,
    /// Its generation there.
    pub generation: Option<u64>,
    /// The certificate.
    pub certificate: Certificate,
    /// What it presents beside it.
    pub presented: Vec<Certificate>,
}

impl FoundLeaf {
    /// From the text of its file.
    pub fn read(name: &str, chain: &[u8]) -> Option<Self> {
        let bundle = Bundle::read(chain);
        let mut certificates = bundle.certificates().cloned();
        let certificate = certificates.next()?;
        let presented = certificates.collect();
        Some(FoundLeaf { name: name.to_owned(), slot: None, generation: None, certificate, presented })
    }

    /// What is in force at a place of the home; `None` when nothing is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(home: &Home, slot: Slot) -> Result<Option<Self>, KeepError> {
        if home.current(&slot)?.is_none() {
            return Ok(None);
        }
        let generation = home.read(&slot)?;
        let name = if slot.namespace().is_some() { slot.name() } else { slot.path() };
        let found = generation.file(CERTIFICATE).and_then(|chain| FoundLeaf::read(name, chain));
        let damaged = || KeepError::Damaged {
            path: home.current_path(&slot),
            what: "there is no certificate in it".to_owned(),
        };
        let mut found = found.ok_or_else(damaged)?;
        found.generation = Some(generation.number());
        found.slot = Some(slot);
        Ok(Some(found))
    }

    /// As the planner takes it.
    pub fn as_inventory(&self) -> InventoryLeaf<'_> {
        InventoryLeaf { name: &self.name, certificate: &self.certificate, presented: &self.presented }
    }

    /// Does nobody tell for which Namespace it is?
    pub fn is_of_no_namespace(&self) -> bool {
        self.slot.as_ref().is_some_and(|slot| slot.namespace().is_none())
    }
}

/// The leaves of a Namespace, and those of none, which may be used in any.
///
/// # Errors
/// When one cannot be read: a leaf that is overlooked would be locked out.
pub fn leaves_of(home: &Home, namespace: &str) -> Result<Vec<FoundLeaf>, KeepError> {
    let mut leaves = Vec::new();
    for slot in home.slots()? {
        let is_ours = slot.namespace().is_none_or(|own| own == namespace);
        if slot.kind() == SlotKind::Leaf && is_ours {
            leaves.extend(FoundLeaf::of(home, slot)?);
        }
    }
    Ok(leaves)
}

impl Record {
    /// Both generations beside what is live.
    fn generations<'p>(&self, profile: &'p Profile) -> Option<Generations<'p>> {
        let rollover = &self.rollover;
        let old: Vec<CertificateId> = rollover.old.iter().map(|old| old.id).collect();
        let others = rollover.live.iter().filter(|id| !old.contains(id)).copied();
        let members: Vec<CertificateId> = old.iter().copied().chain(others).collect();
        let new: Option<Vec<Certificate>> = rollover.new.iter().map(|new| self.certificate(new.id)).collect();
        let positions: Vec<usize> = (0..old.len()).collect();
        Some(Generations::of(&self.der_of(&members)?, &positions, &new?, profile))
    }

    /// Until when certificates work through each generation, by what is live now.
    pub fn measure(&self, leaves: &[FoundLeaf], profile: &Profile) -> Vec<LeafCertificate> {
        let Some(generations) = self.generations(profile) else { return Vec::new() };
        let trust = generations.trust();
        leaves.iter().map(|leaf| trust.measure(&leaf.certificate, &leaf.presented)).collect()
    }

    /// What has to be noted so that the state says what is in force.
    pub fn differences(&self, leaves: &[FoundLeaf], profile: &Profile) -> Vec<Event> {
        let mut events = Vec::new();
        for (leaf, measured) in leaves.iter().zip(self.measure(leaves, profile)) {
            let known = self.rollover.leaf(&leaf.name);
            let mut in_use = known.map(|known| known.in_use.clone());
            if let Some(candidate) = known.and_then(|known| known.candidate.as_ref()) {
                let name = leaf.name.clone();
                if candidate.id == measured.id {
                    events.push(Event::CandidateDeployed { leaf: name, certificate: candidate.id });
                    in_use = Some(candidate.clone());
                } else {
                    events.push(Event::CandidateDiscarded { leaf: name });
                }
            }
            // Whoever is in no Namespace counts when the old CA is what lets it in.
            let matters = known.is_some() || !leaf.is_of_no_namespace() || measured.until().is_some();
            if matters && in_use.as_ref() != Some(&measured) {
                let leaf =
                    Leaf { name: leaf.name.clone(), in_use: measured, candidate: None, previous: Vec::new() };
                events.push(Event::LeafFound { leaf });
            }
        }
        events
    }
}

/// The file of a leaf's chain.
const CERTIFICATE: &str = "tls.crt";
