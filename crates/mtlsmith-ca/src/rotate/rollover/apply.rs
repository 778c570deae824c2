//! The transitions: pure, each one harmless when repeated, so that after a crash the same command goes on.
//!
//! What is about to be done to the world is noted before, what was seen to be done is noted after; the server's own word alone
//! confirms a publication. Between the two everything counts that may have happened.

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::refusal::Refusal;
use super::state::Authority;
use super::state::CertificateId;
use super::state::Leaf;
use super::state::LeafCertificate;
use super::state::Mode;
use super::state::OpenRequest;
use super::state::Phase;
use super::state::Replaced;
use super::state::ResourceVersion;
use super::state::Rollover;
use super::state::Side;

/// Something that was decided, is about to happen, or was seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The new CA exists.
    Minted {
        /// It, and the intermediates that belong to it.
        new: Vec<Authority>,
    },
    /// The bundle with both CAs shall be published.
    PublishBoth,
    /// The old CA shall be removed.
    RemoveOld,
    /// Everything shall be as it was.
    Abort {
        /// Is the old CA trusted although the rollover is an emergency?
        old_is_trusted: bool,
    },
    /// The rollover shall go on although it was being aborted.
    Resume,
    /// All leaves are back below the old CA, and the new one shall be removed.
    RetractNew,
    /// The old CA's key is in the wrong hands.
    DeclareEmergency,
    /// An update with the bundle of this phase is about to be sent.
    RequestSent {
        /// The version of the Namespace that it names.
        version: ResourceVersion,
    },
    /// Every update that names this version is over: the server refused it, or its operation has ended.
    RequestsSettled {
        /// The version that they named.
        version: ResourceVersion,
    },
    /// The server has shown its bundle. A version that it showed before and left behind is an answer of a replica that lags: then
    /// nothing is taken from it.
    BundleSeen {
        /// The bundle.
        bundle: Vec<CertificateId>,
        /// The version of the Namespace at that moment; `None` from tools that do not tell and leave nothing running.
        version: Option<ResourceVersion>,
    },
    /// A certificate was issued to replace a leaf's; it is about to be deployed.
    CandidateIssued {
        /// The leaf.
        leaf: String,
        /// The certificate.
        certificate: LeafCertificate,
        /// Why Temporal Cloud would refuse it by the bundle and filters published now; `None` when it would not.
        refused: Option<String>,
    },
    /// The issued certificate was seen in place.
    CandidateDeployed {
        /// The leaf.
        leaf: String,
        /// The certificate.
        certificate: CertificateId,
    },
    /// The issued certificate was seen not to be in place, and never will be.
    CandidateDiscarded {
        /// The leaf.
        leaf: String,
    },
    /// A leaf came to light.
    LeafFound {
        /// It.
        leaf: Leaf,
    },
    /// A leaf is out of use: its workload was taken down.
    LeafGone {
        /// Its name.
        leaf: String,
    },
}

/// As many versions are remembered: a rollover makes four, others who change the Namespace meanwhile make more.
const PASSED: usize = 256;

/// Seconds by which the clock may lie before the last change.
pub const CLOCK_TOLERANCE: i64 = 300;

/// The state after an event.
///
/// # Errors
/// [`Refusal`]; the state is as before then.
pub fn apply(state: &Rollover, event: &Event, now: Timestamp) -> Result<Rollover, Refusal> {
    if now < state.changed_at.plus(-CLOCK_TOLERANCE) {
        return Err(Refusal::ClockLooksWrong { now, changed_at: state.changed_at });
    }
    let mut next = state.clone();
    for leaf in &mut next.leaves {
        leaf.previous.retain(|replaced| replaced.at.plus(state.settling) >= now);
    }
    match event {
        Event::Minted { new } => next.minted(new)?,
        Event::PublishBoth => next.publish_both()?,
        Event::RemoveOld => next.remove_old(now)?,
        Event::Abort { old_is_trusted } => next.abort(*old_is_trusted, now)?,
        Event::Resume => next.resume(now)?,
        Event::RetractNew => next.retract_new(now)?,
        Event::DeclareEmergency => next.mode = Mode::Emergency,
        Event::RequestSent { version } => next.request_sent(version, now)?,
        Event::RequestsSettled { version } => {
            next.open_requests.retain(|request| request.version != *version);
        }
        Event::BundleSeen { bundle, version } => next.bundle_seen(bundle, version.as_ref(), now),
        Event::CandidateIssued { leaf, certificate, refused } => {
            next.candidate_issued(leaf, certificate, refused.as_deref(), now)?;
        }
        Event::CandidateDeployed { leaf, certificate } => next.candidate_deployed(leaf, *certificate, now)?,
        Event::CandidateDiscarded { leaf } => next.leaf_mut(leaf)?.candidate = None,
        Event::LeafFound { leaf } => next.leaf_found(leaf, now),
        Event::LeafGone { leaf } => next.leaf_gone(leaf),
    }
    // The clock may go back a little; what was noted later stays later.
    next.changed_at = state.changed_at.max(now);
    Ok(next)
}

impl Rollover {
    fn not_now<T>(&self, step: &str) -> Result<T, Refusal> {
        Err(Refusal::NotNow { step: step.to_owned(), phase: self.phase })
    }

    fn minted(&mut self, new: &[Authority]) -> Result<(), Refusal> {
        if self.phase == Phase::Planned && !new.is_empty() {
            self.new = new.to_vec();
            self.phase = Phase::NewMinted;
        } else if self.new != new || new.is_empty() {
            return self.not_now("minting another new CA");
        }
        Ok(())
    }

    fn publish_both(&mut self) -> Result<(), Refusal> {
        match (self.mode, self.phase) {
            (Mode::Ordinary, Phase::NewMinted) => self.phase = Phase::PublishingBoth,
            (_, Phase::PublishingBoth | Phase::Reissuing) => {}
            _ => return self.not_now("publishing both CAs"),
        }
        Ok(())
    }

    fn remove_old(&mut self, now: Timestamp) -> Result<(), Refusal> {
        match (self.phase, self.mode) {
            (Phase::OldRemoved, _) => return Ok(()),
            (Phase::Reissuing | Phase::RemovingOld, _)
            | (
                Phase::NewMinted | Phase::PublishingBoth | Phase::RestoringOld | Phase::Reverting,
                Mode::Emergency,
            ) => {}
            _ => return self.not_now("removing the old CA"),
        }
        self.may_commit(now)?;
        self.phase = Phase::RemovingOld;
        Ok(())
    }

    fn abort(&mut self, old_is_trusted: bool, now: Timestamp) -> Result<(), Refusal> {
        match self.phase {
            Phase::RestoringOld | Phase::Reverting | Phase::RetractingNew | Phase::Aborted => return Ok(()),
            Phase::Planned => self.phase = Phase::Aborted,
            Phase::NewMinted if self.open_requests.is_empty() => self.phase = Phase::Aborted,
            Phase::NewMinted
            | Phase::PublishingBoth
            | Phase::Reissuing
            | Phase::RemovingOld
            | Phase::OldRemoved => {
                let was_removed = matches!(self.phase, Phase::RemovingOld | Phase::OldRemoved);
                if self.mode == Mode::Emergency && was_removed && !old_is_trusted {
                    return Err(Refusal::OldNotTrusted);
                }
                if let Some(until) = self.old.iter().map(|old| old.until).min().filter(|until| *until < now) {
                    return Err(Refusal::OldExpired { until });
                }
                let new_in_use = self.nobody_depends_on(Side::New, now).is_err();
                self.phase = match self.phase {
                    Phase::Reissuing => Phase::Reverting,
                    _ if was_removed || new_in_use => Phase::RestoringOld,
                    _ => Phase::RetractingNew,
                };
            }
        }
        if old_is_trusted {
            self.mode = Mode::Ordinary;
        }
        Ok(())
    }

    fn resume(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.phase = match self.phase {
            Phase::Reverting => Phase::Reissuing,
            Phase::RestoringOld if self.may_commit(now).is_ok() => Phase::RemovingOld,
            Phase::RestoringOld | Phase::RetractingNew => Phase::PublishingBoth,
            Phase::Aborted | Phase::Planned => return self.not_now("going on"),
            other => other,
        };
        Ok(())
    }

    fn retract_new(&mut self, now: Timestamp) -> Result<(), Refusal> {
        match self.phase {
            Phase::RetractingNew | Phase::Aborted => {}
            Phase::Reverting => {
                self.nobody_depends_on(Side::New, now)?;
                self.phase = Phase::RetractingNew;
            }
            _ => return self.not_now("removing the new CA"),
        }
        Ok(())
    }

    /// The gate is asked once more: a leaf may have come to light since.
    fn request_sent(&mut self, version: &ResourceVersion, now: Timestamp) -> Result<(), Refusal> {
        match self.phase {
            Phase::RemovingOld => self.may_commit(now)?,
            Phase::RetractingNew => self.nobody_depends_on(Side::New, now)?,
            Phase::PublishingBoth | Phase::RestoringOld => {}
            _ => return self.not_now("publishing"),
        }
        if !self.is_passed(version) {
            self.version_seen(Some(version));
        }
        let request = OpenRequest { version: version.clone(), bundle: self.target(now) };
        if !self.open_requests.contains(&request) {
            self.open_requests.push(request);
        }
        Ok(())
    }

    /// An open request can be carried out no longer once the version has moved on. While it can, nothing that it would undo is
    /// taken for settled. Versions tell nothing but whether they are the same, so the one that is moved on from is remembered.
    fn bundle_seen(&mut self, bundle: &[CertificateId], version: Option<&ResourceVersion>, now: Timestamp) {
        if version.is_some_and(|version| self.is_passed(version)) {
            return;
        }
        self.version_seen(version);
        self.live = bundle.to_vec();
        self.open_requests.retain(|request| version == Some(&request.version));
        let satisfied = self.is_satisfied_by(bundle, now);
        let settled =
            satisfied && self.open_requests.iter().all(|request| self.is_satisfied_by(&request.bundle, now));
        self.phase = match (self.phase, settled, satisfied) {
            (Phase::PublishingBoth, true, _) => Phase::Reissuing,
            (Phase::RemovingOld, true, _) => Phase::OldRemoved,
            (Phase::RestoringOld, true, _) => Phase::Reverting,
            (Phase::RetractingNew, true, _) => Phase::Aborted,
            // Somebody else changed the bundle: the publication has to be made again.
            (Phase::Reissuing, _, false) => Phase::PublishingBoth,
            (Phase::Reverting, _, false) => Phase::RestoringOld,
            (Phase::OldRemoved, _, false) => Phase::RemovingOld,
            (phase, ..) => phase,
        };
    }

    /// The version that it names, or that it was shown, is the latest that anybody knows of.
    fn version_seen(&mut self, version: Option<&ResourceVersion>) {
        if let Some(before) = self.version.take().filter(|before| version.is_some_and(|seen| seen != before))
        {
            self.passed.push(before);
            self.passed.drain(..self.passed.len().saturating_sub(PASSED));
        }
        self.version = version.cloned();
    }

    fn leaf_mut(&mut self, name: &str) -> Result<&mut Leaf, Refusal> {
        let unknown = || Refusal::UnknownLeaf { leaf: name.to_owned() };
        self.leaves.iter_mut().find(|leaf| leaf.name == name).ok_or_else(unknown)
    }

    fn candidate_issued(
        &mut self,
        name: &str,
        certificate: &LeafCertificate,
        refused: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let not_admitted = |why: &str| Refusal::NotAdmitted { leaf: name.to_owned(), why: why.to_owned() };
        if let Some(why) = refused {
            return Err(not_admitted(why));
        }
        let signing = self.phase.signing();
        let (leaving, under_signing, authorities) = match signing {
            Side::Old => (Side::New, certificate.under_old, &self.old),
            Side::New => (Side::Old, certificate.under_new, &self.new),
        };
        if certificate.until_without(leaving).is_none_or(|until| until < now) {
            return Err(not_admitted(match signing {
                Side::Old => "it does not chain to the old CA, which signs in this phase",
                Side::New => "it does not chain to the new CA, which signs from now on",
            }));
        }
        let is_published = authorities.iter().all(|authority| self.live.contains(&authority.id));
        if under_signing > certificate.under_others && !is_published {
            return Err(not_admitted("its CA is not in the published bundle"));
        }
        let leaf = self.leaf_mut(name)?;
        if leaf.in_use == *certificate {
            return Ok(());
        }
        match &leaf.candidate {
            Some(open) if open != certificate => Err(Refusal::CandidateOpen { leaf: name.to_owned() }),
            _ => {
                leaf.candidate = Some(certificate.clone());
                Ok(())
            }
        }
    }

    fn candidate_deployed(&mut self, name: &str, id: CertificateId, now: Timestamp) -> Result<(), Refusal> {
        let leaf = self.leaf_mut(name)?;
        if leaf.candidate.is_none() && leaf.in_use.id == id {
            return Ok(()); // noted before
        }
        let Some(candidate) = leaf.candidate.take_if(|candidate| candidate.id == id) else {
            return Err(Refusal::NoCandidate { leaf: name.to_owned() });
        };
        leaf.replace(candidate, now);
        Ok(())
    }

    /// It does not come back by being found again where it always lay.
    fn leaf_gone(&mut self, name: &str) {
        let (gone, stay) =
            std::mem::take(&mut self.leaves).into_iter().partition(|leaf: &Leaf| leaf.name == name);
        self.leaves = stay;
        let gone: Vec<Leaf> = gone;
        self.gone.extend(gone.into_iter().map(|leaf| leaf.in_use.id));
    }

    fn leaf_found(&mut self, found: &Leaf, now: Timestamp) {
        if self.gone.contains(&found.in_use.id) {
            return;
        }
        match self.leaves.iter_mut().find(|leaf| leaf.name == found.name) {
            Some(known) if *known != *found => {
                // The same name with another certificate: both may be in use.
                known.candidate = known.candidate.take().or_else(|| found.candidate.clone());
                known.replace(found.in_use.clone(), now);
            }
            Some(_) => {}
            None => self.leaves.push(found.clone()),
        }
    }
}

impl Leaf {
    /// Puts a certificate into use. The one before may be used for a while yet; each is listed once, with the last time.
    fn replace(&mut self, by: LeafCertificate, now: Timestamp) {
        let certificate = std::mem::replace(&mut self.in_use, by);
        let in_use = &self.in_use;
        self.previous
            .retain(|known| known.certificate.id != certificate.id && known.certificate.id != in_use.id);
        if certificate.id != self.in_use.id {
            self.previous.push(Replaced { certificate, at: now });
        }
    }
}
