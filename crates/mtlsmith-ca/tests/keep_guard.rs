//! What was done to the store behind its back: links and ledgers removed, directories opened to others, files that have no end. It is told
//! in a sentence with the way out, nothing is issued on top of it, and no key goes missing over it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it measured"
)]

mod keep_support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keep_support::assert_sound;
use keep_support::issue;
use keep_support::leaf;
use keep_support::lock;
use keep_support::version;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Slot;

struct Store {
    _directory: tempfile::TempDir,
    home: Home,
}

/// A CA, a leaf with two generations, and another leaf, which was the last.
fn store() -> Store {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    issue(&home, &authority(), 1, None).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
    issue(&home, &leaf("last"), 1, None).unwrap();
    Store { _directory: directory, home }
}

fn authority() -> Slot {
    Slot::authority("ca").unwrap()
}

fn unlink(home: &Home, slot: &Slot) {
    fs::remove_file(home.current_path(slot)).unwrap();
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn told<T>(result: Result<T, KeepError>) -> String {
    match result {
        Ok(_) => panic!("nothing is told"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_link_that_was_removed_is_told_and_the_next_writer_makes_it_again() {
    let Store { home, .. } = &store();
    unlink(home, &leaf("worker"));
    let text = told(home.read(&leaf("worker")));
    assert!(text.contains("2 generations are there, but the link `current` is gone"), "{text}");
    assert!(home.in_force().unwrap().iter().any(|one| one.slot == leaf("worker") && !one.is_linked));
    assert_eq!(home.audit().unwrap().faults.len(), 1);
    assert!(matches!(issue(home, &leaf("worker"), 3, Some(2)), Err(KeepError::Unlinked { .. })));
    let name = lock(home).unwrap().put_back(&leaf("worker")).unwrap().unwrap();
    assert_eq!((name.number, version(home, &leaf("worker"))), (2, Some(2)));
    assert_eq!(lock(home).unwrap().put_back(&leaf("worker")).unwrap(), None);
    issue(home, &leaf("worker"), 3, Some(2)).unwrap();
    assert_sound(home, "put back");
}

#[test]
fn the_links_of_cas_and_of_what_was_issued_last_are_made_again_by_every_writer() {
    let Store { home, .. } = &store();
    let lines = || fs::read_to_string(home.ledger().path()).unwrap();
    let before = lines();
    unlink(home, &authority());
    unlink(home, &leaf("last"));
    assert_eq!(home.read_even_unlinked(&authority()).unwrap().number(), 1);
    let writer = lock(home).unwrap();
    let found: Vec<&Slot> = writer.recovery().put_back.iter().map(|(slot, _)| slot).collect();
    assert_eq!(found, [&authority(), &leaf("last")]);
    assert!(writer.recovery().undelivered.is_empty());
    drop(writer);
    assert_eq!(lines(), before, "it was said of one in force that it was withdrawn");
    assert_sound(home, "made again");
}

#[test]
fn no_key_is_swept_away_because_its_link_is_gone() {
    let Store { home, .. } = &store();
    for slot in [authority(), leaf("worker"), leaf("last")] {
        unlink(home, &slot);
    }
    // What an interrupted command leaves, which makes the next one look everywhere.
    fs::create_dir(home.path().join("staging/0123456789abcdef")).unwrap();
    drop(lock(home).unwrap());
    assert_eq!(version(home, &authority()), Some(1));
    assert_eq!(version(home, &leaf("worker")), Some(2));
    assert_eq!(version(home, &leaf("last")), Some(1));
    assert_sound(home, "nothing was swept");
}

#[test]
fn only_a_whole_generation_that_the_ledger_knows_is_put_back() {
    let Store { home, .. } = &store();
    let names = home.generations(&leaf("worker")).unwrap();
    let directory = home.directory(&leaf("worker"));
    unlink(home, &leaf("worker"));
    fs::write(directory.join(names[1].to_string()).join("tls.key"), "other").unwrap();
    let stranger = directory.join("9-0123456789abcdef0123456789abcdef");
    fs::create_dir(&stranger).unwrap();
    mode(&stranger, 0o700);
    let writer = lock(home).unwrap();
    assert_eq!(writer.put_back(&leaf("worker")).unwrap().as_ref(), Some(&names[0]));
    unlink(home, &leaf("worker"));
    fs::remove_file(directory.join(names[0].to_string()).join("tls.crt")).unwrap();
    assert!(matches!(writer.put_back(&leaf("worker")), Err(KeepError::Unlinked { generations: 3, .. })));
}

#[test]
fn on_a_changed_ledger_nothing_is_issued_and_the_first_bad_line_is_named() {
    let Store { home, .. } = &store();
    let path = home.ledger().path();
    let sound = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = sound.lines().collect();
    for (tampered, line) in [
        (sound.replacen(lines[1], &lines[1].replace("\"reason\":\"new\"", "\"reason\":\"old\""), 1), 2),
        (sound.replacen(&format!("{}\n", lines[2]), "", 1), 3),
    ] {
        fs::write(&path, &tampered).unwrap();
        let refused = issue(home, &leaf("new"), 1, None);
        assert!(matches!(&refused, Err(KeepError::LedgerBroken { line: found, .. }) if *found == line));
        let text = told(refused);
        assert!(text.contains("nothing is issued on top of that; keep a copy as evidence"), "{text}");
        assert_eq!(fs::read_to_string(&path).unwrap(), tampered);
    }
    // Restored from a copy it is another file, verified whole and gone on with.
    fs::remove_file(&path).unwrap();
    fs::write(&path, &sound).unwrap();
    mode(&path, 0o600);
    issue(home, &leaf("new"), 1, None).unwrap();
    assert_sound(home, "restored");
}

#[test]
fn a_head_without_a_sum_that_tells_of_fewer_lines_is_damage() {
    let Store { home, .. } = &store();
    let path = home.path().join("ledger.head");
    let ledger = fs::read_to_string(home.ledger().path()).unwrap();
    let hash = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].clone();
    let first = ledger.lines().next().unwrap();
    let of_first = (1, first.len() + 1, hash(first));
    for (lines, length, hash) in [(0, 0, "0".repeat(64).into()), of_first] {
        let head = serde_json::json!({ "lines": lines, "length": length, "hash": hash });
        fs::write(&path, head.to_string()).unwrap();
        for text in [told(home.ledger().verify()), told(issue(home, &leaf("new"), 1, None))] {
            assert!(text.contains("ledger.head") && text.contains("fewer lines than there are"), "{text}");
        }
    }
    // As the first writers left it: no sum, and every line told of.
    let last = ledger.lines().last().unwrap();
    let whole =
        serde_json::json!({ "lines": ledger.lines().count(), "length": ledger.len(), "hash": hash(last) });
    fs::write(&path, whole.to_string()).unwrap();
    assert_eq!(home.ledger().verify().unwrap().fault, None);
    issue(home, &leaf("new"), 1, None).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("\"sum\""));
}

#[test]
fn a_ledger_that_is_gone_is_told_with_the_way_out_and_not_begun_anew() {
    for files in [&["ledger.jsonl"][..], &["ledger.head"], &["ledger.jsonl", "ledger.head"]] {
        let Store { home, .. } = &store();
        for file in files {
            fs::remove_file(home.path().join(file)).unwrap();
        }
        for text in [
            told(lock(home).map(|_| ())),
            told(home.audit()),
            told(Home::create(RealDisk, home.path()).and_then(|home| lock(&home).map(|_| ()))),
        ] {
            assert!(text.contains("restore ledger.jsonl and ledger.head from a backup"), "{files:?}: {text}");
        }
        for file in files {
            assert!(!home.path().join(file).exists(), "{file} was begun anew");
        }
    }
}

#[test]
fn a_directory_in_which_others_may_replace_keys_is_refused() {
    let Store { home, .. } = &store();
    let slot = home.directory(&leaf("worker"));
    let generation = fs::canonicalize(home.current_path(&leaf("worker"))).unwrap();
    for directory in ["namespaces", "namespaces/orders.a1b2c", "namespaces/orders.a1b2c/leaves"]
        .map(|name| home.path().join(name))
        .iter()
        .chain([&slot, &generation])
    {
        mode(directory, 0o770);
        let text = told(home.read(&leaf("worker")));
        assert!(
            text.contains("its mode is 0770, so that others may replace") && text.contains("chmod go-w"),
            "{text}"
        );
        home.clone().overlooking_modes().read(&leaf("worker")).unwrap();
        mode(directory, 0o700);
    }
    mode(&home.path().join("namespaces/orders.a1b2c"), 0o770);
    assert!(matches!(issue(home, &leaf("worker"), 3, Some(2)), Err(KeepError::OpenDirectory { .. })));
    mode(&home.path().join("namespaces/orders.a1b2c"), 0o700);
    mode(&home.ledger().path(), 0o666);
    let text = told(issue(home, &leaf("worker"), 3, Some(2)));
    assert!(text.contains("0666") && text.contains("make it 0644"), "{text}");
}

#[test]
fn what_belongs_to_somebody_else_is_refused() {
    let Store { home, .. } = &store();
    let generation = fs::canonicalize(home.current_path(&leaf("worker"))).unwrap();
    for path in [home.path().join("namespaces/orders.a1b2c"), generation.join("tls.key")] {
        if std::os::unix::fs::chown(&path, Some(65534), None).is_err() {
            mtlsmith_testkit::not_tested("not root: files of another owner in the store");
            return;
        }
        assert!(matches!(home.read(&leaf("worker")), Err(KeepError::ForeignOwner { owner: 65534, .. })));
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    }
    home.read(&leaf("worker")).unwrap();
}

#[test]
fn files_and_lines_that_have_no_end_are_not_taken_in() {
    let Store { home, .. } = &store();
    let key = home.current_path(&leaf("worker")).join("tls.key");
    fs::File::options().write(true).open(&key).unwrap().set_len(1 << 40).unwrap();
    let text = told(home.read(&leaf("worker")));
    assert!(text.contains("tls.key") && text.contains("more than 1 MiB"), "{text}");
    let current = home.current_path(&leaf("last"));
    for number in 0..40 {
        fs::write(current.join(format!("extra{number}")), "x").unwrap();
    }
    let text = told(home.read(&leaf("last")));
    assert!(text.contains("at most 32"), "{text}");
    // A line that goes on for gigabytes: a hole in the file, so the test needs no room for it.
    let file = fs::File::options().write(true).open(home.ledger().path()).unwrap();
    file.set_len(file.metadata().unwrap().len() + (1 << 34)).unwrap();
    for text in [told(home.ledger().for_each(|_| ())), told(home.audit()), told(lock(home).map(|_| ()))] {
        assert!(text.contains("line 5") && text.contains("longer than 1 MiB"), "{text}");
    }
}

#[test]
fn many_who_make_one_home_at_once_make_one() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..6 {
        let path = directory.path().join(format!("above{round}/home"));
        std::thread::scope(|scope| {
            for number in 0..6 {
                let path = &path;
                scope.spawn(move || {
                    let home = Home::create(RealDisk, path).unwrap();
                    issue(&home, &leaf(&format!("worker-{number}")), 1, None).unwrap();
                });
            }
        });
        let home = Home::open(RealDisk, &path).unwrap();
        assert_eq!(home.slots().unwrap().len(), 6);
        assert_sound(&home, "made at once");
    }
}
