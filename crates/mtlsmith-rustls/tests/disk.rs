//! What may happen to the files of a certificate while it is presented: the last good one stays, the counters tell once, and no
//! handshake and no question about the state waits for the disk.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::fs::File;
use std::fs::Permissions;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;

use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::Reason;
use mtlsmith_rustls::client::RotatingClientCert;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use support::NOW;
use support::live::write_pair;

/// A clock that moves on by a second whenever somebody looks at it, and that a test sets.
#[derive(Debug)]
struct Ticking(AtomicI64);

impl TimeProvider for Ticking {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.fetch_add(1, Ordering::Relaxed)).unwrap();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// A worker whose files are looked at all the time.
struct Scene {
    folder: tempfile::TempDir,
    clock: Arc<Ticking>,
    worker: Arc<RotatingClientCert>,
}

fn leaf(name: &str, number: u64) -> Certificate {
    testkit::leaf_builder(name).key(Key::p256(&format!("disk {number}"))).signed_by(&testkit::root("one"))
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ticking(AtomicI64::new(NOW)));
        write_pair(&folder.path().join("tls.crt"), &folder.path().join("tls.key"), &leaf("worker", 1));
        let files = CertificateFiles::directory(folder.path());
        let worker = RotatingClientCert::builder(files, mtlsmith_rustls::default_provider())
            .with_clock(clock.clone())
            .every(Duration::from_millis(1))
            .start()
            .unwrap();
        Scene { folder, clock, worker }
    }

    fn certificate(&self) -> std::path::PathBuf {
        self.folder.path().join("tls.crt")
    }

    fn presented(&self) -> Vec<u8> {
        self.worker.resolve(&[], &[]).unwrap().cert[0].to_vec()
    }

    /// Waits for so many more looks at the files.
    fn looks(&self, count: usize) {
        for _ in 0..count {
            let before = self.worker.status().last_look;
            self.wait(|status| status.last_look != before);
        }
    }

    fn wait(&self, until: impl Fn(&mtlsmith_rustls::client::RotationStatus) -> bool) {
        while !until(&self.worker.status()) {
            thread::yield_now();
        }
    }
}

/// Puts something in place of a file.
type Spoil<'a> = &'a dyn Fn(&Path);

#[test]
fn whatever_stands_in_place_of_the_certificate_the_old_one_stays_and_it_counts_once() {
    let spoil: [(&str, Spoil<'_>); 6] = [
        ("a directory", &|path| fs::create_dir(path).unwrap()),
        ("a gigabyte", &|path| File::create(path).unwrap().set_len(1 << 30).unwrap()),
        ("a pipe", &|path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("a link to nothing", &|path| symlink("nothing", path).unwrap()),
        ("a link to itself", &|path| symlink("tls.crt", path).unwrap()),
        ("nothing", &|_| ()),
    ];
    let scene = Scene::new();
    let (crt, key) = (scene.certificate(), scene.folder.path().join("tls.key"));
    for (number, (name, spoil)) in (2..).zip(spoil) {
        let held = scene.presented();
        fs::remove_file(&crt).unwrap();
        spoil(&crt);
        scene.wait(|status| status.last_error.is_some());
        // The look that saw nothing at all counts, and the one that saw what was put there.
        scene.looks(5);
        let counted = scene.worker.status().not_taken;
        scene.looks(20);
        let status = scene.worker.status();
        assert_eq!(status.not_taken, counted, "{name} counts again with each look");
        assert_eq!(status.last_error.unwrap().reason(), Reason::Unreadable, "{name}");
        assert_eq!((status.generation, scene.presented()), (number - 1, held), "{name}");
        let staged = scene.folder.path().join("staged");
        write_pair(&staged, &key, &leaf("worker", number));
        if crt.is_dir() {
            fs::remove_dir(&crt).unwrap();
        }
        fs::rename(&staged, &crt).unwrap();
        scene.wait(|status| status.generation == number && status.last_error.is_none());
        assert_eq!(scene.presented(), leaf("worker", number).der(), "{name}");
    }
}

#[test]
fn a_file_that_may_not_be_read_any_more_changes_nothing() {
    let scene = Scene::new();
    fs::set_permissions(scene.certificate(), Permissions::from_mode(0o000)).unwrap();
    if File::open(scene.certificate()).is_ok() {
        mtlsmith_testkit::not_tested("a file without permission: this user reads every file");
        return;
    }
    scene.wait(|status| status.last_error.is_some());
    scene.looks(20);
    let status = scene.worker.status();
    assert_eq!(status.not_taken[&Reason::Unreadable], 1);
    assert!(status.last_error.unwrap().to_string().contains("check who may read it"));
    assert_eq!(scene.presented(), leaf("worker", 1).der());
    fs::set_permissions(scene.certificate(), Permissions::from_mode(0o600)).unwrap();
    scene.wait(|status| status.last_error.is_none());
}

/// Certificates for one key whose files are equally long.
fn alike(count: usize) -> Vec<Certificate> {
    let mut found: Vec<Certificate> = Vec::new();
    for number in 0_u8.. {
        let leaf = testkit::leaf_builder("worker").serial(&[7, number]).key(Key::p256("alike"));
        let leaf = leaf.signed_by(&testkit::root("one"));
        if found.first().is_none_or(|first| first.pem().len() == leaf.pem().len()) {
            found.push(leaf);
        }
        if found.len() == count {
            break;
        }
    }
    found
}

#[test]
fn new_content_of_the_same_length_at_the_same_time_in_the_same_file_is_seen() {
    let scene = Scene::new();
    let leaves = alike(8);
    let (crt, key) = (scene.certificate(), scene.folder.path().join("tls.key"));
    write_pair(&crt, &key, &leaves[0]);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let overwrite = |leaf: &Certificate| {
        fs::write(&crt, leaf.pem()).unwrap();
        File::options().write(true).open(&crt).unwrap().set_modified(time).unwrap();
        let metadata = fs::metadata(&crt).unwrap();
        (metadata.ino(), metadata.len(), metadata.modified().unwrap())
    };
    let first = overwrite(&leaves[0]);
    // As fast as it goes, so that even the time at which the file's state changed is the same for some.
    for round in 0..400 {
        assert_eq!(overwrite(&leaves[round % leaves.len()]), first, "the test makes what it wants to make");
        if round % 3 == 0 {
            scene.looks(1);
        }
    }
    let last = &leaves[399 % leaves.len()];
    scene.wait(|_| scene.presented() == last.der());
}

#[test]
fn handshakes_and_questions_go_on_while_the_disk_hangs() {
    let scene = Scene::new();
    let before = scene.presented();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/hanging_file.py");
    // A new file first, so that somebody has to open it.
    let staged = scene.folder.path().join("staged");
    fs::write(&staged, leaf("worker", 2).pem()).unwrap();
    let mut command = Command::new("python3");
    command.arg(script).arg(&staged).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut holder) = command.spawn() else {
        mtlsmith_testkit::not_tested("a disk that hangs: python3 is not installed");
        return;
    };
    let mut said = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
    if said.trim() != "hangs" {
        mtlsmith_testkit::not_tested("a disk that hangs: this file system knows no leases");
        return;
    }
    fs::rename(&staged, scene.certificate()).unwrap();
    let provider = mtlsmith_rustls::default_provider();
    let (directory, told) = support::directory(&provider);
    support::serve(&directory, "orders.a1b2c", &[&testkit::root("one")], "");
    let config = support::client(&provider, &[&leaf("worker", 1)], &rustls::version::TLS13);
    let mut config = Arc::unwrap_or_clone(config);
    config.client_auth_cert_resolver = scene.worker.clone();
    let config = Arc::new(config);
    // No handshake moves the clock of the files: it stands still once the look at them does.
    let hangs = |last: i64| {
        thread::sleep(Duration::from_millis(50));
        scene.clock.0.load(Ordering::Relaxed) == last
    };
    while !hangs(scene.clock.0.load(Ordering::Relaxed)) {}
    for round in 1..=100 {
        let ended = support::handshake(&directory, Arc::clone(&config), support::live::SERVER_NAME);
        assert_eq!(support::alert(ended), None);
        let status = scene.worker.status();
        assert_eq!((status.generation, status.last_error), (1, None));
        assert_eq!(told.admitted.lock().unwrap().len(), round);
    }
    assert_eq!(scene.presented(), before);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    // The certificate is there, and its key is not yet.
    scene.wait(|status| status.not_taken.contains_key(&Reason::KeyMismatch));
    fs::write(scene.folder.path().join("tls.key"), leaf("worker", 2).key().pkcs8_pem()).unwrap();
    scene.wait(|status| status.generation == 2);
}

#[test]
fn a_clock_that_jumps_back_or_ahead_loses_no_certificate() {
    let scene = Scene::new();
    let key = scene.folder.path().join("tls.key");
    let year = testkit::days(365);
    let until = scene.worker.status().until.unix();
    for (number, (clock, reason)) in
        (2..).zip([(NOW - 9 * year, Reason::NotYetValid), (until + year, Reason::Expired)])
    {
        let held = scene.presented();
        scene.clock.0.store(clock, Ordering::Relaxed);
        write_pair(&scene.certificate(), &key, &leaf("worker", number));
        scene.wait(|status| status.last_error.as_ref().is_some_and(|error| error.reason() == reason));
        assert_eq!(scene.presented(), held);
        // Nobody touches the files again.
        scene.clock.0.store(NOW, Ordering::Relaxed);
        scene.wait(|status| status.generation == number && status.last_error.is_none());
        assert_eq!(scene.presented(), leaf("worker", number).der());
    }
}
