//! An agent on a full disk: what is in force stays in force and presented, the counter tells, and space helps.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;

use super::load::Load;
use super::support::Agent;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;
use super::support::get;
use super::support::metric;
use super::through_rollovers::config;
use super::through_rollovers::rollover;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);
const LEAVES: [&str; 4] = ["one", "two", "three", "four"];

struct World {
    place: Place,
    load: Arc<Load>,
    agent: Agent,
    address: SocketAddr,
    now: Timestamp,
}

impl World {
    /// Lets time pass, waits until the agent has looked, and gives its metrics. Everybody connects then.
    fn pass(&mut self, seconds: i64) -> String {
        self.now = self.now.plus(seconds);
        self.load.set_clock(&self.place, self.now);
        self.agent.signal(Signal::HUP);
        let deadline = Instant::now() + PATIENCE;
        let body = loop {
            let (_, body) = get(self.address, "/metrics");
            let is_known = body.contains("mtlsmith_live_bundle_age_seconds{");
            if is_known && metric(&body, "mtlsmith_last_look_timestamp_seconds") == self.now.unix() {
                break body;
            }
            assert!(Instant::now() < deadline, "{body}{}", self.agent.log());
            std::thread::sleep(Duration::from_millis(10));
        };
        for name in LEAVES {
            self.place.in_force(name);
            self.load.connect(&self.place, name);
        }
        body
    }

    fn all_are_fresh(&self, since: Timestamp) -> bool {
        LEAVES.iter().all(|name| self.place.in_force(name).1.not_after() >= since.plus(HOUR))
    }
}

#[test]
fn on_a_full_disk_the_old_pairs_stay_presented_and_space_helps() {
    let place = Place::new();
    let Some(disk) = testkit::SmallDisk::mount(&place.path("home"), 1024) else {
        return testkit::not_tested("an agent on a full disk: this user may not mount");
    };
    place.furnish(START, "1h", &LEAVES);
    let load = Arc::new(Load::new(START));
    let cloud = load.cloud(&place);
    place.write("agent.toml", &config(&cloud, "hook = [{ exec = [\"true\"] }]\n"));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let address = agent.address();
    let mut world = World { place: place.clone(), load: Arc::clone(&load), agent, address, now: START };
    let (mut failures, mut hit) = (0, 0);
    // With no page, and with too few for all that belongs to a rotation; at the end in a rollover, whose record has to be written too.
    for (round, free) in [0_u64, 1, 2, 4, 6, 9, 13, 0, 3, 7].into_iter().enumerate() {
        if round == 7 {
            ended(rollover(&place, &cloud, &format!("start {NAMESPACE} --inventory-complete")), 0);
        }
        disk.fill(free);
        let due = world.now.plus(45 * 60);
        let deadline = Instant::now() + PATIENCE;
        let mut body = world.pass(45 * 60);
        // Some may get through with a few pages; the counter tells of the others.
        while metric(&body, FAILURES) == failures && !world.all_are_fresh(due) {
            assert!(Instant::now() < deadline, "{free} pages: {}", world.agent.log());
            body = world.pass(1);
        }
        hit += usize::from(metric(&body, FAILURES) > failures);
        assert!(free > 0 || !world.all_are_fresh(due), "without a page nothing can be rotated");
        disk.clear();
        while !world.all_are_fresh(due) {
            assert!(Instant::now() < deadline, "{free} pages: {}", world.agent.log());
            body = world.pass(10);
        }
        failures = metric(&body, FAILURES);
    }
    let deadline = Instant::now() + PATIENCE;
    while !PendingHooks::all(&place.home()).unwrap().is_empty() {
        assert!(Instant::now() < deadline, "{}", world.agent.log());
        world.pass(1);
    }
    let log = world.agent.stop();
    assert!(log.contains("not-rotated") && log.to_lowercase().contains("no space left"), "{log}");
    load.set_clock(&place, world.now.plus(700));
    ended(rollover(&place, &cloud, &format!("commit {NAMESPACE}")), 0);
    let (connections, refused) =
        (load.connections.load(Ordering::Relaxed), load.refused.load(Ordering::Relaxed));
    eprintln!(
        "10 times on a full disk, {hit} of them hit: {failures} failures told, {connections} connections, {refused} refused"
    );
    assert_eq!(refused, 0);
    assert!(hit >= 4);
    ended(place.under_virtual_clock("inventory verify"), 0);
}

const HOUR: i64 = 3_600;

const FAILURES: &str = "mtlsmith_rotations_total{result=\"failure\"}";
