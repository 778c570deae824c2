//! How long keeping takes, measured. Left out of ordinary runs, since a loaded machine measures nothing:
//! `cargo test --release -p mtlsmith-ca --test keep_speed -- --ignored --nocapture --test-threads=1`.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement says what it measured"
)]

mod keep_support;

use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use keep_support::NOW;
use keep_support::issuance;
use keep_support::leaf;
use keep_support::lock;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::NewFile;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Threads;

const CERTIFICATE: [u8; 900] = [b'c'; 900];
const KEY: [u8; 241] = [b'k'; 241];

struct Row {
    slot: Slot,
    issuance: Issuance,
}

fn rows(prefix: &str, count: u64) -> Vec<Row> {
    (0..count)
        .map(|index| Row {
            slot: leaf(&format!("{prefix}{index}")),
            issuance: issuance("CN=worker", index % 300 + 1),
        })
        .collect()
}

fn deliveries(rows: &[Row]) -> Vec<Delivery<'_>> {
    rows.iter()
        .map(|row| Delivery {
            slot: &row.slot,
            files: vec![
                NewFile { name: "tls.crt", bytes: &CERTIFICATE },
                NewFile { name: "tls.key", bytes: &KEY },
            ],
            issuance: &row.issuance,
            expected: None,
            sharing: Sharing::Owner,
            keep: 3,
            verify: &|_| Ok(()),
        })
        .collect()
}

/// The same files in directories and links as the store has them, and one sync, on as many threads.
fn same_tree(directory: &Path, count: usize, threads: usize) {
    fs::create_dir(directory).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for index in (thread..count).step_by(threads) {
                    let leaf = directory.join(format!("w{index}"));
                    let generation = leaf.join("1-0123456789abcdef0123456789abcdef");
                    fs::create_dir(&leaf).unwrap();
                    fs::create_dir(&generation).unwrap();
                    std::os::unix::fs::symlink(generation.file_name().unwrap(), leaf.join("current"))
                        .unwrap();
                    write_pair(&generation.join("tls.crt"), &generation.join("tls.key"));
                }
            });
        }
    });
    rustix::fs::syncfs(fs::File::open(directory).unwrap()).unwrap();
}

fn write_pair(certificate: &Path, key: &Path) {
    for (path, bytes) in [(certificate, &CERTIFICATE[..]), (key, &KEY)] {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(path).unwrap().write_all(bytes).unwrap();
    }
}

/// The same two files for each leaf, all in one directory.
fn flat_files(directory: &Path, count: usize) {
    fs::create_dir(directory).unwrap();
    for index in 0..count {
        write_pair(&directory.join(format!("w{index}.crt")), &directory.join(format!("w{index}.key")));
    }
    rustix::fs::syncfs(fs::File::open(directory).unwrap()).unwrap();
}

#[test]
#[ignore = "a measurement"]
fn ten_thousand_leaves_durable() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let count = 10_000;
    let threads = std::thread::available_parallelism().unwrap();
    for round in 0..3 {
        rustix::fs::sync();
        let start = Instant::now();
        flat_files(&directory.path().join(format!("flat{round}")), count);
        let flat = start.elapsed();
        let start = Instant::now();
        same_tree(&directory.path().join(format!("tree1-{round}")), count, 1);
        let one = start.elapsed();
        let start = Instant::now();
        same_tree(&directory.path().join(format!("tree{round}")), count, threads.get());
        let all = start.elapsed();
        let home = Home::create(RealDisk, directory.path().join(format!("home{round}"))).unwrap();
        let rows = rows("w", u64::try_from(count).unwrap());
        rustix::fs::sync();
        let start = Instant::now();
        let done =
            lock(&home).unwrap().issue_batch("b", &deliveries(&rows), Threads::of(threads), NOW).unwrap();
        let ours = start.elapsed();
        assert_eq!(done.len(), count);
        println!(
            "round {round}: flat files + one sync {flat:.2?}; the same tree + one sync {one:.2?}, on all cores {all:.2?}; \
             store {ours:.2?}; rate against them {:.2} {:.2} {:.2}",
            flat.as_secs_f64() / ours.as_secs_f64(),
            one.as_secs_f64() / ours.as_secs_f64(),
            all.as_secs_f64() / ours.as_secs_f64()
        );
    }
}

#[test]
#[ignore = "a measurement"]
fn a_million_entries() {
    let directory = tempfile::tempdir_in(".").unwrap();
    let home = Home::create(RealDisk, directory.path().join("home")).unwrap();
    mtlsmith_ca::keep::ledger::fill_for_measurement(&home, 1_000_000, &issuance("CN=worker", 20), NOW)
        .unwrap();
    let length = fs::metadata(home.ledger().path()).unwrap().len();
    for _ in 0..3 {
        for threads in [1, 2, 4] {
            let start = Instant::now();
            let found =
                home.ledger().expiring(NOW.plus(86_400 * 30), NonZeroUsize::new(threads).unwrap()).unwrap();
            println!(
                "expiring, {threads} threads: {:.2?} ({} found, {length} bytes)",
                start.elapsed(),
                found.len()
            );
        }
    }
    let start = Instant::now();
    let verified = home.ledger().verify().unwrap();
    println!("verify: {:.2?}, {verified:?}", start.elapsed());
    // A writer reads the end alone, unless somebody else has touched the file.
    let path = home.ledger().path();
    for (what, touch) in [("nobody else", false), ("somebody else", true)] {
        if touch {
            fs::File::options()
                .append(true)
                .open(&path)
                .unwrap()
                .set_modified(std::time::SystemTime::now())
                .unwrap();
        }
        let start = Instant::now();
        drop(lock(&home).unwrap());
        println!("lock, after {what} has touched the ledger: {:.2?}", start.elapsed());
    }
}
