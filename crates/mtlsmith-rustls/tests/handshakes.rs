//! Who gets in, and what the others see: TLS 1.3 and 1.2, with every provider of the build.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use rustls::AlertDescription;
use support::ORDERS;
use support::VERSIONS;
use support::alert;
use support::client;
use support::directory;
use support::handshake;
use support::providers;
use support::serve;

/// What a client sees that presents a chain to the Namespace `orders`: nothing when it is let in.
fn seen(chain: &[&Certificate], cas: &[&Certificate], filters: &str) -> Option<AlertDescription> {
    let mut seen = Vec::new();
    for provider in providers() {
        let (directory, _) = directory(&provider);
        serve(&directory, "orders.a1b2c", cas, filters);
        for version in VERSIONS {
            seen.push(alert(handshake(&directory, client(&provider, chain, version), ORDERS)));
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "versions or providers differ: {seen:?}");
    seen[0]
}

#[test]
fn a_client_below_the_bundle_is_let_in() {
    let root = testkit::root("one");
    let middle = testkit::intermediate("two", &root);
    assert_eq!(seen(&[&testkit::leaf("worker", &root)], &[&root], ""), None);
    let leaf = testkit::leaf("worker", &middle);
    assert_eq!(seen(&[&leaf, &middle], &[&root], ""), None);
    assert_eq!(seen(&[&leaf], &[&root, &middle], ""), None);
}

#[test]
fn each_reason_to_refuse_has_its_alert() {
    let (root, other) = (testkit::root("one"), testkit::root("two"));
    let expired = testkit::leaf_builder("late").not_after(testkit::NOW - 1).signed_by(&root);
    let early = testkit::leaf_builder("early").not_before(testkit::NOW + 1).signed_by(&root);
    let imposter = testkit::root_builder("one").key(testkit::Key::p256("imposter")).self_signed();
    let namesake = testkit::leaf_builder("x").subject("O=acme,CN=One").signed_by(&root);
    let server_only =
        testkit::leaf_builder("server").extended_key_usage(&[testkit::oid::SERVER_AUTH]).signed_by(&root);
    for (name, leaf, expected) in [
        ("another CA", testkit::leaf("worker", &other), AlertDescription::UnknownCA),
        ("expired", expired, AlertDescription::CertificateExpired),
        ("not yet valid", early, AlertDescription::CertificateExpired),
        ("another key of that name", testkit::leaf("worker", &imposter), AlertDescription::UnknownCA),
        ("named like its CA", namesake, AlertDescription::AccessDenied),
        ("for servers alone", server_only, AlertDescription::UnsupportedCertificate),
    ] {
        assert_eq!(seen(&[&leaf], &[&root], ""), Some(expected), "{name}");
    }
    assert_eq!(seen(&[], &[&root], ""), Some(AlertDescription::CertificateRequired));
}

#[test]
fn filters_decide_after_the_chain() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    assert_eq!(seen(&[&leaf], &[&root], r#"{"filters":[{"commonName":"work*"}]}"#), None);
    assert_eq!(
        seen(&[&leaf], &[&root], r#"{"filters":[{"commonName":"starter"}]}"#),
        Some(AlertDescription::AccessDenied)
    );
}

#[test]
fn the_server_name_chooses_the_namespace() {
    let (one, two) = (testkit::root("one"), testkit::root("two"));
    let leaf = testkit::leaf("worker", &one);
    for provider in providers() {
        let (directory, told) = directory(&provider);
        serve(&directory, "orders.a1b2c", &[&one], "");
        serve(&directory, "billing.a1b2c", &[&two], "");
        for version in VERSIONS {
            let end = |name: &str| alert(handshake(&directory, client(&provider, &[&leaf], version), name));
            assert_eq!(end(ORDERS), None);
            assert_eq!(end("billing.a1b2c.tmprl.cloud"), Some(AlertDescription::UnknownCA));
            assert_eq!(end("nobody.a1b2c.tmprl.cloud"), Some(AlertDescription::AccessDenied));
        }
        let refused = told.refused.lock().unwrap();
        assert!(refused.iter().all(|client| &*client.namespace == "billing.a1b2c"), "{refused:?}");
        assert_eq!(told.admitted.lock().unwrap().len(), VERSIONS.len());
    }
}

#[test]
fn a_replaced_bundle_holds_from_the_next_handshake_on_and_a_bad_one_changes_nothing() {
    let (one, two) = (testkit::root("one"), testkit::root("two"));
    let leaf = testkit::leaf("worker", &one);
    for provider in providers() {
        let (directory, _) = directory(&provider);
        let config = client(&provider, &[&leaf], VERSIONS[0]);
        let end = || alert(handshake(&directory, config.clone(), ORDERS));
        assert_eq!(serve(&directory, "orders.a1b2c", &[&one], ""), 1);
        assert_eq!((end(), end()), (None, None), "the second time from the cache");
        let now = mtlsmith_validate::time::Timestamp::from_unix(testkit::NOW);
        assert!(directory.set("orders.a1b2c", b"damaged", None, now).is_err());
        assert_eq!(end(), None);
        assert_eq!(serve(&directory, "orders.a1b2c", &[&two], ""), 2);
        assert_eq!(end(), Some(AlertDescription::UnknownCA));
        assert!(directory.remove("orders.a1b2c"));
        assert_eq!(end(), Some(AlertDescription::AccessDenied));
    }
}
