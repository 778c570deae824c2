//! Tests of the plan, the gate and the transitions, on real certificates.

use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use super::*;

const NOW: Timestamp = Timestamp::from_unix(testkit::NOW);

fn read(certificate: &testkit::Certificate) -> Certificate {
    Certificate::read(certificate.der()).unwrap().0
}

fn days(days: i64) -> i64 {
    testkit::NOW + testkit::days(days)
}

/// A plan that replaces `old`, with each leaf under its name.
fn planned(
    live: &str,
    old: &testkit::Certificate,
    new: &[&testkit::Certificate],
    leaves: &[(&str, &testkit::Certificate)],
    mode: Mode,
) -> Plan {
    let new: Vec<Certificate> = new.iter().map(|new| read(new)).collect();
    let read_leaves: Vec<(&str, Certificate)> =
        leaves.iter().map(|(name, leaf)| (*name, read(leaf))).collect();
    let inventory: Vec<InventoryLeaf<'_>> = read_leaves
        .iter()
        .map(|(name, certificate)| InventoryLeaf { name, certificate, presented: &[] })
        .collect();
    plan(&PlanInput {
        namespace: "orders.a1b2c",
        live: live.as_bytes(),
        old: &[Fingerprint::Sha256(read(old).sha256())],
        new: &new,
        leaves: &inventory,
        recorded: &[],
        inventory_is_complete: true,
        mode,
        profile: &Profile::temporal_cloud(),
        now: NOW,
    })
    .unwrap()
}

fn id(certificate: &testkit::Certificate) -> CertificateId {
    CertificateId::of(&read(certificate))
}

#[test]
fn the_plan_numbers_its_steps_and_names_who_depends_and_until_when() {
    let old = testkit::root_builder("old").not_after(days(20)).self_signed();
    let new = testkit::root("new");
    let outlives = testkit::leaf_builder("outlives").not_after(days(90)).signed_by(&old);
    let ended = testkit::leaf_builder("ended").not_after(days(-1)).signed_by(&old);
    let moved = testkit::leaf("moved", &new);
    let leaves = [("outlives", &outlives), ("ended", &ended), ("moved", &moved)];
    let plan = planned(&old.pem(), &old, &[&new], &leaves, Mode::Ordinary);
    assert!(!plan.is_forbidden(), "{:?}", plan.hazards);
    assert_eq!(plan.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    let names: Vec<&str> = plan.dependants.iter().map(|dependant| dependant.leaf.as_str()).collect();
    assert_eq!(names, ["outlives"]);
    assert_eq!(plan.earliest_removal, Timestamp::from_unix(days(20) + 1), "the leaf ends with its CA");
    assert_eq!(plan.texts.both, testkit::bundle(&[&old, &new]));
    assert_eq!(plan.texts.after, new.pem());
    let shown = plan.steps[1].commands[0].to_string();
    assert_eq!(
        shown,
        "tcld namespace accepted-client-ca set --namespace orders.a1b2c --ca-certificate-file bundle-both.pem"
    );
    assert_eq!((plan.capacity.certificates, plan.capacity.bytes), (2, plan.texts.both.len()));
}

#[test]
fn an_expired_member_that_blocks_every_update_leaves_with_the_first_one() {
    let old = testkit::root("old");
    let expired = testkit::root_builder("expired").not_after(days(-3)).self_signed();
    let below = testkit::intermediate("below expired", &expired);
    let new = testkit::root("new");
    let plan = planned(&testkit::bundle(&[&expired, &old, &below]), &old, &[&new], &[], Mode::Ordinary);
    assert_eq!(plan.rollover.dead, [id(&expired), id(&below)]);
    assert!(matches!(plan.hazards[0], Hazard::ExpiredMember { member: 1, .. }));
    assert!(!plan.is_forbidden(), "{:?}", plan.hazards);
    assert_eq!(plan.texts.both, testkit::bundle(&[&old, &new]));
    assert_eq!(plan.texts.dead, testkit::bundle(&[&expired, &below]));
    let cloud = plan.steps[1].commands.iter().find(|command| command.tool == Tool::TemporalCloud).unwrap();
    assert_eq!(cloud.run.len(), 2);
    assert!(cloud.run[0].contains(&"delete".to_owned()) && cloud.run[1].contains(&"create".to_owned()));
    assert!(
        check_bundle(plan.texts.both.as_bytes(), &Profile::temporal_cloud(), NOW)
            .count(mtlsmith_validate::rule::Severity::Error)
            == 0
    );
}

#[test]
fn an_expired_old_ca_goes_with_the_first_update() {
    let old = testkit::root_builder("old").not_after(days(-3)).self_signed();
    let new = testkit::root("new");
    let leaf = testkit::leaf("worker", &old);
    let plan = planned(&old.pem(), &old, &[&new], &[("worker", &leaf)], Mode::Ordinary);
    assert_eq!(plan.texts.both, new.pem());
    assert!(plan.dependants.is_empty(), "nothing works below it any more");
    let tools: Vec<Tool> = plan.steps[1].commands.iter().map(|command| command.tool).collect();
    assert_eq!(tools, [Tool::Tcld, Tool::Terraform], "nothing may remain between a delete and a create");
}

#[test]
fn what_hangs_below_the_old_ca_alone_goes_with_it() {
    let (old, other, new) = (testkit::root("old"), testkit::root("other"), testkit::root("new"));
    let below = testkit::intermediate("below old", &old);
    let crossed = testkit::intermediate_builder("crossed");
    let (by_old, by_other) = (crossed.signed_by(&old), crossed.signed_by(&other));
    let live = testkit::bundle(&[&old, &other, &below, &by_old, &by_other]);
    let safe = testkit::leaf("safe", &by_other);
    let bound = testkit::leaf("bound", &below);
    let plan = planned(&live, &old, &[&new], &[("safe", &safe), ("bound", &bound)], Mode::Ordinary);
    assert_eq!(plan.texts.after, testkit::bundle(&[&other, &by_other, &new]));
    let names: Vec<&str> = plan.dependants.iter().map(|dependant| dependant.leaf.as_str()).collect();
    assert_eq!(names, ["bound"], "the cross-signed issuer keeps the other one alive");
}

#[test]
fn both_generations_have_to_fit() {
    let members: Vec<testkit::Certificate> =
        (0..16).map(|number| testkit::root(&format!("ca {number}"))).collect();
    let new = testkit::root("new");
    let all: Vec<&testkit::Certificate> = members.iter().collect();
    let full = planned(&testkit::bundle(&all), &members[3], &[&new], &[], Mode::Ordinary);
    assert!(full.is_forbidden());
    assert!(matches!(full.hazards[..], [Hazard::NoRoom { capacity: Capacity { certificates: 17, .. } }]));
    let unminted = planned(&testkit::bundle(&all), &members[3], &[], &[], Mode::Ordinary);
    assert!(unminted.is_forbidden() && unminted.hazards.contains(&Hazard::SizeAssumed));
    let fits = planned(&testkit::bundle(&all[..15]), &members[3], &[&new], &[], Mode::Ordinary);
    assert!(!fits.is_forbidden(), "{:?}", fits.hazards);
    let emergency = planned(&testkit::bundle(&all), &members[3], &[&new], &[], Mode::Emergency);
    assert!(!emergency.is_forbidden(), "an emergency needs no room for both");
}

#[test]
fn names_and_keys_that_collide_are_told() {
    let old = testkit::root("acme ca");
    let namesake = testkit::root_builder("ACME  ca").key(testkit::Key::p256("another")).self_signed();
    let plan = planned(&old.pem(), &old, &[&namesake], &[], Mode::Ordinary);
    assert!(plan.hazards.iter().any(|hazard| matches!(hazard, Hazard::SameName { member: 1, .. })));
    let same_key = testkit::root_builder("new").key(old.key().clone()).self_signed();
    let plan = planned(&old.pem(), &old, &[&same_key], &[], Mode::Ordinary);
    assert!(plan.is_forbidden());
    assert!(plan.hazards.iter().any(|hazard| matches!(hazard, Hazard::SameKey { member: 1, .. })));
    let early = testkit::root_builder("new").not_after(days(2)).not_before(days(1)).self_signed();
    let plan = planned(&old.pem(), &old, &[&early], &[], Mode::Ordinary);
    assert!(plan.hazards.iter().any(|hazard| matches!(hazard, Hazard::NotYetValid { .. })));
    assert!(plan.hazards.iter().any(|hazard| matches!(hazard, Hazard::EndsEarlier { .. })));
}

#[test]
fn what_does_not_fit_together_is_no_plan() {
    let (old, stranger) = (testkit::root("old"), testkit::root("stranger"));
    let input = |old| PlanInput {
        namespace: "n",
        live: &[],
        old,
        new: &[],
        leaves: &[],
        recorded: &[],
        inventory_is_complete: true,
        mode: Mode::Ordinary,
        profile: Box::leak(Box::new(Profile::temporal_cloud())),
        now: NOW,
    };
    assert_eq!(plan(&input(&[])), Err(NoPlan::NothingToReplace));
    let wanted = [Fingerprint::Sha1(read(&stranger).sha1())];
    assert_eq!(
        plan(&PlanInput { live: old.pem().as_bytes(), ..input(&wanted) }),
        Err(NoPlan::NotInBundle(wanted[0]))
    );
    let same = [read(&old)];
    let wanted = [Fingerprint::Sha256(same[0].sha256())];
    let found = plan(&PlanInput { live: old.pem().as_bytes(), new: &same, ..input(&wanted) });
    assert_eq!(found, Err(NoPlan::SameCertificate(id(&old))));
}

/// A rollover with one leaf, both CAs published and seen.
struct Stage2 {
    rollover: Rollover,
    reissued: LeafCertificate,
}

fn published() -> Stage2 {
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let (leaf, next) = (testkit::leaf("worker", &old), testkit::leaf("worker", &new));
    let plan = planned(&old.pem(), &old, &[&new], &[("worker", &leaf)], Mode::Ordinary);
    let seen = Event::BundleSeen { bundle: vec![id(&old), id(&new)], version: None };
    let publishing = apply(&plan.rollover, &Event::PublishBoth, NOW).unwrap();
    assert_eq!(publishing.target(NOW), [id(&old), id(&new)]);
    let profile = Profile::temporal_cloud();
    let generations = Generations::of(old.pem().as_bytes(), &[0], &[read(&new)], &profile);
    let reissued = generations.trust().measure(&read(&next), &[]);
    let rollover = apply(&publishing, &seen, NOW).unwrap();
    assert_eq!(rollover.phase, Phase::Reissuing);
    Stage2 { rollover, reissued }
}

fn issued(reissued: &LeafCertificate, refused: Option<&str>) -> Event {
    let refused = refused.map(str::to_owned);
    Event::CandidateIssued { leaf: "worker".to_owned(), certificate: reissued.clone(), refused }
}

#[test]
fn the_old_ca_goes_only_when_no_leaf_needs_it_and_none_is_settling() {
    let Stage2 { rollover, reissued } = published();
    let refusal = apply(&rollover, &Event::RemoveOld, NOW).unwrap_err();
    let text = refusal.to_string();
    assert!(text.starts_with("1 leaf depends on the old CA alone: worker (works until 20"), "{text}");
    let candidate = apply(&rollover, &issued(&reissued, None), NOW).unwrap();
    assert!(apply(&candidate, &Event::RemoveOld, NOW).is_err(), "issued is not deployed");
    let deployed = Event::CandidateDeployed { leaf: "worker".to_owned(), certificate: reissued.id };
    let settling = apply(&candidate, &deployed, NOW).unwrap();
    let Err(Refusal::LeavesDepend { leaves, earliest, .. }) = apply(&settling, &Event::RemoveOld, NOW) else {
        panic!()
    };
    assert_eq!((leaves[0].use_, earliest), (Use::Settling, NOW.plus(SETTLING + 1)));
    let open = apply(&settling, &Event::RemoveOld, earliest).unwrap();
    assert_eq!(open.phase, Phase::RemovingOld);
    assert_eq!(status(&settling, earliest).stage, Stage::GateOpen);
    assert_eq!(apply(&settling, &deployed, NOW).unwrap(), settling, "noted twice");
}

#[test]
fn a_leaf_that_would_be_refused_keeps_the_certificate_it_has() {
    let Stage2 { rollover, reissued } = published();
    let refusal = apply(&rollover, &issued(&reissued, Some("no filter fits")), NOW).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "worker would be refused with the new certificate: no filter fits; the present one stays in place"
    );
    let unpublished = Rollover { live: vec![rollover.old[0].id], ..rollover.clone() };
    assert!(matches!(apply(&unpublished, &issued(&reissued, None), NOW), Err(Refusal::NotAdmitted { .. })));
}

#[test]
fn unlisted_leaves_hold_the_gate_until_the_old_ca_ends() {
    let Stage2 { rollover, .. } = published();
    let unsure = Rollover { inventory_is_complete: false, leaves: Vec::new(), ..rollover };
    let until = unsure.old[0].until;
    assert_eq!(unsure.may_commit(NOW), Err(Refusal::InventoryNotComplete { until }));
    assert_eq!(unsure.earliest_removal(NOW), until.plus(1));
    assert_eq!(unsure.may_commit(until.plus(1)), Ok(()));
}

#[test]
fn abort_goes_back_from_every_phase() {
    let Stage2 { rollover, .. } = published();
    let abort = Event::Abort { old_is_trusted: false };
    for (phase, back) in [
        (Phase::Planned, Phase::Aborted),
        (Phase::NewMinted, Phase::Aborted),
        (Phase::PublishingBoth, Phase::RetractingNew),
        (Phase::Reissuing, Phase::Reverting),
        (Phase::RemovingOld, Phase::RestoringOld),
        (Phase::OldRemoved, Phase::RestoringOld),
        (Phase::RestoringOld, Phase::RestoringOld),
        (Phase::Reverting, Phase::Reverting),
        (Phase::RetractingNew, Phase::RetractingNew),
        (Phase::Aborted, Phase::Aborted),
    ] {
        let before = Rollover { phase, ..rollover.clone() };
        let after = apply(&before, &abort, NOW).unwrap();
        assert_eq!(after.phase, back, "{phase:?}");
        assert_eq!(apply(&after, &abort, NOW).unwrap().phase, back, "once more");
    }
    let leaked = Rollover { phase: Phase::OldRemoved, mode: Mode::Emergency, ..rollover.clone() };
    assert_eq!(apply(&leaked, &abort, NOW), Err(Refusal::OldNotTrusted));
    let trusted = apply(&leaked, &Event::Abort { old_is_trusted: true }, NOW).unwrap();
    assert_eq!((trusted.phase, trusted.mode), (Phase::RestoringOld, Mode::Ordinary));
    let late = rollover.old[0].until.plus(1);
    assert!(matches!(apply(&rollover, &abort, late), Err(Refusal::OldExpired { .. })));
}

#[test]
fn an_update_whose_outcome_is_unknown_keeps_the_phase_open() {
    let Stage2 { rollover, .. } = published();
    let (old, new) = (rollover.old[0].id, rollover.new[0].id);
    let v1 = ResourceVersion("v1".to_owned());
    let publishing = Rollover { phase: Phase::PublishingBoth, live: vec![old], ..rollover };
    let sent = apply(&publishing, &Event::RequestSent { version: v1.clone() }, NOW).unwrap();
    assert_eq!(apply(&sent, &Event::RequestSent { version: v1.clone() }, NOW).unwrap(), sent);
    let aborting = apply(&sent, &Event::Abort { old_is_trusted: false }, NOW).unwrap();
    let seen = |version: &str| Event::BundleSeen {
        bundle: vec![old],
        version: Some(ResourceVersion(version.into())),
    };
    assert_eq!(
        apply(&aborting, &seen("v1"), NOW).unwrap().phase,
        Phase::RetractingNew,
        "it may still arrive"
    );
    assert_eq!(apply(&aborting, &seen("v2"), NOW).unwrap().phase, Phase::Aborted);
    let over = apply(&aborting, &Event::RequestsSettled { version: v1 }, NOW).unwrap();
    assert_eq!(apply(&over, &seen("v1"), NOW).unwrap().phase, Phase::Aborted);
    let arrived = Event::BundleSeen { bundle: vec![old, new], version: None };
    assert_eq!(apply(&sent, &arrived, NOW).unwrap().phase, Phase::Reissuing);
}

#[test]
fn nothing_is_taken_from_a_version_that_the_server_left_behind() {
    let Stage2 { rollover, .. } = published();
    let (old, new) = (rollover.old[0].id, rollover.new[0].id);
    let at = |version: &str, bundle: &[CertificateId]| Event::BundleSeen {
        bundle: bundle.to_vec(),
        version: Some(ResourceVersion(version.to_owned())),
    };
    let before = Rollover { phase: Phase::PublishingBoth, live: vec![old], ..rollover };
    let sent = Event::RequestSent { version: ResourceVersion("v1".to_owned()) };
    let sent = apply(&before, &sent, NOW).unwrap();
    let both = apply(&sent, &at("v2", &[old, new]), NOW).unwrap();
    assert_eq!((both.phase, both.open_requests.len()), (Phase::Reissuing, 0));
    // A replica that lags shows v1 again, with which an update was named.
    assert_eq!(apply(&both, &at("v1", &[old]), NOW).unwrap(), both);
    // Another update is on its way: the older answer does not make it forgotten.
    let leaving = Rollover { phase: Phase::RemovingOld, leaves: Vec::new(), ..both };
    let removing = apply(&leaving, &Event::RequestSent { version: ResourceVersion("v2".to_owned()) }, NOW);
    let removing = removing.unwrap();
    assert_eq!(apply(&removing, &at("v1", &[new]), NOW).unwrap(), removing);
    let gone = apply(&removing, &at("v3", &[new]), NOW).unwrap();
    assert_eq!((gone.phase, gone.open_requests.len()), (Phase::OldRemoved, 0));
}

#[test]
fn a_leaf_that_nobody_uses_does_not_come_back_by_being_found_again() {
    let Stage2 { rollover, .. } = published();
    let leaf = rollover.leaves[0].clone();
    let gone = apply(&rollover, &Event::LeafGone { leaf: leaf.name.clone() }, NOW).unwrap();
    let found = Event::LeafFound { leaf: leaf.clone() };
    assert!(apply(&gone, &found, NOW).unwrap().leaves.is_empty());
    let mut another = leaf;
    another.in_use.id = CertificateId([7; 32]);
    assert_eq!(apply(&gone, &Event::LeafFound { leaf: another }, NOW).unwrap().leaves.len(), 1);
}

#[test]
fn an_emergency_removes_first_and_says_who_goes_down() {
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let leaf = testkit::leaf("worker", &old);
    let plan = planned(&old.pem(), &old, &[&new], &[("worker", &leaf)], Mode::Emergency);
    assert_eq!(plan.dependants.len(), 1);
    let kinds: Vec<StepKind> = plan.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Mint, StepKind::RemoveOld, StepKind::ConfirmRemoval, StepKind::Reissue]);
    let removing = apply(&plan.rollover, &Event::RemoveOld, NOW).unwrap();
    assert_eq!(removing.target(NOW), [id(&new)]);
    let gone = apply(&removing, &Event::BundleSeen { bundle: vec![id(&new)], version: None }, NOW).unwrap();
    let status = status(&gone, NOW);
    assert_eq!((status.stage, status.leaves[0].works_until), (Stage::Recovering, None));
}

#[test]
fn the_state_survives_being_stored_and_a_clock_set_back_is_named() {
    let Stage2 { rollover, reissued } = published();
    let rollover = apply(&rollover, &issued(&reissued, None), NOW).unwrap();
    let stored = serde_json::to_string_pretty(&rollover).unwrap();
    assert_eq!(serde_json::from_str::<Rollover>(&stored).unwrap(), rollover);
    assert!(Bundle::read(stored.as_bytes()).members.is_empty() && !stored.contains("PRIVATE"));
    let early = NOW.plus(-CLOCK_TOLERANCE - 1);
    let refusal = apply(&rollover, &Event::RemoveOld, early).unwrap_err();
    assert!(matches!(refusal, Refusal::ClockLooksWrong { .. }));
}
