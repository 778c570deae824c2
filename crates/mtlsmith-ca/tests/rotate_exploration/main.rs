//! All that can happen during a rollover, in every order: no state that can be reached has a live leaf that the published bundle and
//! filters refuse, none says more than the server does, and from each one the rollover can be brought to an end. The same search finds
//! mistakes that are put in on purpose.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it counted"
)]

mod real;
mod search;
mod world;

use mtlsmith_ca::rotate::rollover::Authority;
use mtlsmith_ca::rotate::rollover::CertificateId;
use mtlsmith_ca::rotate::rollover::LeafCertificate;
use mtlsmith_validate::time::Timestamp;

use search::explore;
use world::Action;
use world::Cast;
use world::DAY;
use world::Mistake;
use world::Play;
use world::World;

// What is not played: somebody else who changes the Namespace while reads lag behind several of those changes. Versions tell nothing but
// whether they are the same, so one that was never seen cannot be told from a new one.

/// Certificates made up: an id and dates. The leaves differ in when their first certificate ends.
fn made_up(first_ends: &[i64]) -> Cast {
    let start = Timestamp::from_unix(1_795_449_600);
    let id = |number: u8| CertificateId([number; 32]);
    let day = |days: i64| start.plus(days * DAY);
    let authority =
        |number, name: &str, days| Authority { id: id(number), name: name.to_owned(), until: day(days) };
    let certificate = |number, old: Option<i64>, new: Option<i64>| LeafCertificate {
        id: id(number),
        under_old: old.map(day),
        under_new: new.map(day),
        under_others: None,
    };
    let leaf = |(index, first): (usize, &i64)| {
        let number = 10 * (u8::try_from(index).unwrap() + 1);
        [
            certificate(number, Some(*first), None),
            certificate(number + 1, None, Some(9)),
            certificate(number + 2, Some(9), None),
            certificate(number + 3, None, Some(9)),
        ]
    };
    let leaves = first_ends.iter().enumerate().map(leaf).collect();
    Cast { start, old: authority(1, "old", 9), new: authority(2, "new", 99), leaves }
}

fn play<'a>(cast: Cast) -> Play<'a> {
    Play {
        cast,
        mistake: Mistake::None,
        days: 1,
        versions: 4,
        in_flight: 1,
        with_abort: true,
        with_emergency: false,
        with_lag: false,
        with_others: false,
        watch: &|_: &Action, _: &World| {},
    }
}

/// States of one search at most.
const BOUND: usize = 3_000_000;

fn holds(name: &str, play: &Play<'_>) -> usize {
    let found = explore(play, BOUND);
    eprintln!("{name}: {} states, {} transitions, depth {}", found.states, found.transitions, found.depth);
    if let Some((way, why)) = found.counterexample {
        panic!("{name}: {why} after {way:?}");
    }
    if let Some((count, way)) = found.stuck {
        panic!("{name}: {count} states lead nowhere, as after {way:?}");
    }
    found.states
}

#[test]
fn with_every_way_back_nobody_is_locked_out() {
    holds("one leaf, three updates, aborting", &Play { versions: 3, ..play(made_up(&[9])) });
}

#[test]
fn with_two_updates_in_flight_at_once_nobody_is_locked_out() {
    holds("one leaf, two updates in flight", &Play { versions: 2, in_flight: 2, ..play(made_up(&[9])) });
}

#[test]
fn with_two_leaves_nobody_is_locked_out() {
    holds("two leaves", &Play { versions: 2, with_abort: false, days: 2, ..play(made_up(&[0, 9])) });
}

#[test]
fn with_reads_of_replicas_that_lag_nobody_is_locked_out() {
    let lagging = || Play { with_lag: true, ..play(made_up(&[9])) };
    holds("one leaf, lagging reads, aborting", &Play { versions: 3, ..lagging() });
    let two = Play { versions: 2, in_flight: 2, ..lagging() };
    holds("one leaf, lagging reads, two updates in flight", &two);
}

#[test]
fn with_somebody_else_who_changes_the_namespace_nobody_is_locked_out() {
    let others = Play { versions: 3, with_others: true, with_abort: false, ..play(made_up(&[9])) };
    holds("one leaf, somebody else", &others);
}

#[test]
fn in_an_emergency_only_those_go_down_who_were_named() {
    let emergency = Play { versions: 2, with_abort: false, with_emergency: true, ..play(made_up(&[9, 9])) };
    holds("two leaves, emergency", &emergency);
}

/// Minutes without optimisation.
#[test]
#[ignore = "long: run it with --release -- --ignored"]
fn the_long_searches_hold_too() {
    holds("one leaf, four updates, aborting", &play(made_up(&[9])));
    holds("two leaves, aborting", &Play { versions: 3, days: 0, ..play(made_up(&[9, 9])) });
    holds(
        "two leaves, three updates",
        &Play { versions: 3, with_abort: false, days: 2, ..play(made_up(&[0, 9])) },
    );
    holds(
        "one leaf, somebody else, aborting",
        &Play { versions: 3, with_others: true, ..play(made_up(&[9])) },
    );
    holds("one leaf, lagging reads, four updates, aborting", &Play { with_lag: true, ..play(made_up(&[9])) });
    holds(
        "two leaves, lagging reads",
        &Play { versions: 2, with_lag: true, days: 0, ..play(made_up(&[9, 9])) },
    );
    holds("three leaves", &Play { versions: 2, with_abort: false, ..play(made_up(&[0, 9, 9])) });
}

#[test]
fn mistakes_that_are_put_in_are_found() {
    for (mistake, longest) in [
        (Mistake::RemoveEarly, 11),
        (Mistake::SwapBeforeValidate, 2),
        (Mistake::ConfirmBeforeServer, 4),
        (Mistake::NoResourceVersion, 11),
        (Mistake::NoSettling, 14),
        (Mistake::BelieveLaggingReads, 20),
    ] {
        let with_lag = mistake == Mistake::BelieveLaggingReads;
        let found =
            explore(&Play { mistake, with_lag, in_flight: 2, versions: 5, ..play(made_up(&[9])) }, BOUND);
        let (way, why) = found.counterexample.unwrap_or_else(|| panic!("{mistake:?} is not found"));
        eprintln!("{mistake:?}: after {} states, {why}: {way:?}", found.states);
        assert!(way.len() <= longest, "{mistake:?}: {} moves", way.len());
    }
}
