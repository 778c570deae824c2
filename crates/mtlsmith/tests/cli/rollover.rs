//! `rollover`: the real program against a server that fails on demand, killed at random moments. At every look, every deployed leaf is
//! let in by the bundle that the server has.

use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::cloud_ops::FakeCloud;
use mtlsmith_testkit::cloud_ops::Fault;
use mtlsmith_testkit::cloud_ops::Moment;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use super::Folder;
use super::Outcome;

const NAMESPACE: &str = "orders.a1b2c";
const KEY: &str = "tmprl_SECRET-0123456789";

/// A state directory, a server, and a clock.
pub(super) struct World {
    pub(super) folder: Folder,
    pub(super) cloud: FakeCloud,
    pub(super) now: i64,
    /// How long the program waits for the server.
    wait: &'static str,
}

impl World {
    /// A CA with so many leaves, published.
    pub(super) fn new(leaves: usize) -> Self {
        Self::with(leaves, "")
    }

    /// The same with more in the bundle.
    pub(super) fn with(leaves: usize, more: &str) -> Self {
        let folder = Folder::new();
        folder.write("key", KEY);
        let now = testkit::NOW;
        let at = Timestamp::from_unix(now);
        folder.run(&format!("gen ca --org acme --namespace {NAMESPACE} --home home --at {at}")).ends(0, &[]);
        // All that happens here happens at pretended times.
        folder.write("home/rehearsal", "");
        let ca = folder.read(&format!("home/authorities/{NAMESPACE}/current/ca.crt"));
        for number in 0..leaves {
            let name = format!("worker-{number}");
            folder
                .run(&format!("gen leaf --namespace {NAMESPACE} --name {name} --home home --at {at}"))
                .ends(0, &[]);
        }
        let cloud = FakeCloud::start(NAMESPACE, KEY, &format!("{more}{ca}"), &[]);
        cloud.judged_by(|text, now| {
            let bundle = Bundle::read(text.as_bytes());
            let expired = bundle.certificates().find(|one| one.not_after().unix() < now);
            match (bundle.certificates().count(), expired) {
                (0, _) => Err("an accepted client ca is required when mtls is enabled".to_owned()),
                (17.., _) => Err("too many ca certificates".to_owned()),
                (_, Some(one)) => {
                    Err(format!("certificate with subject '{}' received is expired", one.subject()))
                }
                _ => Ok(()),
            }
        });
        World { folder, cloud, now, wait: "4s" }
    }

    pub(super) fn line(&self, line: &str) -> String {
        format!("rollover {line} --home home --at {}", Timestamp::from_unix(self.now))
    }

    pub(super) fn api(&self, line: &str) -> String {
        let (address, wait) = (self.cloud.url(), self.wait);
        self.line(&format!("{line} --publish api --api-key-file key --api-address {address} --wait {wait}"))
    }

    /// Runs a command that talks to the server.
    #[track_caller]
    pub(super) fn run(&self, line: &str) -> Outcome {
        let outcome = self.folder.run(&self.api(line));
        assert!(!outcome.stdout.contains("SECRET") && !outcome.stderr.contains("SECRET"), "{outcome:?}");
        self.all_are_let_in();
        outcome
    }

    /// The same until it ends with 0, as somebody would who was told to run it again.
    #[track_caller]
    pub(super) fn finish(&self, line: &str) -> Outcome {
        for _ in 0..12 {
            let outcome = self.run(line);
            if outcome.code == 0 {
                return outcome;
            }
            assert!(outcome.code == 2, "{outcome:?}");
        }
        panic!("{line} does not end");
    }

    fn status(&self) -> Value {
        let outcome = self.folder.run(&self.line(&format!("status {NAMESPACE} --format json"))).ends(0, &[]);
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    pub(super) fn phase(&self) -> String {
        self.status()["status"]["phase"].as_str().unwrap().to_owned()
    }

    pub(super) fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        self.cloud.set_now(self.now);
    }

    fn all_are_let_in(&self) {
        look(self.folder.path("home").as_path(), &self.cloud, self.now);
    }

    /// Another thread that looks all the time.
    fn watched(&self, work: impl FnOnce(&Self)) -> usize {
        let (stop, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let home = self.folder.path("home");
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    look(&home, &self.cloud, self.now);
                    looks.fetch_add(1, Ordering::SeqCst);
                }
            });
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
            stop.store(true, Ordering::SeqCst);
            watcher.join().unwrap();
            if let Err(panic) = result {
                std::panic::resume_unwind(panic);
            }
        });
        looks.load(Ordering::SeqCst)
    }
}

/// Every deployed leaf against the bundle that the server has. A leaf that is replaced meanwhile is looked at again.
fn look(home: &std::path::Path, cloud: &FakeCloud, now: i64) {
    let leaves = home.join("namespaces").join(NAMESPACE).join("leaves");
    for entry in std::fs::read_dir(leaves).unwrap() {
        let link = entry.unwrap().path().join("current");
        loop {
            let before = std::fs::read_link(&link).unwrap();
            let chain = std::fs::read(link.with_file_name(&before).join("tls.crt"));
            let bundle = cloud.bundle();
            if std::fs::read_link(&link).unwrap() != before {
                continue;
            }
            let chain = Bundle::read(&chain.unwrap());
            let chain = presented(chain.certificates().map(|one| one.der().to_vec()));
            let trust = NamespaceTrust::read(bundle.as_bytes(), None, &Profile::temporal_cloud());
            let decision = trust.decide(&chain, Timestamp::from_unix(now));
            assert!(
                matches!(decision, Decision::Admitted(_)),
                "{} is locked out: {decision:?}",
                link.display()
            );
            break;
        }
    }
}

#[test]
fn a_whole_rollover_and_another_one_lock_nobody_out() {
    let mut world = World::new(20);
    let first = world.cloud.bundle();
    for round in 0..2 {
        let before = world.cloud.bundle();
        let again = if round == 0 { "" } else { " --again" };
        let looks = world.watched(|world| {
            let shown =
                world.finish(&format!("start {NAMESPACE} --reissue --inventory-complete{again}")).stdout;
            assert!(shown.contains("worker-19") && shown.contains("rollover commit"), "{shown}");
        });
        assert!(looks > 0);
        assert_eq!(Bundle::read(world.cloud.bundle().as_bytes()).certificates().count(), 2);
        world.run(&format!("commit {NAMESPACE}")).ends(
            3,
            &[
                &format!("{} leaves depend on the old CA alone", 20 + round),
                "  worker-7   replaced, may be in memory until",
            ],
        );
        world.pass(601);
        world.finish(&format!("commit {NAMESPACE}"));
        assert_eq!(world.phase(), "old-removed");
        let after = Bundle::read(world.cloud.bundle().as_bytes());
        assert_eq!(after.certificates().count(), 1);
        assert!(!before.contains(after.canonical_pem().trim()));
        world.run(&format!("commit {NAMESPACE}")).ends(0, &[]);
        // What is minted now is signed by the new CA, without being told.
        let at = Timestamp::from_unix(world.now);
        world
            .folder
            .run(&format!("gen leaf --namespace {NAMESPACE} --name more-{round} --home home --at {at}"))
            .ends(0, &[]);
        world.all_are_let_in();
    }
    world.run(&format!("start {NAMESPACE}")).ends(3, &["--again"]);
    assert_ne!(world.cloud.bundle(), first);
}

#[test]
fn nothing_is_removed_while_a_leaf_needs_it() {
    let mut world = World::new(2);
    world.finish(&format!("start {NAMESPACE}"));
    let refused = world.run(&format!("commit {NAMESPACE} --inventory-complete"));
    let refused = refused.ends(
        3,
        &[
            "2 leaves depend on the old CA alone; nothing was changed\n  worker-0  works until 2026-07-15",
            "\n  worker-1  works",
            "or wait until",
        ],
    );
    assert!(refused.stdout.is_empty());
    // A leaf that nobody told of counts as soon as it is there.
    world.run(&format!("start {NAMESPACE} --reissue")).ends(0, &["reissued 2 leaves"]);
    let at = Timestamp::from_unix(world.now);
    let old =
        format!("gen leaf --namespace {NAMESPACE} --name late --authority {NAMESPACE} --home home --at {at}");
    world.folder.run(&old).ends(0, &[]);
    world.pass(700);
    world.run(&format!("commit {NAMESPACE}")).ends(3, &["late  works until", "1 leaf depends"]);
    world.run(&format!("commit {NAMESPACE} --gone typo")).ends(2, &["no leaf typo"]);
    world.run(&format!("start {NAMESPACE} --reissue")).ends(0, &[]);
    world.pass(700);
    let key = testkit::leaf("elsewhere", &testkit::root("foreign"));
    world.folder.write("foreign.pem", key.pem());
    // A certificate of another CA is in nobody's way.
    world.run(&format!("commit {NAMESPACE} --inventory-complete --leaf foreign.pem")).ends(0, &[]);
}

#[test]
fn without_a_word_that_all_leaves_are_known_the_old_ca_stays() {
    let mut world = World::new(1);
    world.finish(&format!("start {NAMESPACE} --reissue"));
    world.pass(700);
    world.run(&format!("commit {NAMESPACE}")).ends(3, &["leaves that are not listed here may work until"]);
    world.run(&format!("commit {NAMESPACE} --inventory-complete")).ends(0, &[]);
}

#[test]
fn every_fault_of_the_server_is_survived_by_the_same_command() {
    let faults = [
        Fault::StatusBefore(503),
        Fault::StatusAfter(500),
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::CutWithin,
        Fault::GarbageAfter,
        Fault::ChangedByAnother,
        Fault::OperationFails("the control plane failed".to_owned()),
        Fault::ShowsOldState,
        Fault::StatusBefore(429),
    ];
    for fault in faults {
        for moment in [Moment::Update, Moment::ReadBack] {
            let mut world = World::new(1);
            world.cloud.fault(moment, fault.clone());
            world.finish(&format!("start {NAMESPACE} --reissue --inventory-complete"));
            assert!(world.phase() == "reissuing", "{fault:?} at {moment:?}: {}", world.phase());
            assert_eq!(Bundle::read(world.cloud.bundle().as_bytes()).certificates().count(), 2);
            world.pass(700);
            world.cloud.fault(moment, fault.clone());
            world.finish(&format!("commit {NAMESPACE}"));
            assert_eq!(world.phase(), "old-removed", "{fault:?} at {moment:?}");
        }
    }
}

#[test]
fn a_refusal_of_the_server_changes_nothing_here_or_there() {
    let world = World::new(1);
    let before = world.cloud.bundle();
    world.cloud.judged_by(|_, _| Err("invalid ca certificate: not today".to_owned()));
    world.run(&format!("start {NAMESPACE} --reissue")).ends(1, &["Temporal Cloud refused it", "not today"]);
    assert_eq!((world.cloud.bundle(), world.phase().as_str()), (before, "publishing-both"));
    world.cloud.judged_by(|_, _| Ok(()));
    world.finish(&format!("start {NAMESPACE} --reissue"));
}

#[test]
fn an_expired_member_that_blocks_every_update_is_planned_around() {
    let expired = testkit::root_builder("expired").not_after(testkit::NOW - testkit::days(3)).self_signed();
    let mut world = World::with(1, &expired.pem());
    let plan = world.run(&format!("plan {NAMESPACE}")).ends(0, &[]);
    assert!(
        plan.stdout.contains("expired") && plan.stdout.contains("removes it in the first update"),
        "{}",
        plan.stdout
    );
    world.finish(&format!("start {NAMESPACE} --reissue --inventory-complete"));
    assert!(!world.cloud.bundle().contains(expired.pem().lines().nth(3).unwrap()));
    world.pass(700);
    world.finish(&format!("commit {NAMESPACE}"));
}

#[test]
fn abort_goes_back_from_every_stage() {
    for stage in 0..4 {
        let mut world = World::new(2);
        let before = world.cloud.bundle();
        if stage == 0 {
            world.cloud.judged_by(|_, _| Err("no".to_owned()));
            world.run(&format!("start {NAMESPACE}")).ends(1, &[]);
            world.cloud.judged_by(|_, _| Ok(()));
        } else {
            let reissue = if stage > 1 { " --reissue" } else { "" };
            world.finish(&format!("start {NAMESPACE} --inventory-complete{reissue}"));
        }
        if stage == 3 {
            world.pass(700);
            world.finish(&format!("commit {NAMESPACE}"));
        }
        let mut outcome = world.run(&format!("abort {NAMESPACE} --reissue"));
        if outcome.code == 3 {
            assert!(outcome.stderr.contains("the new CA alone"), "{outcome:?}");
            world.pass(700);
            outcome = world.run(&format!("abort {NAMESPACE} --reissue"));
        }
        assert_eq!((outcome.code, world.phase().as_str()), (0, "aborted"), "stage {stage}: {outcome:?}");
        let (now, then) = (Bundle::read(world.cloud.bundle().as_bytes()), Bundle::read(before.as_bytes()));
        assert_eq!(now.canonical_pem(), then.canonical_pem());
        world.finish(&format!("start {NAMESPACE} --reissue"));
    }
}

#[test]
fn an_emergency_removes_first_and_says_who_goes_down() {
    let world = World::new(2);
    let before = world.cloud.bundle();
    let line = world.api(&format!("start {NAMESPACE} --emergency --reissue"));
    world.folder.run(&line).ends(3, &["2 leaves go down at once:\n  worker-0", "--yes"]);
    assert_eq!(world.cloud.bundle(), before);
    let done = world.folder.run(&format!("{line} --yes")).ends(0, &["2 leaves go down"]);
    assert!(done.stdout.contains("done"), "{done:?}");
    let after = Bundle::read(world.cloud.bundle().as_bytes());
    assert_eq!(after.certificates().count(), 1);
    assert!(!before.contains(after.canonical_pem().trim()));
    world.all_are_let_in();
}

#[test]
fn a_person_is_told_what_to_run_and_the_server_s_word_moves_it_on() {
    let world = World::new(1);
    world.folder.write("live.pem", world.cloud.bundle());
    let line = world.line(&format!("start {NAMESPACE} --reissue"));
    let told = world.folder.run(&format!("{line} --live live.pem")).ends(0, &[]).stdout;
    for word in ["tcld namespace accepted-client-ca set", "temporal cloud namespace mtls", "terraform apply"]
    {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert_eq!(world.phase(), "publishing-both");
    let both = world.folder.read(&format!("home/namespaces/{NAMESPACE}/rollover/bundle-both.pem"));
    assert_eq!(Bundle::read(both.as_bytes()).certificates().count(), 2);
    world.folder.run(&format!("{line} --live live.pem")).ends(0, &[]);
    assert_eq!(world.phase(), "publishing-both", "what the server shows decides");
    world.folder.write("live.pem", both);
    world.folder.run(&format!("{line} --live live.pem")).ends(0, &["reissued 1 leaf"]);
    assert_eq!(world.phase(), "reissuing");
    for format in ["text", "html"] {
        let shown = world
            .folder
            .run(&world.line(&format!("status {NAMESPACE} --format {format}")))
            .ends(0, &[])
            .stdout;
        assert!(shown.contains("worker-0") && shown.contains("rollover commit"), "{shown}");
    }
}

#[test]
fn the_plan_tells_everything_before_anything_is_done() {
    let world = World::new(3);
    let plan = world.run(&format!("plan {NAMESPACE}")).ends(0, &[]).stdout;
    for word in [
        "2 of 16 certificates",
        "of 32768 bytes",
        "earliest removal",
        "worker-2 (works until",
        "7. ",
        "tcld",
        "Terraform",
    ] {
        assert!(plan.contains(word), "{word}: {plan}");
    }
    let json = world.run(&format!("plan {NAMESPACE} --format json")).ends(0, &[]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["steps"].as_array().unwrap().len(), 7);
    assert!(
        !world.folder.path(&format!("home/namespaces/{NAMESPACE}/rollover")).exists(),
        "nothing was written"
    );
    world.folder.run(&world.line(&format!("status {NAMESPACE}"))).ends(2, &["there is no rollover"]);
    world.folder.run(&world.line(&format!("plan {NAMESPACE}"))).ends(2, &["--live FILE"]);
}

#[test]
fn an_update_that_may_still_be_on_its_way_is_waited_for_before_leaves_rely_on_the_way_back() {
    let mut world = World::new(1);
    world.finish(&format!("start {NAMESPACE} --reissue --inventory-complete"));
    world.pass(700);
    world.wait = "1s";
    for _ in 0..40 {
        world.cloud.fault(Moment::Update, Fault::CutBefore);
    }
    world.run(&format!("commit {NAMESPACE}")).ends(2, &["run the same command again"]);
    assert_eq!(world.phase(), "removing-old");
    world.wait = "4s";
    world.cloud.clear_faults();
    world.run(&format!("abort {NAMESPACE} --reissue")).ends(3, &["may still arrive until"]);
    world.pass(700);
    world.run(&format!("abort {NAMESPACE} --reissue")).ends(3, &["1 leaf depends on the new CA alone"]);
    world.pass(700);
    world.run(&format!("abort {NAMESPACE} --reissue")).ends(0, &[]);
    assert_eq!(world.phase(), "aborted");
}

/// Starts a command and ends it without a chance to clean up.
fn kill(world: &World, line: &str, after: Duration) -> bool {
    let mut command: Command = world.folder.command(&world.api(line));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(after);
    let was_running = child.try_wait().unwrap().is_none();
    let _ = child.kill(); // it may have ended by itself
    let _ = child.wait();
    was_running
}

#[test]
fn killed_at_any_moment_the_same_command_goes_on() {
    let (mut kills, mut runs) = (0, 0);
    // The longest wait in microseconds follows the machine: shorter after a command that was done before it, longer after a kill.
    let mut window = 160_000;
    let looks = Arc::new(AtomicUsize::new(0));
    for seed in 0..5 {
        let mut rng = Rng::new(seed);
        let mut world = World::new(4);
        let start = format!("start {NAMESPACE} --reissue --inventory-complete");
        let commit = format!("commit {NAMESPACE}");
        for line in [&start, &commit] {
            let seen = world.watched(|world| {
                for _ in 0..6 {
                    let after = Duration::from_micros(u64::try_from(rng.below(window)).unwrap());
                    runs += 1;
                    if kill(world, line, after) {
                        kills += 1;
                        window = (window * 5 / 4).min(400_000);
                    } else {
                        window = (window / 2).max(2_000);
                    }
                    world.all_are_let_in();
                }
                if *line == start {
                    world.finish(line);
                }
            });
            looks.fetch_add(seen, Ordering::SeqCst);
            if *line == start {
                world.pass(1_300);
            }
        }
        world.finish(&commit);
        assert_eq!(world.phase(), "old-removed");
        assert_eq!(Bundle::read(world.cloud.bundle().as_bytes()).certificates().count(), 1);
        let audit = world.folder.run("inventory verify --home home");
        assert_eq!(audit.code, 0, "{audit:?}");
    }
    println!("{kills} of {runs} commands killed, {} looks at every leaf", looks.load(Ordering::SeqCst));
    assert!(kills >= runs / 4, "{kills} of {runs}");
}
