//! Many rotations in a moment, by a clock that the test sets: forwards, in jumps, backwards; and an agent that is killed at any moment.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;

use super::load::Finished;
use super::support::DAY;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;
use super::support::get;
use super::support::metric;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

fn config(place: &Place, extra: &str) {
    place.write(
        "agent.toml",
        &format!("check-every = \"1s\"\n[[namespace]]\nname = \"{NAMESPACE}\"\n{extra}"),
    );
}

#[test]
fn short_lived_leaves_are_rotated_many_times_through_jumps_of_the_clock() {
    let place = Place::new();
    let leaves = ["one", "two", "three"];
    place.furnish(START, "10m", &leaves);
    config(&place, "");
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("started", 1);
    let mut now = START;
    for round in 1..=20 {
        // Sometimes a laptop has slept, so that everything has ended already.
        now = now.plus(if round % 5 == 0 { DAY } else { 500 });
        place.set_clock(now);
        agent.signal(Signal::HUP);
        agent.wait_for("rotated", round * leaves.len());
        for name in leaves {
            let (number, certificate) = place.in_force(name);
            assert_eq!(usize::try_from(number).unwrap(), round + 1);
            assert_eq!(certificate.not_after(), now.plus(600));
        }
    }
    // Set back by an hour: nothing is replaced, and nothing is broken when it is right again.
    place.set_clock(now.plus(-3_600));
    agent.signal(Signal::HUP);
    agent.wait_for("clock-jumped", 5);
    place.set_clock(now.plus(500));
    agent.signal(Signal::HUP);
    agent.wait_for("rotated", 21 * leaves.len());
    let log = agent.stop();
    assert!(!log.contains("\"level\":\"error\""), "{log}");
    ended(place.under_virtual_clock("inventory verify"), 0);
}

/// A clock that is set wrong by a year and right again: nothing is replaced by the wrong one when it lies behind, and all of it is told.
#[test]
fn a_clock_that_jumps_by_a_year_breaks_no_pair_and_is_told() {
    let place = Place::new();
    place.furnish(START, "30d", &["one"]);
    config(&place, "[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let address = agent.address();
    let deadline = std::time::Instant::now() + PATIENCE;
    while metric(&get(address, "/metrics").1, "mtlsmith_looks_total") == 0 {
        assert!(std::time::Instant::now() < deadline, "{}", agent.log());
        std::thread::sleep(Duration::from_millis(10));
    }
    // Back by a year: the certificate lies in the future, so nothing that this clock says is gone by.
    place.set_clock(START.plus(-365 * DAY));
    agent.wait_for("clock-jumped", 1);
    agent.wait_for("clock-looks-wrong", 1);
    assert_eq!(place.in_force("one").0, 1);
    place.set_clock(START.plus(DAY));
    agent.wait_for("clock-jumped", 2);
    assert_eq!(place.in_force("one").0, 1);
    // Forward by a year, or a laptop that slept for so long: its CA has two more days, and the certificate gets them.
    place.set_clock(START.plus(363 * DAY));
    agent.wait_for("rotated", 1);
    assert_eq!(place.in_force("one").0, 2);
    // And back: the agent, whose certificate lies in the future now, says so and waits for a person.
    place.set_clock(START.plus(2 * DAY));
    agent.wait_for("clock-jumped", 4);
    agent.wait_for("clock-looks-wrong", 2);
    assert_eq!(place.in_force("one").0, 2);
    // Nor does the ledger take anything that lies before what it holds.
    let told = ended(place.under_virtual_clock(&format!("rekey --namespace {NAMESPACE} --name one")), 2);
    assert!(String::from_utf8_lossy(&told.stderr).contains("set the clock right first"), "{told:?}");
    // But for somebody who knows that this clock is right: the pair that is not valid yet is replaced, and all goes on from there.
    assert!(String::from_utf8_lossy(&told.stderr).contains("--clock-is-right"), "{told:?}");
    let right = format!("rekey --namespace {NAMESPACE} --name one --clock-is-right");
    ended(place.under_virtual_clock(&right), 0);
    let (number, certificate) = place.in_force("one");
    assert!(number == 3 && certificate.not_before() < START.plus(2 * DAY), "{certificate:?}");
    ended(place.under_virtual_clock(&format!("gen leaf --namespace {NAMESPACE} --name two")), 0);
    ended(place.under_virtual_clock("inventory verify"), 0);
    place.set_clock(START.plus(363 * DAY + 3_600));
    agent.wait_for("clock-jumped", 5);
    agent.wait_for("rotated", 3);
    assert_eq!((place.in_force("one").0, place.in_force("two").0), (4, 2));
    agent.stop();
}

/// A reader checks all the while that what is in force is a whole pair.
#[test]
fn an_agent_that_is_killed_at_any_moment_leaves_whole_pairs_and_forgets_no_hook() {
    let place = Place::new();
    let leaves = ["one", "two", "three", "four"];
    place.furnish(START, "10m", &leaves);
    config(&place, "hook = [{ exec = [\"true\"] }]\n");
    let (done, looks) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut now = START;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for name in leaves {
                    place.in_force(name);
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let finished = Finished(&done);
        for round in 0..50_u64 {
            now = now.plus(500);
            place.set_clock(now);
            let agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
            // Any moment: before it began, in the middle, after it was done.
            std::thread::sleep(Duration::from_micros(round * 7_919 % 400_000 / 4 * 3));
            agent.kill();
        }
        drop(finished);
    });
    now = now.plus(7_200);
    place.set_clock(now);
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let deadline = std::time::Instant::now() + PATIENCE;
    while leaves.iter().any(|name| place.in_force(name).1.not_after() < now)
        || !PendingHooks::all(&place.home()).unwrap().is_empty()
    {
        assert!(std::time::Instant::now() < deadline, "{}", agent.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    agent.wait_for("hooks-done", 1);
    agent.stop();
    let generations: u64 = leaves.iter().map(|name| place.in_force(name).0).sum();
    eprintln!("50 kills, {} looks of the reader, {generations} generations", looks.load(Ordering::Relaxed));
    assert!(generations > 8, "it was always killed before it did anything");
    ended(place.under_virtual_clock("inventory verify"), 0);
}
