//! `rollover` by every way to the server, on a full disk, at pretended times, and what its commands say is the next one.

use std::fs;
use std::path::Path;
use std::process::Command;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use super::Folder;
use super::Outcome;
use super::rollover::World;

const NAMESPACE: &str = "orders.a1b2c";

fn members(bundle: &str) -> usize {
    Bundle::read(bundle.as_bytes()).certificates().count()
}

/// The next command that a screen tells, without the name of the program.
fn told(outcome: &Outcome) -> Option<String> {
    let lines = outcome.stdout.lines().chain(outcome.stderr.lines());
    let mut commands = lines.filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("run   ").or_else(|| line.strip_prefix("then  ")).unwrap_or(line);
        line.strip_prefix("mtlsmith ").map(str::to_owned)
    });
    commands.next()
}

#[test]
fn the_commands_that_are_told_lead_through_the_whole_rollover_as_they_stand() {
    let mut world = World::new(2);
    world.folder.write("outside.pem", testkit::leaf("elsewhere", &testkit::root("foreign")).pem());
    let mut line = world.api(&format!("start {NAMESPACE} --leaf outside.pem"));
    let mut ways = Vec::new();
    for _ in 0..12 {
        let outcome = world.folder.run(&line);
        assert!(outcome.code == 0 || outcome.code == 3, "{outcome:?}");
        let next = told(&outcome).or_else(|| {
            // While programs let go of what was replaced, the same command is run again.
            let waits = outcome.code == 3 && outcome.stderr.contains("run it again");
            waits.then(|| ways.last().cloned()).flatten()
        });
        let Some(next) = next else {
            assert!(outcome.stdout.contains("done"), "{outcome:?}");
            assert_eq!((world.phase().as_str(), members(&world.cloud.bundle())), ("old-removed", 1));
            println!("{}", ways.join("\n"));
            return;
        };
        for part in [
            "--home home",
            "--leaf outside.pem",
            "--api-address http",
            "--api-key-file key",
            "--wait 4s",
            "--at ",
        ] {
            assert!(next.contains(part), "{part} is not in: {next}");
        }
        ways.push(next.clone());
        world.pass(300);
        let (before, after) = next.split_once("--at ").unwrap();
        let (_, after) = after.split_once(' ').unwrap_or((after, ""));
        line = format!("{before}--at {} {after}", Timestamp::from_unix(world.now));
    }
    panic!("the commands lead nowhere: {ways:#?}");
}

/// The state may lag behind the server and never leads.
fn is_not_ahead(phase: &str, server: &str) {
    let number = members(server);
    let holds = match phase {
        "reissuing" => number == 2,
        "old-removed" => number == 1,
        _ => true,
    };
    assert!(holds, "the state says {phase}, and the server has {number}");
}

#[test]
fn a_person_is_led_from_the_plan_to_the_end_by_commands_to_copy() {
    let mut world = World::new(2);
    let live = |world: &World, bundle: &str| world.folder.write("live.pem", bundle);
    live(&world, &world.cloud.bundle());
    let run = |world: &World, line: &str| {
        let outcome = world.folder.run(&world.line(&format!("{line} {NAMESPACE} --live live.pem")));
        is_not_ahead(&world.phase(), &world.folder.read("live.pem"));
        outcome
    };
    let shown = run(&world, "start --reissue").ends(0, &[]).stdout;
    assert!(
        shown.contains("  first tcld namespace accepted-client-ca list --namespace orders.a1b2c | jq -r"),
        "{shown}"
    );
    assert!(
        shown.contains("> live.pem\n  then  mtlsmith rollover start orders.a1b2c --reissue --home home --at"),
        "{shown}"
    );
    let next = format!("home/namespaces/{NAMESPACE}/rollover/next.pem");
    assert!(
        shown.contains(&format!("--ca-certificate-file {}", world.folder.path(&next).display())),
        "{shown}"
    );
    // Nobody has run it yet: the same command says the same again, and no leaf goes out.
    run(&world, "start --reissue").ends(0, &[]);
    assert_eq!(world.phase(), "publishing-both");
    run(&world, "commit --inventory-complete").ends(3, &["rollover start orders.a1b2c"]);
    live(&world, &world.folder.read(&next));
    run(&world, "start --reissue").ends(0, &["reissued 2 leaves"]);
    run(&world, "commit --inventory-complete").ends(3, &["wait 10 minutes, until", "run it again"]);
    world.pass(700);
    let shown = run(&world, "commit --inventory-complete").ends(0, &[]).stdout;
    assert!(shown.contains("the old CA is being removed"), "{shown}");
    assert_eq!(world.phase(), "removing-old");
    live(&world, &world.folder.read(&next));
    run(&world, "commit").ends(0, &[]);
    assert_eq!((world.phase().as_str(), members(&world.folder.read("live.pem"))), ("old-removed", 1));
}

/// A server that is a file, and a program that sets it: as told, or not at all, or half.
fn with_a_program(how: &str, world: &World, line: &str) -> Outcome {
    world.folder.write("set.sh", how);
    let server = "--publish command --publish-command sh --publish-argument set.sh --publish-argument {bundle} \
                  --read-command cat --read-argument server.pem --wait 20s";
    let outcome = world.folder.run(&world.line(&format!("{line} {NAMESPACE} {server}")));
    assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
    let exists = world.folder.path(&format!("home/namespaces/{NAMESPACE}/rollover/state.json")).exists();
    if exists {
        is_not_ahead(&world.phase(), &world.folder.read("server.pem"));
    }
    outcome
}

const SETS: &str = "cp \"$1\" server.new && mv server.new server.pem";

#[test]
fn a_program_that_fails_or_dies_never_leaves_the_state_ahead_of_the_server() {
    let accidents = [
        ("exit 1", false),
        ("kill -9 $$", false),
        ("cp \"$1\" server.pem; exit 1", true),
        ("cp \"$1\" server.pem; kill -9 $$", true),
        ("exit 0", false),
        ("cp \"$1\" server.pem; kill -9 $PPID", true),
        ("kill -9 $PPID", false),
    ];
    for (accident, arrives) in accidents {
        let mut world = World::new(1);
        world.folder.write("server.pem", world.cloud.bundle());
        let steps: [(&str, usize, &str); 2] =
            [("start --reissue --inventory-complete", 2, "reissuing"), ("commit", 1, "old-removed")];
        for (line, after, phase) in steps {
            let before = members(&world.folder.read("server.pem"));
            if accident.contains("PPID") {
                killed_by_its_program(accident, &world, line);
            } else {
                let outcome = with_a_program(accident, &world, line);
                assert!([0, 1, 2].contains(&outcome.code), "{accident}: {outcome:?}");
            }
            let number = members(&world.folder.read("server.pem"));
            assert_eq!(number, if arrives { after } else { before }, "{accident}");
            // The same command goes on, at the latest when nothing can be on its way any more.
            let mut went = false;
            for _ in 0..4 {
                world.pass(700);
                went = with_a_program(SETS, &world, line).code == 0 && world.phase() == phase;
                if went {
                    break;
                }
            }
            assert!(went, "{accident}: {line} stops at {}", world.phase());
            assert_eq!(members(&world.folder.read("server.pem")), after, "{accident}");
            world.pass(700);
        }
    }
}

/// The program ends the command that runs it.
fn killed_by_its_program(how: &str, world: &World, line: &str) {
    world.folder.write("set.sh", how);
    let server = "--publish command --publish-command sh --publish-argument set.sh --publish-argument {bundle} \
                  --read-command cat --read-argument server.pem --wait 20s";
    let line = world.line(&format!("{line} {NAMESPACE} {server}"));
    let status = world.folder.command(&line).output().unwrap().status;
    assert_eq!(status.code(), None, "it was to be killed");
    is_not_ahead(&world.phase(), &world.folder.read("server.pem"));
}

type Makes = fn(&Path);

#[test]
fn a_kept_bundle_that_is_no_file_is_refused_at_once() {
    let world = World::new(1);
    let kept = world.folder.path(&format!("home/namespaces/{NAMESPACE}/ca-bundle.pem"));
    let leaked = format!("home/namespaces/{NAMESPACE}/leaves/worker-0/current/tls.crt");
    let lines = [
        world.line(&format!("plan {NAMESPACE}")),
        world.line(&format!("start {NAMESPACE}")),
        format!("compromise {leaked} --namespace {NAMESPACE} --home home"),
    ];
    let kinds: [(&str, Makes); 3] = [
        ("pipe", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("directory", |path| fs::create_dir(path).unwrap()),
        ("device", |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap()),
    ];
    for (kind, make) in kinds {
        make(&kept);
        for line in &lines {
            let outcome = world.folder.run(line);
            assert!(outcome.code == 2 && outcome.stderr.contains("no regular file"), "{kind}: {outcome:?}");
        }
        if kind == "directory" { fs::remove_dir(&kept).unwrap() } else { fs::remove_file(&kept).unwrap() }
    }
    world.folder.run(&world.line(&format!("plan {NAMESPACE} --live home"))).ends(2, &["home is a directory"]);
    world.folder.write("live.pem", world.cloud.bundle());
    let leaf = format!("plan {NAMESPACE} --live live.pem --leaf home");
    world.folder.run(&world.line(&leaf)).ends(2, &["home is a directory"]);
}

#[test]
fn a_pretended_time_is_never_noted_as_a_real_one() {
    let folder = Folder::new();
    folder.run(&format!("gen ca --org acme --namespace {NAMESPACE} --home home")).ends(0, &[]);
    folder.run(&format!("gen leaf --namespace {NAMESPACE} --home home")).ends(0, &[]);
    folder.write("live.pem", folder.read(&format!("home/authorities/{NAMESPACE}/current/ca.crt")));
    let run = |line: &str| folder.run(&format!("rollover {line} --home home"));
    let live = format!("{NAMESPACE} --live live.pem");
    run(&format!("start {live}")).ends(0, &[]);
    let state = || folder.read(&format!("home/namespaces/{NAMESPACE}/rollover/state.json"));
    let (before, late) = (state(), "--at 2999-01-01T00:00:00Z");
    for line in ["start", "commit --inventory-complete", "abort"] {
        run(&format!("{line} {live} {late}")).ends(2, &["goes by the real clock", "nothing was changed"]);
    }
    run(&format!("status {NAMESPACE} {late}")).ends(0, &[]);
    run(&format!("plan {live} {late}")).ends(0, &[]);
    assert_eq!(state(), before);
    // What begins at a pretended time stays there.
    let world = World::new(1);
    world.finish(&format!("start {NAMESPACE}"));
    for line in ["start", "commit", "abort"] {
        let real = format!("rollover {line} {NAMESPACE} --home home --live live.pem");
        world.folder.write("live.pem", world.cloud.bundle());
        world.folder.run(&real).ends(2, &["is a rehearsal", "nothing was changed"]);
    }
}

#[test]
fn who_depends_on_the_old_ca_alone_is_named_wherever_it_lies() {
    let mut world = World::new(2);
    let at = Timestamp::from_unix(world.now);
    // Minted for another machine and carried there: the ledger alone tells of it.
    for name in ["away", "worker-2"] {
        let line = format!("gen leaf --namespace {NAMESPACE} --name {name} --home home --at {at}");
        world.folder.run(&line).ends(0, &[]);
    }
    fs::remove_dir_all(world.folder.path(&format!("home/namespaces/{NAMESPACE}/leaves/away"))).unwrap();
    // Below the same CA, in a file of somebody else.
    let ca = format!(
        "--ca-cert home/authorities/{NAMESPACE}/current/ca.crt --ca-key home/authorities/{NAMESPACE}/current/ca.key"
    );
    world
        .folder
        .run(&format!("gen leaf {ca} --cert other.pem --key other.key --cn other --at {at}"))
        .ends(0, &[]);
    let plan =
        world.folder.run(&world.api(&format!("plan {NAMESPACE} --leaf other.pem"))).ends(0, &[]).stdout;
    assert!(plan.contains("5, of which 5 need the old CA"), "{plan}");
    world.finish(&format!("start {NAMESPACE}"));
    let commit = format!("commit {NAMESPACE} --inventory-complete --leaf other.pem");
    let names =
        ["away (ledger)  works until", "\n  other.pem", "\n  worker-0", "\n  worker-1", "5 leaves depend"];
    let refused = world.run(&commit).ends(3, &names);
    assert!(refused.stdout.is_empty(), "{refused:?}");
    world.run(&format!("start {NAMESPACE} --reissue")).ends(0, &["reissued 3 leaves"]);
    world.pass(700);
    let refused = world.run(&commit).ends(3, &["2 leaves depend", "away (ledger)", "other.pem"]);
    assert!(!refused.stderr.contains("worker-"), "{refused:?}");
    let status =
        world.folder.run(&world.line(&format!("status {NAMESPACE} --format json"))).ends(0, &[]).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["status"]["gate"]["leaves"].as_array().unwrap().len(), 2, "{status:#}");
    // Two words of a person: the one is used no more, the other neither.
    world.run(&format!("{commit} --gone away")).ends(3, &["1 leaf depends", "other.pem"]);
    world.finish(&format!("commit {NAMESPACE} --inventory-complete --gone other.pem"));
    assert_eq!(world.phase(), "old-removed");
    let shown = world.folder.run(&world.line(&format!("status {NAMESPACE}"))).ends(0, &[]).stdout;
    assert!(shown.contains("done") && !shown.contains("down"), "{shown}");
    // Without the ledger nothing is changed, and what is known is shown.
    fs::remove_file(world.folder.path("home/ledger.jsonl")).unwrap();
    world
        .folder
        .run(&world.line(&format!("status {NAMESPACE}")))
        .ends(0, &["the ledger alone tells are left out"]);
    world
        .folder
        .run(&world.api(&format!("start {NAMESPACE} --again")))
        .ends(2, &["ledger.jsonl", "hint: restore"]);
}

#[test]
fn a_disk_that_fills_up_anywhere_in_a_rollover_locks_nobody_out_and_the_same_command_goes_on() {
    let (mut full, mut runs) = (0, 0);
    for seed in 0..3 {
        let mut world = World::new(3);
        fs::rename(world.folder.path("home"), world.folder.path("made")).unwrap();
        let Some(disk) = testkit::SmallDisk::mount(&world.folder.path("home"), 1024) else {
            return testkit::not_tested("a rollover on a full disk: this user may not mount");
        };
        let copied =
            Command::new("cp").args(["-a", "made/.", "home"]).current_dir(world.folder.path("")).status();
        assert!(copied.unwrap().success());
        let (start, commit) =
            (format!("start {NAMESPACE} --reissue --inventory-complete"), format!("commit {NAMESPACE}"));
        for line in [&start, &commit] {
            for free in 0..12_u64 {
                disk.fill(free * 2 + seed % 2);
                runs += 1;
                let outcome = world.run(line);
                if outcome.code != 0 {
                    full += 1;
                    assert_eq!(outcome.code, 2, "{free} pages free: {outcome:?}");
                    assert!(outcome.stderr.contains("space"), "{free} pages free: {outcome:?}");
                }
                disk.clear();
                let exists =
                    world.folder.path(&format!("home/namespaces/{NAMESPACE}/rollover/state.json")).exists();
                if exists {
                    is_not_ahead(&world.phase(), &world.cloud.bundle());
                }
            }
            world.finish(line);
            world.pass(1_300);
        }
        assert_eq!((world.phase().as_str(), members(&world.cloud.bundle())), ("old-removed", 1));
        world.folder.run("inventory verify --home home").ends(0, &[]);
    }
    println!("{full} of {runs} commands met a full disk");
    assert!(full > 6, "{full} of {runs}");
}
