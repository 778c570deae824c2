//! Nothing carries a client from one Namespace into another, past a replaced bundle, or past an expiry; and nobody is let in on a name
//! or a certificate alone.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use rustls::AlertDescription;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::HandshakeKind;
use rustls::SignatureScheme;
use rustls::SupportedProtocolVersion;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use support::Ended;
use support::Moving;
use support::ORDERS;
use support::VERSIONS;
use support::alert;
use support::client;
use support::connect;
use support::der;
use support::directory;
use support::generous;
use support::handshake;
use support::providers;
use support::serve;
use support::server_certificate;
use support::shake_with;

fn each(mut test: impl FnMut(&Arc<CryptoProvider>, &'static SupportedProtocolVersion)) {
    for provider in providers() {
        for version in VERSIONS {
            test(&provider, version);
        }
    }
}

fn handshake_kind(connected: &(ClientConnection, Ended)) -> HandshakeKind {
    let Ended::Finished(server) = &connected.1 else { panic!("{:?}", connected.1) };
    assert_eq!(server.handshake_kind(), connected.0.handshake_kind());
    connected.0.handshake_kind().unwrap()
}

#[test]
fn no_session_is_handed_out_and_none_is_resumed() {
    let root = testkit::root("one");
    each(|provider, version| {
        let (directory, _) = directory(provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        let config = client(provider, &[&testkit::leaf("worker", &root)], version);
        for _ in 0..3 {
            let connected = connect(&directory, Arc::clone(&config), ORDERS);
            assert!(matches!(
                handshake_kind(&connected),
                HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest
            ));
            assert_eq!(connected.0.tls13_tickets_received(), 0);
        }
    });
}

#[test]
fn a_ticket_from_elsewhere_and_its_early_data_count_for_nothing() {
    let root = testkit::root("one");
    each(|provider, version| {
        let (directory, told) = directory(provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        let mut config = Arc::unwrap_or_clone(client(provider, &[&testkit::leaf("worker", &root)], version));
        config.enable_early_data = true;
        let (config, generous) = (Arc::new(config), generous(provider, server_certificate(provider)));
        let meet = || {
            let mut client = ClientConnection::new(Arc::clone(&config), ORDERS.try_into().unwrap()).unwrap();
            let ended = shake_with(&mut client, |_| Arc::clone(&generous));
            (client, ended)
        };
        meet();
        assert_eq!(handshake_kind(&meet()), HandshakeKind::Resumed, "the client does keep sessions");
        let mut client = ClientConnection::new(Arc::clone(&config), ORDERS.try_into().unwrap()).unwrap();
        if version.version == rustls::ProtocolVersion::TLSv1_3 {
            use std::io::Write;
            client.early_data().unwrap().write_all(b"too early").unwrap();
        }
        let ended = shake_with(&mut client, |name| Arc::clone(&directory.config_for(name).unwrap().config));
        assert!(!client.is_early_data_accepted());
        assert_ne!(handshake_kind(&(client, ended)), HandshakeKind::Resumed);
        assert_eq!(told.admitted.lock().unwrap().len(), 1, "the certificate was asked for");
    });
}

#[test]
fn a_returning_client_is_known_in_its_own_namespace_alone() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    each(|provider, version| {
        let (directory, _) = directory(provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        serve(&directory, "billing.a1b2c", &[&root], r#"{"filters":[{"commonName":"clerk"}]}"#);
        let end = |name: &str| alert(handshake(&directory, client(provider, &[&leaf], version), name));
        for _ in 0..3 {
            assert_eq!(end(ORDERS), None);
            assert_eq!(end("billing.a1b2c.tmprl.cloud"), Some(AlertDescription::AccessDenied));
        }
    });
}

#[test]
fn a_returning_client_is_refused_once_its_certificate_or_its_ca_has_expired() {
    let lasting = testkit::root("one");
    let ending = testkit::root_builder("two").not_after(testkit::NOW + 600).self_signed();
    each(|provider, version| {
        let short = testkit::leaf_builder("worker").not_after(testkit::NOW + 300).signed_by(&lasting);
        for (leaf, last) in [(short, 300), (testkit::leaf("worker", &ending), 600)] {
            let clock = Arc::new(Moving(AtomicI64::new(testkit::NOW)));
            let directory =
                NamespaceDirectory::new(support::SUFFIX, Arc::clone(provider), server_certificate(provider));
            let directory = directory.unwrap().with_clock(clock.clone());
            serve(&directory, "orders.a1b2c", &[&lasting, &ending], "");
            let end = || alert(handshake(&directory, client(provider, &[&leaf], version), ORDERS));
            for (second, seen) in [
                (0, None),
                (last - 1, None),
                (last + 1, Some(AlertDescription::CertificateExpired)),
                (1, None),
            ] {
                clock.0.store(testkit::NOW + second, Ordering::Relaxed);
                assert_eq!(end(), seen, "{second}");
            }
        }
    });
}

/// Presents a certificate with somebody else's key.
#[derive(Debug)]
struct Thief(Arc<CertifiedKey>);

impl ResolvesClientCert for Thief {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

#[test]
fn who_presents_a_certificate_without_its_key_is_refused_and_never_called_admitted() {
    let root = testkit::root("one");
    let (leaf, other) = (testkit::leaf("worker", &root), testkit::leaf("thief", &root));
    each(|provider, version| {
        let (directory, told) = directory(provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        let key = provider.key_provider.load_private_key(support::key(&other)).unwrap();
        let stolen = Thief(Arc::new(CertifiedKey::new(vec![der(&leaf)], key)));
        let mut config: ClientConfig = Arc::unwrap_or_clone(client(provider, &[&leaf], version));
        let honest = Arc::new(config.clone());
        config.client_auth_cert_resolver = Arc::new(stolen);
        let config = Arc::new(config);
        for admitted in 0..2 {
            let seen = alert(handshake(&directory, Arc::clone(&config), ORDERS));
            assert_eq!(seen, Some(AlertDescription::DecryptError));
            assert_eq!(told.admitted.lock().unwrap().len(), admitted);
            assert_eq!(told.refused.lock().unwrap().len(), admitted + 1);
            // The second theft meets a verifier that knows the chain.
            assert_eq!(alert(handshake(&directory, Arc::clone(&honest), ORDERS)), None);
        }
        let refused = told.refused.lock().unwrap();
        assert!(refused[0].reason.contains("does not hold the key"), "{}", refused[0].reason);
        assert_eq!(refused[0].subject, "CN=worker,O=acme");
    });
}

#[test]
fn server_names_lead_to_their_namespace_or_nowhere() {
    let root = testkit::root("one");
    let provider = &providers()[0];
    let (directory, _) = directory(provider);
    serve(&directory, "orders.a1b2c", &[&root], "");
    let known = |name| directory.config_for(name).is_ok();
    assert!(known(Some(ORDERS)) && known(Some("ORDERS.a1b2c.TMPRL.Cloud")));
    for name in [
        None,
        Some(""),
        Some("tmprl.cloud"),
        Some(".tmprl.cloud"),
        Some("orders.a1b2c"),
        Some("orders.a1b2c.tmprl.cloud."),
        Some("orders.a1b2cxtmprl.cloud"),
        Some("x.orders.a1b2c.tmprl.cloud"),
        Some("orders.a1b2c.tmprl.cloud.evil.example"),
        Some("127.0.0.1"),
    ] {
        assert!(!known(name), "{name:?}");
    }
}

#[test]
fn without_a_server_name_or_with_an_address_nobody_gets_in() {
    let root = testkit::root("one");
    each(|provider, version| {
        let (directory, _) = directory(provider);
        serve(&directory, "orders.a1b2c", &[&root], "");
        let config = client(provider, &[&testkit::leaf("worker", &root)], version);
        let mut silent = Arc::unwrap_or_clone(Arc::clone(&config));
        silent.enable_sni = false;
        assert_eq!(
            alert(handshake(&directory, Arc::new(silent), ORDERS)),
            Some(AlertDescription::AccessDenied)
        );
        assert_eq!(
            alert(handshake(&directory, Arc::clone(&config), "127.0.0.1")),
            Some(AlertDescription::AccessDenied)
        );
        assert_eq!(alert(handshake(&directory, config, "Orders.A1B2C.tmprl.cloud")), None);
    });
}

#[test]
fn one_namespace_is_replaced_again_and_again_and_nobody_else_notices() {
    let (one, two) = (testkit::root("one"), testkit::root("two"));
    let leaf = testkit::leaf_builder("worker").key(Key::p256("replaced")).signed_by(&one);
    let provider = &providers()[0];
    let (directory, told) = directory(provider);
    let bundles: [&[&Certificate]; 2] = [&[&one], &[&one, &two]];
    serve(&directory, "orders.a1b2c", bundles[0], "");
    serve(&directory, "billing.a1b2c", bundles[0], "");
    let done = AtomicBool::new(false);
    let handshakes = AtomicU64::new(0);
    let ready = std::sync::Barrier::new(3);
    thread::scope(|scope| {
        for name in [ORDERS, "billing.a1b2c.tmprl.cloud"] {
            let config = client(provider, &[&leaf], VERSIONS[0]);
            let (directory, done, handshakes, ready) = (&directory, &done, &handshakes, &ready);
            scope.spawn(move || {
                ready.wait();
                loop {
                    assert_eq!(alert(handshake(directory, Arc::clone(&config), name)), None);
                    handshakes.fetch_add(1, Ordering::Relaxed);
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        ready.wait();
        for round in 1..=300 {
            serve(&directory, "orders.a1b2c", bundles[round % 2], "");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(directory.get("orders.a1b2c").unwrap().generation, 301);
    assert_eq!(directory.get("billing.a1b2c").unwrap().generation, 1);
    let admitted = told.admitted.lock().unwrap().len();
    assert_eq!(u64::try_from(admitted).unwrap(), handshakes.load(Ordering::Relaxed));
    assert!(told.refused.lock().unwrap().is_empty());
}
