//! The traps of the engine that writes certificates, each as a test: none of them reaches a user.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

mod mint_support;

use std::collections::BTreeSet;

use mint_support::adopted;
use mint_support::authority;
use mint_support::key;
use mint_support::leaf_request;
use mint_support::mint_ca;
use mint_support::mint_leaf;
use mint_support::now;
use mint_support::profile;
use mint_support::root;
use mint_support::subject;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Random;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::StringType;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::rules;

fn leaf_below(authority: &Authority) -> Result<Issued, MintError> {
    mint_leaf(&leaf_request("payments.a1b2c"), key(KeyKind::P256).public_key(), authority, now())
}

fn below_ca_named(name: Name) {
    let ca = testkit::root_builder("x").subject(name).self_signed();
    let authority = adopted(&[&ca]).unwrap();
    let leaf = leaf_below(&authority).unwrap();
    assert_eq!(leaf.certificate().issuer().as_der(), ca.subject_der());
    assert_eq!(leaf.certificate().authority_key_identifier(), ca.subject_key_identifier());
}

#[test]
fn a_ca_with_repeated_attributes_keeps_its_name() {
    below_ca_named(Name::parse("DC=com,DC=example,OU=a,OU=b,CN=x"));
}

#[test]
fn a_ca_with_a_multi_valued_rdn_keeps_its_name() {
    let name =
        Name::new().o("acme").cn("x").and_text(testkit::oid::ORGANIZATIONAL_UNIT, StringType::Printable, "b");
    below_ca_named(name);
}

#[test]
fn a_ca_keeps_its_string_types() {
    below_ca_named(Name::new().text(testkit::oid::COMMON_NAME, StringType::Bmp, "Früh"));
    below_ca_named(Name::new().text(testkit::oid::COMMON_NAME, StringType::Teletex, "acme"));
}

#[test]
fn renewing_with_the_same_key_never_gives_the_same_serial() {
    let authority = authority(KeyKind::P256);
    let key = key(KeyKind::P256);
    let serial = || {
        let leaf = mint_leaf(&leaf_request("worker"), key.public_key(), &authority, now()).unwrap();
        leaf.certificate().serial().to_vec()
    };
    let serials: BTreeSet<Vec<u8>> = (0..50).map(|_| serial()).collect();
    assert_eq!(serials.len(), 50);
    assert!(serials.iter().all(|serial| serial.len() <= 20 && serial[0] & 0x80 == 0));
}

#[test]
fn a_key_that_does_not_belong_to_the_ca_is_refused_with_both_fingerprints() {
    let ca = root(&key(KeyKind::P256), Some(0), now());
    let other = key(KeyKind::P256);
    let expected = other.public_key().sha256_hex();
    match Authority::new(ca.pem().as_bytes(), Box::new(other), profile(), now()) {
        Err(MintError::KeyDoesNotMatchCertificate { certificate, key }) => {
            assert_eq!(key, expected);
            assert_ne!(certificate, key);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_that_is_no_ca_issues_nothing() {
    let ca = testkit::root("not a ca");
    let leaf = testkit::leaf("worker", &ca);
    let refused = adopted(&[&leaf, &ca]).unwrap_err();
    assert!(refused.has_code("CA-002"), "{refused}");
}

#[test]
fn an_intermediate_below_path_length_0_is_refused() {
    let authority = authority(KeyKind::P256);
    let request = CaRequest::new(subject("intermediate"));
    let key = key(KeyKind::P256);
    let draft = Draft::intermediate(&request, key.public_key(), &authority, now(), &SystemRandom).unwrap();
    let refused = draft.check(&Judgement::by(profile())).unwrap_err();
    assert!(refused.has_code("CA-014"), "{refused}");
}

#[test]
fn an_intermediate_issues_what_the_namespace_admits() {
    let root_key = key(KeyKind::P384);
    let root = root(&root_key, Some(1), now());
    let above = Authority::new(root.pem().as_bytes(), Box::new(root_key), profile(), now()).unwrap();
    let issuing = key(KeyKind::P256);
    let request = CaRequest::new(subject("issuing"));
    let draft = Draft::intermediate(&request, issuing.public_key(), &above, now(), &SystemRandom).unwrap();
    let intermediate = draft.check(&Judgement::by(profile())).unwrap().sign().unwrap();
    assert!(intermediate.certificate().not_after() < root.certificate().not_after());
    // In any order: the CA's own certificate is the one with the key.
    let file = format!("{}{}", root.pem(), intermediate.pem());
    let authority = Authority::new(file.as_bytes(), Box::new(issuing), profile(), now()).unwrap();
    assert_eq!(authority.certificate().der(), intermediate.der());
    assert_eq!(authority.intermediates().count(), 1);
    let leaf = leaf_below(&authority).unwrap();
    let trust = TargetNamespace::read(root.pem().as_bytes(), None, profile());
    let judgement = Judgement { namespace: Some(&trust), ..Judgement::by(profile()) };
    let key = key(KeyKind::P256);
    let draft =
        Draft::leaf(&leaf_request("other"), key.public_key(), &authority, now(), &SystemRandom).unwrap();
    assert!(draft.check(&judgement).unwrap().sign().is_ok());
    assert_eq!(leaf.certificate().issuer(), intermediate.certificate().subject());
}

#[test]
fn a_leaf_that_the_target_namespace_does_not_trust_is_refused() {
    let authority = authority(KeyKind::P256);
    let other = root(&key(KeyKind::P256), Some(0), now());
    let trust = TargetNamespace::read(other.pem().as_bytes(), None, profile());
    let judgement = Judgement { namespace: Some(&trust), ..Judgement::by(profile()) };
    let key = key(KeyKind::P256);
    let draft =
        Draft::leaf(&leaf_request("worker"), key.public_key(), &authority, now(), &SystemRandom).unwrap();
    assert!(matches!(
        draft.check(&judgement),
        Err(MintError::Refused { what: "the client certificate", .. })
    ));
}

#[test]
fn a_leaf_never_outlives_any_ca_above_it() {
    let root = testkit::root_builder("short root").not_after(testkit::NOW + testkit::days(10)).self_signed();
    let issuing = testkit::intermediate("long intermediate", &root);
    let authority = adopted(&[&issuing, &root]).unwrap();
    let leaf = leaf_below(&authority).unwrap();
    assert_eq!(leaf.certificate().not_after().unix(), testkit::NOW + testkit::days(9));
    let mut request = leaf_request("worker");
    request.lifetime = Lifetime::Seconds(testkit::days(10) + 1);
    let refused = mint_leaf(&request, key(KeyKind::P256).public_key(), &authority, now()).unwrap_err();
    assert_eq!(refused.code(), Some("CHN-012"));
}

#[test]
fn a_leaf_with_the_name_of_its_ca_is_refused_whatever_the_case() {
    let key_of_ca = key(KeyKind::P256);
    let ca = mint_ca(&CaRequest::new(subject("Alike")), &key_of_ca, now()).unwrap();
    let authority = Authority::new(ca.pem().as_bytes(), Box::new(key_of_ca), profile(), now()).unwrap();
    for name in ["Alike", "aLIKE"] {
        let refused =
            mint_leaf(&leaf_request(name), key(KeyKind::P256).public_key(), &authority, now()).unwrap_err();
        assert!(refused.to_string().contains("same-name-along-chain"), "{refused}");
    }
}

#[test]
fn empty_attributes_are_refused_before_anything_is_drafted() {
    for (organization, units, name) in [
        (Some(""), &[][..], Some("x")),
        (None, &[""][..], Some("x")),
        (None, &[][..], Some(" ")),
        (None, &[][..], None),
    ] {
        assert!(matches!(Subject::new(organization, units, name), Err(MintError::SubjectRefused { .. })));
    }
}

#[test]
fn nothing_of_the_engines_defaults_is_left() {
    let leaf = leaf_below(&authority(KeyKind::P256)).unwrap();
    let certificate = leaf.certificate();
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.subject().to_string(), "CN=payments.a1b2c,OU=worker,O=acme");
    assert_eq!(certificate.not_before().unix(), testkit::NOW - 60);
    assert_eq!(certificate.not_after().unix(), testkit::NOW + testkit::days(30));
    let extensions: Vec<(String, bool)> =
        certificate.extensions().map(|(oid, critical, _)| (oid.to_string(), critical)).collect();
    let has = |oid: &str, critical: bool| extensions.contains(&(oid.to_owned(), critical));
    assert!(has("2.5.29.19", true), "basic constraints: {extensions:?}");
    assert!(has("2.5.29.15", true), "key usage: {extensions:?}");
    assert!(has("2.5.29.37", false), "extended key usage: {extensions:?}");
    assert!(has("2.5.29.14", false) && has("2.5.29.35", false), "key identifiers: {extensions:?}");
    assert_eq!(extensions.len(), 6, "{extensions:?}");
    assert!(!certificate.is_ca());
    let usage: Vec<_> = certificate.key_usage().unwrap().get().unwrap().names().collect();
    assert_eq!(usage, ["digitalSignature"]);
    let purposes = certificate.extended_key_usage().unwrap().get().unwrap();
    assert!(purposes.client_auth && !purposes.server_auth);
    let names: Vec<_> = certificate.subject_alternative_names().map(|name| name.to_string()).collect();
    assert_eq!(
        names,
        [
            "DNS:worker.acme.internal",
            "URI:spiffe://acme.example/worker",
            "email:team@acme.example",
            "IP:192.0.2.7"
        ]
    );
}

/// Has the public key of one and the signature of another.
struct Impostor(PrivateKey, PrivateKey);

impl Signer for Impostor {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, MintError> {
        self.1.sign(to_be_signed)
    }
}

#[test]
fn a_signature_by_another_key_leaves_nothing() {
    let ca_key = key(KeyKind::P256);
    let pem = root(&ca_key, Some(0), now()).pem();
    let impostor = Impostor(ca_key, key(KeyKind::P256));
    let authority = Authority::new(pem.as_bytes(), Box::new(impostor), profile(), now()).unwrap();
    let refused = leaf_below(&authority).unwrap_err();
    assert!(matches!(refused, MintError::NotAsDrafted { what: "signature", .. }), "{refused}");
    let alone = Impostor(key(KeyKind::P256), key(KeyKind::P256));
    let request = CaRequest::new(subject("impostor"));
    let draft = Draft::ca(&request, &alone, now(), &SystemRandom).unwrap();
    assert!(draft.check(&Judgement::by(profile())).unwrap().sign().is_err());
}

/// Signs nothing, and says so to the test.
struct NeverAsked(PrivateKey);

impl Signer for NeverAsked {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, MintError> {
        panic!("the key was asked to sign what the validator refuses");
    }
}

#[test]
fn the_real_key_signs_nothing_that_the_validator_refuses() {
    let ca_key = key(KeyKind::P256);
    let ca = mint_ca(&CaRequest::new(subject("alike")), &ca_key, now()).unwrap();
    let authority =
        Authority::new(ca.pem().as_bytes(), Box::new(NeverAsked(ca_key)), profile(), now()).unwrap();
    assert!(mint_leaf(&leaf_request("alike"), key(KeyKind::P256).public_key(), &authority, now()).is_err());
}

struct Broken;

impl Random for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), MintError> {
        Err(MintError::RandomnessUnavailable)
    }
}

#[test]
fn without_randomness_nothing_is_drafted() {
    let authority = authority(KeyKind::P256);
    let key = key(KeyKind::P256);
    let drafted = Draft::leaf(&leaf_request("worker"), key.public_key(), &authority, now(), &Broken);
    assert!(matches!(drafted, Err(MintError::RandomnessUnavailable)));
    assert!(matches!(
        CaRequest::for_organization("acme", now(), &Broken),
        Err(MintError::RandomnessUnavailable)
    ));
}

#[test]
fn a_ca_expired_meanwhile_issues_nothing() {
    let authority = authority(KeyKind::P256);
    let later = authority.certificate().not_after().plus(1);
    let refused =
        mint_leaf(&leaf_request("worker"), key(KeyKind::P256).public_key(), &authority, later).unwrap_err();
    assert_eq!(refused.code(), Some("CA-022"));
}

#[test]
fn codes_named_in_errors_are_those_of_rules() {
    for (code, name) in [
        ("CA-005", "unsupported-key-type"),
        ("CA-007", "rsa-key-too-small"),
        ("CA-010", "unsupported-curve"),
        ("CA-022", "expired"),
        ("CA-023", "not-yet-valid"),
        ("CA-029", "empty-subject"),
        ("CA-107", "rsa-key-too-large"),
        ("CHN-012", "outlives-issuer"),
    ] {
        assert_eq!(rules::find(code).unwrap().name, name);
    }
}

#[test]
fn a_bundle_that_would_grow_too_large_refuses_the_ca() {
    let others: Vec<testkit::Certificate> =
        (0..16).map(|number| testkit::root(&format!("full {number}"))).collect();
    let text = testkit::bundle(&others.iter().collect::<Vec<_>>());
    let judgement = Judgement { bundle: Some(text.as_bytes()), ..Judgement::by(profile()) };
    let key = key(KeyKind::P256);
    let request = CaRequest::for_organization("acme", now(), &SystemRandom).unwrap();
    let refused = Draft::ca(&request, &key, now(), &SystemRandom).unwrap().check(&judgement).unwrap_err();
    assert!(refused.to_string().contains("too-many-certificates"), "{refused}");
}

#[test]
fn der_and_base64_serve_as_a_ca_file_too() {
    let ca = testkit::root("der");
    let read = |file: &[u8]| {
        let key = PrivateKey::read_plain(ca.key().pkcs8_der()).unwrap();
        Authority::new(file, Box::new(key), profile(), now())
            .map(|authority| authority.certificate().der().to_vec())
    };
    assert_eq!(read(ca.der()).unwrap(), ca.der());
    assert_eq!(read(testkit::base64_line(ca.pem().as_bytes()).as_bytes()).unwrap(), ca.der());
    assert!(matches!(read(b"no certificate"), Err(MintError::NoAuthorityCertificate)));
}

#[test]
fn a_leaf_that_no_filter_of_the_namespace_admits_is_refused() {
    let ca_key = key(KeyKind::P256);
    let pem = root(&ca_key, Some(0), now()).pem();
    let authority = Authority::new(pem.as_bytes(), Box::new(ca_key), profile(), now()).unwrap();
    let (filters, findings) = FilterSet::read(br#"{"filters":[{"commonName":"payments.a1b2c"}]}"#);
    assert_eq!((filters.filters.len(), findings.len()), (1, 0));
    let namespace = TargetNamespace::read(pem.as_bytes(), Some(filters), profile());
    let judgement = Judgement { namespace: Some(&namespace), ..Judgement::by(profile()) };
    let key = key(KeyKind::P256);
    let check = |name| {
        Draft::leaf(&leaf_request(name), key.public_key(), &authority, now(), &SystemRandom)
            .unwrap()
            .check(&judgement)
    };
    assert!(check("payments.a1b2c").is_ok());
    assert!(matches!(check("orders.a1b2c"), Err(MintError::Refused { .. })));
}

#[test]
fn a_ca_without_key_identifier_issues_leaves_without_one_of_its_own_making() {
    let ca = testkit::root_builder("no identifier").no_ski().self_signed();
    let leaf = leaf_below(&adopted(&[&ca]).unwrap()).unwrap();
    assert_eq!(leaf.certificate().authority_key_identifier(), None);
    assert!(leaf.certificate().subject_key_identifier().is_some());
}

#[test]
fn one_authority_serves_many_threads() {
    let authority = authority(KeyKind::P256);
    let mint = || (0..25).map(|_| leaf_below(&authority).unwrap().serial().to_string()).collect::<Vec<_>>();
    let serials: BTreeSet<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(mint)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(serials.len(), 100);
}
