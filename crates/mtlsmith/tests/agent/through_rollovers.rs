//! The agent rotates leaves while clients connect all the time, and the CA is rolled over twice meanwhile: nobody is refused.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use mtlsmith_testkit::cloud_ops::FakeCloud;
use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;
use serde_json::Value;

use super::load::Finished;
use super::load::KEY;
use super::load::Load;
use super::support::Agent;
use super::support::DAY;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// How many leaves, how many rotations of each: a few, or as many as `MTLSMITH_LOAD` says, such as `200x50`.
fn size() -> (usize, usize) {
    let text = std::env::var("MTLSMITH_LOAD").unwrap_or_else(|_| "20x6".to_owned());
    let (leaves, rounds) = text.split_once('x').expect("MTLSMITH_LOAD is LEAVESxROUNDS");
    (leaves.parse().unwrap(), rounds.parse().unwrap())
}

/// A command of the rollover, by the clock of the test, through the API.
pub(crate) fn rollover(place: &Place, cloud: &FakeCloud, line: &str) -> Command {
    let api = format!("--publish api --api-key-file key --api-address {} --wait 30s", cloud.url());
    place.under_virtual_clock(&format!("rollover {line} {api}"))
}

/// Where the rollover stands, with what lies on the disk.
pub(crate) fn status(place: &Place) -> Value {
    let line = format!("rollover status {NAMESPACE} --format json --output status.json --force");
    ended(place.under_virtual_clock(&line), 0);
    serde_json::from_str(&fs::read_to_string(place.path("status.json")).unwrap()).unwrap()
}

/// The configuration of an agent that asks the API what is live.
pub(crate) fn config(cloud: &FakeCloud, more: &str) -> String {
    let address = cloud.url();
    format!(
        "check-every = \"1s\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[[namespace]]\nname = \"{NAMESPACE}\"\n{more}\
         [namespace.live]\napi-key-file = \"key\"\napi-address = \"{address}\"\n"
    )
}

struct World {
    place: Place,
    load: Arc<Load>,
    cloud: FakeCloud,
    now: Timestamp,
    /// How often all leaves were rotated so far.
    rotations: usize,
}

impl World {
    /// Every leaf is rotated once more by the agent alone.
    fn all_are_rotated(&mut self, agent: &mut Agent, names: &[&str]) {
        self.rotations += 1;
        agent.signal(Signal::HUP);
        agent.wait_for("rotated", self.rotations * names.len());
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus(seconds);
        self.cloud.set_now(self.now.unix());
        self.load.set_clock(&self.place, self.now);
    }

    /// Publishes both CAs; the agent does the rest.
    fn begin(&mut self, agent: &mut Agent, names: &[&str]) {
        let line = format!("start {NAMESPACE} --inventory-complete --again");
        ended(rollover(&self.place, &self.cloud, &line), 0);
        self.all_are_rotated(agent, names);
        let status = status(&self.place);
        assert_eq!(status["status"]["phase"], "reissuing", "{status:#}");
        let rows = status["status"]["leaves"].as_array().unwrap();
        assert_eq!(rows.len(), names.len());
        for row in rows {
            assert_eq!(row["needs_old"]["use"], "settling", "moved, and noted as moved: {row:#}");
        }
        let record = self.place.path("home/namespaces").join(NAMESPACE).join("rollover/state.json");
        let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
        for leaf in record["rollover"]["leaves"].as_array().unwrap() {
            let noted = (&leaf["in_use"]["under_old"], &leaf["candidate"]);
            assert_eq!(noted, (&Value::Null, &Value::Null), "the agent has noted it itself: {leaf:#}");
        }
        // Programs may still hold what was replaced a moment ago.
        ended(rollover(&self.place, &self.cloud, &format!("commit {NAMESPACE}")), 3);
    }

    fn commit(&self) {
        ended(rollover(&self.place, &self.cloud, &format!("commit {NAMESPACE}")), 0);
        assert_eq!(status(&self.place)["status"]["phase"], "old-removed");
        assert_eq!(self.cloud.bundle().matches("BEGIN CERTIFICATE").count(), 1);
    }
}

#[test]
fn nobody_is_refused_while_the_agent_rotates_through_two_rollovers() {
    let (leaves, rounds) = size();
    assert!(rounds >= 6, "two rollovers take six rounds");
    let place = Place::new();
    let names: Vec<String> = (0..leaves).map(|number| format!("leaf-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    place.furnish(START, "10m", &names);
    let load = Arc::new(Load::new(START));
    let cloud = load.cloud(&place);
    place.write("agent.toml", &config(&cloud, ""));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("started", 1);
    let mut world = World { place, load, cloud, now: START, rotations: 0 };
    let (first, second) = (rounds / 6, rounds * 2 / 3);
    let (done, start) = (AtomicBool::new(false), Instant::now());
    let (place, load) = (world.place.clone(), Arc::clone(&world.load));
    std::thread::scope(|scope| {
        let finished = Finished(&done);
        for offset in 0..2 {
            let (load, place, names, done) = (&load, &place, &names, &done);
            scope.spawn(move || load.clients(place, names, offset, done));
        }
        for round in 1..=rounds {
            world.pass(450);
            world.all_are_rotated(&mut agent, &names);
            match round {
                round if round == first || round == second => world.begin(&mut agent, &names),
                // What was replaced is out of use by now.
                round if round == first + 2 || round == second + 2 => world.commit(),
                _ => {}
            }
        }
        drop(finished);
    });
    let took = start.elapsed();
    let third =
        place.home().read(&mtlsmith_ca::keep::Slot::authority(&format!("{NAMESPACE}-3")).unwrap()).unwrap();
    let third = mtlsmith_validate::bundle::Bundle::read(third.file("ca.crt").unwrap());
    for name in &names {
        load.connect(&place, name);
        let (number, certificate) = place.in_force(name);
        assert_eq!(usize::try_from(number).unwrap(), rounds + 3);
        assert_eq!(certificate.issuer().as_der(), third.certificate(0).unwrap().subject().as_der());
    }
    let process = fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap_or_default();
    let fields: BTreeMap<&str, &str> = process.lines().filter_map(|line| line.split_once(':')).collect();
    let memory = fields.get("VmHWM").map_or("not known", |text| text.trim());
    let log = agent.stop();
    assert!(!log.contains("\"level\":\"error\"") && !log.contains(KEY), "{log}");
    let count = |number: &std::sync::atomic::AtomicU64| number.load(std::sync::atomic::Ordering::Relaxed);
    let (connections, refused) = (count(&load.connections), count(&load.refused));
    eprintln!(
        "{leaves} leaves, {rounds} rotations each and two rollovers in {took:.1?}: {connections} connections, {refused} refused; \
         memory of the agent at most {memory}"
    );
    assert_eq!(refused, 0);
    assert!(connections > u64::try_from(rounds).unwrap());
    ended(place.under_virtual_clock("inventory verify"), 0);
}

/// What the configuration names is followed to its successor, and back; while a command holds the rollover, nothing is issued.
#[test]
fn an_aborted_rollover_is_followed_back_and_a_command_at_work_is_waited_for() {
    let place = Place::new();
    let names = ["one", "two"];
    place.furnish(START, "30d", &names);
    let load = Arc::new(Load::new(START));
    let cloud = load.cloud(&place);
    place.write("agent.toml", &config(&cloud, &format!("authority = \"{NAMESPACE}\"\n")));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("live-read", 1);
    let issuer = |name: &str| place.in_force(name).1.issuer().to_string();
    let first = issuer("one");
    ended(rollover(&place, &cloud, &format!("start {NAMESPACE} --inventory-complete")), 0);
    agent.wait_for("rotated", 2);
    assert!(names.iter().all(|name| issuer(name) != first));
    // Both need the new CA by now, so that the way back begins with them.
    let abort = format!("abort {NAMESPACE}");
    ended(rollover(&place, &cloud, &abort), 3);
    agent.wait_for("rotated", 4);
    assert!(names.iter().all(|name| issuer(name) == first));
    load.set_clock(&place, START.plus(700));
    let held = {
        let holder = mtlsmith_ca::keep::Holder::this_process("here", "rollover abort", START);
        let home = Box::leak(Box::new(place.home()));
        mtlsmith_ca::rotate::rollover::RolloverStore::open(home, NAMESPACE, &holder, PATIENCE).unwrap()
    };
    load.set_clock(&place, START.plus(21 * DAY));
    agent.wait_for("waiting-for-rollover", 1);
    assert_eq!(place.in_force("one").0, 3);
    drop(held);
    agent.wait_for("rotated", 6);
    ended(rollover(&place, &cloud, &abort), 0);
    assert_eq!(status(&place)["status"]["phase"], "aborted");
    for name in names {
        load.connect(&place, name);
    }
    let log = agent.stop();
    assert!(!log.contains("\"level\":\"error\""), "{log}");
    assert_eq!(load.refused.load(std::sync::atomic::Ordering::Relaxed), 0);
}
