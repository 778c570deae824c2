//! The bridge from the model to real certificates: the same search, played by certificates in DER, and after moves of every kind the
//! judgement of the model compared with the validator's.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mtlsmith_ca::rotate::rollover::CertificateId;
use mtlsmith_ca::rotate::rollover::Generations;
use mtlsmith_ca::rotate::rollover::Side;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::graph::Graph;
use mtlsmith_validate::path::verify_as_go;
use mtlsmith_validate::time::Timestamp;

use crate::search::explore;
use crate::world::Action;
use crate::world::Cast;
use crate::world::Mistake;
use crate::world::Play;
use crate::world::World;

/// Real certificates behind a cast.
struct Real {
    cast: Cast,
    der: BTreeMap<CertificateId, Vec<u8>>,
    filters: FilterSet,
    profile: Profile,
}

fn read(certificate: &testkit::Certificate) -> Certificate {
    Certificate::read(certificate.der()).unwrap().0
}

fn real() -> Real {
    let day = |days: i64| testkit::NOW + testkit::days(days);
    let old = testkit::root_builder("old").not_after(day(9)).self_signed();
    let new = testkit::root_builder("new").not_after(day(99)).self_signed();
    let leaf = |name: &str, issuer, days| testkit::leaf_builder(name).not_after(day(days)).signed_by(issuer);
    let leaves = [("worker-1", 0), ("worker-2", 9)].map(|(name, first)| {
        // One more below the old CA: a second later, so that it is another certificate.
        let back = testkit::leaf_builder(name).not_after(day(9) - 1).signed_by(&old);
        [leaf(name, &old, first), leaf(name, &new, 9), back, leaf(&format!("stray-{name}"), &new, 9)]
    });
    let profile = Profile::temporal_cloud();
    let generations = Generations::of(old.pem().as_bytes(), &[0], &[read(&new)], &profile);
    let linked = generations.trust();
    let authority = |side| linked.authorities(side).remove(0);
    let measured =
        leaves.each_ref().map(|kinds| kinds.each_ref().map(|leaf| linked.measure(&read(leaf), &[])));
    let all = leaves.iter().flatten().chain([&old, &new]);
    let der = all.map(|one| (CertificateId::of(&read(one)), one.der().to_vec())).collect();
    let cast = Cast {
        start: Timestamp::from_unix(testkit::NOW),
        old: authority(Side::Old),
        new: authority(Side::New),
        leaves: measured.to_vec(),
    };
    drop(linked);
    let filters = FilterSet::new(vec![Filter::default().with(Field::CommonName, "worker-*")]);
    Real { cast, der, filters, profile: profile.clone() }
}

impl Real {
    fn bundle(&self, world: &World) -> Vec<u8> {
        world.bundle.iter().flat_map(|id| self.der[id].iter().copied()).collect()
    }

    /// The validator's word: the chain as Go decides it, then the filters.
    fn admits(&self, world: &World, leaf: usize, kind: usize) -> bool {
        let der = &self.der[&self.cast.leaves[leaf][kind].id];
        let bundle = Bundle::read(&[self.bundle(world).as_slice(), der].concat());
        let target = bundle.members.len() - 1;
        let mut budget = Budget::default();
        let graph = Graph::of(&bundle, &self.profile.algorithms, &mut budget);
        let chains = verify_as_go(&bundle, &graph, world.now, &mut budget, target).is_ok();
        chains && self.filters.admits(&CertificateNames::of(bundle.certificate(target).unwrap()))
    }
}

/// Worlds compared after each kind of move.
const COMPARED: usize = 40;

#[test]
fn the_model_judges_as_the_validator_does_after_moves_of_every_kind() {
    let real = real();
    let compared: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let admitted = RefCell::new([0_usize; 2]);
    let judge = crate::play(real.cast.clone());
    let watch = |action: &Action, world: &World| {
        let name = format!("{action:?}");
        let mut compared = compared.borrow_mut();
        let count = compared.entry(name.split('(').next().unwrap().to_owned()).or_default();
        if *count == COMPARED {
            return;
        }
        *count += 1;
        let text = Bundle::read(&real.bundle(world)).canonical_pem();
        let report = check_bundle(text.as_bytes(), &real.profile, world.now);
        assert_eq!(report.verdict(), Verdict::Accepted, "{action:?}: {:?}", report.findings);
        for leaf in 0..world.workers.len() {
            for kind in 0..4 {
                let by_model = judge.admits(world, leaf, kind);
                assert_eq!(
                    by_model,
                    real.admits(world, leaf, kind),
                    "leaf {leaf}, kind {kind} after {action:?}"
                );
                admitted.borrow_mut()[usize::from(by_model)] += 1;
            }
        }
    };
    let base = || Play { watch: &watch, ..crate::play(real.cast.clone()) };
    let first = Cast { leaves: real.cast.leaves[..1].to_vec(), ..real.cast.clone() };
    for play in [
        Play { versions: 2, with_abort: false, days: 0, with_emergency: true, ..base() },
        Play { versions: 2, cast: first, ..base() },
        Play { versions: 2, mistake: Mistake::SwapBeforeValidate, ..base() },
    ] {
        explore(&play, crate::BOUND);
    }
    let (compared, admitted) = (compared.into_inner(), admitted.into_inner());
    eprintln!("compared with the validator: {compared:?}, refused and admitted {admitted:?}");
    for kind in [
        "Abort",
        "Crash",
        "Discard",
        "Emergency",
        "Issue",
        "Mint",
        "NoteBundle",
        "NoteDeployed",
        "NoteRequest",
        "PublishBoth",
        "ReadBundle",
        "Reload",
        "RemoveOld",
        "Resume",
        "RetractNew",
        "Send",
        "ServerApplies",
        "ServerLoses",
        "Settled",
        "Swap",
        "Tick",
        "IssueRefusedByFilters",
    ] {
        assert!(compared.contains_key(kind), "no move {kind} was compared");
    }
    assert!(admitted.iter().all(|count| *count > 100));
}
