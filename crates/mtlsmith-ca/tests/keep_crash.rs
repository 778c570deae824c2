//! Whatever ends or fails a writer, at whichever call: the old pair is in force or the new one, whole; the ledger verifies; what was
//! acknowledged is there.
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

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use keep_support::KEY_MARK;
use keep_support::NOW;
use keep_support::Pair;
use keep_support::assert_expiries;
use keep_support::assert_sound;
use keep_support::issue;
use keep_support::leaf;
use keep_support::lock;
use keep_support::version;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Threads;
use mtlsmith_ca::keep::disk::faulty::Fault;
use mtlsmith_ca::keep::disk::faulty::FaultyDisk;
use mtlsmith_ca::keep::disk::faulty::Loss;

const HOME: &str = "/state/mtlsmith";

const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// A change to the store, and which versions it leads from and to.
struct Scenario {
    name: &'static str,
    run: fn(&Home) -> Result<(), KeepError>,
    /// Slot, version before, version after.
    slots: Vec<(Slot, Option<u64>, u64)>,
}

fn authority() -> Slot {
    Slot::authority("ca").unwrap()
}

fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "first leaf",
            run: |home| issue(home, &leaf("new"), 1, None).map(|_| ()),
            slots: vec![(leaf("new"), None, 1)],
        },
        Scenario {
            name: "renewal",
            run: |home| issue(home, &leaf("worker"), 5, Some(4)).map(|_| ()),
            slots: vec![(leaf("worker"), Some(4), 5)],
        },
        Scenario {
            name: "renewal of a CA",
            run: |home| issue(home, &authority(), 2, Some(1)).map(|_| ()),
            slots: vec![(authority(), Some(1), 2)],
        },
        Scenario {
            name: "batch",
            run: |home| {
                let pairs = [
                    Pair::new(&leaf("worker"), 5),
                    Pair::new(&leaf("a"), 1),
                    Pair::new(&leaf("b"), 1),
                    Pair::new(&Slot::leaf(Some("other"), "c").unwrap(), 1),
                ];
                let deliveries: Vec<Delivery<'_>> =
                    pairs.iter().map(|pair| pair.delivery((pair.version == 5).then_some(4))).collect();
                lock(home)?.issue_batch("batch", &deliveries, Threads::of(NonZeroUsize::MIN), NOW).map(|_| ())
            },
            slots: vec![
                (leaf("worker"), Some(4), 5),
                (leaf("a"), None, 1),
                (leaf("b"), None, 1),
                (Slot::leaf(Some("other"), "c").unwrap(), None, 1),
            ],
        },
    ]
}

/// A store with a CA, and a leaf that was renewed so often that old generations go.
fn store() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let home = Home::create(disk.clone(), HOME).unwrap();
    issue(&home, &authority(), 1, None).unwrap();
    for number in 1..=4 {
        issue(&home, &leaf("worker"), number, (number > 1).then(|| number - 1)).unwrap();
    }
    disk.crash(Loss::EverythingUnsynced);
    assert_eq!(version(&Home::open(disk.clone(), HOME).unwrap(), &leaf("worker")), Some(4));
    disk
}

fn losses(seed: u64) -> [Loss; 3] {
    [Loss::Nothing, Loss::EverythingUnsynced, Loss::Some(seed.wrapping_mul(0x9e37_79b9) + 7)]
}

/// All that must hold after the fault and the loss; then the same change again must succeed and last.
fn check_after(
    disk: &FaultyDisk,
    scenario: &Scenario,
    outcome: &Result<(), KeepError>,
    stopped: bool,
    context: &str,
) {
    let home = Home::open(disk.clone(), HOME).unwrap_or_else(|error| panic!("{context}: {error}"));
    let mut done = 0;
    for (slot, before, after) in &scenario.slots {
        let found = version(&home, slot);
        assert!(found == *before || found == Some(*after), "{context}: {slot} has {found:?}");
        if outcome.is_ok() {
            assert_eq!(found, Some(*after), "{context}: {slot} was acknowledged and is lost");
        }
        if outcome.is_err() && !stopped {
            assert_eq!(found, *before, "{context}: {slot} was refused and is in force");
        }
        done += usize::from(found == Some(*after));
    }
    let verified = home.ledger().verify().unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(verified.fault, None, "{context}");
    assert_expiries(&home, &format!("{context}, before recovery"));
    drop(lock(&home).unwrap_or_else(|error| panic!("{context}: {error}")));
    assert_sound(&home, context);
    assert_expiries(&home, context);
    assert_no_stray_keys(disk, context);
    if done == scenario.slots.len() {
        return;
    }
    retry(&home, scenario, context);
    disk.crash(Loss::EverythingUnsynced);
    for (slot, _, after) in &scenario.slots {
        assert_eq!(version(&home, slot), Some(*after), "{context}: {slot} after a second try");
    }
    drop(lock(&home).unwrap());
    assert_sound(&home, context);
}

/// The same again for what is missing.
fn retry(home: &Home, scenario: &Scenario, context: &str) {
    for (slot, _, after) in &scenario.slots {
        if version(home, slot) == Some(*after) {
            continue;
        }
        let expected = home.current(slot).unwrap().map(|name| name.number);
        issue(home, slot, *after, expected).unwrap_or_else(|error| panic!("{context}: second try: {error}"));
    }
}

/// Keys lie in generations that have a place, and nowhere else.
fn assert_no_stray_keys(disk: &FaultyDisk, context: &str) {
    for (path, bytes) in disk.everything() {
        let has_key = bytes.windows(KEY_MARK.len()).any(|window| window == KEY_MARK.as_bytes());
        assert!(!has_key || path.ends_with("/tls.key"), "{context}: a key in {path}");
        assert!(!path.contains("/staging/"), "{context}: {path} is left over");
    }
}

/// Runs a scenario with a fault at each call, and each loss after it. The number of states looked at.
fn try_all(scenario: &Scenario, fault: impl Fn(u64) -> Fault, stops: bool) -> u64 {
    let base = store();
    let mut states = 0;
    for call in 1.. {
        let broken = base.copy();
        let home = Home::open(broken.clone(), HOME).unwrap();
        broken.set_fault(fault(call));
        let outcome = (scenario.run)(&home);
        let calls = broken.calls();
        for loss in losses(call) {
            let disk = broken.copy();
            disk.crash(loss);
            let context = format!("{}, {:?}, {loss:?}, {outcome:?}", scenario.name, fault(call));
            check_after(&disk, scenario, &outcome, stops, &context);
            states += 1;
        }
        if call > calls {
            assert!(outcome.is_ok(), "{}: {outcome:?}", scenario.name);
            break;
        }
    }
    states
}

#[test]
fn a_process_that_ends_at_any_call_leaves_old_or_new() {
    let mut states = 0;
    for scenario in scenarios() {
        states += try_all(&scenario, Fault::StopAt, true);
    }
    eprintln!("{states} states after an end at each call");
    assert!(states > 500, "only {states} states were looked at");
}

#[test]
fn a_call_that_fails_once_leaves_the_old_pair_in_force() {
    let mut states = 0;
    for scenario in scenarios() {
        for kind in [ErrorKind::Other, ErrorKind::Interrupted] {
            states += try_all_failing_once(&scenario, kind);
        }
    }
    eprintln!("{states} states after a failure of each call");
}

/// As `try_all`, but a call that failed and was made good is no failure.
fn try_all_failing_once(scenario: &Scenario, kind: ErrorKind) -> u64 {
    let base = store();
    let mut states = 0;
    for call in 1.. {
        let broken = base.copy();
        let home = Home::open(broken.clone(), HOME).unwrap();
        broken.set_fault(Fault::FailAt(call, kind));
        let outcome = (scenario.run)(&home);
        let calls = broken.calls();
        for loss in losses(call) {
            let disk = broken.copy();
            disk.crash(loss);
            let context =
                format!("{}, call {call} fails with {kind:?}, {loss:?}, {outcome:?}", scenario.name);
            check_after(&disk, scenario, &outcome, false, &context);
            states += 1;
        }
        if call > calls {
            break;
        }
    }
    states
}

#[test]
fn a_disk_that_becomes_full_or_read_only_at_any_call_leaves_old_or_new() {
    for scenario in scenarios() {
        try_all(&scenario, Fault::FullFrom, true);
        try_all(&scenario, |call| Fault::FailChangesFrom(call, ErrorKind::ReadOnlyFilesystem), true);
    }
}

#[test]
fn short_writes_are_gone_on_with() {
    for scenario in scenarios() {
        let disk = store();
        let home = Home::open(disk.clone(), HOME).unwrap();
        disk.set_fault(Fault::ShortWrites);
        (scenario.run)(&home).unwrap();
        disk.crash(Loss::EverythingUnsynced);
        check_after(&disk, &scenario, &Ok(()), false, scenario.name);
    }
}

#[test]
fn recovery_itself_may_end_or_fail_at_any_call() {
    let base = store();
    for scenario in scenarios() {
        let calls = {
            let disk = base.copy();
            let home = Home::open(disk.clone(), HOME).unwrap();
            disk.set_fault(Fault::None);
            (scenario.run)(&home).unwrap();
            disk.calls()
        };
        for first in (1..=calls).step_by(7) {
            let broken = base.copy();
            let home = Home::open(broken.clone(), HOME).unwrap();
            broken.set_fault(Fault::StopAt(first));
            let outcome = (scenario.run)(&home);
            broken.crash(Loss::Some(first));
            for second in 1.. {
                let disk = broken.copy();
                let home = Home::open(disk.clone(), HOME).unwrap();
                disk.set_fault(Fault::StopAt(second));
                let recovered = lock(&home).map(|_| ());
                let calls = disk.calls();
                disk.crash(Loss::Some(second));
                let context = format!("{}, ends at {first}, recovery at {second}", scenario.name);
                check_after(&disk, &scenario, &outcome, true, &context);
                if second > calls {
                    recovered.unwrap();
                    break;
                }
            }
        }
    }
}

#[test]
fn making_a_home_may_end_at_any_call_and_be_done_again() {
    for call in 1.. {
        let broken = FaultyDisk::new();
        broken.set_fault(Fault::StopAt(call));
        let made = Home::create(broken.clone(), HOME);
        let calls = broken.calls();
        for loss in losses(call) {
            let disk = broken.copy();
            disk.crash(loss);
            let home =
                Home::create(disk.clone(), HOME).unwrap_or_else(|error| panic!("{call} {loss:?}: {error}"));
            issue(&home, &leaf("worker"), 1, None).unwrap_or_else(|error| panic!("{call} {loss:?}: {error}"));
            disk.crash(Loss::EverythingUnsynced);
            assert_eq!(version(&home, &leaf("worker")), Some(1), "{call} {loss:?}");
            assert_sound(&home, &format!("{call} {loss:?}"));
        }
        if call > calls {
            assert!(made.is_ok());
            break;
        }
    }
}

#[test]
fn a_batch_that_was_cut_short_goes_on_and_nothing_is_lost_or_doubled() {
    let slots: Vec<Slot> = (0..6).map(|index| leaf(&format!("w{index}"))).collect();
    let run = |home: &Home, serial: u64| -> Result<(), KeepError> {
        for (part, slots) in slots.chunks(2).enumerate() {
            let mut writer = lock(home)?;
            let done = home.delivered("the batch")?;
            let serial = serial + u64::try_from(part * 10).unwrap();
            let pairs: Vec<Pair> = slots
                .iter()
                .zip(serial..)
                .filter(|(slot, _)| !done.contains_key(slot))
                .map(|(slot, serial)| Pair::new(slot, serial))
                .collect();
            let deliveries: Vec<Delivery<'_>> = pairs.iter().map(|pair| pair.delivery(None)).collect();
            writer.issue_batch("the batch", &deliveries, Threads::of(NonZeroUsize::MIN), NOW)?;
        }
        Ok(())
    };
    let base = FaultyDisk::new();
    Home::create(base.clone(), HOME).unwrap();
    for call in 1.. {
        let broken = base.copy();
        let home = Home::open(broken.clone(), HOME).unwrap();
        broken.set_fault(Fault::StopAt(call));
        let first = run(&home, 1);
        let calls = broken.calls();
        for loss in losses(call) {
            let disk = broken.copy();
            disk.crash(loss);
            let home = Home::open(disk.clone(), HOME).unwrap();
            run(&home, 101).unwrap();
            disk.crash(Loss::EverythingUnsynced);
            let delivered = home.delivered("the batch").unwrap();
            assert_eq!(delivered.keys().cloned().collect::<Vec<_>>(), slots, "{call} {loss:?}");
            let mut serials: Vec<&str> = delivered.values().map(|entry| entry.serial.as_str()).collect();
            serials.sort_unstable();
            serials.dedup();
            assert_eq!(serials.len(), slots.len(), "{call} {loss:?}: a serial number twice");
            for slot in &slots {
                assert_eq!(home.generations(slot).unwrap().len(), 1, "{call} {loss:?}: {slot} twice");
            }
            assert_sound(&home, &format!("{call} {loss:?}"));
            assert_expiries(&home, &format!("{call} {loss:?}"));
        }
        if call > calls {
            first.unwrap();
            break;
        }
    }
}

#[test]
fn a_batch_written_on_several_threads_is_old_or_new_wherever_it_ends() {
    let slots: Vec<Slot> = (0..40).map(|index| leaf(&format!("w{index}"))).collect();
    let run = |home: &Home| -> Result<(), KeepError> {
        let done = home.delivered_slots("many", TWO)?;
        let pairs: Vec<Pair> =
            slots.iter().filter(|slot| !done.contains(*slot)).map(|slot| Pair::new(slot, 1)).collect();
        let deliveries: Vec<Delivery<'_>> = pairs.iter().map(|pair| pair.delivery(None)).collect();
        lock(home)?.issue_batch("many", &deliveries, Threads::of(TWO), NOW).map(|_| ())
    };
    let base = FaultyDisk::new();
    Home::create(base.clone(), HOME).unwrap();
    let (mut in_the_middle, mut call) = (0, 1);
    loop {
        for fault in [Fault::StopAt(call), Fault::FailAt(call, ErrorKind::Other)] {
            let broken = base.copy();
            let home = Home::open(broken.clone(), HOME).unwrap();
            broken.set_fault(fault);
            let first = run(&home);
            let calls = broken.calls();
            let of_power = losses(call)[usize::try_from(call % 3).unwrap()];
            for loss in [Loss::Nothing, of_power] {
                let disk = broken.copy();
                disk.crash(loss);
                let context = format!("{fault:?}, {loss:?}, {first:?}");
                let home = Home::open(disk.clone(), HOME).unwrap();
                let found = slots.iter().filter(|slot| version(&home, slot).is_some()).count();
                assert!(first.is_err() || found == slots.len(), "{context}: acknowledged and lost");
                assert!(
                    !matches!(fault, Fault::FailAt(..)) || first.is_ok() || found == 0,
                    "{context}: {found}"
                );
                in_the_middle += u32::from(found > 0 && found < slots.len());
                drop(lock(&home).unwrap());
                assert_sound(&home, &context);
                assert_no_stray_keys(&disk, &context);
                run(&home).unwrap();
                disk.crash(Loss::EverythingUnsynced);
                assert_eq!(home.delivered_slots("many", TWO).unwrap().len(), slots.len(), "{context}");
                assert_sound(&home, &context);
            }
            if call > calls {
                first.unwrap();
                eprintln!("{in_the_middle} states in the middle of a batch");
                assert!(in_the_middle > 0);
                return;
            }
        }
        // 40 names are put in place one after the other: no step goes past all of them.
        call += 19;
    }
}

#[test]
fn who_waits_for_the_processors_is_told_once_per_batch_and_never_of_a_refused_one() {
    let home = Home::create(FaultyDisk::new(), HOME).unwrap();
    let pairs: Vec<Pair> = (0..100).map(|index| Pair::new(&leaf(&format!("w{index}")), 1)).collect();
    let deliveries: Vec<Delivery<'_>> = pairs.iter().map(|pair| pair.delivery(None)).collect();
    let told = AtomicUsize::new(0);
    let freed = || {
        told.fetch_add(1, Ordering::Relaxed);
        assert!(pairs.iter().all(|pair| version(&home, &pair.slot).is_none()), "told when all was done");
    };
    let threads = Threads { count: TWO, freed: &freed };
    lock(&home).unwrap().issue_batch("all", &deliveries, threads, NOW).unwrap();
    assert_eq!(told.load(Ordering::Relaxed), 1);
    // A second generation that nobody expects is refused before a file is written.
    assert!(lock(&home).unwrap().issue_batch("again", &deliveries, threads, NOW).is_err());
    assert_eq!(told.load(Ordering::Relaxed), 1);
}
