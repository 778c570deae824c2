//! Damage in the store: each byte changed, each file cut off at each length, files swapped. It is told, or it changes nothing; a wrong pair
//! is never handed out.
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

use std::path::Path;

use keep_support::NOW;
use keep_support::Pair;
use keep_support::fits;
use keep_support::issue;
use keep_support::leaf;
use keep_support::lock;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::disk::Disk;
use mtlsmith_ca::keep::disk::faulty::FaultyDisk;
use mtlsmith_ca::keep::ledger::Fault;

const HOME: &str = "/home";

fn store() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let home = Home::create(disk.clone(), HOME).unwrap();
    issue(&home, &Slot::authority("ca").unwrap(), 1, None).unwrap();
    issue(&home, &leaf("worker"), 1, None).unwrap();
    issue(&home, &leaf("worker"), 2, Some(1)).unwrap();
    issue(&home, &leaf("other"), 1, None).unwrap();
    disk
}

/// Is the damage told by the check of everything, with every pair that is still handed out being whole?
fn is_told(disk: &FaultyDisk, context: &str) -> bool {
    let home = Home::open(disk.clone(), HOME).unwrap();
    for slot in home.slots().unwrap() {
        match home.read(&slot) {
            Ok(generation) => drop(fits(&generation).unwrap_or_else(|error| panic!("{context}: {error}"))),
            Err(KeepError::Damaged { .. } | KeepError::Disk { .. }) => {}
            Err(error) => panic!("{context}: {error}"),
        }
    }
    // Whatever they say, the answers come without a panic.
    let _ = home.expiring(NOW.plus(86_400 * 30));
    let _ = home.in_force();
    match home.audit() {
        Ok(audit) => !audit.is_sound() || audit.ledger.unfinished > 0,
        Err(_) => true,
    }
}

/// The files that hold something; the lock's words are for people.
fn files(disk: &FaultyDisk) -> Vec<(String, Vec<u8>)> {
    let all = disk.everything().into_iter();
    all.filter(|(path, bytes)| !path.ends_with("/lock") && !bytes.starts_with(b"-> ")).collect()
}

#[test]
fn every_changed_byte_of_every_file_is_told() {
    let disk = store();
    let files = files(&disk);
    assert_eq!(files.len(), 2 + 4 * 2);
    let mut changes = 0;
    for (path, bytes) in files {
        for place in 0..bytes.len() {
            for change in [0x01, 0x20, 0x80] {
                let mut other = bytes.clone();
                other[place] ^= change;
                disk.damage(Path::new(&path), &other);
                let context = format!("{path}, byte {place} ^ {change:#x}");
                // White space in the small file about the ledger's end means nothing.
                assert!(is_told(&disk, &context), "{context}: not told");
                changes += 1;
            }
        }
        disk.damage(Path::new(&path), &bytes);
    }
    assert!(!is_told(&disk, "restored"));
    eprintln!("{changes} changes told");
}

#[test]
fn every_file_that_was_cut_off_or_lengthened_is_told() {
    let disk = store();
    for (path, bytes) in files(&disk) {
        for length in 0..bytes.len() {
            disk.damage(Path::new(&path), &bytes[..length]);
            assert!(is_told(&disk, &format!("{path} cut off at {length}")), "{path} cut off at {length}");
        }
        for added in ["\n", "x", "{}\n", "\0"] {
            let longer = [&bytes, added.as_bytes()].concat();
            disk.damage(Path::new(&path), &longer);
            let told = is_told(&disk, &format!("{path} with {added:?}"));
            let harmless = path.ends_with("ledger.head") && added == "\n";
            assert!(told || harmless, "{path} with {added:?}");
        }
        disk.damage(Path::new(&path), &bytes);
    }
}

#[test]
fn files_and_directories_that_were_swapped_are_told() {
    let disk = store();
    let home = Home::open(disk.clone(), HOME).unwrap();
    let all = files(&disk);
    for (one, one_bytes) in &all {
        for (other, other_bytes) in all.iter().filter(|(other, _)| other > one) {
            disk.damage(Path::new(one), other_bytes);
            disk.damage(Path::new(other), one_bytes);
            assert!(is_told(&disk, &format!("{one} and {other}")), "{one} and {other}");
            disk.damage(Path::new(one), one_bytes);
            disk.damage(Path::new(other), other_bytes);
        }
    }
    disk.exchange(&home.directory(&leaf("worker")), &home.directory(&leaf("other"))).unwrap();
    assert!(matches!(home.read(&leaf("worker")), Err(KeepError::Damaged { .. })));
    assert!(is_told(&disk, "slots"));
}

#[test]
fn a_current_link_that_leads_elsewhere_is_told() {
    for target in ["../other/current", "/etc", "1-0", "", "2", "9-0123456789abcdef0123456789abcdef"] {
        let disk = store();
        let home = Home::open(disk.clone(), HOME).unwrap();
        let link = home.current_path(&leaf("worker"));
        disk.remove_file(&link).unwrap();
        disk.symlink(Path::new(target), &link).unwrap();
        assert!(home.read(&leaf("worker")).is_err(), "{target:?}");
        assert!(is_told(&disk, target), "{target:?}");
    }
}

/// A ledger of ten lines, changed by hand and then verified.
fn verify_changed(change: impl FnOnce(&mut Vec<String>)) -> Option<Fault> {
    let disk = FaultyDisk::new();
    let home = Home::create(disk.clone(), HOME).unwrap();
    for number in 1..=10 {
        issue(&home, &leaf(&format!("w{number}")), number, None).unwrap();
    }
    let path = home.ledger().path();
    let text = String::from_utf8(disk.read(&path).unwrap().to_vec()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    change(&mut lines);
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    disk.damage(&path, text.as_bytes());
    let fault = home.ledger().verify().unwrap().fault;
    // Nobody issues on top of it, and who tries is told the same line.
    match (&fault, lock(&home).map(|_| ())) {
        (None, Ok(())) => {}
        (Some(fault), Err(KeepError::LedgerBroken { line, .. })) => assert_eq!(line, fault.line()),
        (fault, result) => panic!("{fault:?}: {result:?}"),
    }
    fault
}

#[test]
fn the_first_line_that_was_changed_dropped_or_moved_is_named() {
    assert_eq!(verify_changed(|_| {}), None);
    for line in 1..=10_u64 {
        let at = usize::try_from(line - 1).unwrap();
        let changed =
            verify_changed(|lines| lines[at] = lines[at].replace("\"reason\":\"new\"", "\"reason\":\"old\""));
        assert_eq!(changed, Some(Fault::Changed { line }));
        let dropped = verify_changed(|lines| drop(lines.remove(at)));
        let expected = if line == 10 { Fault::CutOff { line } } else { Fault::Dropped { line } };
        assert_eq!(dropped, Some(expected));
        if line < 10 {
            assert_eq!(verify_changed(|lines| lines.swap(at, at + 1)), Some(Fault::Moved { line }));
            assert_eq!(verify_changed(|lines| lines.truncate(at)), Some(Fault::CutOff { line }));
        }
    }
    let doubled = verify_changed(|lines| lines.insert(4, lines[3].clone()));
    assert_eq!(doubled.map(|fault| fault.line()), Some(5));
}

#[test]
fn a_line_that_was_hashed_anew_is_named_by_the_line_after_it_or_by_the_head() {
    use sha2::Digest;
    let rehash = |line: &str| {
        let body =
            line.split(",\"hash\":").next().unwrap().replace("\"reason\":\"new\"", "\"reason\":\"old\"");
        let digest: String =
            sha2::Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{body},\"hash\":\"{digest}\"}}")
    };
    for line in [1, 5, 9, 10_u64] {
        let at = usize::try_from(line - 1).unwrap();
        let fault = verify_changed(|lines| lines[at] = rehash(&lines[at]));
        assert_eq!(fault, Some(Fault::Changed { line }));
    }
}

#[test]
fn an_unfinished_last_line_is_told_by_readers_and_removed_by_the_next_writer_only() {
    let disk = store();
    let home = Home::open(disk.clone(), HOME).unwrap();
    let path = home.ledger().path();
    let whole = disk.read(&path).unwrap().to_vec();
    let torn = [&whole[..], b"{\"effective_expiry\":\"2027-0"].concat();
    disk.damage(&path, &torn);
    let verified = home.ledger().verify().unwrap();
    assert_eq!((verified.lines, verified.unfinished, verified.fault), (4, 27, None));
    assert_eq!(home.expiring(NOW.plus(86_400 * 30)).unwrap().len(), 3);
    assert_eq!(disk.read(&path).unwrap().to_vec(), torn, "a reader changed it");
    let writer = lock(&home).unwrap();
    assert_eq!(writer.recovery().unfinished_line, 27);
    assert_eq!(disk.read(&path).unwrap().to_vec(), whole);
}

#[test]
fn what_is_in_the_store_without_a_line_in_the_ledger_is_told() {
    let disk = store();
    let home = Home::open(disk.clone(), HOME).unwrap();
    // Somebody restores the ledger and its head from before the last issuance.
    let head_path = home.path().join("ledger.head");
    let (ledger, head) = (disk.read(&home.ledger().path()).unwrap(), disk.read(&head_path).unwrap());
    let pair = Pair::new(&leaf("late"), 1);
    lock(&home).unwrap().issue(&pair.delivery(None), NOW).unwrap();
    disk.damage(&home.ledger().path(), &ledger);
    disk.damage(&head_path, &head);
    let audit = home.audit().unwrap();
    assert_eq!(audit.ledger.fault, None);
    assert_eq!(audit.faults.iter().map(|(slot, _)| slot.clone()).collect::<Vec<_>>(), [leaf("late")]);
}
