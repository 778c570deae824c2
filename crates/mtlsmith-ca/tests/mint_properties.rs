//! What holds for every request: what is minted is accepted, and what the validator refuses is not minted, by the same rules.
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

use mint_support::key;
use mint_support::mint_ca;
use mint_support::mint_leaf;
use mint_support::now;
use mint_support::profile;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::mutate;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

const CURVES: [KeyKind; 3] = [KeyKind::P256, KeyKind::P384, KeyKind::P521];
const VALUES: [&str; 10] =
    ["acme", "Acme  Inc", "é", "a+b=c, \"d\";<e>", "#x", "\\", "payments.a1b2c", "", " x", "very long, "];

/// Text for an attribute: usual, odd, refused, and of any length around the limit.
fn value(rng: &mut Rng) -> String {
    let start = VALUES[rng.below(VALUES.len())].to_owned();
    if rng.percent(10) { "x".repeat(60 + rng.below(8)) } else { start }
}

fn subject(rng: &mut Rng) -> Result<Subject, MintError> {
    let organization = rng.percent(70).then(|| value(rng));
    let units: Vec<String> = (0..rng.below(3)).map(|_| value(rng)).collect();
    let name = rng.percent(80).then(|| value(rng));
    let units: Vec<&str> = units.iter().map(String::as_str).collect();
    Subject::new(organization.as_deref(), &units, name.as_deref())
}

fn lifetime(rng: &mut Rng) -> Lifetime {
    let seconds = i64::try_from(rng.below(400 * 86_400)).unwrap() - 86_400;
    match rng.below(4) {
        0 | 1 => Lifetime::Usual,
        2 => Lifetime::Seconds(seconds),
        _ => Lifetime::Until(now().plus(seconds)),
    }
}

fn alternative_names(rng: &mut Rng) -> Vec<AlternativeName> {
    let hosts = ["worker.acme", "a b", "*.acme", "x_1", ""];
    let uris = ["spiffe://acme/x", "spiffe://Acme", "temporal://a/b", "urn:x"];
    let mut names: Vec<_> =
        (0..rng.below(3)).filter_map(|_| AlternativeName::dns(hosts[rng.below(5)]).ok()).collect();
    names.extend((0..rng.below(3)).filter_map(|_| AlternativeName::uri(uris[rng.below(4)]).ok()));
    names
}

/// The codes of all errors in a report on a bundle.
fn errors(bundle: &str, at: Timestamp) -> BTreeSet<&'static str> {
    let report = check_bundle(bundle.as_bytes(), profile(), at);
    let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    errors.map(|finding| finding.rule.code).collect()
}

#[test]
fn whatever_is_minted_is_accepted_and_admitted() {
    let mut rng = Rng::new(4);
    let (mut minted, mut refused, mut leaves) = (0, 0, 0);
    for _ in 0..400 {
        let Ok(subject) = subject(&mut rng) else {
            refused += 1;
            continue;
        };
        let path_length = rng.percent(60).then(|| u8::try_from(rng.below(4)).unwrap());
        let request = CaRequest { subject, lifetime: lifetime(&mut rng), path_length };
        let key = PrivateKey::generate(*rng.pick(&CURVES)).unwrap();
        let Ok(ca) = mint_ca(&request, &key, now()) else {
            refused += 1;
            continue;
        };
        minted += 1;
        assert_eq!(
            check_bundle(ca.pem().as_bytes(), profile(), now()).verdict(),
            Verdict::Accepted,
            "{request:?}"
        );
        assert_eq!(ca.certificate().subject(), request.subject.name());
        let pem = ca.pem();
        let authority = Authority::new(pem.as_bytes(), Box::new(key), profile(), now()).unwrap();
        let trust = NamespaceTrust::read(pem.as_bytes(), None, profile());
        for _ in 0..5 {
            leaves += usize::from(leaf_is_admitted(&mut rng, &authority, &trust));
        }
    }
    println!("{minted} CAs minted, {refused} requests refused, {leaves} leaves admitted");
    assert!(minted > 100 && refused > 50 && leaves > 200, "{minted} {refused} {leaves}");
}

fn leaf_is_admitted(rng: &mut Rng, authority: &Authority, trust: &NamespaceTrust) -> bool {
    let Ok(subject) = subject(rng) else { return false };
    let alternative_names = alternative_names(rng);
    let request = LeafRequest { subject, alternative_names, lifetime: lifetime(rng) };
    let key = PrivateKey::generate(*rng.pick(&CURVES[..2])).unwrap();
    let Ok(leaf) = mint_leaf(&request, key.public_key(), authority, now()) else { return false };
    let decision = trust.decide(&presented([leaf.der()]), now());
    assert!(decision.is_admitted(), "{request:?}: {decision:?}");
    assert!(leaf.certificate().not_after() <= authority.certificate().not_after());
    true
}

/// Has a public key, and never signs: the validator must have refused before.
struct PublicHalf(PublicKey);

impl Signer for PublicHalf {
    fn public_key(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, MintError> {
        panic!("asked to sign")
    }
}

#[test]
fn a_ca_that_the_validator_refuses_is_refused_by_the_same_rules() {
    let mut rng = Rng::new(44);
    let base = [testkit::root("authority 1"), testkit::root("authority 2")];
    let (mut refused, mut taken, mut seen) = (0, 0, BTreeSet::new());
    for _ in 0..1_500 {
        let drawn = mutate::certificates(&mut rng, &base.iter().collect::<Vec<_>>());
        let drawn: Vec<_> = drawn.iter().take(1 + rng.below(3)).collect();
        let text = testkit::bundle(&drawn);
        let expected = errors(&text, now());
        let first = drawn.first().and_then(|first| Certificate::read(first.der()).ok());
        let public = first.and_then(|(first, _)| PublicKey::read(first.subject_public_key_info()).ok());
        let public = public.unwrap_or_else(|| PublicKey::read(base[0].key().spki_der()).unwrap());
        match Authority::new(text.as_bytes(), Box::new(PublicHalf(public)), profile(), now()) {
            Ok(_) => {
                assert!(expected.is_empty(), "{expected:?}");
                taken += 1;
            }
            Err(MintError::Refused { refusals, .. }) => {
                let codes: BTreeSet<_> = refusals.iter().map(|refusal| refusal.code).collect();
                assert_eq!(codes, expected);
                seen.extend(codes);
                refused += 1;
            }
            Err(MintError::KeyDoesNotMatchCertificate { .. } | MintError::NoAuthorityCertificate) => {
                assert!(expected.is_empty() || drawn.is_empty(), "{expected:?}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    println!("{refused} refused by {} rules, {taken} taken", seen.len());
    assert!(refused > 500 && taken > 20 && seen.len() > 15, "{refused} {taken} {seen:?}");
}

#[test]
fn requests_changed_in_one_thing_are_refused_by_the_rule_on_it() {
    let root = testkit::root_builder("changed");
    let old = root.clone().not_after(testkit::NOW - 1).self_signed();
    let future = root.clone().not_before(testkit::NOW + 1).self_signed();
    let nameless = root.clone().subject(testkit::Name::empty()).self_signed();
    let weak = root.clone().signature_algorithm(testkit::SignatureAlgorithm::EcdsaSha1).self_signed();
    let version_1 = root.clone().version(1).self_signed();
    let no_ca = root.clone().no_basic_constraints().self_signed();
    let no_signing = root.clone().key_usage(&[testkit::KeyUsage::DigitalSignature]).self_signed();
    let servers = root.clone().extended_key_usage(&[testkit::oid::SERVER_AUTH]).self_signed();
    for (name, ca) in [
        ("expired", old),
        ("not-yet-valid", future),
        ("empty-subject", nameless),
        ("weak-signature-hash", weak),
        ("not-version-3", version_1),
        ("basic-constraints-absent", no_ca),
        ("key-usage-without-cert-sign", no_signing),
        ("extended-key-usage-excludes-clients", servers),
    ] {
        let refused = mint_support::adopted(&[&ca]).unwrap_err();
        let code = mtlsmith_validate::rules::find(name).unwrap().code;
        assert!(refused.has_code(code), "{name}: {refused}");
        assert!(errors(&ca.pem(), now()).contains(code));
    }
}

#[test]
fn a_second_ca_of_the_same_name_is_told_of_and_one_of_the_same_text_is_not_made_twice() {
    let request = CaRequest::for_organization("acme", now(), &SystemRandom).unwrap();
    let (one, other) = (key(KeyKind::P256), key(KeyKind::P256));
    let first = mint_ca(&request, &one, now()).unwrap();
    let second = mint_ca(&request, &other, now()).unwrap();
    assert_ne!(first.serial(), second.serial());
    let both = format!("{}{}", first.pem(), second.pem());
    let told = check_bundle(both.as_bytes(), profile(), now());
    assert!(told.findings.iter().any(|finding| finding.rule.name == "same-subject"));
}
