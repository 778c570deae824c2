//! An agent that is killed at random moments under load, through a rollover: what is in force is a whole pair, everybody gets in with it,
//! no hook is forgotten, and the rollover goes on as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_testkit::Rng;
use mtlsmith_validate::time::Timestamp;

use super::load::Finished;
use super::load::Load;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;
use super::through_rollovers::config;
use super::through_rollovers::rollover;
use super::through_rollovers::status;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);
const LEAVES: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

/// How often it is killed: a few dozen times, or as often as `MTLSMITH_KILLS` says.
fn kills() -> u32 {
    std::env::var("MTLSMITH_KILLS").map_or(60, |text| text.parse().expect("MTLSMITH_KILLS is a number"))
}

/// Some seconds of the clock for all of them, once all have been rotated.
struct Days<'a> {
    place: &'a Place,
    load: &'a Load,
    now: Timestamp,
    steps: u32,
}

impl Days<'_> {
    /// Lets time pass if everything was rotated that was due: an agent that never comes to it is another test.
    fn go_on(&mut self) -> bool {
        let is_fresh = |name: &&str| self.place.in_force(name).1.not_after() == self.now.plus(600);
        let all_are_fresh = self.steps == 0 || LEAVES.iter().all(is_fresh);
        if all_are_fresh {
            self.now = self.now.plus(450);
            self.load.set_clock(self.place, self.now);
            self.steps += 1;
        }
        all_are_fresh
    }
}

/// The time within which it is killed: found while it goes, so that about as many come through as are hit, however loaded the machine is.
struct Window(Duration);

impl Window {
    fn learn(&mut self, came_through: bool) {
        let part = if came_through { 92 } else { 112 };
        self.0 = (self.0 * part / 100).clamp(Duration::from_millis(2), Duration::from_secs(5));
    }
}

/// How long an agent takes for one round when nobody kills it.
fn usual_time(place: &Place) -> Duration {
    let start = Instant::now();
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("rotated", LEAVES.len());
    agent.kill();
    start.elapsed()
}

#[test]
fn an_agent_that_is_killed_under_load_and_in_a_rollover_locks_nobody_out() {
    let kills = kills();
    let place = Place::new();
    place.furnish(START, "10m", &LEAVES);
    let load = Arc::new(Load::new(START));
    let cloud = load.cloud(&place);
    place.write("agent.toml", &config(&cloud, "hook = [{ exec = [\"true\"] }]\n"));
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let seed = u64::try_from(seed % u128::from(u64::MAX)).unwrap();
    eprintln!("the moments of the kills follow from {seed}");
    let mut random = Rng::new(seed);
    let done = AtomicBool::new(false);
    let mut days = Days { place: &place, load: &load, now: START, steps: 0 };
    let (mut phases, mut started, mut committed) = (Vec::new(), None, false);
    std::thread::scope(|scope| {
        let finished = Finished(&done);
        scope.spawn(|| load.clients(&place, &LEAVES, 0, &done));
        days.go_on();
        let mut window = Window(usual_time(&place));
        for kill in 0..kills {
            window.learn(days.go_on());
            let agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
            let moment = random.below(usize::try_from(window.0.as_micros()).unwrap() * 5 / 4);
            std::thread::sleep(Duration::from_micros(u64::try_from(moment).unwrap()));
            agent.kill();
            if kill == kills / 6 {
                ended(rollover(&place, &cloud, &format!("start {NAMESPACE} --inventory-complete")), 0);
                started = Some(days.steps);
            }
            let is_old_enough = started.is_some_and(|started| days.steps >= started + 3);
            if is_old_enough && !committed {
                // Refused as long as a kill kept a leaf from moving.
                let code =
                    rollover(&place, &cloud, &format!("commit {NAMESPACE}")).output().unwrap().status.code();
                assert!(matches!(code, Some(0 | 3)), "{code:?}");
                committed = code == Some(0);
            }
            if started.is_some() {
                phases.push(status(&place)["status"]["phase"].to_string());
            }
        }
        // The last one is left alone.
        let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
        for _ in 0..3 {
            let deadline = Instant::now() + PATIENCE;
            while LEAVES.iter().any(|name| place.in_force(name).1.not_after() != days.now.plus(600)) {
                assert!(Instant::now() < deadline, "{}", agent.log());
                std::thread::sleep(Duration::from_millis(20));
            }
            days.go_on();
        }
        agent.wait_for("hooks-done", 1);
        let deadline = Instant::now() + PATIENCE;
        while !PendingHooks::all(&place.home()).unwrap().is_empty() {
            assert!(Instant::now() < deadline, "{}", agent.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        agent.stop();
        drop(finished);
    });
    if !committed {
        ended(rollover(&place, &cloud, &format!("commit {NAMESPACE}")), 0);
    }
    for name in LEAVES {
        load.connect(&place, name);
    }
    phases.dedup();
    let generations: u64 = LEAVES.iter().map(|name| place.in_force(name).0).sum();
    let (connections, refused) =
        (load.connections.load(Ordering::Relaxed), load.refused.load(Ordering::Relaxed));
    eprintln!(
        "{kills} kills in {} steps of the clock, phases {}, {generations} generations: {connections} connections, {refused} refused",
        days.steps,
        phases.join(" ")
    );
    assert_eq!(refused, 0);
    assert!(generations > 12, "it was always killed before it did anything");
    assert!(connections > u64::from(kills));
    assert_eq!(status(&place)["status"]["phase"], "old-removed");
    ended(place.under_virtual_clock("inventory verify"), 0);
}
