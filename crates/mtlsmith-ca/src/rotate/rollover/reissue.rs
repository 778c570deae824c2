//! Leaves reissued below the CA that signs in this phase: judged first, noted before the swap, looked at after it.
//!
//! The lock of the rollover is held by whoever calls, and the lock of the home is taken after it, for the second half alone: keys and
//! signatures, which take time, are made before.

use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use super::ConductError;
use super::Event;
use super::FoundLeaf;
use super::LeafCertificate;
use super::Record;
use super::RolloverStore;
use super::Side;
use super::conduct::note_all;
use crate::keep::Home;
use crate::keep::KeepError;
use crate::keep::Sharing;
use crate::keep::Slot;
use crate::keep::Writer;
use crate::mint::Authority;
use crate::mint::Lifetime;
use crate::rotate::LeafPolicy;
use crate::rotate::perform::Hook;
use crate::rotate::perform::LiveTrust;
use crate::rotate::perform::NewKey;
use crate::rotate::perform::NextPair;
use crate::rotate::perform::Prepared;
use crate::rotate::perform::Rotated;
use crate::rotate::perform::Rotation;
use crate::rotate::perform::RotationError;
use crate::rotate::perform::When;

/// How leaves are reissued. Each keeps its names.
pub struct Reissue<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// The CA that signs in this phase, as [`Record::signing_authority`] names it.
    pub authority: &'a Authority,
    /// Its name in the state directory.
    pub authority_name: &'a str,
    /// What the Namespace trusts by the server's word, and its filters.
    pub live: &'a LiveTrust,
    /// The rules.
    pub profile: &'a Profile,
    /// The key of each: the same again, or a new one.
    pub key: NewKey,
    /// How long each is valid; `None` for as long as before.
    pub lifetime: Option<Lifetime>,
    /// Who may read the next pair of a leaf.
    pub sharing: &'a dyn Fn(&Home, &Slot) -> Sharing,
    /// What has to run once the next pair of a leaf is in force.
    pub hooks: &'a dyn Fn(&Slot) -> Vec<Hook>,
    /// The word for the ledger: `rollover`, `agent`.
    pub reason: &'a str,
    /// What issues, with its version.
    pub tool_version: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// A leaf whose next pair is made and noted, and not in force yet.
#[derive(Debug)]
pub struct Ready {
    slot: Slot,
    next: Box<NextPair>,
    hooks: Vec<Hook>,
}

/// What came of one leaf.
#[derive(Debug)]
pub enum Reissued {
    /// The next pair is in force.
    Done(Slot, Rotated),
    /// It keeps what it has; the leaf by its name in the rollover.
    Refused(String, RotationError),
}

impl Record {
    /// The leaves of the state directory that the CA that does not sign now keeps alive, or kept.
    pub fn in_need(&self, leaves: Vec<FoundLeaf>, profile: &Profile, now: Timestamp) -> Vec<FoundLeaf> {
        let leaving = match self.rollover.phase.signing() {
            Side::Old => Side::New,
            Side::New => Side::Old,
        };
        let measured = self.measure(&leaves, profile);
        let pairs = leaves.into_iter().zip(measured);
        // Of what nobody uses any more nobody needs another one.
        let is_used = |measured: &LeafCertificate| !self.rollover.gone.contains(&measured.id);
        let needs = pairs.filter(|(leaf, measured)| {
            leaf.slot.is_some() && is_used(measured) && measured.depends_on(leaving, now).is_some()
        });
        needs.map(|(leaf, _)| leaf).collect()
    }
}

impl Reissue<'_> {
    /// The first half: makes the next pairs, and notes that they may be in use from now on. No lock of the home is needed.
    ///
    /// # Errors
    /// [`ConductError`]: nothing was noted, and nothing was put in force.
    pub fn prepare(
        &self,
        store: &RolloverStore<'_>,
        record: &mut Record,
        leaves: &[FoundLeaf],
    ) -> Result<(Vec<Ready>, Vec<Reissued>), ConductError> {
        let (mut ready, mut refused) = (Vec::new(), Vec::new());
        for leaf in leaves {
            let Some(slot) = &leaf.slot else { continue };
            let hooks = (self.hooks)(slot);
            match self.rotation(slot, &hooks).prepare(None, self.now) {
                Ok(Prepared::Ready(next)) => ready.push(Ready { slot: slot.clone(), next, hooks }),
                Ok(Prepared::NotDue(_)) => {}
                Err(error) => refused.push(Reissued::Refused(leaf.name.clone(), error)),
            }
        }
        let issued = ready.iter().filter_map(|new| FoundLeaf::read(&name_of(&new.slot), new.next.chain()));
        let issued: Vec<FoundLeaf> = issued.collect();
        let measured = record.measure(&issued, self.profile);
        let events = issued.into_iter().zip(measured).map(|(leaf, certificate)| Event::CandidateIssued {
            leaf: leaf.name,
            certificate,
            refused: None,
        });
        note_all(store, record, &events.collect::<Vec<_>>(), self.now)?;
        Ok((ready, refused))
    }

    /// The second half: puts each pair in force, looks what is in force then, and notes it.
    ///
    /// # Errors
    /// [`ConductError`]: what is in force cannot be read, or not noted. The next look notes it.
    pub fn put_in_force(
        &self,
        store: &RolloverStore<'_>,
        record: &mut Record,
        writer: &mut Writer<'_>,
        ready: Vec<Ready>,
    ) -> Result<Vec<Reissued>, ConductError> {
        let mut all = Vec::new();
        let mut slots = Vec::new();
        // A disk that refuses one refuses the others: those keep what they have.
        let mut is_broken = false;
        for Ready { slot, next, hooks } in ready {
            slots.push(slot.clone());
            if is_broken {
                continue;
            }
            match self.rotation(&slot, &hooks).put_in_force(writer, &next, self.now) {
                Ok(rotated) => all.push(Reissued::Done(slot, rotated)),
                Err(error) => {
                    is_broken = matches!(
                        &error,
                        RotationError::Keep(error)
                            if !matches!(error, KeepError::Stale { .. } | KeepError::Rejected { .. })
                    );
                    all.push(Reissued::Refused(name_of(&slot), error));
                }
            }
        }
        let found: Result<Vec<Option<FoundLeaf>>, KeepError> =
            slots.into_iter().map(|slot| FoundLeaf::of(self.home, slot)).collect();
        let found: Vec<FoundLeaf> = found.map_err(ConductError::Keep)?.into_iter().flatten().collect();
        let events = record.differences(&found, self.profile);
        note_all(store, record, &events, self.now)?;
        Ok(all)
    }

    fn rotation<'r>(&'r self, slot: &'r Slot, hooks: &'r [Hook]) -> Rotation<'r> {
        Rotation {
            home: self.home,
            slot,
            authority: self.authority,
            authority_name: Some(self.authority_name),
            live: self.live,
            profile: self.profile,
            key: self.key,
            when: When::Now,
            policy: LeafPolicy::default(),
            lifetime: self.lifetime,
            sharing: (self.sharing)(self.home, slot),
            hooks,
            reason: self.reason,
            tool_version: self.tool_version,
        }
    }
}

/// As the rollover calls it.
fn name_of(slot: &Slot) -> String {
    if slot.namespace().is_some() { slot.name().to_owned() } else { slot.path().to_owned() }
}
