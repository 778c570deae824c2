//! One rotation of one leaf: what is in force afterwards, whatever goes wrong on the way.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod keep_support;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use keep_support::assert_sound;
use keep_support::holder;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::NewFile;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::disk::faulty::Fault;
use mtlsmith_ca::keep::disk::faulty::FaultyDisk;
use mtlsmith_ca::keep::disk::faulty::Loss;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::perform::Attempt;
use mtlsmith_ca::rotate::perform::ExecuteHook;
use mtlsmith_ca::rotate::perform::FilesHook;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::LEAF_CERTIFICATE;
use mtlsmith_ca::rotate::perform::LEAF_KEY;
use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_ca::rotate::perform::NewKey;
use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_ca::rotate::perform::Rotated;
use mtlsmith_ca::rotate::perform::Rotation;
use mtlsmith_ca::rotate::perform::RotationError;
use mtlsmith_ca::rotate::perform::SecretHook;
use mtlsmith_ca::rotate::perform::When;
use mtlsmith_ca::rotate::perform::run_hooks;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const DAY: i64 = 86_400;
/// When the first leaf is due.
const LATER: Timestamp = Timestamp::from_unix(1_800_000_000 + 7 * DAY);
/// A child that another test starts has our locks for the moment between its two births.
const PATIENCE: Duration = Duration::from_secs(60);
const HOME: &str = "/state/mtlsmith";

/// A CA, what it says of itself, and the rules.
struct World {
    authority: Authority,
    pem: String,
    profile: Profile,
    hooks: Vec<Hook>,
}

impl World {
    fn new(organization: &str) -> Self {
        let profile = Profile::temporal_cloud();
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        let request = CaRequest::for_organization(organization, NOW, &SystemRandom).unwrap();
        let ca = Draft::ca(&request, &key, NOW, &SystemRandom).unwrap();
        let pem = ca.check(&Judgement::by(&profile)).unwrap().sign().unwrap().pem();
        let authority = Authority::new(pem.as_bytes(), Box::new(key), &profile, NOW).unwrap();
        World { authority, pem, profile, hooks: vec![run(&["true"])] }
    }

    fn live(&self) -> LiveTrust {
        LiveTrust::read(self.pem.as_bytes(), None, &self.profile)
    }

    /// A leaf of ten days.
    fn first(&self, home: &Home, slot: &Slot, kind: KeyKind) {
        let key = PrivateKey::generate(kind).unwrap();
        let mut request = LeafRequest::new(Subject::new(Some("acme"), &["unit"], Some("worker")).unwrap());
        request.alternative_names = vec![
            AlternativeName::dns("worker.acme").unwrap(),
            AlternativeName::uri("spiffe://acme/worker").unwrap(),
        ];
        request.lifetime = Lifetime::Seconds(10 * DAY);
        let draft = Draft::leaf(&request, key.public_key(), &self.authority, NOW, &SystemRandom).unwrap();
        let issued = draft.check(&Judgement::by(&self.profile)).unwrap().sign().unwrap();
        let (chain, key) = (issued.pem(), key.pkcs8_pem().unwrap());
        let issuance = keep_support::issuance("worker", 1);
        let delivery = Delivery {
            slot,
            files: vec![
                NewFile { name: LEAF_CERTIFICATE, bytes: chain.as_bytes() },
                NewFile { name: LEAF_KEY, bytes: key.as_bytes() },
            ],
            issuance: &issuance,
            expected: None,
            sharing: Sharing::Owner,
            keep: 3,
            verify: &|_| Ok(()),
        };
        home.lock(&holder(), PATIENCE, NOW).unwrap().issue(&delivery, NOW).unwrap();
    }

    fn rotation<'a>(&'a self, home: &'a Home, slot: &'a Slot, live: &'a LiveTrust) -> Rotation<'a> {
        Rotation {
            home,
            slot,
            authority: &self.authority,
            authority_name: Some("acme"),
            live,
            profile: &self.profile,
            key: NewKey::New(None),
            when: When::IfDue,
            policy: LeafPolicy::default(),
            lifetime: None,
            sharing: Sharing::Owner,
            hooks: &self.hooks,
            reason: "agent",
            tool_version: "mtlsmith test",
        }
    }
}

fn perform(rotation: &Rotation<'_>, now: Timestamp) -> Result<Rotated, RotationError> {
    let mut writer = rotation.home.lock(&holder(), Duration::from_secs(60), now)?;
    rotation.perform(&mut writer, None, now)
}

/// The certificate in force, whose key was looked at.
fn in_force(home: &Home, slot: &Slot) -> (u64, Certificate) {
    let generation = home.read(slot).unwrap();
    let bundle = Bundle::read(generation.file(LEAF_CERTIFICATE).unwrap());
    let certificate = bundle.certificate(0).unwrap().clone();
    let key = PrivateKey::read_plain(generation.file(LEAF_KEY).unwrap()).unwrap();
    assert_eq!(key.public_key_info(), certificate.subject_public_key_info(), "the pair does not fit");
    (generation.number(), certificate)
}

fn run(arguments: &[&str]) -> Hook {
    Hook::Execute(ExecuteHook {
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        time_limit: Duration::from_secs(60),
    })
}

fn worker() -> Slot {
    Slot::leaf(Some("orders.a1b2c"), "worker").unwrap()
}

fn real_home(directory: &Path) -> Home {
    Home::create(RealDisk, directory.join("home")).unwrap()
}

#[test]
fn a_leaf_is_rotated_when_it_is_due_and_keeps_its_names_and_lifetime() {
    let directory = tempfile::tempdir().unwrap();
    let (world, slot) = (World::new("acme"), worker());
    for kind in [KeyKind::P256, KeyKind::P384] {
        let home = real_home(&directory.path().join(kind.as_str()));
        world.first(&home, &slot, kind);
        let live = world.live();
        let rotation = world.rotation(&home, &slot, &live);
        let (_, first) = in_force(&home, &slot);
        assert!(matches!(perform(&rotation, NOW.plus(5 * DAY)), Ok(Rotated::NotDue(_))));
        let mut before = first.clone();
        let mut now = NOW;
        for generation in 2..8 {
            now = now.plus(7 * DAY);
            assert!(matches!(perform(&rotation, now), Ok(Rotated::Done { .. })));
            let (number, after) = in_force(&home, &slot);
            assert_eq!(number, generation);
            assert_eq!(after.subject(), first.subject());
            assert_eq!(after.subject_alternative_name_der(), first.subject_alternative_name_der());
            assert_eq!(after.not_after(), now.plus(10 * DAY), "the lifetime drifts");
            let kind =
                |one: &Certificate| PublicKey::read(one.subject_public_key_info()).unwrap().algorithm();
            assert_eq!(kind(&after), kind(&before), "another kind of key");
            assert_ne!(after.subject_public_key_info(), before.subject_public_key_info());
            before = after;
        }
    }
    let home = real_home(directory.path());
    world.first(&home, &slot, KeyKind::P256);
    let (_, before) = in_force(&home, &slot);
    let live = world.live();
    let renewal = Rotation { key: NewKey::Same, when: When::Now, ..world.rotation(&home, &slot, &live) };
    assert!(matches!(perform(&renewal, NOW.plus(60)), Ok(Rotated::Done { .. })));
    let (_, after) = in_force(&home, &slot);
    assert_eq!(after.subject_public_key_info(), before.subject_public_key_info());
    assert_ne!(after.serial(), before.serial());
    assert_sound(&home, "after everything");
}

#[test]
fn what_the_namespace_would_not_admit_is_never_put_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let (world, home, slot) = (World::new("acme"), real_home(directory.path()), worker());
    world.first(&home, &slot, KeyKind::P256);
    let lines = home.ledger().verify().unwrap().lines;
    let other = World::new("other");
    let filters = FilterSet::read(br#"{"filters":[{"commonName":"somebody else"}]}"#).0;
    for live in [other.live(), LiveTrust::read(world.pem.as_bytes(), Some(filters), &world.profile)] {
        let rotation = Rotation { when: When::Now, ..world.rotation(&home, &slot, &live) };
        match perform(&rotation, NOW.plus(7 * DAY)) {
            Err(RotationError::Mint(error)) => assert!(error.to_string().contains("refused"), "{error}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(in_force(&home, &slot).0, 1);
    }
    assert_eq!(home.ledger().verify().unwrap().lines, lines, "nothing was issued, so nothing is recorded");
}

#[test]
fn a_leaf_of_another_ca_is_reissued_before_it_is_due_once_the_namespace_trusts_both() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new, home, slot) =
        (World::new("acme"), World::new("acme"), real_home(directory.path()), worker());
    old.first(&home, &slot, KeyKind::P256);
    let only_old = old.live();
    assert!(perform(&new.rotation(&home, &slot, &only_old), NOW.plus(DAY)).is_err());
    assert_eq!(in_force(&home, &slot).0, 1);
    let both = LiveTrust::read(format!("{}{}", old.pem, new.pem).as_bytes(), None, &new.profile);
    assert!(matches!(perform(&new.rotation(&home, &slot, &both), NOW.plus(DAY)), Ok(Rotated::Done { .. })));
    let (_, leaf) = in_force(&home, &slot);
    assert_eq!(leaf.issuer().as_der(), new.authority.certificate().subject().as_der());
    assert!(matches!(perform(&new.rotation(&home, &slot, &both), NOW.plus(DAY)), Ok(Rotated::NotDue(_))));
}

#[test]
fn a_clock_that_was_set_back_replaces_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (world, home, slot) = (World::new("acme"), real_home(directory.path()), worker());
    world.first(&home, &slot, KeyKind::P256);
    let live = world.live();
    let rotation = world.rotation(&home, &slot, &live);
    let result = {
        let mut writer = home.lock(&holder(), PATIENCE, NOW).unwrap();
        rotation.perform(&mut writer, None, NOW.plus(-3_600))
    };
    assert!(matches!(result, Err(RotationError::Clock(_))), "{result:?}");
}

/// Stops, fails or fills the disk at each of its calls in turn, and takes what a loss of power may take.
#[test]
fn whatever_the_disk_does_a_whole_pair_is_in_force_and_no_hook_is_forgotten() {
    let (world, slot) = (World::new("acme"), worker());
    let store = FaultyDisk::new();
    world.first(&Home::create(store.clone(), HOME).unwrap(), &slot, KeyKind::P256);
    store.crash(Loss::EverythingUnsynced);
    let calls = {
        let disk = store.copy();
        let before = disk.calls();
        let home = Home::open(disk.clone(), HOME).unwrap();
        perform(&world.rotation(&home, &slot, &world.live()), LATER).unwrap();
        disk.calls() - before
    };
    let faults: [fn(u64) -> Fault; 4] = [
        Fault::StopAt,
        |call| Fault::FailAt(call, ErrorKind::Other),
        |call| Fault::FailChangesFrom(call, ErrorKind::ReadOnlyFilesystem),
        Fault::FullFrom,
    ];
    let (mut old, mut new) = (0, 0);
    for fault in faults {
        for call in 1..=calls {
            let disk = store.copy();
            let number = after_a_fault(&world, &slot, &disk, fault(disk.calls() + call));
            if number == 1 { old += 1 } else { new += 1 }
        }
    }
    eprintln!(
        "{calls} calls to the disk, {} accidents: {old} left the old pair in force, {new} the new one",
        old + new
    );
    assert!(calls > 20 && old > 20 && new > 0, "{calls} {old} {new}");
}

/// All that must hold after an accident; the generation that was in force.
fn after_a_fault(world: &World, slot: &Slot, disk: &FaultyDisk, fault: Fault) -> u64 {
    let live = world.live();
    let home = Home::open(disk.clone(), HOME).unwrap();
    disk.set_fault(fault);
    let result = perform(&world.rotation(&home, slot, &live), LATER);
    disk.set_fault(Fault::None);
    if matches!(fault, Fault::StopAt(_)) {
        disk.crash(Loss::EverythingUnsynced);
    }
    // A writer after this one puts things in order, as after every accident.
    let home = Home::open(disk.clone(), HOME).unwrap();
    drop(home.lock(&holder(), PATIENCE, LATER).unwrap());
    let (number, _) = in_force(&home, slot);
    assert!(number == 1 || number == 2, "generation {number} after {fault:?}");
    assert!(result.is_err() || number == 2, "{fault:?}: told to be done, and is not");
    assert_sound(&home, &format!("{fault:?}"));
    assert_eq!(PendingHooks::of(&home, slot).unwrap().is_some(), number == 2, "{fault:?}");
    // Everything can be gone on with.
    let rotated = perform(&world.rotation(&home, slot, &live), LATER).unwrap();
    assert_eq!(matches!(rotated, Rotated::Done { .. }), number == 1, "{fault:?}");
    assert!(PendingHooks::of(&home, slot).unwrap().is_some(), "{fault:?}");
    let hooks = [Hook::Execute(ExecuteHook {
        arguments: vec!["true".to_owned()],
        time_limit: Duration::from_secs(60),
    })];
    assert!(matches!(run_hooks(&home, slot, &hooks, LATER).unwrap(), Attempt::Done), "{fault:?}");
    assert!(PendingHooks::all(&home).unwrap().is_empty(), "{fault:?}");
    number
}

#[test]
fn a_hook_that_fails_twice_runs_until_it_succeeds_and_those_before_it_run_once() {
    let directory = tempfile::tempdir().unwrap();
    let (world, home, slot) = (World::new("acme"), real_home(directory.path()), worker());
    world.first(&home, &slot, KeyKind::P256);
    let live = world.live();
    assert!(matches!(
        perform(&world.rotation(&home, &slot, &live), NOW.plus(7 * DAY)),
        Ok(Rotated::Done { .. })
    ));
    let path = |name: &str| directory.path().join(name);
    let program = path("hook");
    // Writes a line each time; succeeds from the third time on.
    let script = "#!/bin/sh\necho \"$MTLSMITH_NAME $MTLSMITH_GENERATION $1\" >> \"$0.log\"\nprintf '\\033[2Jno' >&2\n\
                  [ \"$(wc -l < \"$0.log\")\" -ge 3 ]\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let hooks = [
        Hook::Files(FilesHook { certificate: path("tls.crt"), key: path("tls.key"), group: None }),
        Hook::Secret(SecretHook { file: path("secret.yaml"), name: "tls".to_owned(), namespace: None }),
        Hook::Execute(ExecuteHook {
            arguments: vec![program.display().to_string(), "$(id); x".to_owned()],
            time_limit: Duration::from_secs(60),
        }),
    ];
    for attempt in 1..=2 {
        match run_hooks(&home, &slot, &hooks, NOW).unwrap() {
            Attempt::Failed { attempts, error } => {
                assert_eq!(attempts, attempt);
                assert!(
                    error.problem.contains("code 1") && error.problem.contains("\\u{1b}[2Jno"),
                    "{error}"
                );
            }
            Attempt::Done => panic!("it should fail"),
        }
        let pending = PendingHooks::of(&home, &slot).unwrap().unwrap();
        assert_eq!((pending.attempts, pending.done.len()), (attempt, 2));
        assert!(pending.retry_at(&LeafPolicy::default()).unwrap() > NOW);
        if attempt == 1 {
            fs::remove_file(path("tls.crt")).unwrap();
        }
    }
    assert!(matches!(run_hooks(&home, &slot, &hooks, NOW).unwrap(), Attempt::Done));
    assert!(!path("tls.crt").exists(), "what has succeeded does not run again");
    assert_eq!(fs::read_to_string(path("hook.log")).unwrap(), "worker 2 $(id); x\n".repeat(3));
    assert!(fs::read_to_string(path("secret.yaml")).unwrap().contains("kubernetes.io/tls"));
    assert_eq!(fs::metadata(path("tls.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(PendingHooks::all(&home).unwrap().is_empty());
    assert!(matches!(run_hooks(&home, &slot, &hooks, NOW).unwrap(), Attempt::Done));
    assert_eq!(fs::read_to_string(path("hook.log")).unwrap().lines().count(), 3);
}

#[test]
fn a_hook_that_hangs_is_ended_with_all_that_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let home = real_home(directory.path());
    let hook = Hook::Execute(ExecuteHook {
        arguments: ["sh", "-c", "sleep 600 & wait"].map(str::to_owned).to_vec(),
        time_limit: Duration::from_millis(200),
    });
    let error = hook.run(&home, &worker()).unwrap_err();
    assert!(error.to_string().contains("time limit"), "{error}");
    let missing = Hook::Execute(ExecuteHook {
        arguments: vec!["/none".to_owned()],
        time_limit: Duration::from_secs(1),
    });
    assert!(missing.run(&home, &worker()).unwrap_err().problem.contains("could not be started"));
}

#[test]
fn a_note_about_hooks_that_was_tampered_with_is_told_and_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let (world, home, slot) = (World::new("acme"), real_home(directory.path()), worker());
    world.first(&home, &slot, KeyKind::P256);
    let folder = home.path().join("hooks");
    fs::create_dir(&folder).unwrap();
    let note = folder.join("namespaces+orders.a1b2c+leaves+worker+1.json");
    fs::write(&note, "{}").unwrap();
    assert!(matches!(PendingHooks::of(&home, &slot), Err(KeepError::Damaged { .. })));
    fs::remove_file(&note).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &note).unwrap();
    assert!(matches!(PendingHooks::of(&home, &slot), Err(KeepError::WrongKind { .. })));
}
