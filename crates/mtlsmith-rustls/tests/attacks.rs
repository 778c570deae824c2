//! Clients that send what no honest client sends: odd server names, too many certificates, the same one twice, garbage behind one.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use rustls::AlertDescription;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::SignatureScheme;
use rustls::SupportedProtocolVersion;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::Acceptor;
use rustls::sign::CertifiedKey;
use support::Ended;
use support::ORDERS;
use support::VERSIONS;
use support::alert;
use support::client;
use support::der;
use support::directory;
use support::handshake;
use support::key;
use support::providers;
use support::serve;

/// Presents whatever bytes it was given.
#[derive(Debug)]
struct Presenting(Arc<CertifiedKey>);

impl ResolvesClientCert for Presenting {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// How a client fares that presents these bytes with the key of a leaf, and the reason that the application is told; alike for all
/// versions and providers.
fn presenting(
    chain: &[CertificateDer<'static>],
    leaf: &Certificate,
    root: &Certificate,
) -> (Option<AlertDescription>, String) {
    let mut answers = Vec::new();
    for provider in providers() {
        for version in VERSIONS {
            let (directory, told) = directory(&provider);
            serve(&directory, "orders.a1b2c", &[root], "");
            let seen = alert(handshake(&directory, config(&provider, chain, leaf, version), ORDERS));
            let refused = told.refused.lock().unwrap();
            assert_eq!(refused.len(), usize::from(seen.is_some()));
            answers.push((seen, refused.first().map(|client| client.reason.clone()).unwrap_or_default()));
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "versions or providers differ: {answers:?}");
    answers.remove(0)
}

fn config(
    provider: &Arc<CryptoProvider>,
    chain: &[CertificateDer<'static>],
    leaf: &Certificate,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let signing = provider.key_provider.load_private_key(key(leaf)).unwrap();
    let presenting = Presenting(Arc::new(CertifiedKey::new(chain.to_vec(), signing)));
    let mut config = Arc::unwrap_or_clone(client(provider, &[], version));
    config.client_auth_cert_resolver = Arc::new(presenting);
    Arc::new(config)
}

#[test]
fn a_certificate_with_garbage_behind_it_or_cut_off_is_refused() {
    let root = testkit::root("one");
    let middle = testkit::intermediate("two", &root);
    let leaf = testkit::leaf("worker", &middle);
    let cut = |bytes: &[u8]| CertificateDer::from(bytes.to_vec());
    let spoilt = |certificate: &Certificate| cut(&[certificate.der(), &[0x30, 0x00]].concat());
    assert_eq!(presenting(&[der(&leaf), der(&middle)], &leaf, &root).0, None);
    for (chain, says) in [
        ([spoilt(&leaf), der(&middle)], "TrailingData"),
        ([der(&leaf), spoilt(&middle)], "TrailingData"),
        ([cut(&leaf.der()[..90]), der(&middle)], "cannot be read"),
        ([cut(&[0x30]), der(&middle)], "cannot be read"),
        ([der(&leaf), cut(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff])], "cannot be read"),
    ] {
        let (alert, reason) = presenting(&chain, &leaf, &root);
        assert_eq!(alert, Some(AlertDescription::BadCertificate), "{reason}");
        assert!(reason.contains(says), "{reason}");
    }
}

#[test]
fn a_certificate_that_is_presented_twice_is_refused() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    for (chain, name) in [
        (vec![der(&leaf), der(&leaf)], "CN=worker,O=acme"),
        (vec![der(&leaf), der(&root), der(&root)], "CN=one,O=acme"),
    ] {
        let (alert, reason) = presenting(&chain, &leaf, &root);
        assert_eq!(alert, Some(AlertDescription::AccessDenied));
        assert_eq!(reason, format!("the client presents two certificates named {name:?}"));
    }
}

#[test]
fn of_two_leaves_the_first_counts() {
    let (root, elsewhere) = (testkit::root("one"), testkit::root("elsewhere"));
    let leaf = testkit::leaf("worker", &root);
    let stranger = testkit::leaf_builder("stranger").key(Key::p256("stranger")).signed_by(&elsewhere);
    assert_eq!(presenting(&[der(&leaf), der(&stranger)], &leaf, &root).0, None);
    let (alert, reason) = presenting(&[der(&stranger), der(&leaf)], &stranger, &root);
    assert_eq!(alert, Some(AlertDescription::UnknownCA));
    assert!(reason.contains("CN=elsewhere,O=acme"), "{reason}");
    // Who holds the key of the second alone holds nothing.
    let (alert, _) = presenting(&[der(&leaf), der(&stranger)], &stranger, &root);
    assert_eq!(alert, Some(AlertDescription::DecryptError));
}

#[test]
fn certificates_beyond_the_limits_are_refused_unread() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    let extras: Vec<CertificateDer<'static>> =
        (0..60).map(|number| der(&testkit::root(&format!("extra {number}")))).collect();
    for (count, taken) in [(8, true), (9, false), (60, false)] {
        let chain: Vec<_> = std::iter::once(der(&leaf)).chain(extras.iter().cloned()).take(count).collect();
        let bytes: usize = chain.iter().map(|certificate| certificate.len()).sum();
        let (alert, reason) = presenting(&chain, &leaf, &root);
        assert_eq!(alert, (!taken).then_some(AlertDescription::BadCertificate), "{count}");
        assert!(
            taken || reason.starts_with(&format!("the client presents {count} certificates of {bytes} "))
        );
    }
}

/// rustls itself takes no message of more than 64 KB, and asks no verifier about one.
#[test]
fn a_hundred_kilobytes_of_certificates_never_reach_the_verifier() {
    let root = testkit::root("one");
    let padded = |size: usize| {
        let padding = vec![0; size];
        testkit::leaf_builder("worker").extension(&[1, 3, 6, 1, 4, 1, 5], false, padding).signed_by(&root)
    };
    for provider in providers() {
        for version in VERSIONS {
            let (directory, told) = directory(&provider);
            serve(&directory, "orders.a1b2c", &[&root], "");
            let end = |size: usize| {
                let leaf = padded(size);
                handshake(&directory, config(&provider, &[der(&leaf)], &leaf, version), ORDERS)
            };
            assert_eq!(alert(end(60_000)), None);
            assert!(matches!(end(100_000), Ended::GaveUp(rustls::Error::InvalidMessage(_))));
            assert_eq!((told.admitted.lock().unwrap().len(), told.refused.lock().unwrap().len()), (1, 0));
        }
    }
}

/// The Namespace that a ClientHello leads to whose server name was changed on the way; the error of rustls when it takes none such.
fn led_to(
    directory: &NamespaceDirectory,
    provider: &Arc<CryptoProvider>,
    name: &[u8],
) -> Result<bool, String> {
    let placeholder = format!("{}.tmprl.cloud", "x".repeat(name.len() - ".tmprl.cloud".len()));
    let config = client(provider, &[], VERSIONS[0]);
    let mut client = ClientConnection::new(config, placeholder.clone().try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let at = hello.windows(name.len()).position(|bytes| bytes == placeholder.as_bytes()).unwrap();
    hello[at..at + name.len()].copy_from_slice(name);
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut hello.as_slice()).unwrap();
    match acceptor.accept() {
        Ok(accepted) => Ok(directory.config_for(accepted.unwrap().client_hello().server_name()).is_ok()),
        Err((error, _)) => Err(error.to_string()),
    }
}

#[test]
fn server_names_on_the_wire_lead_to_their_namespace_or_nowhere() {
    let root = testkit::root("one");
    for provider in providers() {
        let (directory, _) = directory(&provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        let led_to = |name: &[u8]| led_to(&directory, &provider, name);
        for name in
            [&b"orders.a1b2c.tmprl.cloud"[..], b"ORDERS.A1b2c.TMPRL.Cloud", b"orders.a1b2c.tmprl.cloud."]
        {
            assert_eq!(led_to(name), Ok(true), "{}", name.escape_ascii());
        }
        for name in [&b"orders_a1b2c.tmprl.cloud"[..], b"billing.a1b2c.tmprl.cloud", b"111.111.111.111"] {
            assert_eq!(led_to(name), Ok(false), "{}", name.escape_ascii());
        }
        for name in [
            &b"orders.a1b2c.tmprl.cloud\0"[..],
            b"orders.a1b2c\0tmprl.cloud",
            b"../ers.a1b2c.tmprl.cloud",
            b"orders..1b2c.tmprl.cloud",
            b"ord rs.a1b2c.tmprl.cloud",
            b"\xff\xfeders.a1b2c.tmprl.cloud",
            b"orders.a1b2c.tmprl.cloud..",
        ] {
            let error = led_to(name).unwrap_err();
            assert!(error.contains("ServerName"), "{}: {error}", name.escape_ascii());
        }
    }
}

#[test]
fn ten_thousand_namespaces_are_replaced_while_clients_connect() {
    const NAMESPACES: u64 = 10_000;
    let (one, two) = (testkit::root("one"), testkit::root("two"));
    let (leaf, stranger) = (testkit::leaf("worker", &one), testkit::leaf("worker", &two));
    let provider = &providers()[0];
    let (directory, told) = directory(provider);
    let name = |number: u64| format!("namespace-{number}.a1b2c");
    let left = AtomicUsize::new(2);
    let handshakes = AtomicU64::new(0);
    thread::scope(|scope| {
        // Half of them each, and now and then the same one again.
        for half in 0..2 {
            let (directory, one, left) = (&directory, &one, &left);
            scope.spawn(move || {
                for number in (half..NAMESPACES).step_by(2) {
                    assert_eq!(serve(directory, &name(number), &[one], ""), 1);
                    if number % 10 == half {
                        assert_eq!(serve(directory, &name(number), &[one], ""), 2);
                    }
                }
                left.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let good = client(provider, &[&leaf], VERSIONS[0]);
        let bad = client(provider, &[&stranger], VERSIONS[0]);
        for number in (0..NAMESPACES).cycle() {
            if left.load(Ordering::Relaxed) == 0 {
                break;
            }
            let server_name = format!("{}.tmprl.cloud", name(number));
            if directory.get(&name(number)).is_some() {
                assert_eq!(alert(handshake(&directory, Arc::clone(&good), &server_name)), None);
                let seen = alert(handshake(&directory, Arc::clone(&bad), &server_name));
                assert_eq!(seen, Some(AlertDescription::UnknownCA));
                handshakes.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let counted = handshakes.into_inner();
    let told = [told.admitted.lock().unwrap().len(), told.refused.lock().unwrap().len()];
    assert!(counted > 0 && told.iter().all(|told| u64::try_from(*told).unwrap() == counted), "{told:?}");
    for number in 0..NAMESPACES {
        let expected = if number % 10 < 2 { 2 } else { 1 };
        assert_eq!(directory.get(&name(number)).unwrap().generation, expected, "{number}");
    }
}
