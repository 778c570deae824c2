//! `compromise`: until when, who else, and what to replace.

use serde_json::Value;

use super::rollover::World;

const NAMESPACE: &str = "orders.a1b2c";

fn line(more: &str) -> String {
    let leaked = format!("home/namespaces/{NAMESPACE}/leaves/worker-1/current/tls.crt");
    format!("compromise {leaked} --namespace {NAMESPACE} --home home --at 2026-06-15T00:00:00Z {more}")
}

#[test]
fn a_leaf_that_was_minted_here_is_shut_out_alone() {
    let world = World::new(3);
    world.folder.write("live.pem", world.cloud.bundle());
    let text = world.folder.run(&line("--bundle live.pem")).ends(1, &[]).stdout;
    for words in [
        "opens connections until 2026-07-15",
        "shut the certificate out and nobody else",
        "mtlsmith rollover start orders.a1b2c --old ",
        "certificate-filters import",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("also shut out"), "{text}");
    let json = world.folder.run(&line("--bundle live.pem --format json")).ends(1, &[]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (json["exposure"]["state"].as_str(), json["filters"]["answer"].as_str()),
        (Some("open"), Some("shut-out"))
    );
    assert_eq!(json["replace"].as_array().unwrap().len(), 1);
    // The set does what it says, by another command's word.
    world.folder.write("filters.json", json["filters"]["set"].to_string());
    for (name, code) in [("worker-0", 0), ("worker-1", 1), ("worker-2", 0)] {
        let leaf = format!("home/namespaces/{NAMESPACE}/leaves/{name}/current/tls.crt");
        assert_eq!(world.folder.run(&format!("filter match filters.json {leaf}")).code, code, "{name}");
    }
    let after = world.folder.run(&line("--bundle live.pem --filters filters.json")).ends(0, &[]).stdout;
    assert!(after.contains("the live filters keep the certificate out"), "{after}");
}

#[test]
fn replicas_of_the_leaked_certificate_are_named_or_nothing_helps() {
    let world = World::new(2);
    world.folder.write("live.pem", world.cloud.bundle());
    let at = "--at 2026-06-15T00:00:00Z";
    let twin = format!(
        "gen leaf --namespace {NAMESPACE} --name twin --ou worker-1 --dns worker-1.{NAMESPACE} --home home {at}"
    );
    world.folder.run(&twin).ends(0, &[]);
    let text = world.folder.run(&line("--bundle live.pem")).ends(1, &[]).stdout;
    assert!(text.contains("also shut out: twin") && !text.contains("also shut out: worker-0"), "{text}");
}

#[test]
fn what_the_server_shows_is_asked_for_and_what_opens_nothing_needs_nothing() {
    let world = World::new(2);
    let (address, foreign) = (world.cloud.url(), mtlsmith_testkit::root("foreign"));
    let api = format!("--publish api --api-key-file key --api-address {address}");
    let text = world.folder.run(&line(&api)).ends(1, &[]).stdout;
    assert!(text.contains("--publish api --api-key-file key"), "{text}");
    world.folder.write("foreign.pem", foreign.pem());
    let text = world.folder.run(&line("--bundle foreign.pem")).ends(0, &[]).stdout;
    assert!(text.contains("opens nothing") && !text.contains("rollover start"), "{text}");
    world.folder.run(&line("")).ends(2, &["what is live is not known"]);
}

#[test]
fn the_new_filters_are_written_where_the_told_commands_look_for_them() {
    let world = World::new(2);
    world.folder.write("live.pem", world.cloud.bundle());
    world.folder.write("filters.json", "{\"filters\":[{\"commonName\":\"orders.*\"}]}");
    let all = "--bundle live.pem --filters filters.json --leaf live-leaf.pem";
    world.folder.write(
        "live-leaf.pem",
        world.folder.read(&format!("home/namespaces/{NAMESPACE}/leaves/worker-0/current/tls.crt")),
    );
    let text = world.folder.run(&line(all)).ends(1, &[]).stdout;
    let told: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.contains("new-filters.json")).collect();
    let [write, import, keep] = told.as_slice() else { panic!("{text}") };
    assert_eq!(
        *import,
        "tcld namespace certificate-filters import --namespace orders.a1b2c --certificate-filter-file new-filters.json"
    );
    let kept = world.folder.path(&format!("home/namespaces/{NAMESPACE}/filters.json"));
    assert_eq!(*keep, format!("cp new-filters.json {}", kept.display()));
    // The command that writes them is this one again, whole.
    for part in [
        "--home home",
        "--bundle live.pem",
        "--filters filters.json",
        "--leaf live-leaf.pem",
        "--at 2026-06-15",
    ] {
        assert!(write.contains(part), "{part}: {write}");
    }
    let rollover = text.lines().find(|line| line.contains("mtlsmith rollover start")).unwrap();
    assert!(rollover.contains("--home home") && rollover.contains("--live live.pem"), "{rollover}");
    let before = world.folder.read("filters.json");
    let again = world.folder.run(write.strip_prefix("mtlsmith ").unwrap()).ends(1, &[]).stdout;
    assert_eq!(again.matches("new-filters.json").count(), 2, "{again}");
    assert_eq!(world.folder.read("filters.json"), before);
    for (name, code) in [("worker-0", 0), ("worker-1", 1)] {
        let leaf = format!("home/namespaces/{NAMESPACE}/leaves/{name}/current/tls.crt");
        assert_eq!(world.folder.run(&format!("filter match new-filters.json {leaf}")).code, code, "{name}");
    }
    // Nothing is written over unless that is asked for, and nothing is written when there are none.
    world.folder.run(&line(&format!("{all} --write-filters filters.json"))).ends(3, &["filters.json"]);
    assert_eq!(world.folder.read("filters.json"), before);
    world.folder.write("foreign.pem", mtlsmith_testkit::root("foreign").pem());
    world
        .folder
        .run(&line("--bundle foreign.pem --write-filters none.json"))
        .ends(1, &["none.json was not written"]);
    assert!(!world.folder.path("none.json").exists());
}
