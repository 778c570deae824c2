//! Tests of the decision for a leaf.

use super::*;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_795_449_600 + seconds)
}

fn leaf(name: &str) -> LeafState {
    LeafState {
        identity: identity(name),
        issued_at: at(0),
        effective_expiry: Some(at(30 * DAY)),
        failures: None,
    }
}

fn step(leaf: &LeafState, now: Timestamp) -> LeafStep {
    decide(leaf, &LeafPolicy::default(), now)
}

fn due(leaf: &LeafState) -> i64 {
    match step(leaf, leaf.issued_at) {
        LeafStep::Wait { until, reason: LeafReason::NotDue { .. } } => until.since(leaf.issued_at),
        other => panic!("{other}"),
    }
}

#[test]
fn a_leaf_is_due_within_a_twentieth_of_its_life_before_two_thirds_of_it() {
    for number in 0..1_000 {
        let leaf = leaf(&format!("worker-{number}"));
        let due = due(&leaf);
        assert!((20 * DAY - 30 * DAY / 20..=20 * DAY).contains(&due), "{due}");
        assert!(!step(&leaf, at(due - 1)).is_rotate());
        assert!(step(&leaf, at(due)).is_rotate());
    }
}

#[test]
fn a_herd_issued_in_one_second_falls_due_evenly_over_the_spread() {
    let mut hours = [0_u32; 37];
    for number in 0..10_000 {
        let early = 20 * DAY - due(&leaf(&format!("worker-{number}")));
        hours[usize::try_from(early / 3_600).unwrap()] += 1;
    }
    // 36 hours, so 278 leaves an hour on average; the last bucket holds one second.
    assert!(hours[..36].iter().all(|count| (200..360).contains(count)), "{hours:?}");
}

#[test]
fn the_share_of_a_leaf_changes_from_generation_to_generation() {
    let mut distinct: Vec<i64> = (0..20)
        .map(|generation| {
            let mut leaf = leaf("worker");
            leaf.issued_at = at(generation * 20 * DAY);
            leaf.effective_expiry = Some(leaf.issued_at.plus(30 * DAY));
            due(&leaf)
        })
        .collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > 15);
}

#[test]
fn failures_are_followed_by_a_minute_then_twice_as_long_up_to_an_hour() {
    let mut leaf = leaf("worker");
    let now = at(25 * DAY);
    for (count, longest) in
        [(1, 60), (2, 120), (3, 240), (6, 1_920), (7, 3_600), (40, 3_600), (u32::MAX, 3_600)]
    {
        leaf.failures = Some(Failures { count, last_at: now });
        let LeafStep::Wait { until, reason: LeafReason::BackingOff { failures, .. } } = step(&leaf, now)
        else {
            panic!("failure {count} is followed at once")
        };
        assert_eq!(failures, count);
        assert!((longest * 4 / 5..=longest).contains(&until.since(now)) && until.since(now) >= 60, "{count}");
        assert!(step(&leaf, until).is_rotate());
    }
}

#[test]
fn a_failure_noted_in_the_future_delays_no_longer_than_one_now() {
    let mut leaf = leaf("worker");
    let now = at(25 * DAY);
    leaf.failures = Some(Failures { count: 9, last_at: now.plus(400 * DAY) });
    let LeafStep::Wait { until, .. } = step(&leaf, now) else { panic!() };
    assert!(until.since(now) <= 3_600);
}

#[test]
fn what_no_longer_works_is_replaced_at_once() {
    let mut leaf = leaf("worker");
    let expired = step(&leaf, at(30 * DAY + 1));
    assert!(matches!(expired, LeafStep::Rotate { reason: LeafReason::Expired { .. } }));
    leaf.effective_expiry = None;
    assert!(matches!(step(&leaf, at(0)), LeafStep::Rotate { reason: LeafReason::NoChain }));
}

#[test]
fn clocks_that_jump_forward_and_back_are_survived() {
    let leaf = leaf("worker");
    assert!(step(&leaf, at(25 * DAY)).is_rotate(), "asleep past the due time");
    assert!(!step(&leaf, at(-300)).is_rotate(), "within the tolerance");
    assert_eq!(step(&leaf, at(-301)), LeafStep::ClockLooksWrong { now: at(-301), issued_at: at(0) });
    assert!(!step(&leaf, at(DAY)).is_rotate(), "and back on time");
    for extreme in [i64::MIN, i64::MAX] {
        let _ = step(&leaf, Timestamp::from_unix(extreme));
        let odd = LeafState { effective_expiry: Some(Timestamp::from_unix(extreme)), ..leaf };
        let _ = step(&odd, at(0));
    }
}

#[test]
fn a_step_says_why_in_a_sentence() {
    let mut leaf = leaf("worker");
    leaf.failures = Some(Failures { count: 1, last_at: at(25 * DAY) });
    let text = step(&leaf, at(25 * DAY)).to_string();
    assert!(
        text.starts_with(
            "1 attempt failed, the last one at 2026-12-18T16:00:00Z; the next one may begin at "
        )
    );
    leaf.failures = None;
    let text = step(&leaf, at(25 * DAY)).to_string();
    assert!(
        text.starts_with("the certificate works until 2026-12-23T16:00:00Z and was due at 2026-12-1"),
        "{text}"
    );
    assert!(text.ends_with(": replace it now"));
}

#[test]
fn a_step_survives_being_stored() {
    let leaf = leaf("worker");
    let stored = serde_json::to_string(&leaf).unwrap();
    assert!(stored.contains("\"issued_at\":\"2026-11-23T16:00:00Z\""), "{stored}");
    assert_eq!(serde_json::from_str::<LeafState>(&stored).unwrap(), leaf);
    for step in [step(&leaf, at(0)), step(&leaf, at(25 * DAY)), step(&leaf, at(-900))] {
        let stored = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<LeafStep>(&stored).unwrap(), step);
    }
}
