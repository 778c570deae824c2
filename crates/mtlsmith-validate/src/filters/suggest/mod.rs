//! The other way round: from certificates that shall pass, and others that shall not, to the filters that say so.
//!
//! Whether filters exist at all is decided first: the narrowest filter for a certificate asks for its whole value in every field,
//! so when a certificate to be kept out passes every one of those, no filter tells the two apart. Then as few filters as possible
//! are chosen from all that say something else: whole values, and beginnings and ends that several values share.

mod candidates;
mod cover;

use std::fmt;

use super::filter::FILTER_LIMIT;
use super::filter::Filter;
use super::filter::FilterSet;
use super::matching::CertificateNames;
use super::pattern::Field;

/// Certificates of one suggestion, those to admit and those to keep out together.
pub const SUGGEST_LIMIT: usize = 2_000;

/// The shortest beginning or end that a suggested wildcard leaves standing, in characters.
pub const SHORTEST_STEM: usize = 4;

/// Filters that admit what shall pass and nothing that shall not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The filters, at most [`FILTER_LIMIT`].
    pub set: FilterSet,
    /// Is it certain that fewer filters, with no stem below [`SHORTEST_STEM`], do not suffice? When the search had to be cut
    /// short, the filters are right, but perhaps not the fewest.
    pub is_smallest: bool,
}

/// Why there is no suggestion. Numbers are indexes into what was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoneExists {
    /// There is nobody to admit, and a set without filters admits everyone.
    NobodyToAdmit,
    /// A certificate has no value that a filter could safely ask for: text without stars, in ASCII, without blanks at its ends.
    NoValue {
        /// The certificate to admit.
        admit: usize,
    },
    /// No filter admits the one without one of the others.
    Indistinguishable {
        /// The certificate to admit.
        admit: usize,
        /// Those to keep out that pass the narrowest filters for it; one of them at least passes any filter that admits it.
        exclude: Vec<usize>,
    },
    /// More filters are needed than a Namespace takes.
    TooMany {
        /// How many would do.
        filters: usize,
        /// Is it certain that [`FILTER_LIMIT`] do not suffice?
        is_certain: bool,
    },
    /// More certificates than are looked at: [`SUGGEST_LIMIT`].
    TooManyCertificates,
}

impl fmt::Display for NoneExists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoneExists::NobodyToAdmit => f.write_str("there is no certificate to admit"),
            NoneExists::NoValue { admit } => {
                write!(f, "certificate {} to admit has no value that a filter can ask for", admit + 1)
            }
            NoneExists::Indistinguishable { admit, exclude } => {
                let numbers: Vec<String> = exclude.iter().map(|index| (index + 1).to_string()).collect();
                let of = numbers.join(", ");
                write!(f, "no filter admits certificate {} and keeps out {of} as well", admit + 1)
            }
            NoneExists::TooMany { filters, .. } => {
                write!(f, "{filters} filters would be needed, and a Namespace takes {FILTER_LIMIT}")
            }
            NoneExists::TooManyCertificates => {
                write!(f, "suggestions are made for at most {SUGGEST_LIMIT} certificates")
            }
        }
    }
}

impl std::error::Error for NoneExists {}

/// As few filters as possible that admit all of `admit` and none of `exclude`, whatever Temporal does where it does not document
/// which values count: those to admit pass by the strictest reading, those to keep out do not pass by the most lenient one.
///
/// ```
/// use mtlsmith_validate::filters::{CertificateNames, suggest};
///
/// let named = |name: &'static str| CertificateNames { common_names: vec![name.into()], ..CertificateNames::default() };
/// let found = suggest(&[named("worker-1"), named("worker-2")], &[named("admin")]).unwrap();
/// assert_eq!(found.set.filters[0].to_string(), "commonName=worker-*");
/// ```
///
/// # Errors
/// [`NoneExists`], with the certificates that prove it.
pub fn suggest(
    admit: &[CertificateNames<'_>],
    exclude: &[CertificateNames<'_>],
) -> Result<Suggestion, NoneExists> {
    if admit.is_empty() {
        return Err(NoneExists::NobodyToAdmit);
    }
    if admit.len().saturating_add(exclude.len()) > SUGGEST_LIMIT {
        return Err(NoneExists::TooManyCertificates);
    }
    let mut narrowest = Vec::with_capacity(admit.len());
    for (index, names) in admit.iter().enumerate() {
        narrowest.push(narrowest_filter(index, names, exclude)?);
    }
    let candidates = candidates::of(admit, exclude, &narrowest);
    let chosen = cover::smallest(&candidates.filters, admit.len());
    let is_smallest = candidates.is_complete && chosen.is_smallest;
    if chosen.filters.len() > FILTER_LIMIT {
        return Err(NoneExists::TooMany { filters: chosen.filters.len(), is_certain: is_smallest });
    }
    Ok(Suggestion { set: FilterSet::new(chosen.filters), is_smallest })
}

/// Combinations of values tried for one certificate that has several in a field.
const COMBINATIONS: usize = 256;

/// A filter that asks for a whole value in every field the certificate has, and that nobody to be kept out passes.
fn narrowest_filter(
    admit: usize,
    names: &CertificateNames<'_>,
    exclude: &[CertificateNames<'_>],
) -> Result<Filter, NoneExists> {
    let mut combinations = vec![Filter::default()];
    for field in Field::ALL {
        let values: Vec<&str> = usable(names, field).collect();
        if values.is_empty() {
            continue;
        }
        let with_each = |filter: &Filter| {
            values.iter().map(|value| filter.clone().with(field, *value)).collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(with_each).take(COMBINATIONS).collect();
    }
    let mut blocking = Vec::new();
    for filter in combinations {
        if filter.is_empty() {
            return Err(NoneExists::NoValue { admit });
        }
        match exclude.iter().position(|names| names.might_pass(&filter)) {
            None => return Ok(filter),
            Some(excluded) if blocking.contains(&excluded) => {}
            Some(excluded) => blocking.push(excluded),
        }
    }
    Err(NoneExists::Indistinguishable { admit, exclude: blocking })
}

/// The values of a field that a filter can ask for without relying on what is not documented.
fn usable<'a>(names: &'a CertificateNames<'_>, field: Field) -> impl Iterator<Item = &'a str> {
    let usable = |text: &&str| {
        text.is_ascii()
            && text.trim().len() == text.len()
            && !text.contains('*')
            && (1..=LONGEST_VALUE).contains(&text.len())
    };
    names.compared(field).iter().map(AsRef::as_ref).filter(usable)
}

/// The longest value to rely on, in bytes.
const LONGEST_VALUE: usize = 255;

#[cfg(test)]
mod tests;
