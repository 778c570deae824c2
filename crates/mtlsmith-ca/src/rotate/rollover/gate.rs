//! The gate: which leaves would be locked out if one side were taken out of the bundle now, and when it becomes safe.

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::refusal::Refusal;
use super::state::Leaf;
use super::state::LeafCertificate;
use super::state::Mode;
use super::state::Rollover;
use super::state::Side;
use crate::rotate::moment;

/// A leaf that works only, or works longest, because of one CA.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dependant {
    /// The leaf.
    pub leaf: String,
    /// How it may be in use.
    #[serde(rename = "use")]
    pub use_: Use,
    /// When it stops depending on the CA by itself: when it expires, or when a replaced one is out of use.
    #[serde(with = "moment")]
    pub until: Timestamp,
}

/// How a certificate may be in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// It is deployed.
    Deployed,
    /// It was issued, and nobody has noted whether it was deployed.
    PerhapsDeployed,
    /// It was replaced, and running processes may still hold it.
    Settling,
}

impl Rollover {
    /// The leaves that would be locked out without this side, each with the use that lasts longest.
    pub fn dependants(&self, side: Side, now: Timestamp) -> Vec<Dependant> {
        self.leaves.iter().filter_map(|leaf| self.dependence(leaf, side, now)).collect()
    }

    fn dependence(&self, leaf: &Leaf, side: Side, now: Timestamp) -> Option<Dependant> {
        let depends = |certificate: &LeafCertificate| certificate.depends_on(side, now);
        let deployed = depends(&leaf.in_use).map(|until| (until, Use::Deployed));
        let candidate = leaf.candidate.as_ref().and_then(depends).map(|until| (until, Use::PerhapsDeployed));
        let replaced = leaf.previous.iter().filter_map(|replaced| {
            let settled = replaced.at.plus(self.settling);
            let until = depends(&replaced.certificate)?.min(settled);
            (until >= now).then_some((until, Use::Settling))
        });
        let (until, use_) =
            deployed.into_iter().chain(candidate).chain(replaced).max_by_key(|(until, _)| *until)?;
        Some(Dependant { leaf: leaf.name.clone(), use_, until })
    }

    /// The first second at which the old CA may go although no further leaf is reissued: one after the last leaf that needs it.
    /// When leaves may exist that nobody listed, the end of the old CA itself.
    pub fn earliest_removal(&self, now: Timestamp) -> Timestamp {
        let last = self.dependants(Side::Old, now).into_iter().map(|dependant| dependant.until).max();
        let unlisted = self.old.iter().map(|old| old.until).max().filter(|_| !self.inventory_is_complete);
        last.max(unlisted).map_or(now, |until| until.plus(1).max(now))
    }

    /// May the old CA be removed now?
    ///
    /// # Errors
    /// [`Refusal::LeavesDepend`] with every leaf that depends on it alone, [`Refusal::InventoryNotComplete`]. Never in an emergency:
    /// ask [`Rollover::dependants`] then who goes down.
    pub fn may_commit(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.mode == Mode::Emergency {
            return Ok(());
        }
        self.nobody_depends_on(Side::Old, now)?;
        let last = self.old.iter().map(|old| old.until).max().filter(|until| *until >= now);
        match last {
            Some(until) if !self.inventory_is_complete => Err(Refusal::InventoryNotComplete { until }),
            _ => Ok(()),
        }
    }

    /// Does no leaf depend on this side?
    pub(super) fn nobody_depends_on(&self, side: Side, now: Timestamp) -> Result<(), Refusal> {
        let leaves = self.dependants(side, now);
        match leaves.iter().map(|leaf| leaf.until).max() {
            None => Ok(()),
            Some(last) => Err(Refusal::LeavesDepend { side, earliest: last.plus(1), leaves }),
        }
    }
}
