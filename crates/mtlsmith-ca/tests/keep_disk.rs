//! Keeping on the real disk: permissions whatever the umask, things planted where files go, a full and a read-only disk, and many writers
//! at once.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test uses the disk, fails loudly and says what it measured"
)]

mod keep_support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use keep_support::KEY_MARK;
use keep_support::NOW;
use keep_support::Pair;
use keep_support::assert_sound;
use keep_support::fits;
use keep_support::holder;
use keep_support::issue;
use keep_support::leaf;
use keep_support::version;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::disk::Access;
use mtlsmith_ca::keep::place::Output;
use mtlsmith_ca::keep::place::Overwrite;
use mtlsmith_ca::keep::place::place_file;
use mtlsmith_ca::keep::place::place_pair;
use mtlsmith_testkit as testkit;

/// Runs one test of this file in a process of its own, below a shell that sets things up. It sees `MTLSMITH_TEST_HOME`.
fn in_a_process(test: &str, before: &str, home: &Path) -> Command {
    let mut command = Command::new("sh");
    let program = std::env::current_exe().unwrap();
    command
        .arg("-c")
        .arg(format!("{before}\nexec \"$0\" --exact {test} --nocapture --ignored --test-threads=1"))
        .arg(program)
        .env("MTLSMITH_TEST_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn home_of_the_parent() -> PathBuf {
    PathBuf::from(std::env::var_os("MTLSMITH_TEST_HOME").expect("started by another test of this file"))
}

fn modes(path: &Path, found: &mut Vec<(PathBuf, u32)>) {
    let status = fs::symlink_metadata(path).unwrap();
    if status.is_symlink() {
        return;
    }
    found.push((path.to_owned(), status.mode() & 0o7777));
    if status.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            modes(&entry.unwrap().path(), found);
        }
    }
}

#[test]
fn whatever_the_umask_everything_is_for_the_owner_alone() {
    for umask in ["000", "022", "077", "0277"] {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("deep/home");
        let output = in_a_process("child_fills_a_home", &format!("umask {umask}"), &home).output().unwrap();
        assert!(output.status.success(), "umask {umask}: {}", String::from_utf8_lossy(&output.stderr));
        let mut found = Vec::new();
        modes(&home, &mut found);
        assert!(found.len() > 12);
        for (path, mode) in found {
            let expected = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "umask {umask}: {} has {mode:o}", path.display());
        }
        for file in ["tls.crt", "tls.key"] {
            let mode = fs::metadata(directory.path().join(file)).unwrap().mode() & 0o7777;
            assert_eq!(mode, 0o600, "umask {umask}: {file}");
        }
    }
}

#[test]
#[ignore = "a part of another test, which starts it"]
fn child_fills_a_home() {
    let path = home_of_the_parent();
    let home = Home::create(RealDisk, &path).unwrap();
    issue(&home, &Slot::authority("ca").unwrap(), 1, None).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
    let outside = path.parent().unwrap().parent().unwrap();
    let (key, certificate) = (outside.join("tls.key"), outside.join("tls.crt"));
    place_pair(&RealDisk, &private(&key, b"k"), &private(&certificate, b"c"), Overwrite::Never).unwrap();
}

#[test]
fn a_shared_leaf_is_open_to_its_group_and_a_ca_never_is() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    let group = fs::metadata(directory.path()).unwrap().gid();
    let pair = Pair::new(&leaf("worker"), 1);
    let mut delivery = pair.delivery(None);
    delivery.sharing = Sharing::Group(group);
    let mut writer = keep_support::lock(&home).unwrap();
    writer.issue(&delivery, NOW).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    let slot = home.directory(&leaf("worker"));
    let current = fs::canonicalize(slot.join("current")).unwrap();
    assert_eq!(
        [mode(&slot), mode(&current), mode(&current.join("tls.key")), mode(home.path())],
        [0o750, 0o750, 0o640, 0o711]
    );
    assert_eq!(fs::metadata(current.join("tls.key")).unwrap().gid(), group);
    assert_eq!(mode(&home.path().join("authorities")), 0o700);
    assert_eq!(mode(&home.path().join("ledger.jsonl")), 0o600);

    let pair = Pair::new(&Slot::authority("ca").unwrap(), 1);
    let mut delivery = pair.delivery(None);
    delivery.sharing = Sharing::Group(group);
    assert!(matches!(writer.issue(&delivery, NOW), Err(KeepError::SharedAuthority { .. })));
    drop(writer);
    assert_eq!(version(&home, &leaf("worker")), Some(1));
    assert_sound(&home, "shared");
}

#[test]
fn a_key_that_others_may_read_is_refused_until_that_is_overlooked() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    for (slot, good, bad) in [(leaf("worker"), 0o640, 0o644), (Slot::authority("ca").unwrap(), 0o600, 0o640)]
    {
        issue(&home, &slot, 1, None).unwrap();
        let key = fs::canonicalize(home.current_path(&slot)).unwrap().join("tls.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(good)).unwrap();
        assert_eq!(version(&home, &slot), Some(1));
        fs::set_permissions(&key, fs::Permissions::from_mode(bad)).unwrap();
        assert!(matches!(home.read(&slot), Err(KeepError::LooseMode { mode, .. }) if mode == bad));
        assert_eq!(version(&home.clone().overlooking_modes(), &slot), Some(1));
    }
}

#[test]
fn a_home_that_others_may_change_or_that_is_a_link_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("real");
    drop(Home::create(RealDisk, &real).unwrap());
    let link = directory.path().join("link");
    symlink(&real, &link).unwrap();
    assert!(matches!(Home::open(RealDisk, &link), Err(KeepError::WrongKind { .. })));
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(&real, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(Home::open(RealDisk, &real), Err(KeepError::OpenDirectory { .. })), "{mode:o}");
        assert!(matches!(Home::create(RealDisk, &real), Err(KeepError::OpenDirectory { .. })), "{mode:o}");
    }
    fs::set_permissions(&real, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Home::open(RealDisk, &real).is_ok());
    assert!(Home::open(RealDisk, directory.path().join("none")).is_err_and(|error| error.is_absence()));
}

/// Things that somebody may have put where a file is to go. The second path is what must stay untouched.
fn plant(kind: &str, at: &Path, victim: &Path) {
    match kind {
        "link" => symlink(victim, at).unwrap(),
        "dangling link" => symlink(victim.with_extension("none"), at).unwrap(),
        "directory" => fs::create_dir(at).unwrap(),
        "pipe" => assert!(Command::new("mkfifo").arg(at).status().unwrap().success()),
        other => panic!("{other}"),
    }
}

const PLANTED: [&str; 4] = ["link", "dangling link", "directory", "pipe"];

fn private<'a>(path: &'a Path, bytes: &'a [u8]) -> Output<'a> {
    Output { path, bytes, access: Access::FILE }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_written_through_or_over_what_is_no_file() {
    for kind in PLANTED {
        for overwrite in [Overwrite::Never, Overwrite::Force] {
            for planted in ["tls.key", "tls.crt"] {
                let directory = tempfile::tempdir().unwrap();
                let victim = directory.path().join("victim");
                fs::write(&victim, "precious").unwrap();
                let (key, certificate) = (directory.path().join("tls.key"), directory.path().join("tls.crt"));
                plant(kind, &directory.path().join(planted), &victim);
                let before = names(directory.path());
                let result =
                    place_pair(&RealDisk, &private(&key, b"k"), &private(&certificate, b"c"), overwrite);
                assert!(
                    matches!(result, Err(KeepError::WrongKind { .. })),
                    "{kind} {overwrite:?}: {result:?}"
                );
                assert_eq!(fs::read(&victim).unwrap(), b"precious");
                assert_eq!(names(directory.path()), before, "{kind} {overwrite:?}");
            }
        }
    }
}

#[test]
fn a_file_is_replaced_only_by_force_and_never_through_its_other_names() {
    let directory = tempfile::tempdir().unwrap();
    let (key, certificate) = (directory.path().join("tls.key"), directory.path().join("tls.crt"));
    let other_name = directory.path().join("backup");
    let place = |key_bytes: &[u8], overwrite| {
        place_pair(&RealDisk, &private(&key, key_bytes), &private(&certificate, b"c"), overwrite)
    };
    place(b"one", Overwrite::Never).unwrap();
    fs::hard_link(&key, &other_name).unwrap();
    assert!(matches!(place(b"two", Overwrite::Never), Err(KeepError::Exists { .. })));
    assert_eq!(fs::read(&key).unwrap(), b"one");
    place(b"two", Overwrite::Force).unwrap();
    assert_eq!((fs::read(&key).unwrap(), fs::read(&other_name).unwrap()), (b"two".to_vec(), b"one".to_vec()));
    assert_eq!(names(directory.path()), ["backup", "tls.crt", "tls.key"]);
    place_file(&RealDisk, &private(&key, b"three"), Overwrite::Force).unwrap();
    assert!(matches!(
        place_file(&RealDisk, &private(&key, b"4"), Overwrite::Never),
        Err(KeepError::Exists { .. })
    ));
    assert_eq!(fs::read(&key).unwrap(), b"three");
}

#[test]
fn a_key_does_not_go_where_anybody_may_replace_it() {
    let directory = tempfile::tempdir().unwrap();
    let open = directory.path().join("open");
    fs::create_dir(&open).unwrap();
    let path = open.join("tls.key");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let place = || place_file(&RealDisk, &private(&path, b"k"), Overwrite::Never);
    assert!(matches!(place(), Err(KeepError::OpenDirectory { mode: 0o777, .. })));
    assert!(names(&open).is_empty());
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    place().unwrap();
}

#[test]
fn things_planted_in_the_store_are_told_and_left_alone() {
    for kind in PLANTED {
        for place in [
            "leaves/worker/current",
            "leaves/worker",
            "leaves",
            "staging",
            "ledger.jsonl",
            "ledger.head",
            "lock",
        ] {
            let directory = tempfile::tempdir().unwrap();
            let victim = directory.path().join("victim");
            fs::create_dir(&victim).unwrap();
            fs::write(victim.join("file"), "precious").unwrap();
            let path = directory.path().join("home");
            let home = Home::create(RealDisk, &path).unwrap();
            let slot = Slot::leaf(None, "worker").unwrap();
            issue(&home, &slot, 1, None).unwrap();
            let at = path.join(place);
            fs::rename(&at, directory.path().join("moved")).unwrap();
            plant(kind, &at, &victim);
            let outcome = issue(&home, &slot, 2, Some(1));
            // Another empty directory is as good as the one that was there.
            assert!(outcome.is_err() || (kind, place) == ("directory", "staging"), "{kind} at {place}");
            assert_eq!(names(&victim), ["file"], "{kind} at {place}");
            assert_eq!(fs::read(victim.join("file")).unwrap(), b"precious");
        }
    }
}

#[test]
fn on_a_full_disk_the_old_pair_stays_and_space_helps() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = testkit::SmallDisk::mount(&directory.path().join("small"), 64) else {
        return testkit::not_tested("keeping on a full disk: this user may not mount");
    };
    for free in [0, 1, 2, 3, 4, 5, 6, 8] {
        let _ = fs::remove_dir_all(disk.path().join("home"));
        let home = Home::create(RealDisk, disk.path().join("home")).unwrap();
        issue(&home, &leaf("worker"), 1, None).unwrap();
        disk.fill(free);
        let outcome = issue(&home, &leaf("worker"), 2, Some(1));
        let expected = if outcome.is_ok() { 2 } else { 1 };
        assert_eq!(version(&home, &leaf("worker")), Some(expected), "{free} pages free: {outcome:?}");
        assert_eq!(home.ledger().verify().unwrap().fault, None, "{free} pages free");
        if free == 0 {
            let text = outcome.as_ref().unwrap_err().to_string();
            assert!(text.contains("free some space"), "{text}");
        }
        disk.clear();
        if outcome.is_err() {
            issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
        }
        assert_eq!(version(&home, &leaf("worker")), Some(2));
        assert_sound(&home, "after there was space again");
    }
}

#[test]
fn on_a_read_only_disk_reading_works_and_writing_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = testkit::SmallDisk::mount(&directory.path().join("small"), 64) else {
        return testkit::not_tested("keeping on a read-only disk: this user may not mount");
    };
    let home = Home::create(RealDisk, disk.path().join("home")).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    disk.remount("ro");
    let error = issue(&home, &leaf("worker"), 2, Some(1)).unwrap_err();
    assert!(error.to_string().contains("mount it for writing"), "{error}");
    assert_eq!(version(&home, &leaf("worker")), Some(1));
    assert_sound(&home, "read-only");
    assert_eq!(home.expiring(NOW.plus(86_400 * 30)).unwrap().len(), 1);
    disk.remount("rw");
    issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
}

#[test]
fn many_writers_and_readers_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    let rounds = 12;
    let writers = 6;
    std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..writers).map(|_| scope.spawn(|| renew_with_patience(&home, rounds))).collect();
        while running.iter().any(|thread| !thread.is_finished()) {
            assert!(fits(&home.read(&leaf("worker")).unwrap()).is_ok());
        }
    });
    let expected = 1 + rounds * writers;
    assert_eq!(home.current(&leaf("worker")).unwrap().unwrap().number, expected);
    assert_eq!(home.ledger().verify().unwrap().lines, expected);
    assert_sound(&home, "many writers");
}

/// Renews so many times, starting again whenever somebody else was first.
fn renew_with_patience(home: &Home, rounds: u64) {
    for _ in 0..rounds {
        loop {
            let current = home.current(&leaf("worker")).unwrap().map(|name| name.number);
            let pair = Pair::new(&leaf("worker"), current.unwrap() + 1);
            let mut writer = home.lock(&holder(), Duration::from_secs(600), NOW).unwrap();
            match writer.issue(&pair.delivery(current), NOW) {
                Ok(_) => break,
                Err(KeepError::Stale { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn many_processes_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("home");
    let home = Home::create(RealDisk, &path).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    let children: Vec<_> = (0..4).map(|_| in_a_process("child_renews", "", &path).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(home.ledger().verify().unwrap().lines, 1 + 4 * 8);
    assert_eq!(home.current(&leaf("worker")).unwrap().unwrap().number, 1 + 4 * 8);
    assert_sound(&home, "many processes");
}

#[test]
#[ignore = "a part of another test, which starts it"]
fn child_renews() {
    renew_with_patience(&Home::open(RealDisk, home_of_the_parent()).unwrap(), 8);
}

#[test]
fn a_holder_that_is_killed_gives_the_lock_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("home");
    let home = Home::create(RealDisk, &path).unwrap();
    let mut child = in_a_process("child_holds_the_lock", "", &path).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut seen = String::new();
    while !seen.contains("locked") {
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        seen.push(char::from(byte[0]));
    }
    match home.lock(&holder(), Duration::ZERO, NOW).err() {
        Some(KeepError::StoreBusy { holder: Some(found), .. }) => assert_eq!(found.process, child.id()),
        other => panic!("{other:?}"),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    keep_support::lock(&home).unwrap();
}

#[test]
#[ignore = "a part of another test, which starts it"]
fn child_holds_the_lock() {
    let home = Home::open(RealDisk, home_of_the_parent()).unwrap();
    let _writer = keep_support::lock(&home).unwrap();
    println!("locked");
    let _ = std::io::stdin().read(&mut [0]); // until the parent ends this process
}

#[test]
fn a_stale_writer_and_a_clock_that_is_behind_are_refused_and_nothing_changes() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
    for expected in [None, Some(1), Some(3)] {
        let error = issue(&home, &leaf("worker"), 3, expected).unwrap_err();
        assert!(matches!(error, KeepError::Stale { found: Some(2), .. }), "{error}");
    }
    let pair = Pair::new(&leaf("worker"), 3);
    let mut writer = keep_support::lock(&home).unwrap();
    let early = writer.issue(&pair.delivery(Some(2)), NOW.plus(-301)).unwrap_err();
    assert!(matches!(early, KeepError::ClockBehind { .. }), "{early}");
    writer.issue(&pair.delivery(Some(2)), NOW.plus(-300)).unwrap();
    assert_eq!(home.ledger().verify().unwrap().lines, 3);
    // Somebody knows that the clock is right: the ledger goes on from there, and no further back by itself.
    writer.trust_the_clock();
    let pair = Pair::new(&leaf("worker"), 4);
    writer.issue(&pair.delivery(Some(3)), NOW.plus(-90_000)).unwrap();
    drop(writer);
    let mut writer = keep_support::lock(&home).unwrap();
    let pair = Pair::new(&leaf("worker"), 5);
    assert!(matches!(
        writer.issue(&pair.delivery(Some(4)), NOW.plus(-90_301)),
        Err(KeepError::ClockBehind { .. })
    ));
    writer.issue(&pair.delivery(Some(4)), NOW.plus(-90_000)).unwrap();
    assert!(home.audit().unwrap().is_sound());
}

#[test]
fn what_the_verifier_refuses_never_becomes_current() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    let pair = Pair::new(&leaf("worker"), 2);
    let mut delivery = pair.delivery(Some(1));
    delivery.verify = &|_| Err("the key does not fit".to_owned());
    let mut writer = keep_support::lock(&home).unwrap();
    let error = writer.issue(&delivery, NOW).unwrap_err();
    assert!(matches!(error, KeepError::Rejected { .. }), "{error}");
    assert!(!error.to_string().contains(KEY_MARK));
    assert_eq!(version(&home, &leaf("worker")), Some(1));
    // The same writer goes on, and the ledger says what became of the refused one.
    writer.issue(&pair.delivery(Some(1)), NOW).unwrap();
    drop(writer);
    assert_eq!(version(&home, &leaf("worker")), Some(2));
    assert_eq!(home.ledger().verify().unwrap().lines, 4);
    assert_sound(&home, "after a refusal");
}

#[test]
fn old_generations_go_and_the_one_before_stays() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    for number in 1..=6_u64 {
        let pair = Pair::new(&leaf("worker"), number);
        let mut delivery = pair.delivery((number > 1).then(|| number - 1));
        delivery.keep = 0;
        let done = keep_support::lock(&home).unwrap().issue(&delivery, NOW).unwrap();
        assert!(done.left_over.is_none());
    }
    let numbers: Vec<u64> =
        home.generations(&leaf("worker")).unwrap().iter().map(|name| name.number).collect();
    assert_eq!(numbers, [5, 6]);
    assert!(names(&home.path().join("staging")).is_empty());
}
