//! The certificate that takes the place of a leaked one: with names of its own, for else the filters that shut out the one shut out both.

use mtlsmith_ca::rotate::compromise::FilterAnswer;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::FILTER_LIMIT;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use mtlsmith_validate::filters::FilterSet;

use crate::failure::Failure;
use crate::session::shown;

/// Adds the filter that lets the successor in. Where nobody else is let in, it is the only one.
pub(super) fn let_in(
    answer: &mut FilterAnswer,
    leaked: &Certificate,
    namespace: &str,
    unit: &str,
) -> Result<(), Failure> {
    let filter = Filter::default().with(Field::CommonName, namespace).with(Field::OrganizationalUnit, unit);
    let alone = FilterSet::new(vec![filter.clone()]);
    if alone.admits(&CertificateNames::of(leaked)) {
        return Err(Failure::no(format!("the leaked certificate has the unit {} too", shown(unit)))
            .hint("name another one with --successor"));
    }
    match answer {
        FilterAnswer::NobodyElse => *answer = FilterAnswer::ShutOut { set: alone, collateral: Vec::new() },
        FilterAnswer::NoneDistinguishes { collateral } => {
            let collateral = std::mem::take(collateral);
            *answer = FilterAnswer::ShutOut { set: alone, collateral };
        }
        FilterAnswer::ShutOut { set, .. } if set.filters.len() < FILTER_LIMIT => {
            let mut filters = set.filters.clone();
            filters.push(filter);
            *set = FilterSet::new(filters);
        }
        FilterAnswer::ShutOut { set, .. } => {
            let (filters, is_certain) = (set.filters.len() + 1, false);
            *answer = FilterAnswer::TooMany { filters, is_certain };
        }
        _ => {}
    }
    Ok(())
}

/// Reads a unit. What filters take for a pattern is no name of one certificate.
pub(super) fn unit(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text {
        "" => Err("it is empty".to_owned()),
        text if text.len() > LONGEST => Err(format!("it is longer than {LONGEST} characters")),
        text if text.bytes().all(fits) => Ok(text.to_owned()),
        _ => Err("letters, digits, dots, lines and hyphens alone make up a unit here".to_owned()),
    }
}

/// X.520 allows a unit so many characters.
const LONGEST: usize = 64;
