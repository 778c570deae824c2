//! `rollover` and `compromise` when somebody shows the wrong file, names the wrong leaf, pretends a time, or goes the wrong way: what is
//! refused changes nothing, and what was changed is said.

use std::fs;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use super::Folder;
use super::Outcome;
use super::rollover::World;

const NAMESPACE: &str = "orders.a1b2c";

fn kept(world: &World, name: &str) -> String {
    world.folder.read(&format!("home/namespaces/{NAMESPACE}/{name}"))
}

fn by_hand(world: &World, line: &str) -> Outcome {
    world.folder.run(&world.line(&line.replacen(' ', &format!(" {NAMESPACE} "), 1)))
}

fn leaf_of(name: &str) -> String {
    format!("home/namespaces/{NAMESPACE}/leaves/{name}/current/tls.crt")
}

#[test]
fn a_real_state_directory_is_not_rehearsed_in_and_goes_on_issuing() {
    let folder = Folder::new();
    folder.run(&format!("gen ca --org acme --namespace {NAMESPACE} --home home")).ends(0, &[]);
    folder.write("live.pem", folder.read(&format!("home/authorities/{NAMESPACE}/current/ca.crt")));
    let ledger = folder.read("home/ledger.jsonl");
    for at in ["2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"] {
        let start = format!("rollover start {NAMESPACE} --live live.pem --home home --at {at}");
        folder.run(&start).ends(2, &["is a real state directory", "nothing was changed", "cp -a"]);
    }
    assert_eq!(folder.read("home/ledger.jsonl"), ledger);
    assert!(!folder.path(&format!("home/namespaces/{NAMESPACE}/rollover/state.json")).exists());
    folder.run(&format!("gen leaf --namespace {NAMESPACE} --home home")).ends(0, &[]);
    folder.run(&format!("rollover start {NAMESPACE} --live live.pem --home home")).ends(0, &[]);
}

#[test]
fn a_rehearsal_says_that_it_is_one_wherever_it_is_shown() {
    let world = World::new(1);
    world.folder.write("live.pem", world.cloud.bundle());
    let shown = by_hand(&world, "start --live live.pem").ends(0, &[]).stdout;
    assert!(shown.contains("never to a real Namespace") && shown.contains("a rehearsal at pretended times"));
    let status = by_hand(&world, "status --format json").ends(0, &[]).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["rehearsal"], true);
}

#[test]
fn a_wrong_file_for_what_is_live_changes_nothing_in_a_running_rollover() {
    let world = World::new(1);
    world.folder.write("shown.pem", world.cloud.bundle());
    by_hand(&world, "start --live shown.pem").ends(0, &[]);
    let all = || ["rollover/state.json", "ca-bundle.pem", "rollover/next.pem"].map(|name| kept(&world, name));
    let before = all();
    let foreign = testkit::root("payments");
    let client = testkit::leaf("client", &foreign);
    world.folder.write("client.pem", client.pem());
    world.folder.write("foreign.pem", foreign.pem());
    world.folder.write("mixed.pem", format!("{}{}", world.cloud.bundle(), client.pem()));
    world.folder.write("half.pem", format!("{}-----BEGIN CERTIFICATE-----\nAAAA\n", world.cloud.bundle()));
    for verb in ["start --reissue", "commit --inventory-complete", "abort"] {
        for file in ["client.pem", "mixed.pem"] {
            by_hand(&world, &format!("{verb} --live {file}")).ends(2, &[file, "is no CA certificate"]);
        }
        by_hand(&world, &format!("{verb} --live half.pem")).ends(2, &["half.pem cannot be what is live"]);
        let refused = by_hand(&world, &format!("{verb} --live foreign.pem"));
        refused.ends(
            3,
            &["1 CA that this rollover of orders.a1b2c has never seen", "payments", "--accept-live"],
        );
        assert_eq!(all(), before, "{verb}");
    }
    // Somebody has added one by hand, and says so.
    world.folder.write("more.pem", format!("{}{}", world.cloud.bundle(), foreign.pem()));
    by_hand(&world, "start --live more.pem").ends(3, &["never seen"]);
    by_hand(&world, "start --live more.pem --accept-live").ends(0, &[]);
    assert_eq!(Bundle::read(kept(&world, "rollover/next.pem").as_bytes()).certificates().count(), 3);
    by_hand(&world, "start --live more.pem").ends(0, &[]);
}

#[test]
fn no_command_that_is_told_writes_over_a_file_that_was_named() {
    let world = World::new(1);
    world.folder.write("shown.pem", world.cloud.bundle());
    let named = format!("home/namespaces/{NAMESPACE}/ca-bundle.pem");
    world.folder.write(&named, world.cloud.bundle());
    for file in ["shown.pem", &named] {
        let shown =
            by_hand(&world, &format!("start --reissue --live {file}")).ends(0, &["no leaf was reissued yet"]);
        assert!(!shown.stdout.contains(&format!("> {file}")), "{shown:?}");
        assert!(shown.stdout.contains("> live.pem\n"), "{shown:?}");
        let then = shown.stdout.lines().find(|line| line.contains("rollover start")).unwrap();
        assert!(then.contains(" --reissue ") && then.contains("--live live.pem"), "{then}");
    }
}

#[test]
fn a_refusal_says_what_was_noted_before_it() {
    let world = World::new(2);
    world.finish(&format!("start {NAMESPACE}"));
    let commit = format!("commit {NAMESPACE} --inventory-complete");
    world.run(&commit).ends(3, &["2 leaves depend on the old CA alone; nothing was changed"]);
    // A name that is mistaken is told before anything is noted.
    world
        .run(&format!("{commit} --gone worker-0 --gone worker-l"))
        .ends(2, &["no leaf worker-l", "did you mean worker-"]);
    world.run(&commit).ends(3, &["2 leaves depend"]);
    let refused = world.run(&format!("{commit} --gone worker-0"));
    refused.ends(3, &["1 leaf depends on the old CA alone; it was not removed; this was noted: that nobody uses worker-0"]);
    world.run(&format!("start {NAMESPACE} --reissue")).ends(0, &[]);
    let refused = world.run(&format!("abort {NAMESPACE}"));
    refused.ends(
        3,
        &["new CA alone; it was not removed; this was noted: that the rollover stands here: going back"],
    );
    world.run(&format!("start {NAMESPACE}")).ends(3, &["the rollover is being aborted; nothing was changed"]);
}

#[test]
fn a_leaf_of_no_namespace_is_gone_by_the_name_that_the_inventory_shows() {
    let mut world = World::new(1);
    let at = Timestamp::from_unix(world.now);
    world
        .folder
        .run(&format!("gen leaf --authority {NAMESPACE} --name lost --home home --at {at}"))
        .ends(0, &[]);
    world.finish(&format!("start {NAMESPACE} --reissue"));
    let status = world.folder.run(&world.line(&format!("status {NAMESPACE}"))).ends(0, &[]).stdout;
    world.pass(700);
    let commit = format!("commit {NAMESPACE} --inventory-complete");
    if status.contains("leaves/lost") {
        world.finish(&format!("{commit} --gone lost"));
    } else {
        world.finish(&commit);
    }
    assert_eq!(world.phase(), "old-removed");
}

#[test]
fn going_back_begins_with_the_bundle_where_the_server_lost_the_new_ca() {
    let world = World::new(2);
    let old = world.cloud.bundle();
    world.folder.write("live.pem", &old);
    by_hand(&world, "start --live live.pem").ends(0, &[]);
    let both = kept(&world, "rollover/next.pem");
    world.folder.write("live.pem", &both);
    by_hand(&world, "start --live live.pem --reissue").ends(0, &["reissued 2 leaves"]);
    world.folder.write("live.pem", &old);
    for _ in 0..2 {
        let shown =
            by_hand(&world, "abort --live live.pem --reissue").ends(0, &["no leaf was reissued yet"]).stdout;
        let next = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            next.contains("publish the bundle with both CAs first: 2 leaves need the new one"),
            "{shown}"
        );
        assert!(shown.contains("temporal cloud namespace mtls cert-ca create"), "{shown}");
    }
    world.folder.write("live.pem", &both);
    by_hand(&world, "abort --live live.pem --reissue")
        .ends(3, &["their programs may hold the old certificates"]);
    assert_eq!(world.phase(), "reverting");
}

#[test]
fn no_plan_is_made_while_a_rollover_is_under_way_and_a_leak_is_answered_with_it() {
    let world = World::new(2);
    world.folder.write("live.pem", world.cloud.bundle());
    by_hand(&world, "start --live live.pem").ends(0, &[]);
    by_hand(&world, "plan --live live.pem")
        .ends(0, &["is under way", "mtlsmith rollover status orders.a1b2c"]);
    let leaked = format!("compromise {} -n {NAMESPACE} --home home --bundle live.pem", leaf_of("worker-1"));
    let at = Timestamp::from_unix(world.now);
    let text = world.folder.run(&format!("{leaked} --at {at}")).ends(1, &[]).stdout;
    assert!(text.contains("A rollover is under way") && text.contains("it takes this CA away"), "{text}");
    assert!(text.contains("mtlsmith rollover status") && !text.contains("mtlsmith rollover start"), "{text}");
    // The server shows less than it did: there is nothing to plan with.
    world.folder.write("both.pem", kept(&world, "rollover/next.pem"));
    by_hand(&world, "start --live both.pem").ends(0, &[]);
    by_hand(&world, "plan --live live.pem")
        .ends(2, &["is under way", "mtlsmith rollover status orders.a1b2c"]);
}

#[test]
fn a_leaked_certificate_that_was_replaced_has_a_successor_all_the_same() {
    let world = World::new(1);
    world.folder.write("live.pem", world.cloud.bundle());
    world.folder.write("leaked.pem", world.folder.read(&leaf_of("worker-0")));
    let at = Timestamp::from_unix(world.now);
    let again = format!("gen leaf -n {NAMESPACE} --name worker-0 --force --home home --at {at}");
    world.folder.run(&again).ends(0, &[]);
    let line = format!("compromise leaked.pem -n {NAMESPACE} --home home --bundle live.pem --at {at}");
    let text = world.folder.run(&line).ends(1, &[]).stdout;
    assert!(
        text.contains("no filters shut the certificate out alone") && text.contains("--successor UNIT"),
        "{text}"
    );
    let text = world.folder.run(&format!("{line} --successor next")).ends(1, &[]).stdout;
    assert!(text.contains("also shut out: worker-0"), "{text}");
    assert!(text.contains("--name worker-0 --force --ou next"), "{text}");
}

#[test]
fn the_successor_of_a_leaked_certificate_is_let_in_by_the_commands_that_are_told() {
    for leaves in [1, 2] {
        let world = World::new(leaves);
        let name = format!("worker-{}", leaves - 1);
        world.folder.write("live.pem", world.cloud.bundle());
        world.folder.write("leaked.pem", world.folder.read(&leaf_of(&name)));
        let at = Timestamp::from_unix(world.now);
        let line = format!("compromise leaked.pem -n {NAMESPACE} --home home --bundle live.pem --at {at}");
        world.folder.run(&format!("{line} --successor {name}")).ends(1, &["has the unit worker-"]);
        let line = format!("{line} --successor next --write-filters new-filters.json");
        let text = world.folder.run(&line).ends(1, &[]).stdout;
        let told = |start: &str| text.lines().map(str::trim).find(|line| line.starts_with(start)).unwrap();
        let filters = world.folder.path(&format!("home/namespaces/{NAMESPACE}/filters.json"));
        assert_eq!(told("cp "), format!("cp new-filters.json {}", filters.display()));
        fs::copy(world.folder.path("new-filters.json"), filters).unwrap();
        // With the old names nothing comes of it, and what does is said.
        let before = world.folder.read(&leaf_of(&name));
        by_hand(&world, "start --live live.pem").ends(0, &[]);
        world.folder.write("live.pem", kept(&world, "rollover/next.pem"));
        let stuck = by_hand(&world, "start --live live.pem --reissue");
        let shown = stuck.ends(1, &["FLT-011", "--force --ou UNIT", "--gone"]).stdout;
        assert!(shown.contains(&format!("first put right what stands against {name}")), "{shown}");
        assert_eq!(world.folder.read(&leaf_of(&name)), before);
        let mint = told("mtlsmith gen leaf").strip_prefix("mtlsmith ").unwrap();
        world.folder.run(&format!("{mint} --at {at}")).ends(0, &[]);
        for (file, code) in [("leaked.pem", 1), (leaf_of(&name).as_str(), 0)] {
            assert_eq!(
                world.folder.run(&format!("filter match new-filters.json {file}")).code,
                code,
                "{file}"
            );
        }
        by_hand(&world, "start --live live.pem --reissue").ends(0, &[]);
    }
}
