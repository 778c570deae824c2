//! Matching: real certificates, what is not documented, and agreement with a naive matcher.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Rng;

use super::*;

fn set(filters: &[&[(Field, &str)]]) -> FilterSet {
    let filter = |fields: &&[(Field, &str)]| {
        fields.iter().fold(Filter::default(), |filter, (field, value)| filter.with(*field, *value))
    };
    FilterSet::new(filters.iter().map(filter).collect())
}

fn certificate(builder: &testkit::CertificateBuilder) -> Certificate {
    Certificate::read(builder.self_signed().der()).unwrap().0
}

#[test]
fn no_filter_admits_everyone_and_a_filter_without_fields_nobody() {
    let names = CertificateNames::default();
    assert_eq!(FilterSet::default().matches(&names).outcome, Outcome::NoFilters);
    assert!(FilterSet::default().admits(&names) && !set(&[&[]]).admits(&names));
    assert_eq!(set(&[&[]]).matches(&names).outcome, Outcome::Refused { differences: vec![] });
}

#[test]
fn a_real_certificate_passes_by_its_names_and_the_reason_is_told() {
    let subject = testkit::Name::new().o("Acme Inc").ou("orders").cn("worker-7");
    let certificate = certificate(&testkit::leaf_builder("x").subject(subject));
    let names = CertificateNames::of(&certificate);
    let filters: [&[(Field, &str)]; 2] = [
        &[(Field::CommonName, "starter"), (Field::Organization, "acme inc")],
        &[(Field::OrganizationalUnit, "ORDERS"), (Field::SubjectAlternativeName, "*.acme.internal")],
    ];
    let both = set(&filters);
    let Outcome::Admitted { filter: 1, by } = both.matches(&names).outcome else { panic!() };
    let values: Vec<_> = by.iter().map(|met| (met.field, met.value)).collect();
    assert_eq!(
        values,
        [(Field::OrganizationalUnit, "orders"), (Field::SubjectAlternativeName, "x.acme.internal")]
    );
    let first = set(&filters[..1]);
    let Outcome::Refused { differences } = first.matches(&names).outcome else { panic!() };
    assert_eq!((differences.len(), differences[0].filter), (1, 0), "the organization does match");
    assert_eq!((differences[0].field, differences[0].present), (Field::CommonName, &["worker-7".into()][..]));
}

#[test]
fn the_last_of_several_common_names_counts_and_the_doubt_is_told() {
    let subject = testkit::Name::new().cn("first").cn("last");
    let certificate = certificate(&testkit::leaf_builder("x").subject(subject));
    let names = CertificateNames::of(&certificate);
    for (wanted, admitted) in [("last", true), ("first", false)] {
        let set = set(&[&[(Field::CommonName, wanted)]]);
        let answer = set.matches(&names);
        assert_eq!(answer.is_admitted(), admitted);
        assert_eq!(answer.notes, [Undocumented::SeveralCommonNames]);
    }
    assert!(set(&[&[(Field::Organization, "x")]]).matches(&names).notes.is_empty());
}

#[test]
fn any_of_several_units_counts_and_the_doubt_is_told() {
    let subject = testkit::Name::new().ou("a").ou("b").o("c").o("d");
    let certificate = certificate(&testkit::leaf_builder("x").subject(subject));
    let names = CertificateNames::of(&certificate);
    let set = set(&[&[(Field::OrganizationalUnit, "a"), (Field::Organization, "d")]]);
    let answer = set.matches(&names);
    assert!(answer.is_admitted());
    let wanted = [Undocumented::SeveralOrganizations, Undocumented::SeveralOrganizationalUnits];
    assert_eq!(answer.notes, wanted);
}

#[test]
fn only_dns_names_count_among_the_alternative_names() {
    let builder = testkit::leaf_builder("x").uri("spiffe://acme/w").email("w@acme.com").ip([10, 0, 0, 1]);
    let certificate = certificate(&builder);
    let names = CertificateNames::of(&certificate);
    for value in ["spiffe://acme/*", "*@acme.com", "10.0.0.1"] {
        let set = set(&[&[(Field::SubjectAlternativeName, value)]]);
        let answer = set.matches(&names);
        assert!(!answer.is_admitted());
        assert_eq!(answer.notes, [Undocumented::AlternativeNameNotDns], "{value}");
    }
    let other = set(&[&[(Field::SubjectAlternativeName, "spiffe://other")]]);
    assert!(other.matches(&names).notes.is_empty());
}

#[test]
fn letters_outside_ascii_keep_their_case() {
    let names = CertificateNames { organizations: vec!["MÜLLER".into()], ..CertificateNames::default() };
    let set = set(&[&[(Field::Organization, "Müller*")]]);
    assert_eq!(set.matches(&names).notes, [Undocumented::CaseOutsideAscii]);
}

/// The documented semantics as plainly as they can be written, on strings alone.
fn naive(filters: &[[&str; 4]], certificate: &[Vec<String>; 4]) -> bool {
    let one = |wanted: &str, text: &str| {
        let (wanted, text) = (wanted.to_ascii_lowercase(), text.to_ascii_lowercase());
        match wanted.split('*').collect::<Vec<_>>()[..] {
            [whole] => whole == text,
            ["", ""] => false,
            [start, ""] => !start.starts_with('.') && text.starts_with(start),
            ["", end] => text.ends_with(end),
            _ => false,
        }
    };
    let field = |number: usize, wanted: &str| match number {
        0 => certificate[0].last().is_some_and(|text| one(wanted, text)),
        _ => certificate[number].iter().any(|text| one(wanted, text)),
    };
    let passes = |filter: &[&str; 4]| {
        filter.iter().any(|wanted| !wanted.is_empty())
            && (0..4).all(|number| filter[number].is_empty() || field(number, filter[number]))
    };
    filters.is_empty() || filters.iter().any(passes)
}

#[test]
fn the_matcher_agrees_with_a_naive_one_on_random_filters_and_names() {
    const VALUES: [&str; 16] =
        ["", "", "a", "A*", "*a", "ab", "*b", "Ab*", "*", "*a*", ".a*", "a.b", "*.b", "a*b", "b", "B*"];
    const TEXTS: [&str; 9] = ["", "a", "B", "ab", "Ba", "a.b", ".a", "*a", "aab"];
    let mut rng = Rng::new(20_261_123);
    let mut admitted = 0;
    for _ in 0..20_000 {
        let filters: Vec<[&str; 4]> =
            (0..rng.below(4)).map(|_| [(); 4].map(|()| *rng.pick(&VALUES))).collect();
        let texts: [Vec<String>; 4] =
            [(); 4].map(|()| (0..rng.below(3)).map(|_| (*rng.pick(&TEXTS)).to_owned()).collect());
        let made: Vec<Vec<(Field, &str)>> =
            filters.iter().map(|filter| Field::ALL.into_iter().zip(*filter).collect()).collect();
        let set = set(&made.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let [common, organizations, units, dns] =
            texts.clone().map(|texts| texts.into_iter().map(Cow::Owned).collect());
        let names = CertificateNames {
            common_names: common,
            organizations,
            organizational_units: units,
            dns_names: dns,
            other_names: Vec::new(),
        };
        let wanted = naive(&filters, &texts);
        assert_eq!(set.matches(&names).is_admitted(), wanted, "{filters:?} {texts:?}");
        assert_eq!(set.admits(&names), wanted);
        admitted += usize::from(wanted);
    }
    assert!((4_000..16_000).contains(&admitted), "{admitted}");
}

#[test]
fn each_note_has_a_sentence_of_its_own() {
    let notes = [
        Undocumented::SeveralCommonNames,
        Undocumented::SeveralOrganizations,
        Undocumented::SeveralOrganizationalUnits,
        Undocumented::AlternativeNameNotDns,
        Undocumented::CaseOutsideAscii,
    ];
    let words = ["common names", "organizations;", "organizational units", "DNS names", "outside ASCII"];
    for (note, word) in notes.into_iter().zip(words) {
        assert!(note.as_str().contains(word), "{}", note.as_str());
    }
}
