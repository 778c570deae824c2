//! A certificate that is replaced while clients connect: the good pair is presented, the bad one is not, and the counters tell.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::Reason;
use mtlsmith_rustls::client::Reloaded;
use mtlsmith_rustls::client::RotatingClientCert;
use mtlsmith_rustls::client::RotationBuilder;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::filters::FilterSet;
use rustls::ClientConfig;
use rustls::client::ResolvesClientCert;
use rustls::client::Resumption;
use support::Clock;
use support::Moving;
use support::NOW;
use support::live;
use support::live::Live;
use support::live::write_pair;
use support::rotating_client;

fn leaf(name: &str, number: u64) -> Certificate {
    testkit::leaf_builder(name).key(Key::p256(&format!("rotation {number}"))).signed_by(&testkit::root("one"))
}

fn builder(folder: &Path) -> RotationBuilder {
    let provider = mtlsmith_rustls::default_provider();
    RotatingClientCert::builder(CertificateFiles::directory(folder), provider)
        .with_clock(Arc::new(Clock(NOW)))
        .without_watching()
}

fn put(folder: &Path, leaf: &Certificate) {
    write_pair(&folder.join("tls.crt"), &folder.join("tls.key"), leaf);
}

fn presented(certificate: &RotatingClientCert) -> Vec<u8> {
    certificate.resolve(&[], &[]).unwrap().cert[0].to_vec()
}

#[test]
fn a_bad_pair_leaves_the_good_one_in_place_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (crt, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let root = testkit::root("one");
    let profile = Profile::temporal_cloud_with(
        mtlsmith_rustls::default_provider().signature_verification_algorithms.all,
    );
    let filters = FilterSet::read(br#"{"filters":[{"commonName":"worker"}]}"#).0;
    let trust = Arc::new(NamespaceTrust::read(root.pem().as_bytes(), Some(filters), &profile));
    let good = leaf("worker", 1);
    put(folder.path(), &good);
    let certificate = builder(folder.path()).with_trust(trust).start().unwrap();
    let expired = testkit::leaf_builder("worker").not_after(NOW).signed_by(&root);
    let early = testkit::leaf_builder("worker").not_before(NOW + 1).signed_by(&root);
    let foreign = testkit::leaf("worker", &testkit::root("two"));
    let mut refused = 0;
    let spoilt: [(&str, &dyn Fn(), Reason); 7] = [
        ("corrupt", &|| fs::write(&crt, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap(), Reason::NoCertificate),
        (
            "key of another",
            &|| fs::write(&key, leaf("worker", 9).key().pkcs8_pem()).unwrap(),
            Reason::KeyMismatch,
        ),
        ("missing", &|| fs::remove_file(&key).unwrap(), Reason::Unreadable),
        ("expired", &|| put(folder.path(), &expired), Reason::Expired),
        ("early", &|| put(folder.path(), &early), Reason::NotYetValid),
        ("filtered out", &|| put(folder.path(), &leaf("starter", 2)), Reason::FilteredOut),
        ("of another CA", &|| put(folder.path(), &foreign), Reason::NotAdmitted),
    ];
    for (name, spoil, reason) in spoilt {
        put(folder.path(), &good);
        certificate.reload_now().unwrap();
        spoil();
        let error = certificate.reload_now().unwrap_err();
        assert_eq!(error.reason(), reason, "{name}: {error}");
        refused += u64::from(reason.is_refusal());
        let status = certificate.status();
        assert_eq!((status.generation, status.succeeded, status.refused()), (1, 0, refused), "{name}");
        assert_eq!(status.not_taken[&reason], 1, "{name}");
        assert_eq!(status.last_error, Some(error), "{name}");
        assert_eq!(presented(&certificate), good.der(), "{name}");
    }
    put(folder.path(), &leaf("worker", 3));
    assert_eq!(certificate.reload_now(), Ok(Reloaded::Replaced(2)));
    let status = certificate.status();
    assert_eq!((status.generation, status.succeeded, status.last_error), (2, 1, None));
    assert_eq!(presented(&certificate), leaf("worker", 3).der());
    assert_eq!(certificate.reload_now(), Ok(Reloaded::Unchanged));
}

#[test]
fn the_first_pair_has_to_be_good() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(builder(folder.path()).start().unwrap_err().reason(), Reason::Unreadable);
    put(folder.path(), &testkit::leaf_builder("worker").not_after(NOW).signed_by(&testkit::root("one")));
    let error = builder(folder.path()).start().unwrap_err();
    assert_eq!(error.reason(), Reason::Expired);
    assert!(error.to_string().starts_with("CN=worker,O=acme: was valid until "), "{error}");
}

#[test]
fn an_expired_certificate_is_still_presented_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &leaf("worker", 1));
    let clock = Arc::new(Moving(AtomicI64::new(NOW)));
    let certificate = builder(folder.path()).with_clock(clock.clone()).start().unwrap();
    presented(&certificate);
    assert_eq!(certificate.status().presented_expired, 0);
    clock.0.store(certificate.status().until.unix(), Ordering::Relaxed);
    assert_eq!(presented(&certificate), leaf("worker", 1).der());
    assert_eq!(certificate.status().presented_expired, 1);
    clock.0.store(NOW, Ordering::Relaxed);
    presented(&certificate);
    assert_eq!(certificate.status().presented_expired, 1, "the clock is read at each handshake");
}

#[test]
fn secrets_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let leaf = leaf("worker", 1);
    put(folder.path(), &leaf);
    let certificate = builder(folder.path()).start().unwrap();
    let text = format!("{certificate:?} {:?} {:?}", certificate.status(), builder(folder.path()));
    let secret = &leaf.key().pkcs8_der()[36..68];
    assert!(text.contains("CN=worker") && !text.contains(&format!("{secret:?}")[1..40]), "{text}");
}

#[test]
fn the_watching_thread_sees_a_switched_link() {
    let folder = tempfile::tempdir().unwrap();
    let generation = |number: u64| {
        let directory = folder.path().join(format!("{number}-0"));
        fs::create_dir(&directory).unwrap();
        put(&directory, &leaf("worker", number));
        let staged = folder.path().join("staged");
        std::os::unix::fs::symlink(format!("{number}-0"), &staged).unwrap();
        fs::rename(&staged, folder.path().join("current")).unwrap();
    };
    generation(1);
    let certificate = builder(folder.path()).every(Duration::from_millis(1)).start().unwrap();
    for number in 2..12 {
        generation(number);
        while certificate.status().generation < number {
            assert_eq!(certificate.status().last_error, None);
            thread::yield_now();
        }
        assert_eq!(presented(&certificate), leaf("worker", number).der());
    }
    assert!(certificate.status().read_from.ends_with("11-0/tls.crt"));
}

#[test]
fn a_half_replaced_pair_is_never_presented_while_readers_read() {
    let folder = tempfile::tempdir().unwrap();
    let leaves: Vec<Certificate> = (0..2).map(|number| leaf("worker", number)).collect();
    put(folder.path(), &leaves[0]);
    let certificate = builder(folder.path()).every(Duration::from_millis(1)).start().unwrap();
    let done = AtomicBool::new(false);
    let seen = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let pair = certificate.resolve(&[], &[]).unwrap();
                    assert!(pair.keys_match().is_ok());
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // One file after the other, in place: what careless renewal does.
        for round in 0..500 {
            put(folder.path(), &leaves[round % 2]);
            let _ = certificate.reload_now();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(seen.load(Ordering::Relaxed) > 0);
    put(folder.path(), &leaf("worker", 7));
    certificate.reload_now().unwrap();
    assert_eq!(presented(&certificate), leaf("worker", 7).der());
}

fn config(live: &Live, certificate: &Arc<RotatingClientCert>) -> Arc<ClientConfig> {
    rotating_client::config(live.roots(), certificate).unwrap()
}

#[test]
fn the_example_client_survives_ten_rotations() {
    let live = Live::start();
    let folder = live.path("worker");
    live.switch(&folder, 1, &live::leaf("worker", 1, &live.root));
    let files = CertificateFiles::directory(&folder);
    let certificate = RotatingClientCert::builder(files, mtlsmith_rustls::default_provider());
    let certificate = certificate.every(Duration::from_millis(5)).start().unwrap();
    let config = config(&live, &certificate);
    let ask =
        || live.block_on(rotating_client::ask(&config, &live.address(), live::SERVER_NAME, "hello")).unwrap();
    assert_eq!(ask(), "hello");
    for number in 2..12 {
        live.switch(&folder, number, &live::leaf("worker", number, &live.root));
        while certificate.status().generation < u64::try_from(number).unwrap() {
            assert_eq!(ask(), "hello");
        }
        assert_eq!(ask(), "hello");
        let last = live.told.admitted.lock().unwrap().last().cloned().unwrap();
        assert_eq!(last.sha256.to_string(), certificate.status().sha256);
    }
    assert!(live.told.refused.lock().unwrap().is_empty());
}

#[test]
fn a_thousand_rotations_under_load_fail_no_handshake() {
    let root = testkit::root("one");
    let leaves: Vec<Certificate> = (0..8).map(|number| leaf("worker", number)).collect();
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &leaves[0]);
    let provider = mtlsmith_rustls::default_provider();
    let certificate = builder(folder.path()).start().unwrap();
    let (directory, told) = support::directory(&provider);
    support::serve(&directory, "orders.a1b2c", &[&root], "");
    let mut config = Arc::unwrap_or_clone(support::client(&provider, &[&leaves[0]], &rustls::version::TLS13));
    config.client_auth_cert_resolver = certificate.clone();
    config.resumption = Resumption::disabled();
    let config = Arc::new(config);
    let done = AtomicBool::new(false);
    let handshakes = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let ended = support::handshake(&directory, Arc::clone(&config), live::SERVER_NAME);
                    assert_eq!(support::alert(ended), None);
                    handshakes.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for rotation in 1..=1_000_usize {
            put(folder.path(), &leaves[rotation % leaves.len()]);
            assert!(matches!(certificate.reload_now(), Ok(Reloaded::Replaced(_))));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(certificate.status().generation, 1_001);
    assert!(handshakes.load(Ordering::Relaxed) > 0);
    assert!(told.refused.lock().unwrap().is_empty());
}
