//! The plan of a rollover: from the live bundle, the CA that goes, the one that comes and the leaves, to numbered steps.

use std::fmt;

use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::edit;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use super::gate::Dependant;
use super::generations::Generations;
use super::hazard;
use super::hazard::Capacity;
use super::hazard::Hazard;
use super::recorded::RecordedLeaf;
use super::state::Authority;
use super::state::CertificateId;
use super::state::Leaf;
use super::state::Mode;
use super::state::Phase;
use super::state::Rollover;
use super::state::SETTLING;
use super::state::Side;
use super::step;
use super::step::PlannedStep;
use crate::rotate::trust::Trust;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The Namespace with its account, as in `orders.a1b2c`.
    pub namespace: &'a str,
    /// The bundle that the server shows now.
    pub live: &'a [u8],
    /// The CAs that go.
    pub old: &'a [Fingerprint],
    /// The CA that comes, then the intermediates that belong to it; empty when it is not minted yet.
    pub new: &'a [Certificate],
    /// The leaves that anyone knows of.
    pub leaves: &'a [InventoryLeaf<'a>],
    /// Those of which the ledger alone tells.
    pub recorded: &'a [RecordedLeaf],
    /// Did somebody state that no leaf below the old CA exists beside these?
    pub inventory_is_complete: bool,
    /// Ordinary or emergency.
    pub mode: Mode,
    /// The rules and limits.
    pub profile: &'a Profile,
    /// The time.
    pub now: Timestamp,
}

/// A leaf of the inventory.
#[derive(Debug, Clone, Copy)]
pub struct InventoryLeaf<'a> {
    /// What people call it.
    pub name: &'a str,
    /// Its certificate.
    pub certificate: &'a Certificate,
    /// What it presents beside it.
    pub presented: &'a [Certificate],
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The state from which the rollover begins.
    pub rollover: Rollover,
    /// What to do, in order.
    pub steps: Vec<PlannedStep>,
    /// What to know or to repair before.
    pub hazards: Vec<Hazard>,
    /// The room that the largest bundle of the plan takes.
    pub capacity: Capacity,
    /// The leaves that depend on the old CA alone now. In an emergency they are those that go down.
    pub dependants: Vec<Dependant>,
    /// The first second at which the old CA could go were no leaf reissued.
    #[serde(serialize_with = "crate::rotate::moment::serialize")]
    pub earliest_removal: Timestamp,
    /// The texts of the bundles.
    pub texts: Texts,
}

/// The bundles of a plan, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// With both CAs, and without what has expired.
    pub both: String,
    /// Without the old CA.
    pub after: String,
    /// The new CA alone.
    pub new: String,
    /// What has expired, and leaves with the first update.
    pub dead: String,
    /// The old CA, with what hangs below it alone.
    pub old: String,
}

impl Plan {
    /// Does something forbid to begin?
    pub fn is_forbidden(&self) -> bool {
        self.hazards.iter().any(Hazard::forbids)
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoPlan {
    /// No CA was named to go.
    NothingToReplace,
    /// The live bundle does not hold this CA.
    NotInBundle(Fingerprint),
    /// A CA is to go and to come.
    SameCertificate(CertificateId),
}

impl fmt::Display for NoPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPlan::NothingToReplace => {
                f.write_str("no CA was named to be replaced: name one by its fingerprint")
            }
            NoPlan::NotInBundle(fingerprint) => {
                write!(f, "the live bundle holds no certificate with the fingerprint {fingerprint}")
            }
            NoPlan::SameCertificate(id) => {
                write!(f, "the certificate {id} cannot both go and come: mint a new CA")
            }
        }
    }
}

impl std::error::Error for NoPlan {}

/// Makes the plan. Same input, same plan.
///
/// # Errors
/// [`NoPlan`] when the input does not fit together. What stands against the rollover is no error but a [`Hazard`].
pub fn plan(input: &PlanInput<'_>) -> Result<Plan, NoPlan> {
    let live = Bundle::read(input.live);
    let named = named_members(&live, input.old)?;
    let parts = Parts::of(&live, &named, input)?;
    let generations = Generations::of(input.live, &parts.old, input.new, input.profile);
    let generations_trust = generations.trust();
    let leaves = input.leaves.iter().map(|leaf| Leaf {
        name: leaf.name.to_owned(),
        in_use: generations_trust.measure(leaf.certificate, leaf.presented),
        candidate: None,
        previous: Vec::new(),
    });
    let mut rollover = Rollover {
        namespace: input.namespace.to_owned(),
        mode: input.mode,
        phase: if input.new.is_empty() { Phase::Planned } else { Phase::NewMinted },
        old: generations_trust.authorities(Side::Old),
        new: generations_trust.authorities(Side::New),
        dead: parts.ids(&live, &parts.dead),
        live: live.certificates().map(CertificateId::of).collect(),
        version: None,
        passed: Vec::new(),
        open_requests: Vec::new(),
        leaves: leaves.collect(),
        gone: Vec::new(),
        inventory_is_complete: input.inventory_is_complete,
        settling: SETTLING,
        changed_at: input.now,
    };
    let recorded = input.recorded.iter().filter_map(|leaf| leaf.leaf(&rollover, &live)).collect::<Vec<_>>();
    rollover.leaves.extend(recorded);
    let texts = parts.texts(&live, input, &rollover.old);
    let (hazards, capacity) = hazards(input, &live, &parts, &texts, &rollover);
    let dependants = rollover.dependants(Side::Old, input.now);
    let earliest_removal = rollover.earliest_removal(input.now);
    let steps = step::steps(&rollover, &dependants, earliest_removal, input.now);
    Ok(Plan { rollover, steps, hazards, capacity, dependants, earliest_removal, texts })
}

fn named_members(live: &Bundle, old: &[Fingerprint]) -> Result<Vec<usize>, NoPlan> {
    let mut named = Vec::new();
    for fingerprint in old {
        let before = named.len();
        for member in &live.members {
            if member.certificate().is_some_and(|certificate| fingerprint.is_of(certificate)) {
                named.push(member.index);
            }
        }
        if named.len() == before {
            return Err(NoPlan::NotInBundle(*fingerprint));
        }
    }
    if named.is_empty() { Err(NoPlan::NothingToReplace) } else { Ok(named) }
}

/// The members of the live bundle by what becomes of them.
struct Parts {
    old: Vec<usize>,
    dead: Vec<usize>,
}

impl Parts {
    fn of(live: &Bundle, named: &[usize], input: &PlanInput<'_>) -> Result<Self, NoPlan> {
        let trust = Trust::of(live, input.profile);
        let (ends, old) = (trust.ends(), trust.with_descendants(named));
        let is_dead = |member: &usize| ends.member(*member).is_none_or(|end| end < input.now);
        let dead = (0..live.members.len()).filter(|member| !old.contains(member)).filter(is_dead).collect();
        for new in input.new {
            if old.iter().any(|&member| live.certificate(member).is_some_and(|old| old.der() == new.der())) {
                return Err(NoPlan::SameCertificate(CertificateId::of(new)));
            }
        }
        Ok(Parts { old, dead })
    }

    fn ids(&self, live: &Bundle, members: &[usize]) -> Vec<CertificateId> {
        members.iter().filter_map(|&member| live.certificate(member)).map(CertificateId::of).collect()
    }

    fn texts(&self, live: &Bundle, input: &PlanInput<'_>, old: &[Authority]) -> Texts {
        let expired: Vec<CertificateId> =
            old.iter().filter(|old| old.until < input.now).map(|old| old.id).collect();
        let is_new = |certificate: &Certificate| input.new.iter().any(|new| new.der() == certificate.der());
        let text = |keeps: &dyn Fn(usize, &Certificate) -> bool, with_new: bool| {
            let members =
                live.members.iter().filter_map(|member| Some((member.index, member.certificate()?)));
            let kept =
                members.filter(|(index, certificate)| !is_new(certificate) && keeps(*index, certificate));
            let new = input.new.iter().filter(|_| with_new);
            let der: Vec<u8> = kept
                .map(|(_, certificate)| certificate)
                .chain(new)
                .flat_map(Certificate::der)
                .copied()
                .collect();
            Bundle::read(&der).canonical_pem()
        };
        let is_old = |member: usize| self.old.contains(&member);
        let is_dead = |member: usize| self.dead.contains(&member);
        Texts {
            both: text(&|member, read| !is_dead(member) && !expired.contains(&CertificateId::of(read)), true),
            after: text(&|member, _| !is_dead(member) && !is_old(member), true),
            new: text(&|_, _| false, true),
            dead: text(&|member, read| is_dead(member) || expired.contains(&CertificateId::of(read)), false),
            old: text(&|member, _| is_old(member), false),
        }
    }
}

fn hazards(
    input: &PlanInput<'_>,
    live: &Bundle,
    parts: &Parts,
    texts: &Texts,
    rollover: &Rollover,
) -> (Vec<Hazard>, Capacity) {
    let mut hazards = Vec::new();
    if let Err(error) = edit::canonical(live) {
        hazards.push(hazard::uneditable(&error));
    }
    for &member in &parts.dead {
        if let Some(certificate) = live.certificate(member) {
            let name = certificate.subject().to_string();
            let until = certificate.not_after();
            hazards.push(Hazard::ExpiredMember { name, member: member + 1, until });
        }
    }
    let old_end = rollover.old.iter().map(|old| old.until).max();
    for new in input.new {
        hazards.extend(hazard::collisions(new, live, old_end, input.now));
    }
    let largest = if input.mode == Mode::Ordinary { &texts.both } else { &texts.after };
    let mut more = (0, 0);
    if input.new.is_empty() {
        hazards.push(Hazard::SizeAssumed);
        let old = Bundle::read(texts.old.as_bytes());
        more = (old.certificates().count(), old.canonical_bytes);
    } else if texts.after.is_empty() {
        hazards.push(Hazard::NothingLeft);
    }
    let capacity = hazard::capacity(&Bundle::read(largest.as_bytes()), more, input.profile);
    if !capacity.fits() {
        hazards.push(Hazard::NoRoom { capacity });
    } else if !input.new.is_empty() {
        let report = check_bundle(input.live, input.profile, input.now);
        let bundles = [("both", &texts.both), ("after", &texts.after)];
        for (name, text) in
            bundles.into_iter().filter(|(name, _)| input.mode == Mode::Ordinary || *name == "after")
        {
            hazards.extend(hazard::refusals(name, text, input.profile, input.now, &report));
        }
    }
    (hazards, capacity)
}
