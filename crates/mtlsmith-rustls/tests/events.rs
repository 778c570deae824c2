//! What an operator reads in the log: one event for each client let in or refused, and for each replacement of a certificate.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;

use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::RotatingClientCert;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Key;
use support::Clock;
use support::NOW;
use support::alert;
use support::client;
use support::directory;
use support::handshake;
use support::live::write_pair;
use support::providers;
use support::serve;

/// Where events are written to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that are written while something is done.
fn lines(work: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().without_time().with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().filter(|line| line.contains("mtlsmith::")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn each_decision_is_one_event_with_its_reason() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    let stranger = testkit::leaf_builder("st\nranger").signed_by(&testkit::root("two"));
    let provider = &providers()[0];
    let (directory, told) = directory(provider);
    let filters = r#"{"filters":[{"commonName":"clerk"},{"commonName":"worker"}]}"#;
    serve(&directory, "orders.a1b2c", &[&root], filters);
    serve(&directory, "billing.a1b2c", &[&root], r#"{"filters":[{"commonName":"clerk"}]}"#);
    let visit = |leaf: &testkit::Certificate, namespace: &str| {
        let config = client(provider, &[leaf], &rustls::version::TLS13);
        lines(|| {
            alert(handshake(&directory, config, &format!("{namespace}.tmprl.cloud")));
        })
    };
    let admitted = visit(&leaf, "orders.a1b2c");
    let sha256 = told.admitted.lock().unwrap()[0].sha256;
    let until = told.admitted.lock().unwrap()[0].until;
    assert_eq!(
        admitted,
        [format!(
            "INFO mtlsmith::admission: client admitted namespace=orders.a1b2c subject=CN=worker,O=acme sha256={sha256} filter=1 until={until}"
        )]
    );
    let refused = visit(&leaf, "billing.a1b2c");
    let told = told.refused.lock().unwrap().last().cloned().unwrap();
    assert!(told.code.starts_with("FLT-"), "{told:?}");
    assert_eq!(
        refused,
        [format!(
            "WARN mtlsmith::admission: client refused namespace=billing.a1b2c subject=CN=worker,O=acme sha256={sha256} code=\"{}\" reason={}",
            told.code, told.reason
        )]
    );
    // Attacker text stays on one line.
    let refused = visit(&stranger, "orders.a1b2c");
    assert!(refused.len() == 1 && refused[0].contains("subject=CN=st\\u{a}ranger,O=acme"), "{refused:?}");
}

#[test]
fn each_replacement_is_one_event_and_so_is_each_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (crt, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let leaf = |number: u64| {
        let key = Key::p256(&format!("event {number}"));
        testkit::leaf_builder("worker").key(key).signed_by(&testkit::root("one"))
    };
    write_pair(&crt, &key, &leaf(1));
    let files = CertificateFiles::directory(folder.path());
    let worker = RotatingClientCert::builder(files, mtlsmith_rustls::default_provider())
        .with_clock(Arc::new(Clock(NOW)))
        .without_watching()
        .start()
        .unwrap();
    write_pair(&crt, &key, &leaf(2));
    let replaced = lines(|| _ = worker.reload_now());
    let status = worker.status();
    assert_eq!(
        replaced,
        [format!(
            "INFO mtlsmith::rotation: client certificate replaced generation=2 subject=CN=worker,O=acme sha256={} until={}",
            status.sha256, status.until
        )]
    );
    fs::write(&key, leaf(3).key().pkcs8_pem()).unwrap();
    let failed = lines(|| _ = worker.reload_now());
    assert_eq!(failed.len(), 1, "{failed:?}");
    let begins = format!(
        "WARN mtlsmith::rotation: client certificate not replaced file={} reason=\"key-mismatch\" error=",
        crt.display()
    );
    assert!(failed[0].starts_with(&begins), "{failed:?}");
    assert!(lines(|| ()).is_empty());
}
