//! Tables of names under constraints: what Go permits, refuses, and refuses to compare.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::GeneralName as Kit;
use mtlsmith_testkit::Name;

use super::*;

fn dns(name: &str) -> Kit {
    Kit::Dns(name.to_owned())
}

fn email(name: &str) -> Kit {
    Kit::Email(name.to_owned())
}

fn uri(name: &str) -> Kit {
    Kit::Uri(name.to_owned())
}

fn ip(address: &str) -> Kit {
    Kit::Ip(address.parse().unwrap())
}

fn network(address: &str, mask: &str) -> Kit {
    Kit::IpNetwork(address.parse().unwrap(), mask.parse().unwrap())
}

fn certificate(names: &[Kit], constraints: Option<testkit::NameConstraints>) -> Certificate {
    let mut builder = testkit::root_builder("any");
    for name in names {
        builder = builder.alternative_name(name.clone());
    }
    if let Some(constraints) = constraints {
        builder = builder.name_constraints(constraints, true);
    }
    Certificate::read(builder.self_signed().der()).unwrap().0
}

fn permitting(permitted: &[Kit]) -> Option<testkit::NameConstraints> {
    Some(testkit::NameConstraints { permitted: permitted.to_vec(), excluded: Vec::new() })
}

fn excluding(excluded: &[Kit]) -> Option<testkit::NameConstraints> {
    Some(testkit::NameConstraints { permitted: Vec::new(), excluded: excluded.to_vec() })
}

/// The verdict on a leaf with one name directly below one constrained CA.
fn verdict_on(name: &Kit, constraints: Option<testkit::NameConstraints>) -> Result<(), ViolationKind> {
    let (leaf, root) = (certificate(std::slice::from_ref(name), None), certificate(&[], constraints));
    check(&[&leaf, &root]).map_err(|violation| violation.kind)
}

const PASSES: Result<(), ViolationKind> = Ok(());
const NOT_PERMITTED: Result<(), ViolationKind> = Err(ViolationKind::NotPermitted);
const EXCLUDED: Result<(), ViolationKind> = Err(ViolationKind::Excluded);

#[test]
fn domains() {
    for (constraint, name, permitted, excluded) in [
        ("acme.internal", "acme.internal", PASSES, EXCLUDED),
        ("acme.internal", "W1.ACME.internal", PASSES, EXCLUDED),
        ("acme.internal", "notacme.internal", NOT_PERMITTED, PASSES),
        (".acme.internal", "acme.internal", NOT_PERMITTED, PASSES),
        (".acme.internal", "w1.acme.internal", PASSES, EXCLUDED),
        ("", "whatever.example", PASSES, EXCLUDED),
        ("acme.internal", "*.acme.internal", PASSES, EXCLUDED),
        ("w1.acme.internal", "*.acme.internal", NOT_PERMITTED, EXCLUDED),
        ("W1.acme.internal", "*.Acme.internal", NOT_PERMITTED, EXCLUDED),
        ("w1.acme.internal", "", NOT_PERMITTED, PASSES),
        ("", "", PASSES, EXCLUDED),
    ] {
        assert_eq!(
            verdict_on(&dns(name), permitting(&[dns(constraint)])),
            permitted,
            "{name:?} within {constraint:?}"
        );
        assert_eq!(
            verdict_on(&dns(name), excluding(&[dns(constraint)])),
            excluded,
            "{name:?} outside {constraint:?}"
        );
    }
}

#[test]
fn addresses() {
    let ten = network("10.0.0.0", "255.0.0.0");
    let six = network("2001:db8::", "ffff:ffff::");
    for (constraint, name, permitted, excluded) in [
        (&ten, "10.1.2.3", PASSES, EXCLUDED),
        (&ten, "11.1.2.3", NOT_PERMITTED, PASSES),
        (&ten, "2001:db8::1", NOT_PERMITTED, PASSES),
        (&six, "2001:db8::1", PASSES, EXCLUDED),
        (&six, "2001:db9::1", NOT_PERMITTED, PASSES),
        (&six, "10.1.2.3", NOT_PERMITTED, PASSES),
    ] {
        assert_eq!(verdict_on(&ip(name), permitting(std::slice::from_ref(constraint))), permitted, "{name}");
        assert_eq!(verdict_on(&ip(name), excluding(std::slice::from_ref(constraint))), excluded, "{name}");
    }
}

#[test]
fn emails() {
    for (constraint, name, permitted, excluded) in [
        ("ops@acme.internal", "ops@acme.internal", PASSES, EXCLUDED),
        ("ops@acme.internal", "ops@ACME.internal", PASSES, EXCLUDED),
        ("ops@acme.internal", "OPS@acme.internal", NOT_PERMITTED, PASSES),
        ("ops@acme.internal", "\"ops\"@acme.internal", PASSES, EXCLUDED),
        ("acme.internal", "ops@acme.internal", PASSES, EXCLUDED),
        ("acme.internal", "ops@w1.acme.internal", PASSES, EXCLUDED),
        (".acme.internal", "ops@acme.internal", NOT_PERMITTED, PASSES),
        (".acme.internal", "ops@w1.acme.internal", PASSES, EXCLUDED),
    ] {
        assert_eq!(
            verdict_on(&email(name), permitting(&[email(constraint)])),
            permitted,
            "{name} within {constraint}"
        );
        assert_eq!(
            verdict_on(&email(name), excluding(&[email(constraint)])),
            excluded,
            "{name} outside {constraint}"
        );
    }
}

#[test]
fn each_of_several_mailboxes_with_one_local_part_counts() {
    let both = [email("ops@one.internal"), email("ops@two.internal")];
    for name in ["ops@one.internal", "ops@two.internal"] {
        assert_eq!(verdict_on(&email(name), permitting(&both)), PASSES, "{name}");
        assert_eq!(verdict_on(&email(name), excluding(&both)), EXCLUDED, "{name}");
    }
}

#[test]
fn uris() {
    for (constraint, name, permitted, excluded) in [
        ("acme.internal", "spiffe://acme.internal/worker", PASSES, EXCLUDED),
        ("acme.internal", "https://w1.acme.internal:8443/a", PASSES, EXCLUDED),
        (".acme.internal", "https://acme.internal/", NOT_PERMITTED, PASSES),
        ("acme.internal", "https://user@other.example/", NOT_PERMITTED, PASSES),
    ] {
        assert_eq!(
            verdict_on(&uri(name), permitting(&[uri(constraint)])),
            permitted,
            "{name} within {constraint}"
        );
        assert_eq!(
            verdict_on(&uri(name), excluding(&[uri(constraint)])),
            excluded,
            "{name} outside {constraint}"
        );
    }
}

#[test]
fn a_kind_without_constraints_is_free() {
    for name in [ip("10.0.0.1"), email("a@b"), uri("https://a/"), Kit::Directory(Name::parse("O=acme"))] {
        assert_eq!(verdict_on(&name, permitting(&[dns("acme.internal")])), PASSES, "{name:?}");
    }
}

#[test]
fn names_that_cannot_be_compared_are_refused_below_any_constraint() {
    let malformed = [
        dns("acme.internal."),
        dns(".acme.internal"),
        dns("Acme Inc"),
        email("nobody"),
        email("a@b c"),
        uri("urn:uuid:1"),
        uri("https://10.0.0.1/"),
        uri("https://[2001:db8::1]/"),
        uri("https://[fe80::1%25en0]/"),
    ];
    for name in malformed {
        let verdict = verdict_on(&name, permitting(&[network("10.0.0.0", "255.0.0.0")]));
        assert!(matches!(verdict, Err(ViolationKind::Malformed(_))), "{name:?}: {verdict:?}");
        let (leaf, root) = (certificate(&[name], None), certificate(&[], None));
        assert_eq!(check(&[&leaf, &root]), Ok(()), "nobody minds without a constraint");
    }
}

#[test]
fn every_certificate_below_is_checked_and_none_above() {
    let plain = || certificate(&[], None);
    let bad = || certificate(&[dns("other.example")], None);
    let constrained = || certificate(&[], permitting(&[dns("acme.internal")]));
    let told =
        |chain: &[&Certificate]| check(chain).map_err(|violation| (violation.borne_by, violation.imposed_by));
    assert_eq!(told(&[&bad(), &plain(), &constrained()]), Err((0, 2)));
    assert_eq!(told(&[&plain(), &bad(), &constrained()]), Err((1, 2)));
    assert_eq!(told(&[&plain(), &constrained(), &bad()]), Ok(()));
    let own = certificate(&[dns("other.example")], permitting(&[dns("acme.internal")]));
    assert_eq!(told(&[&plain(), &own]), Ok(()));
    assert_eq!(told(&[&plain(), &own, &constrained()]), Err((1, 2)));
    assert_eq!(told(&[&own]), Ok(()));
}

#[test]
fn the_constraints_of_every_ca_apply() {
    let wide = || certificate(&[], permitting(&[dns("internal")]));
    let narrow = || certificate(&[], permitting(&[dns("acme.internal")]));
    let leaf = |name: &str| certificate(&[dns(name)], None);
    assert_eq!(check(&[&leaf("w1.acme.internal"), &narrow(), &wide()]), Ok(()));
    let violation = check(&[&leaf("w1.other.internal"), &wide(), &narrow()]).unwrap_err();
    assert_eq!((violation.imposed_by, violation.name.as_str()), (2, "DNS:w1.other.internal"));
}

#[test]
fn constraints_that_go_cannot_read_are_refused() {
    let parsed = |constraints: testkit::NameConstraints| {
        parse(&constraints.extension(true).value).map(|read| read.unhandled)
    };
    for bad in [
        dns("a..b"),
        dns("a."),
        dns("\u{fc}"),
        email("a..b"),
        email("@a"),
        uri("10.0.0.1"),
        uri("::1"),
        uri("a b"),
        network("10.0.0.0", "255.0.255.0"),
        Kit::IpRaw(vec![0; 7]),
    ] {
        assert!(parsed(permitting(std::slice::from_ref(&bad)).unwrap()).is_err(), "{bad:?}");
        assert!(parsed(excluding(std::slice::from_ref(&bad)).unwrap()).is_err(), "{bad:?}");
    }
    assert!(parsed(testkit::NameConstraints::default()).is_err());
    assert!(
        parse(&[0x30, 0x04, 0xa0, 0x00, 0xa1, 0x00]).is_err()
            && parse(&[0x30, 0x00, 0x00]).is_err()
            && parse(&[]).is_err()
    );
}

#[test]
fn other_kinds_of_constraints_are_marked() {
    for (name, unhandled) in [
        (dns("a"), false),
        (Kit::Directory(Name::parse("O=acme")), true),
        (Kit::OtherName(vec![1, 3, 1], vec![5, 0]), true),
        (Kit::RegisteredId(vec![1, 3, 1]), true),
    ] {
        let value = permitting(std::slice::from_ref(&name)).unwrap().extension(false).value;
        assert_eq!(parse(&value).unwrap().unhandled, unhandled, "{name:?}");
    }
}

#[test]
fn too_many_comparisons_are_refused() {
    let names: Vec<Kit> = (0..600).map(|number| dns(&format!("w{number}.a"))).collect();
    let constraints: Vec<Kit> = (0..600).map(|number| dns(&format!("x{number}.b"))).collect();
    let (leaf, root) = (certificate(&names, None), certificate(&[], excluding(&constraints)));
    assert_eq!(check(&[&leaf, &root]).unwrap_err().kind, ViolationKind::TooComplex);
    let (few, same_root) = (certificate(&names[..400], None), &root);
    assert_eq!(check(&[&few, same_root]), Ok(()));
}

#[test]
fn nothing_follows_the_constraints_inside_or_outside() {
    let subtree = [0xa0, 0x05, 0x30, 0x03, 0x82, 0x01, 0x61];
    let of = |length: u8, behind: &[u8]| [&[0x30, length][..], &subtree, behind].concat();
    assert!(parse(&of(7, &[])).is_ok());
    assert!(parse(&of(7, &[0x05, 0x00])).is_err(), "behind the whole");
    assert!(parse(&of(9, &[0x05, 0x00])).is_err(), "behind the subtrees");
}

#[test]
fn a_mail_address_costs_a_comparison_for_each_constraint_on_mail() {
    let constraints = testkit::NameConstraints {
        permitted: vec![email("acme"), email(".acme"), email("a@acme")],
        excluded: vec![email("other"), email("b@acme")],
    };
    let (leaf, above) = (certificate(&[email("a@acme")], None), certificate(&[], Some(constraints)));
    let left = |mut comparisons| check_within(&[&leaf, &above], &mut comparisons).map(|()| comparisons);
    assert_eq!(left(9), Ok(4));
    assert!(left(4).is_err());
}
