//! The real program, killed at random moments while somebody reads: no reader ever sees half of anything, the ledger stays whole, and
//! what was acknowledged is there.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests: a failure here is a failure of the test, and it says what it measured"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::ledger::Event;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::bundle::Bundle;
use serde_json::Value;

const NAMESPACE: &str = "orders.a1b2c";

/// As many processes are killed while they are at work.
const KILLS: usize = 200;

fn spawn(home: &Path, line: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtlsmith"));
    command.env_clear().env("MTLSMITH_HOME", home).args(line.split_whitespace()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// How a process ended, and all that it had said by then.
fn ended(mut child: Child) -> (std::process::ExitStatus, String, String) {
    let (mut said, mut talk) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    (child.wait().unwrap(), said, talk)
}

fn succeed(home: &Path, line: &str) -> String {
    let (status, said, talk) = ended(spawn(home, line));
    assert!(status.success(), "{line}: {said}{talk}");
    said
}

/// Numbers that are told in a failure, so that it can be looked into.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Moments(u64::from(seed.subsec_nanos()) | 1)
    }

    /// A moment within a time.
    fn within(&mut self, time: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        time * u32::try_from(self.0 % 1000).unwrap() / 1000
    }
}

/// The time within which a process is killed: found while it goes, so that about as many are hit as come through, however fast or loaded
/// the machine is, and kills fall before, into and behind every write.
struct Window(Duration);

impl Window {
    fn learn(&mut self, was_killed: bool) {
        self.0 = if was_killed { self.0 * 108 / 100 } else { self.0 * 94 / 100 };
        self.0 = self.0.clamp(Duration::from_millis(2), Duration::from_secs(2));
    }
}

/// Resolves `current` once, as a worker should, and checks that certificate and key belong together.
fn read_pair(current: &Path) -> Result<(), String> {
    for _ in 0..50 {
        let target = fs::read_link(current).map_err(|error| format!("current: {error}"))?;
        let directory = current.parent().unwrap().join(target);
        let read = |name: &str| fs::read(directory.join(name));
        let (Ok(certificate), Ok(key)) = (read("tls.crt"), read("tls.key")) else {
            // Replaced so often in between that it was removed: look again.
            continue;
        };
        let bundle = Bundle::read(&certificate);
        let leaf = bundle.certificates().next().ok_or("a partial certificate")?;
        let key = PrivateKey::read_plain(&key).map_err(|error| format!("a partial key: {error}"))?;
        return match key.public_key_info() == leaf.subject_public_key_info() {
            true => Ok(()),
            false => Err("a key of another certificate".to_owned()),
        };
    }
    Err("the pair was never there".to_owned())
}

fn assert_whole(home: &Home, context: &str) {
    let audit = home.audit().unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(audit.ledger.fault.is_none(), "{context}: {:?}", audit.ledger.fault);
    assert!(audit.faults.is_empty(), "{context}: {:?}", audit.faults);
}

#[test]
fn two_writers_that_are_killed_again_and_again_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    succeed(&path, &format!("new {NAMESPACE}"));
    let line = format!("gen leaf --namespace {NAMESPACE} --force --format json");
    let mut window = Window(Duration::from_millis(60));
    let home = Home::open(RealDisk, &path).unwrap();
    let slot = Slot::leaf(Some(NAMESPACE), "worker").unwrap();
    let (stop, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut moments = Moments::new();
    let (mut killed, mut rounds) = (0, 0);
    let mut acknowledged: BTreeMap<u64, String> = BTreeMap::new();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| -> Result<(), String> {
            while !stop.load(Ordering::Relaxed) {
                read_pair(&home.current_path(&slot))?;
                reads.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_micros(50));
            }
            Ok(())
        });
        while killed < KILLS && !reader.is_finished() {
            let mut children = [spawn(&path, &line), spawn(&path, &line)];
            for child in &mut children {
                std::thread::sleep(moments.within(window.0));
                child.kill().unwrap();
            }
            for child in children {
                let (status, said, _) = ended(child);
                let was_killed = status.signal() == Some(9);
                killed += usize::from(was_killed);
                window.learn(was_killed);
                if let Ok(told) = serde_json::from_str::<Value>(&said) {
                    let generation = told["generation"].as_u64().unwrap();
                    let other = acknowledged.insert(generation, told["serial"].as_str().unwrap().to_owned());
                    assert_eq!(other, None, "generation {generation} was promised twice");
                }
            }
            rounds += 1;
            if rounds % 8 == 0 {
                assert_whole(&home, &format!("after {killed} kills, moments {}", moments.0));
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(reader.join().unwrap(), Ok(()), "after {killed} kills, moments {}", moments.0);
    });
    succeed(&path, &line);
    let reads = reads.load(Ordering::Relaxed);
    eprintln!("{killed} kills, {} acknowledged, {reads} reads", acknowledged.len());
    assert!(killed >= KILLS && reads > 100 && !acknowledged.is_empty());
    assert_acknowledged(&home, &slot, &acknowledged);
    succeed(&path, "inventory verify");
}

fn assert_acknowledged(home: &Home, slot: &Slot, acknowledged: &BTreeMap<u64, String>) {
    let mut issued = BTreeSet::new();
    home.ledger()
        .for_each(|entry| {
            if entry.event == Event::Issued && entry.slot == slot.path() {
                issued.insert((entry.generation, entry.serial));
            }
        })
        .unwrap();
    for (generation, serial) in acknowledged {
        assert!(
            issued.contains(&(*generation, serial.clone())),
            "generation {generation} is not in the ledger"
        );
    }
    let current = home.current(slot).unwrap().unwrap().number;
    assert!(acknowledged.keys().all(|generation| *generation <= current), "the current one is {current}");
}

#[test]
fn a_list_that_is_killed_in_the_middle_goes_on_and_neither_loses_nor_doubles() {
    const ROWS: usize = 120;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    succeed(&path, &format!("new {NAMESPACE}"));
    let list = folder.path().join("list.csv");
    let rows: String = (0..ROWS).map(|row| format!("bulk-{row}\n")).collect();
    fs::write(&list, format!("name\n{rows}")).unwrap();
    let line = format!("gen leaf --namespace {NAMESPACE} --from {} --batch-size 8", list.display());
    let home = Home::open(RealDisk, &path).unwrap();
    let is_bulk = |slot: &Slot| slot.name().starts_with("bulk-");
    let mut moments = Moments::new();
    let (mut killed, mut in_the_middle, mut finished) = (0_u32, 0_u32, false);
    while !finished {
        let mut child = spawn(&path, &line);
        // Each one gets a little further than the one before.
        std::thread::sleep(Duration::from_millis(6) * killed + moments.within(Duration::from_millis(20)));
        child.kill().unwrap();
        let (status, _, talk) = ended(child);
        assert!(status.signal() == Some(9) || status.success(), "{talk}");
        assert_whole(&home, &format!("after {killed} kills, moments {}", moments.0));
        finished = status.success();
        killed += u32::from(!finished);
        let there = home.slots().unwrap().iter().filter(|slot| is_bulk(slot)).count();
        in_the_middle += u32::from(!finished && there > 0 && there < ROWS);
    }
    eprintln!("{killed} kills, {in_the_middle} of them in the middle of the list");
    assert!(in_the_middle > 0, "no kill fell into the middle");
    assert_eq!(
        succeed(&path, &line),
        format!("0 certificates minted, {ROWS} of the same list were there already\n")
    );
    let in_force = home.in_force().unwrap();
    let bulk: Vec<_> = in_force.iter().filter(|one| is_bulk(&one.slot)).collect();
    let keys: BTreeSet<&str> =
        bulk.iter().map(|one| one.entry.as_ref().unwrap().spki_sha256.as_str()).collect();
    let serials: BTreeSet<&str> =
        bulk.iter().map(|one| one.entry.as_ref().unwrap().serial.as_str()).collect();
    assert_eq!((bulk.len(), keys.len(), serials.len()), (ROWS, ROWS, ROWS));
    for one in &bulk {
        assert_eq!(home.generations(&one.slot).unwrap().len(), 1, "{}", one.slot);
        read_pair(&home.current_path(&one.slot)).unwrap();
    }
    succeed(&path, "inventory verify");
}
