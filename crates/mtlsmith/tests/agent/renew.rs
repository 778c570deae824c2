//! `renew` and `rekey`: exit codes, idempotence, hooks that are tried again.

use mtlsmith_validate::time::Timestamp;

use super::support::DAY;
use super::support::NAMESPACE;
use super::support::PATIENCE;
use super::support::Place;
use super::support::ended;
use super::support::get;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

#[test]
fn what_is_not_due_is_left_alone_and_what_is_due_is_replaced_once() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker", "other"]);
    place.set_clock(START.plus(DAY));
    let line = format!("rekey -n {NAMESPACE} --all --if-due");
    let told = ended(place.under_virtual_clock(&line), 0);
    assert!(String::from_utf8_lossy(&told.stderr).contains("not due"));
    assert_eq!(place.in_force("worker").0, 1);
    place.set_clock(START.plus(21 * DAY));
    for _ in 0..3 {
        ended(place.under_virtual_clock(&line), 0);
        assert_eq!((place.in_force("worker").0, place.in_force("other").0), (2, 2));
    }
    let before = place.in_force("worker").1;
    ended(place.under_virtual_clock(&format!("renew -n {NAMESPACE}")), 0);
    let (number, after) = place.in_force("worker");
    assert_eq!(number, 3);
    assert_eq!(after.subject_public_key_info(), before.subject_public_key_info());
    ended(place.under_virtual_clock(&format!("rekey -n {NAMESPACE} --key-kind p384 -d 2d")), 0);
    let (number, after) = place.in_force("worker");
    assert_eq!((number, after.not_after()), (4, START.plus(23 * DAY)));
    assert_ne!(after.subject_public_key_info(), before.subject_public_key_info());
    ended(place.under_virtual_clock("inventory verify"), 0);
}

#[test]
fn what_the_live_bundle_or_the_filters_would_shut_out_is_refused_with_1() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker"]);
    place.write("strict.json", r#"{"filters":[{"commonName":"somebody else"}]}"#);
    let bundle = format!("home/namespaces/{NAMESPACE}/ca-bundle.pem");
    let line = format!("rekey -n {NAMESPACE} --bundle {bundle} --filters strict.json");
    let told = ended(place.under_virtual_clock(&line), 1);
    assert!(String::from_utf8_lossy(&told.stderr).contains("filter"), "{told:?}");
    assert_eq!(place.in_force("worker").0, 1);
    ended(place.under_virtual_clock(&format!("renew -n {NAMESPACE} --name nobody")), 2);
    ended(place.under_virtual_clock("renew -n nobody.a1b2c"), 2);
    place.set_clock(START.plus(-DAY));
    ended(place.under_virtual_clock(&format!("rekey -n {NAMESPACE} --if-due --signal HUP")), 2);
}

#[test]
fn a_hook_that_fails_is_tried_again_by_the_same_command() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker"]);
    place.set_clock(START.plus(21 * DAY));
    let line = format!(
        "rekey -n {NAMESPACE} --if-due --write-cert out.crt --write-key out.key --secret-file s.yaml --secret-name tls \
         --exec test --exec-argument -e --exec-argument allowed"
    );
    for _ in 0..2 {
        let told = ended(place.under_virtual_clock(&line), 2);
        assert!(String::from_utf8_lossy(&told.stderr).contains("run test"), "{told:?}");
        assert_eq!(place.in_force("worker").0, 2);
    }
    assert!(place.path("out.key").exists() && place.path("s.yaml").exists());
    place.write("allowed", "");
    ended(place.under_virtual_clock(&line), 0);
    ended(place.under_virtual_clock(&line), 0);
    assert_eq!(place.in_force("worker").0, 2);
}

#[test]
fn what_is_named_and_not_there_is_told_and_stops_nothing() {
    let place = Place::new();
    place.furnish(START, "30d", &["worker"]);
    let write = |namespace: &str, name: &str| {
        place.write(
            "agent.toml",
            &format!(
                "check-every = \"1s\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[[namespace]]\nname = \"{namespace}\"\n{name}"
            ),
        );
    };
    let leaf = "[[namespace.leaf]]\nname = \"worker\"\n[[namespace.leaf]]\nname = \"wroker\"\n";
    let typo = NAMESPACE.replacen('s', "", 1);
    for (namespace, leaf, words) in
        [(NAMESPACE, leaf, "no client certificate wroker"), (&typo, "", "there is no client certificate of")]
    {
        write(namespace, leaf);
        let meant = if leaf.is_empty() { NAMESPACE } else { "worker" };
        let told = ended(place.under_virtual_clock("agent --config agent.toml --check-config"), 1);
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains(words) && told.contains(&format!("did you mean {meant}?")), "{told}");
        let told = ended(place.under_virtual_clock("agent --config agent.toml --once"), 0);
        let told = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(told.contains("certificate-missing") && told.contains("did you mean"), "{told}");
    }
    // One that is made later is looked after from then on.
    write(NAMESPACE, leaf);
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    let address = agent.address();
    agent.wait_for("certificate-missing", 1);
    let series = format!("mtlsmith_certificate_missing{{namespace=\"{NAMESPACE}\",name=\"wroker\"}} 1");
    let deadline = std::time::Instant::now() + PATIENCE;
    let until = |is_there: bool| {
        while get(address, "/metrics").1.contains(&series) != is_there {
            assert!(std::time::Instant::now() < deadline, "it stays");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    until(true);
    ended(place.under_virtual_clock(&format!("gen leaf --namespace {NAMESPACE} --name wroker")), 0);
    until(false);
    let log = agent.stop();
    assert_eq!(log.matches("certificate-missing").count(), 1, "{log}");
    ended(place.under_virtual_clock("agent --config agent.toml --check-config"), 0);
}
