//! What each library by itself makes of names under constraints, and where both give up.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_testkit::StringType;
use mtlsmith_testkit::der;
use mtlsmith_testkit::oid;

use super::*;
use crate::admission::openssl::Noted;
use crate::certificate::Certificate;

fn dns(text: &str) -> GeneralName {
    GeneralName::Dns(text.to_owned())
}

fn leaf() -> CertificateBuilder {
    testkit::leaf_builder("a worker").no_subject_alternative_name()
}

fn limited(permitted: Vec<GeneralName>, excluded: Vec<GeneralName>) -> testkit::Certificate {
    testkit::root_builder("root")
        .name_constraints(NameConstraints { permitted, excluded }, true)
        .self_signed()
}

/// What a library says about a chain, the leaf first: the problem, whether every release minds, and the position.
fn found(
    chain: &[&testkit::Certificate],
    library: Library,
    mut left: usize,
) -> Option<(&'static str, bool, usize)> {
    let read: Vec<Certificate> = chain.iter().map(|one| Certificate::read(one.der()).unwrap().0).collect();
    let facts: Vec<Facts<'_>> =
        read.iter().map(|certificate| Facts::of(certificate, Noted::of(certificate, true))).collect();
    let places: Vec<usize> = (0..facts.len()).collect();
    let violation = violation(&facts, library, &places, &mut left)?;
    let (PathFaultKind::NameConstraint { problem, .. }, position) = violation.objection else {
        panic!("{:?}", violation.objection)
    };
    Some((problem, violation.is_certain, position))
}

/// What OpenSSL says about a leaf below a root, and what BoringSSL says.
fn both(leaf: CertificateBuilder, root: &testkit::Certificate) -> [Option<(&'static str, bool)>; 2] {
    let leaf = leaf.signed_by(root);
    [Library::OpenSsl, Library::BoringSsl].map(|library| {
        found(&[&leaf, root], library, COMPARED).map(|(problem, certain, _)| (problem, certain))
    })
}

#[test]
fn a_constraint_that_cannot_be_compared_stops_only_what_was_not_permitted_before() {
    let network = GeneralName::IpNetwork([10, 0, 0, 0].into(), [255, 0, 0, 0].into());
    let broken = GeneralName::IpRaw(vec![10; 5]);
    let incomparable = Some((INCOMPARABLE, true));
    let leaf = || leaf().ip([10, 1, 1, 1]);
    let root = limited(vec![network.clone(), broken.clone()], Vec::new());
    assert_eq!(both(leaf(), &root), [None, incomparable]);
    let root = limited(vec![broken.clone(), network], Vec::new());
    assert_eq!(both(leaf(), &root), [incomparable; 2]);
    assert_eq!(both(leaf(), &limited(Vec::new(), vec![broken])), [incomparable; 2]);
}

#[test]
fn excluded_names_are_refused_and_those_that_might_be_are_in_doubt() {
    let excluded = "is excluded";
    let root = limited(Vec::new(), vec![dns("acme"), GeneralName::Uri("acme".to_owned())]);
    assert_eq!(both(leaf().dns("w.acme"), &root), [Some((excluded, true)); 2]);
    assert_eq!(both(leaf().dns("w.other"), &root), [None; 2]);
    assert_eq!(both(leaf().uri("https://u@acme/"), &root), [Some((excluded, false)); 2]);
    let root = limited(vec![GeneralName::Uri("acme".to_owned())], Vec::new());
    assert_eq!(both(leaf().uri("https://u@acme/"), &root), [Some((NOT_PERMITTED, false)); 2]);
    let root = limited(vec![dns("other"), dns("acme")], vec![dns("v.acme")]);
    assert_eq!(both(leaf().dns("w.acme"), &root), [None; 2]);
    assert_eq!(both(leaf().dns("v.acme"), &root), [Some((excluded, true)); 2]);
}

#[test]
fn a_constraint_of_limited_depth_leaves_everything_open() {
    let subtree = [dns("acme").der(), der::context_primitive(0, &[1])];
    let subtree = der::sequence(&[&subtree[0], &subtree[1]]);
    for position in [0, 1] {
        let value = der::sequence(&[&der::context_constructed(position, &subtree)]);
        let root = testkit::root_builder("root").extension(oid::NAME_CONSTRAINTS, true, value).self_signed();
        assert_eq!(both(leaf().dns("w.acme"), &root), [Some((BOUNDED, false)); 2]);
    }
}

#[test]
fn constraints_that_cannot_be_read_leave_everything_open() {
    for value in [vec![0x30, 0x01], der::sequence(&[&der::null()])] {
        let root = testkit::root_builder("root").extension(oid::NAME_CONSTRAINTS, true, value).self_signed();
        assert_eq!(both(leaf(), &root), [Some(("is under constraints that cannot be read", false)); 2]);
    }
}

#[test]
fn openssl_alone_takes_an_internationalised_mailbox_for_an_address() {
    let mailbox = GeneralName::OtherName(vec![1, 3, 6, 1, 5, 5, 7, 8, 9], vec![0x0c, 1, b'a']);
    let root = limited(vec![GeneralName::Email("acme".to_owned())], Vec::new());
    assert_eq!(both(leaf().alternative_name(mailbox), &root), [Some((NOT_PERMITTED, false)), None]);
    let other = GeneralName::OtherName(vec![1, 3, 1], vec![0x0c, 1, b'a']);
    assert_eq!(both(leaf().alternative_name(other), &root), [None; 2]);
}

#[test]
fn addresses_in_the_subject_count_and_must_be_ia5() {
    let root = limited(vec![GeneralName::Email("acme".to_owned())], Vec::new());
    let named = |address: &str, string_type| {
        leaf().subject(Name::new().cn("a worker").text(oid::EMAIL_ADDRESS, string_type, address))
    };
    assert_eq!(both(named("a@acme", StringType::Ia5), &root), [None; 2]);
    assert_eq!(both(named("a@other", StringType::Ia5), &root), [Some((NOT_PERMITTED, true)); 2]);
    let no_ia5 = Some(("is an address that is no IA5String", true));
    assert_eq!(both(named("a@acme", StringType::Utf8), &root), [no_ia5; 2]);
    let root = limited(Vec::new(), vec![GeneralName::Email("A@acme".to_owned())]);
    assert_eq!(both(named("a@acme", StringType::Ia5), &root), [None, Some(("is excluded", false))]);
    assert_eq!(both(leaf().email("a@acme"), &root), [None; 2]);
}

#[test]
fn a_common_name_stands_in_for_alternative_names_that_are_not_there() {
    let root = limited(vec![dns("acme")], Vec::new());
    let named = |name: &str| leaf().subject(Name::new().cn(name));
    let missing =
        Some(("looks like a host name, and there are no alternative names for the constraints", false));
    assert_eq!(both(named("w.acme"), &root), [None, missing]);
    assert_eq!(both(named("w.other"), &root), [Some((NOT_PERMITTED, false)), missing]);
    assert_eq!(both(named("w.other").dns("w.acme"), &root), [None; 2]);
    assert_eq!(both(named("w.other").email("a@acme"), &root), [Some((NOT_PERMITTED, false)), None]);
}

#[test]
fn self_issued_certificates_above_the_leaf_go_free_and_a_self_issued_leaf_does_not() {
    let root = limited(vec![dns("acme")], Vec::new());
    let rolled = testkit::root_builder("root").key(Key::p256("rolled")).dns("w.other").signed_by(&root);
    let below = leaf().dns("w.acme").signed_by(&rolled);
    assert_eq!(found(&[&below, &rolled, &root], Library::OpenSsl, COMPARED), None);
    assert_eq!(found(&[&rolled, &root], Library::OpenSsl, COMPARED), Some((NOT_PERMITTED, true, 0)));
    let middle = testkit::root_builder("middle").dns("w.other").signed_by(&root);
    let below = leaf().dns("w.acme").signed_by(&middle);
    assert_eq!(found(&[&below, &middle, &root], Library::OpenSsl, COMPARED), Some((NOT_PERMITTED, true, 1)));
}

#[test]
fn no_certificate_stands_under_its_own_constraints() {
    let root = testkit::root("root");
    let constraints = NameConstraints { permitted: vec![dns("acme")], excluded: Vec::new() };
    let middle =
        testkit::root_builder("middle").dns("w.other").name_constraints(constraints, true).signed_by(&root);
    let below = leaf().dns("w.acme").signed_by(&middle);
    assert_eq!(found(&[&below, &middle, &root], Library::OpenSsl, COMPARED), None);
}

#[test]
fn a_certain_violation_goes_before_one_in_doubt() {
    let uri = GeneralName::Uri("acme".to_owned());
    let root = limited(vec![uri, dns("acme")], Vec::new());
    let middle = testkit::root_builder("middle").uri("https://u@acme/").signed_by(&root);
    let bad = leaf().dns("w.other").signed_by(&middle);
    assert_eq!(found(&[&bad, &middle, &root], Library::OpenSsl, COMPARED), Some((NOT_PERMITTED, true, 0)));
    let good = leaf().dns("w.acme").signed_by(&middle);
    assert_eq!(found(&[&good, &middle, &root], Library::OpenSsl, COMPARED), Some((NOT_PERMITTED, false, 1)));
}

#[test]
fn names_times_constraints_are_limited_for_one_certificate_and_for_all() {
    // The subject is one name of two attributes, and each alternative name is one more.
    let many = |count: usize| {
        (0..count).fold(leaf().subject(Name::new().o("acme").cn("a worker")), |leaf, _| leaf.dns("acme"))
    };
    let root = limited(vec![dns("acme"); 512], vec![dns("other"); 512]);
    let (full, over) = (many(1_021).signed_by(&root), many(1_022).signed_by(&root));
    for library in [Library::OpenSsl, Library::BoringSsl] {
        assert_eq!(found(&[&full, &root], library, 1_022 * 1_024), None);
        assert_eq!(found(&[&full, &root], library, 1_022 * 1_024 - 1), Some((TOO_MANY, false, 0)));
        assert_eq!(found(&[&over, &root], library, usize::MAX), Some((TOO_MANY, true, 0)));
    }
}
