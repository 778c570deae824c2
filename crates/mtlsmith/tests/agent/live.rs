//! An agent that asks the Cloud Ops API what is live: nothing is replaced that the Namespace would not admit, and what it said last holds
//! while it does not answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;
use serde_json::json;

use super::load::KEY;
use super::load::Load;
use super::support::Agent;
use super::support::DAY;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;
use super::support::get;
use super::support::metric;
use super::through_rollovers::config;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

fn read(result: &str) -> String {
    format!("mtlsmith_live_bundle_reads_total{{namespace=\"{NAMESPACE}\",result=\"{result}\"}}")
}

/// The metrics once they say what is waited for.
fn until(address: SocketAddr, agent: &Agent, holds: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (_, body) = get(address, "/metrics");
        if body.contains("mtlsmith_live_bundle_reads_total{") && holds(&body) {
            return body;
        }
        assert!(Instant::now() < deadline, "{body}{}", agent.log());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn what_the_api_shows_decides_and_not_what_lies_in_files() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker"]);
    let cloud = Arc::new(Load::new(START)).cloud(&place);
    place.write("agent.toml", &config(&cloud, ""));
    // The files say yes; the server has filters by now that say no.
    cloud
        .authentication_changed(|auth| auth["certificateFilters"] = json!([{"commonName": "somebody else"}]));
    place.set_clock(START.plus(21 * DAY));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let address = agent.address();
    let refused = "mtlsmith_rotations_total{result=\"refused\"}";
    until(address, &agent, |body| metric(body, refused) > 0);
    assert_eq!(place.in_force("worker").0, 1);
    assert!(agent.log().contains("filter"), "{}", agent.log());
    // A kind of filter that nobody here knows is no reason to take it for none; the last word holds.
    cloud.authentication_changed(|auth| auth["certificateFilters"] = json!([{"region": "eu"}]));
    agent.signal(Signal::HUP);
    agent.wait_for("live-not-read", 1);
    assert_eq!(place.in_force("worker").0, 1);
    cloud.authentication_changed(|auth| auth["certificateFilters"] = json!([]));
    agent.signal(Signal::HUP);
    agent.wait_for("rotated", 1);
    // The CA is taken out of the bundle by hand.
    let another = mtlsmith_testkit::root("another").pem();
    let encoded = mtlsmith_testkit::base64_line(another.as_bytes());
    cloud.authentication_changed(|auth| auth["acceptedClientCa"] = json!(encoded));
    agent.signal(Signal::HUP);
    agent.wait_for("ca-not-live", 1);
    place.set_clock(START.plus(42 * DAY));
    agent.wait_for("not-rotated", 2);
    assert_eq!(place.in_force("worker").0, 2);
    let log = agent.stop();
    assert!(!log.contains("SECRET"), "{log}");
    for request in cloud.log() {
        assert!(request.starts_with("GET "), "the agent changes nothing: {request}");
    }
}

#[test]
fn while_the_api_does_not_answer_its_last_word_holds_also_for_the_next_agent() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker"]);
    let cloud = Arc::new(Load::new(START)).cloud(&place);
    place.write("agent.toml", &config(&cloud, ""));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let address = agent.address();
    let body = until(address, &agent, |body| metric(body, &read("success")) > 0);
    assert_eq!(metric(&body, &format!("mtlsmith_live_bundle_age_seconds{{namespace=\"{NAMESPACE}\"}}")), 0);
    // The key is revoked: nothing is asked for in vain again and again.
    place.write("key", "tmprl_another");
    place.set_clock(START.plus(21 * DAY));
    agent.signal(Signal::HUP);
    agent.wait_for("live-not-read", 1);
    agent.wait_for("rotated", 1);
    let body = until(address, &agent, |body| metric(body, &read("failure")) > 0);
    let age = metric(&body, &format!("mtlsmith_live_bundle_age_seconds{{namespace=\"{NAMESPACE}\"}}"));
    assert_eq!(age, 21 * DAY);
    assert_eq!(place.in_force("worker").0, 2);
    let asked = cloud.log().len();
    for _ in 0..5 {
        agent.wait_for("rotated", 1);
        let looks = metric(&get(address, "/metrics").1, "mtlsmith_looks_total");
        until(address, &agent, |body| metric(body, "mtlsmith_looks_total") > looks);
    }
    assert!(cloud.log().len() <= asked + 4, "a look is no question: {:?}", cloud.log());
    agent.stop();
    // No server at all, and another agent: what the one before was told is on the disk.
    drop(cloud);
    place.set_clock(START.plus(42 * DAY));
    let output = ended(place.under_virtual_clock("agent --config agent.toml --once"), 0);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("live-not-read") && log.contains("2027-01-15T08:00:00Z"), "{log}");
    assert_eq!(place.in_force("worker").0, 3);
    // Nothing was ever answered: nothing can be judged.
    std::fs::remove_file(place.path("home/namespaces").join(NAMESPACE).join("live.json")).unwrap();
    place.set_clock(START.plus(63 * DAY));
    let output = ended(place.under_virtual_clock("agent --config agent.toml --once"), 2);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("what is live is not known"), "{log}");
    assert_eq!(place.in_force("worker").0, 3);
    assert!(!log.contains(KEY) && !log.contains("tmprl_another"), "{log}");
}
