//! Suggestions: known answers, proofs that there is none, and everything small tried by force.

use mtlsmith_testkit::Rng;

use super::*;
use crate::filters::Pattern;

fn named(common_name: &str, organization: &str) -> CertificateNames<'static> {
    let list = |text: &str| if text.is_empty() { vec![] } else { vec![text.to_owned().into()] };
    CertificateNames {
        common_names: list(common_name),
        organizations: list(organization),
        ..CertificateNames::default()
    }
}

fn all(certificates: &[(&str, &str)]) -> Vec<CertificateNames<'static>> {
    certificates.iter().map(|(common_name, organization)| named(common_name, organization)).collect()
}

fn suggested(admit: &[(&str, &str)], exclude: &[(&str, &str)]) -> Vec<String> {
    let found = suggest(&all(admit), &all(exclude)).unwrap();
    assert!(found.is_smallest);
    found.set.filters.iter().map(ToString::to_string).collect()
}

#[test]
fn one_wildcard_stands_for_what_several_names_share() {
    let workers = [("worker-1", "acme"), ("worker-2", "acme")];
    assert_eq!(suggested(&workers, &[("admin", "acme")]), ["commonName=worker-* organization=acme"]);
    let hosts = [("a.orders.acme", ""), ("b.Orders.acme", "")];
    assert_eq!(suggested(&hosts, &[("orders.acme", "")]), ["commonName=*.orders.acme"]);
}

#[test]
fn a_wildcard_that_would_admit_too_many_is_not_used() {
    let found = suggested(&[("worker-1", ""), ("worker-2", "")], &[("worker-3", "")]);
    assert_eq!(found, ["commonName=worker-1", "commonName=worker-2"]);
    let found = suggested(&[("worker-1", "a"), ("worker-2", "a")], &[("worker-3", "b"), ("x", "a")]);
    assert_eq!(found, ["commonName=worker-* organization=a"]);
}

#[test]
fn a_stem_has_four_characters_at_least() {
    assert_eq!(suggested(&[("work-1", ""), ("work-2", "")], &[]).len(), 1);
    assert_eq!(suggested(&[("wor-1", ""), ("wor-2", "")], &[]), ["commonName=wor-*"]);
    assert_eq!(suggested(&[("wo-1", ""), ("wo-2", "")], &[]).len(), 2);
}

#[test]
fn certificates_that_no_filter_tells_apart_are_the_proof() {
    let none =
        |admit: &[(&str, &str)], exclude: &[(&str, &str)]| suggest(&all(admit), &all(exclude)).unwrap_err();
    assert_eq!(
        none(&[("x", "o"), ("a", "o")], &[("b", "o"), ("A", "o")]),
        NoneExists::Indistinguishable { admit: 1, exclude: vec![1] }
    );
    // The one to admit lacks the field by which the other differs, so asking for more is not possible.
    assert_eq!(
        none(&[("a", "")], &[("a", "o")]),
        NoneExists::Indistinguishable { admit: 0, exclude: vec![0] }
    );
    assert_eq!(none(&[("", "")], &[]), NoneExists::NoValue { admit: 0 });
    assert_eq!(none(&[("*", "ü")], &[]), NoneExists::NoValue { admit: 0 });
    assert_eq!(none(&[], &[("a", "")]), NoneExists::NobodyToAdmit);
}

#[test]
fn the_proof_counts_certificates_from_one() {
    for (proof, text) in [
        (NoneExists::NobodyToAdmit, "there is no certificate to admit"),
        (NoneExists::NoValue { admit: 2 }, "certificate 3 to admit has no value that a filter can ask for"),
        (
            NoneExists::Indistinguishable { admit: 4, exclude: vec![0, 2] },
            "no filter admits certificate 5 and keeps out 1, 3 as well",
        ),
        (
            NoneExists::TooMany { filters: 26, is_certain: true },
            "26 filters would be needed, and a Namespace takes 25",
        ),
        (NoneExists::TooManyCertificates, "suggestions are made for at most 2000 certificates"),
    ] {
        assert_eq!(proof.to_string(), text);
    }
}

#[test]
fn several_units_are_tried_one_by_one() {
    let with_units = |units: &[&'static str]| CertificateNames {
        organizational_units: units.iter().map(|unit| (*unit).into()).collect(),
        ..CertificateNames::default()
    };
    let admit = [with_units(&["a", "b"])];
    let found = suggest(&admit, &[with_units(&["a"])]).unwrap();
    assert_eq!(found.set.filters[0].to_string(), "organizationalUnit=b");
    let none = suggest(&admit, &[with_units(&["a"]), with_units(&["b", "c"])]).unwrap_err();
    assert_eq!(none, NoneExists::Indistinguishable { admit: 0, exclude: vec![0, 1] });
}

#[test]
fn those_to_keep_out_do_not_pass_by_any_reading() {
    let odd = |common_names: &[&'static str], other_names: &[&'static str]| CertificateNames {
        common_names: common_names.iter().map(|name| (*name).into()).collect(),
        other_names: other_names.iter().map(|name| (*name).into()).collect(),
        ..CertificateNames::default()
    };
    let same = |exclude| suggest(&[named("worker", "")], &[exclude]).is_err();
    assert!(same(odd(&["worker", "other"], &[])) && !same(odd(&["other"], &["worker"])));
    let by_dns = CertificateNames { dns_names: vec!["10.0.0.1".into()], ..CertificateNames::default() };
    assert!(suggest(&[by_dns], &[odd(&[], &["10.0.0.1"])]).is_err());
}

#[test]
fn twenty_five_filters_are_suggested_and_twenty_six_are_too_many() {
    let letters: Vec<String> = (b'a'..=b'z').map(|letter| char::from(letter).to_string()).collect();
    let names: Vec<CertificateNames<'_>> = letters.iter().map(|letter| named(letter, "")).collect();
    assert_eq!(suggest(&names[..25], &[]).unwrap().set.filters.len(), 25);
    assert_eq!(suggest(&names, &[]).unwrap_err(), NoneExists::TooMany { filters: 26, is_certain: true });
    assert_eq!(suggest(&vec![named("a", ""); 2_001], &[]).unwrap_err(), NoneExists::TooManyCertificates);
}

#[test]
fn a_large_inventory_is_answered_rightly() {
    let name = |kind: &str, index: usize| named(&format!("{kind}-{index}.acme.internal"), "acme");
    let admit: Vec<_> =
        (0..600).map(|index| name(["worker", "starter", "cron-job"][index % 3], index)).collect();
    let exclude: Vec<_> = (0..300).map(|index| name("admin", index)).collect();
    let found = suggest(&admit, &exclude).unwrap();
    assert!(found.set.filters.len() <= 3, "{:?}", found.set.filters);
    assert!(admit.iter().all(|names| found.set.admits(names)));
    assert!(!exclude.iter().any(|names| found.set.admits(names)));
}

/// Every filter of two fields over these texts: whole ones, and their beginnings and ends of four characters and more.
fn every_filter(texts: &[&str]) -> Vec<Filter> {
    let mut values = vec![String::new()];
    for text in texts {
        values.push((*text).to_owned());
        for length in SHORTEST_STEM..=text.len() {
            values.push(format!("{}*", &text[..length]));
            values.push(format!("*{}", &text[text.len() - length..]));
        }
    }
    values.retain(|value| {
        value.is_empty() || Pattern::new(value.as_str()).kind() != crate::filters::PatternKind::Unusable
    });
    values.sort();
    values.dedup();
    let with = |one: &String| {
        let first = Filter::default().with(Field::CommonName, one.as_str());
        values.iter().map(|other| first.clone().with(Field::Organization, other.as_str())).collect::<Vec<_>>()
    };
    values.iter().flat_map(with).filter(|filter| !filter.is_empty()).collect()
}

/// The fewest of all filters there are, or none.
fn by_force(
    filters: &[Filter],
    admit: &[CertificateNames<'_>],
    exclude: &[CertificateNames<'_>],
) -> Option<usize> {
    let mut masks: Vec<usize> = filters
        .iter()
        .filter(|filter| !exclude.iter().any(|names| names.passes(filter)))
        .map(|filter| {
            let passing = admit.iter().enumerate().filter(|(_, names)| names.passes(filter));
            passing.fold(0, |mask, (index, _)| mask | 1 << index)
        })
        .collect();
    masks.sort_unstable();
    masks.dedup();
    let everyone = (1_usize << admit.len()) - 1;
    // The fewest masks for each union, built up mask by mask.
    let mut fewest = vec![None; 1 << admit.len()];
    fewest[0] = Some(0);
    for _ in 0..admit.len() {
        for union in 0..=everyone {
            let Some(count) = fewest[union] else { continue };
            for mask in &masks {
                let entry: &mut Option<usize> = &mut fewest[union | mask];
                if entry.is_none_or(|known| known > count + 1) {
                    *entry = Some(count + 1);
                }
            }
        }
    }
    fewest[everyone]
}

#[test]
fn suggestions_are_as_small_as_trying_every_filter_finds() {
    const TEXTS: [&str; 8] = ["aaaa1", "aaaa2", "aaab1", "1aaaa", "2aaaa", "bbaaaa", ".aaaa", "b"];
    let filters = every_filter(&TEXTS);
    let mut rng = Rng::new(99);
    let mut exist = 0;
    for _ in 0..300 {
        let mut some = |most: usize| -> Vec<CertificateNames<'static>> {
            let text = |rng: &mut Rng| if rng.percent(20) { "" } else { *rng.pick(&TEXTS) };
            (0..rng.below(most)).map(|_| named(text(&mut rng), text(&mut rng))).collect()
        };
        let (admit, exclude) = (some(6), some(4));
        if admit.is_empty() {
            continue;
        }
        let found = suggest(&admit, &exclude);
        let wanted = by_force(&filters, &admit, &exclude);
        assert_eq!(found.is_ok(), wanted.is_some(), "{admit:?} {exclude:?} {found:?}");
        if let (Ok(found), Some(wanted)) = (found, wanted) {
            assert!(found.is_smallest);
            assert_eq!(found.set.filters.len(), wanted, "{admit:?} {exclude:?}");
            assert!(admit.iter().all(|names| found.set.admits(names)));
            assert!(!exclude.iter().any(|names| found.set.admits(names)));
            exist += 1;
        }
    }
    assert!((50..290).contains(&exist), "{exist}");
}

#[test]
fn as_many_certificates_as_allowed_are_looked_at_and_one_more_is_not() {
    let same = |count: usize| vec![named("worker", "acme"); count];
    assert!(suggest(&same(SUGGEST_LIMIT - 1), &[named("other", "")]).is_ok());
    let refused = suggest(&same(SUGGEST_LIMIT), &[named("other", "")]);
    assert!(matches!(refused, Err(NoneExists::TooManyCertificates)), "{refused:?}");
}

#[test]
fn as_many_values_as_are_kept_of_a_field_prove_the_number_and_one_more_does_not() {
    let too_many = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("{number:03x}")).collect();
        let admit: Vec<_> = names.iter().map(|name| named(name, "")).collect();
        suggest(&admit, &[]).unwrap_err()
    };
    assert_eq!(too_many(512), NoneExists::TooMany { filters: 512, is_certain: true });
    assert_eq!(too_many(513), NoneExists::TooMany { filters: 513, is_certain: false });
}

#[test]
fn one_that_stands_in_the_way_of_several_combinations_is_told_once() {
    let both = || {
        let organizational_units = vec!["a".into(), "b".into()];
        CertificateNames { organizational_units, ..CertificateNames::default() }
    };
    let proof = NoneExists::Indistinguishable { admit: 0, exclude: vec![0] };
    assert_eq!(suggest(&[both()], &[both()]).unwrap_err(), proof);
}

#[test]
fn values_are_suggested_as_the_first_certificate_writes_them() {
    assert_eq!(suggested(&[("Worker", "ACME")], &[]), ["commonName=Worker organization=ACME"]);
    let beginning = [("Worker-1", ""), ("worker-2", "")];
    assert_eq!(suggested(&beginning, &[]), ["commonName=Worker-*"]);
    let end = [("a.Orders.acme", ""), ("b.orders.acme", "")];
    assert_eq!(suggested(&end, &[]), ["commonName=*.Orders.acme"]);
}

#[test]
fn of_two_filters_that_do_not_cover_each_other_the_first_is_kept() {
    let named_alike = [("worker-1-acme", ""), ("worker-2-acme", "")];
    assert_eq!(suggested(&named_alike, &[]), ["commonName=*-acme"]);
    assert_eq!(suggested(&named_alike, &[("admin-acme", "")]), ["commonName=worker-*"]);
}
