//! Chains made to cost a server time: how many signatures each makes it check, counted by the provider.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use mtlsmith_rustls::server::NamespaceVerifier;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use rustls::crypto::CryptoProvider;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::AlgorithmIdentifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::InvalidSignature;
use rustls::pki_types::SignatureVerificationAlgorithm;
use rustls::pki_types::UnixTime;
use rustls::server::danger::ClientCertVerifier;
use support::NOW;
use support::der;
use support::providers;

/// Counts how often it is asked.
#[derive(Debug)]
struct Counting {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    count: &'static AtomicUsize,
}

impl SignatureVerificationAlgorithm for Counting {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.algorithm.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }
}

/// A provider that counts, and its counter.
fn counting(provider: &CryptoProvider) -> (CryptoProvider, &'static AtomicUsize) {
    let count: &'static AtomicUsize = Box::leak(Box::default());
    let known = provider.signature_verification_algorithms;
    let all: Vec<&'static dyn SignatureVerificationAlgorithm> = known
        .all
        .iter()
        .map(|algorithm| {
            let counting: &'static Counting = Box::leak(Box::new(Counting { algorithm: *algorithm, count }));
            let counting: &'static dyn SignatureVerificationAlgorithm = counting;
            counting
        })
        .collect();
    let algorithms = WebPkiSupportedAlgorithms { all: Vec::leak(all), mapping: known.mapping };
    (CryptoProvider { signature_verification_algorithms: algorithms, ..provider.clone() }, count)
}

/// Is the chain let in, and how many signatures does it take? Twice, since a returning client takes another way.
fn cost(chain: &[&Certificate], bundle: &[&Certificate]) -> (bool, [usize; 2]) {
    let mut answers = Vec::new();
    for provider in providers() {
        let (provider, count) = counting(&provider);
        let profile = Profile::temporal_cloud_with(providers()[0].signature_verification_algorithms.all);
        let trust = NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), None, &profile);
        let verifier = NamespaceVerifier::new("orders.a1b2c", trust, &provider);
        let ders: Vec<CertificateDer<'static>> = chain.iter().map(|certificate| der(certificate)).collect();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(NOW).unwrap()));
        let ask = || {
            let before = count.load(Ordering::Relaxed);
            let admitted = verifier.verify_client_cert(&ders[0], &ders[1..], now).is_ok();
            (admitted, count.load(Ordering::Relaxed) - before)
        };
        let (first, second) = (ask(), ask());
        assert_eq!(first.0, second.0);
        answers.push((first.0, [first.1, second.1]));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "providers differ: {answers:?}");
    answers[0]
}

fn keyed(name: &str, number: usize) -> testkit::CertificateBuilder {
    testkit::root_builder(name).key(Key::p256(&format!("hostile {number}")))
}

#[test]
fn a_good_chain_costs_its_signatures_once_and_nothing_when_it_returns() {
    let root = testkit::root("one");
    let middle = testkit::intermediate("two", &root);
    assert_eq!(cost(&[&testkit::leaf("worker", &root)], &[&root]), (true, [1, 0]));
    assert_eq!(cost(&[&testkit::leaf("worker", &middle), &middle], &[&root]), (true, [2, 0]));
}

#[test]
fn intermediates_of_one_name_cost_nothing() {
    let (root, other) = (testkit::root("one"), testkit::root("two"));
    let same: Vec<Certificate> = (0..31).map(|number| keyed("same", number).self_signed()).collect();
    let leaf = testkit::leaf("worker", &same[0]);
    let same_key: Vec<Certificate> =
        (0..32).map(|number| testkit::root_builder("same").serial(&[1, number]).self_signed()).collect();
    for extra in [9, 7, 2] {
        let mut chain = vec![&leaf];
        chain.extend(&same[..extra]);
        assert_eq!(cost(&chain, &[&root, &other]), (false, [0, 0]), "{extra}");
        let mut chain = vec![&leaf];
        chain.extend(&same_key[..extra]);
        assert_eq!(cost(&chain, &[&root]), (false, [0, 0]), "{extra} with one key");
    }
    let mut chain = vec![&leaf];
    chain.extend(&same_key);
    assert_eq!(cost(&chain, &[&root]), (false, [0, 0]));
}

#[test]
fn a_mesh_of_cross_signed_cas_costs_nothing() {
    let names = ["a", "b", "c", "d"];
    let roots: Vec<Certificate> = names.iter().map(|name| testkit::root(name)).collect();
    let mesh: Vec<Certificate> = names
        .iter()
        .flat_map(|name| {
            roots.iter().map(|issuer| testkit::root_builder(name).signed_by(issuer)).collect::<Vec<_>>()
        })
        .collect();
    let leaf = testkit::leaf("worker", &roots[0]);
    let mut chain = vec![&leaf];
    chain.extend(&mesh);
    assert_eq!(cost(&chain, &[&testkit::root("elsewhere")]), (false, [0, 0]));
    assert_eq!(cost(&chain[..7], &[&roots[3]]), (false, [0, 0]));
    // Where the mesh is the bundle, a client that presents its leaf costs one signature.
    let bundle: Vec<&Certificate> = roots.iter().collect();
    assert_eq!(cost(&[&leaf], &bundle), (true, [1, 0]));
}

#[test]
fn sixteen_roots_of_one_name_cost_no_more_than_four_signatures() {
    let roots: Vec<Certificate> = (0..16).map(|number| keyed("same", number).self_signed()).collect();
    let bundle: Vec<&Certificate> = roots.iter().collect();
    let stranger = testkit::leaf("worker", &keyed("same", 99).self_signed());
    let (admitted, checks) = cost(&[&stranger], &bundle);
    assert!(!admitted && checks.iter().all(|checks| *checks <= 4), "{checks:?}");
}

#[test]
fn borrowed_names_cost_no_more_than_four_signatures() {
    let roots: Vec<Certificate> =
        (0..16).map(|number| keyed(&format!("ca {number}"), number).self_signed()).collect();
    let bundle: Vec<&Certificate> = roots.iter().collect();
    // Each presented certificate bears the name of a trusted CA, and says it was issued by the next one.
    let mut issuer = keyed("ca 7", 107).self_signed();
    let mut chain = Vec::new();
    for number in (1..7).rev() {
        issuer = keyed(&format!("ca {number}"), 100 + number).signed_by(&issuer);
        chain.push(issuer.clone());
    }
    chain.push(testkit::leaf("worker", &issuer));
    let chain: Vec<&Certificate> = chain.iter().rev().collect();
    let (admitted, checks) = cost(&chain, &bundle);
    assert!(!admitted && checks.iter().all(|checks| (1..=4).contains(checks)), "{checks:?}");
}

#[test]
fn many_names_under_many_constraints_cost_nothing() {
    for (count, expected) in [(400, (false, [0, 0])), (10, (true, [1, 0]))] {
        let names: Vec<String> = (0..count).map(|number| format!("host-{number}.acme.internal")).collect();
        let permitted = names.iter().map(|name| GeneralName::Dns(name.clone())).collect();
        let constraints = NameConstraints { permitted, excluded: Vec::new() };
        let root = testkit::root_builder("one").name_constraints(constraints, true).self_signed();
        let mut leaf = testkit::leaf_builder("worker").no_subject_alternative_name();
        for name in &names {
            leaf = leaf.dns(name);
        }
        assert_eq!(cost(&[&leaf.signed_by(&root)], &[&root]), expected, "{count}");
    }
}

#[test]
fn too_many_bytes_cost_nothing() {
    let root = testkit::root("one");
    let large = testkit::leaf_builder("worker").extension(&[1, 3, 6, 1, 4, 1, 5], false, vec![0; 65_000]);
    assert_eq!(cost(&[&large.signed_by(&root), &root], &[&root]), (false, [0, 0]));
}
