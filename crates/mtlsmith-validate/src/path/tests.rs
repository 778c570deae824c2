//! Paths as Go finds them, one rule at a time, and bundles that try to make the search endless.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyUsage;
use mtlsmith_testkit::NOW;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_testkit::days;
use mtlsmith_testkit::oid;

use super::*;
use crate::signature;

fn verify_at(certificates: &[&testkit::Certificate], now: i64, target: usize) -> Result<Path, PathFault> {
    verify_text_at(&testkit::bundle(certificates), now, target)
}

fn verify_text_at(text: &str, now: i64, target: usize) -> Result<Path, PathFault> {
    let bundle = Bundle::read(text.as_bytes());
    let graph = Graph::of(&bundle, signature::default_algorithms(), &mut Budget::default());
    verify_as_go(&bundle, &graph, Timestamp::from_unix(now), &mut Budget::default(), target)
}

fn path(certificates: &[&testkit::Certificate], target: usize) -> Vec<usize> {
    verify_at(certificates, NOW, target).unwrap().members
}

fn fault(certificates: &[&testkit::Certificate], target: usize) -> (PathFaultKind, usize) {
    let fault = verify_at(certificates, NOW, target).unwrap_err();
    (fault.kind, fault.at)
}

fn ca(name: &str) -> CertificateBuilder {
    testkit::root_builder(name)
}

#[test]
fn a_path_leads_from_the_certificate_to_the_root() {
    let root = testkit::root("one");
    let middle = ca("two").signed_by(&root);
    let leaf = testkit::leaf("leaf", &middle);
    assert_eq!(path(&[&leaf, &root, &middle], 0), [0, 2, 1]);
    assert_eq!(path(&[&leaf, &root, &middle], 1), [1]);
}

#[test]
fn both_ends_of_the_validity_count_as_valid() {
    let root = ca("one").not_before(NOW).not_after(NOW + 10).self_signed();
    let below = testkit::intermediate("two", &root);
    for (now, kind) in [
        (NOW, None),
        (NOW + 10, None),
        (NOW + 11, Some(PathFaultKind::Expired(Timestamp::from_unix(NOW + 10)))),
        (NOW - 1, Some(PathFaultKind::NotYetValid(Timestamp::from_unix(NOW)))),
    ] {
        let verdict = verify_at(&[&below, &root], now, 0);
        assert_eq!(verdict.err().map(|fault| (fault.kind, fault.at)), kind.map(|kind| (kind, 1)), "{now}");
    }
}

#[test]
fn each_fault_is_named_with_its_member() {
    let root = testkit::root("one");
    let below = |builder: CertificateBuilder, issuer: &testkit::Certificate| builder.signed_by(issuer);
    let leaf = |issuer| testkit::leaf("leaf", issuer);
    let no_ca = below(testkit::leaf_builder("two"), &root);
    assert_eq!(fault(&[&leaf(&no_ca), &no_ca, &root], 0), (PathFaultKind::NotACa, 1));
    let usage = below(ca("two").key_usage(&[KeyUsage::CrlSign]), &root);
    assert_eq!(fault(&[&leaf(&usage), &usage, &root], 0), (PathFaultKind::MayNotSign, 1));
    let server = ca("two").extended_key_usage(&[oid::SERVER_AUTH]).self_signed();
    assert_eq!(fault(&[&leaf(&server), &server], 0), (PathFaultKind::ExtendedKeyUsage, 1));
    assert_eq!(fault(&[&server], 0), (PathFaultKind::ExtendedKeyUsage, 0));
    let critical = ca("two").extension(oid::PRIVATE_EXTENSION, true, vec![5, 0]).self_signed();
    let unhandled = PathFaultKind::UnhandledCriticalExtension("1.3.6.1.4.1.99999.1".to_owned());
    assert_eq!(fault(&[&leaf(&critical), &critical], 0), (unhandled, 1));
    let short = ca("two").ca(Some(0)).signed_by(&root);
    let deeper = ca("three").signed_by(&short);
    assert_eq!(
        fault(&[&leaf(&deeper), &deeper, &short, &root], 0),
        (PathFaultKind::PathTooLong { allowed: 0, found: 1 }, 2)
    );
    let forged = ca("one").key(Key::p256("forged")).self_signed();
    assert_eq!(fault(&[&leaf(&forged), &root], 0), (PathFaultKind::WrongKey, 0));
    assert_eq!(fault(&[&leaf(&deeper)], 0), (PathFaultKind::IssuerMissing, 0));
    let negative = ca("two").serial(&[0x80]).self_signed();
    assert_eq!(fault(&[&negative], 0), (PathFaultKind::Unreadable, 0));
    let policy = ca("two").policy_constraints(Some(0), None).signed_by(&root);
    assert_eq!(fault(&[&leaf(&policy), &policy, &root], 0), (PathFaultKind::Policy, 0));
}

#[test]
fn names_below_constraints_are_checked() {
    let permitted = vec![GeneralName::Dns("acme.internal".to_owned())];
    let root =
        ca("one").name_constraints(NameConstraints { permitted, excluded: Vec::new() }, true).self_signed();
    let leaf = testkit::leaf_builder("leaf").dns("other.example").signed_by(&root);
    let kind = PathFaultKind::NameConstraint {
        imposed_by: 1,
        name: "DNS:other.example".to_owned(),
        problem: "is not permitted",
    };
    assert_eq!(fault(&[&leaf, &root], 0), (kind, 0));
}

#[test]
fn what_go_does_not_parse_is_no_part_of_a_path() {
    let odd = ca("one").serial(&[0x80, 1]).self_signed();
    assert_eq!(fault(&[&testkit::leaf("leaf", &odd), &odd], 0), (PathFaultKind::IssuerMissing, 0));
}

#[test]
fn a_block_that_pool_loaders_pass_over_leaves_its_place_to_a_plain_copy() {
    let root = testkit::root("one");
    let leaf = testkit::bundle(&[&testkit::leaf("leaf", &root)]);
    let plain = testkit::bundle(&[&root]);
    let headed = plain.replacen("CERTIFICATE-----\n", "CERTIFICATE-----\nOrigin: acme\n\n", 1);
    let labelled = plain.replace("CERTIFICATE-----", "X509 CERTIFICATE-----");
    for passed_over in [headed, labelled] {
        let alone = verify_text_at(&format!("{leaf}{passed_over}"), NOW, 0);
        assert!(alone.is_err(), "{alone:?}");
        let copied = verify_text_at(&format!("{leaf}{passed_over}{plain}"), NOW, 0);
        assert_eq!(copied.unwrap().members, [0, 2]);
    }
}

#[test]
fn version_1_issues_as_a_root_alone() {
    let root = ca("one").version(1).no_basic_constraints().no_key_usage().self_signed();
    let middle = ca("two").version(1).no_basic_constraints().no_key_usage().signed_by(&root);
    assert_eq!(path(&[&testkit::leaf("leaf", &root), &root], 0), [0, 1]);
    assert_eq!(fault(&[&testkit::leaf("leaf", &middle), &middle, &root], 0), (PathFaultKind::NotACa, 1));
}

#[test]
fn the_search_goes_back_when_a_path_leads_nowhere() {
    let root = testkit::root("root");
    let expired = testkit::root_builder("one").not_after(NOW - days(1)).signed_by(&root);
    let valid = ca("one").signed_by(&root);
    let leaf = testkit::leaf("leaf", &valid);
    assert_eq!(path(&[&leaf, &expired, &valid, &root], 0), [0, 2, 3]);
}

#[test]
fn the_fault_is_that_of_the_path_that_got_furthest() {
    let root = testkit::root("root");
    let expired = ca("middle").not_after(NOW - days(1)).signed_by(&root);
    let leaf = testkit::leaf("leaf", &expired);
    let namesake = ca("middle").key(Key::p256("other")).self_signed();
    let verdict = fault(&[&leaf, &namesake, &expired, &root], 0);
    assert_eq!(verdict, (PathFaultKind::Expired(Timestamp::from_unix(NOW - days(1))), 2));
}

#[test]
fn of_faults_that_are_as_far_the_one_tried_first_is_told() {
    let (early, late) = (NOW - days(2), NOW - days(1));
    let over = |until| ca("one").not_after(until).self_signed();
    let leaf = testkit::leaf("leaf", &over(early));
    let expected = |until| (PathFaultKind::Expired(Timestamp::from_unix(until)), 1);
    assert_eq!(fault(&[&leaf, &over(early), &over(late)], 0), expected(early));
    assert_eq!(fault(&[&leaf, &over(late), &over(early)], 0), expected(late));
}

#[test]
fn roots_are_tried_first_and_then_those_whose_identifier_fits_best() {
    let root = testkit::root("two");
    let (fits, lacks) = (ca("one").self_signed(), ca("one").no_ski().self_signed());
    let differs = ca("one").subject_key_identifier(&[1; 20]).self_signed();
    let between = ca("one").signed_by(&root);
    let leaf = testkit::leaf("leaf", &fits);
    assert_eq!(path(&[&leaf, &differs, &lacks, &fits], 0), [0, 3]);
    assert_eq!(path(&[&leaf, &differs, &lacks], 0), [0, 2]);
    assert_eq!(path(&[&leaf, &between, &root, &differs], 0), [0, 3]);
    let bare = testkit::leaf_builder("leaf").no_aki().signed_by(&fits);
    assert_eq!(path(&[&bare, &fits, &lacks], 0), [0, 2], "nothing asked for and nothing offered fit");
}

#[test]
fn a_copy_in_the_bundle_does_not_lead_in_circles() {
    let (one, two) = (
        ca("one").signed_by_key("O=acme,CN=two", &Key::p256("ca two")),
        ca("two").signed_by_key("O=acme,CN=one", &Key::p256("ca one")),
    );
    let leaf = testkit::leaf("leaf", &one);
    assert_eq!(fault(&[&leaf, &one, &two, &one, &two], 0), (PathFaultKind::Loop, 2));
}

#[test]
fn a_cross_certificate_does_not_lead_to_its_own_twin() {
    let root = testkit::root("one");
    let other = ca("two").signed_by(&root);
    let crossed = ca("one").signed_by(&other);
    assert_eq!(fault(&[&crossed, &other, &root], 0), (PathFaultKind::Loop, 1));
    assert_eq!(path(&[&testkit::leaf("leaf", &crossed), &crossed, &other, &root], 0), [0, 3]);
}

#[test]
fn alternative_names_tell_namesakes_with_one_key_apart() {
    let named = |builder: CertificateBuilder, name: Option<&str>| match name {
        Some(name) => builder.dns(name),
        None => builder,
    };
    let other = ca("two").signed_by(&testkit::root("one"));
    for (crossed, root, leads_on) in [
        (Some("a.acme"), Some("b.acme"), true),
        (Some("a.acme"), Some("a.acme"), false),
        (Some("a.acme"), None, true),
        (None, Some("b.acme"), true),
        (None, None, false),
    ] {
        let twins = [named(ca("one"), crossed).signed_by(&other), named(ca("one"), root).self_signed()];
        let verdict = verify_at(&[&twins[0], &other, &twins[1]], NOW, 0);
        let expected = if leads_on { Ok(vec![0, 1, 2]) } else { Err(PathFaultKind::Loop) };
        assert_eq!(
            verdict.map(|path| path.members).map_err(|fault| fault.kind),
            expected,
            "{crossed:?} {root:?}"
        );
    }
}

#[test]
fn a_ca_is_found_in_the_chain_behind_a_namesake_with_other_alternative_names() {
    // Two pairs that sign each other: each way goes round and meets its own CA again, though not as the first of its name.
    let one = |name: &str| ca("one").dns(name).signed_by_key("O=acme,CN=two", &Key::p256("ca two"));
    let two = |name: &str| ca("two").dns(name).signed_by_key("O=acme,CN=one", &Key::p256("ca one"));
    let (one, other) = ((one("a.acme"), two("a.acme")), (one("b.acme"), two("b.acme")));
    let all = [&one.0, &one.1, &other.0, &other.1];
    let bundle = Bundle::read(testkit::bundle(&all).as_bytes());
    let graph = Graph::of(&bundle, signature::default_algorithms(), &mut Budget::default());
    let mut budget = Budget::default();
    let found = verify_as_go(&bundle, &graph, Timestamp::from_unix(NOW), &mut budget, 0).unwrap_err();
    assert_eq!((found.kind, found.path.len()), (PathFaultKind::Loop, 4));
    assert!(budget.steps_spent() < 20, "{} steps", budget.steps_spent());
}

/// Sixteen CAs, each signed by each, and no root among them or one at the end.
fn mesh(same_name: bool, with_root: bool) -> Vec<testkit::Certificate> {
    let name =
        |number: usize| if same_name { "O=acme".to_owned() } else { format!("O=acme,CN={}", number % 4) };
    let key = |number: usize| Key::p256(&format!("mesh {}", number % 4));
    let mut certificates: Vec<testkit::Certificate> = (0..16)
        .map(|number| {
            let (own, above) = (number / 4, (number % 4 + usize::from(number / 4 == number % 4)) % 4);
            let builder = ca("x")
                .subject(name(own).as_str())
                .key(key(own))
                .not_before(NOW - days(1 + i64::try_from(number).unwrap()));
            builder.no_ski().no_aki().signed_by_key(name(above).as_str(), &key(above))
        })
        .collect();
    if with_root {
        certificates.push(ca("x").subject(name(3).as_str()).key(key(3)).not_after(NOW - 1).self_signed());
    }
    certificates
}

#[test]
fn meshes_of_cross_signed_cas_are_answered_at_once() {
    for (same_name, with_root) in [(true, false), (true, true), (false, false), (false, true)] {
        let mesh = mesh(same_name, with_root);
        let leaf = testkit::leaf("leaf", &mesh[0]);
        let all: Vec<&testkit::Certificate> = std::iter::once(&leaf).chain(&mesh).collect();
        let bundle = Bundle::read(testkit::bundle(&all).as_bytes());
        let graph = Graph::of(&bundle, signature::default_algorithms(), &mut Budget::default());
        let finder = PathFinder::new(&bundle, &graph, Timestamp::from_unix(NOW));
        let mut budget = Budget::default();
        for target in 0..all.len() {
            assert!(finder.verify(&mut budget, target).is_err());
        }
        assert!(
            budget.steps_spent() <= all.len() * ISSUERS_CONSIDERED,
            "{same_name} {with_root}: {} steps",
            budget.steps_spent()
        );
    }
}

#[test]
fn a_spent_budget_is_a_fault_of_its_own() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("leaf", &root);
    let bundle = Bundle::read(testkit::bundle(&[&leaf, &root]).as_bytes());
    let graph = Graph::of(&bundle, signature::default_algorithms(), &mut Budget::default());
    let verdict = verify_as_go(&bundle, &graph, Timestamp::from_unix(NOW), &mut Budget::new(0, 0), 0);
    assert_eq!(verdict.unwrap_err().kind, PathFaultKind::TooComplex);
}

#[test]
fn more_issuers_than_go_considers_are_too_many() {
    // No way leads to a root, and there are more ways than Go tries.
    let mesh = mesh(true, true);
    let all: Vec<&testkit::Certificate> = mesh.iter().collect();
    let faults: Vec<PathFaultKind> = (0..16).map(|target| fault(&all, target).0).collect();
    assert!(faults.contains(&PathFaultKind::TooComplex));
}
