//! Which field of which filter differs, or by which fields the certificate passes.

use mtlsmith_validate::admission::Place;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Outcome;
use mtlsmith_validate::finding::Finding;

use super::Client;

/// A field of a filter beside what the certificate has for it.
pub(crate) struct FilterRow {
    /// The filter, from 1.
    pub(crate) filter: usize,
    /// Where the filter begins in its file.
    pub(crate) line: Option<usize>,
    /// As tcld names it.
    pub(crate) field: &'static str,
    /// What the filter asks for.
    pub(crate) wanted: String,
    /// What the certificate has; empty when it lacks the field.
    pub(crate) found: Vec<String>,
    /// Whether that is enough.
    pub(crate) is_met: bool,
}

impl Client<'_> {
    /// Of a certificate that passes a filter, the fields of that one; else every field that differs, by filter.
    pub(crate) fn filter_rows(&self) -> Vec<FilterRow> {
        let (Some(set), Some(leaf)) = (self.answer.trust.filters(), self.certificate(Place::Presented(0)))
        else {
            return Vec::new();
        };
        // The first certificate is no client's then, and what filters say to it helps nobody.
        let is_misplaced = |finding: &Finding| finding.rule.name == "client-certificate-not-first";
        if self.report().findings.iter().any(is_misplaced) {
            return Vec::new();
        }
        let line = |filter: usize| set.lines.get(filter).copied();
        let names = CertificateNames::of(leaf);
        match set.matches(&names).outcome {
            Outcome::NoFilters => Vec::new(),
            Outcome::Admitted { filter, by } => by
                .iter()
                .map(|met| FilterRow {
                    filter: filter + 1,
                    line: line(filter),
                    field: met.field.as_str(),
                    wanted: met.wanted.value().to_owned(),
                    found: vec![met.value.to_owned()],
                    is_met: true,
                })
                .collect(),
            Outcome::Refused { differences } => differences
                .iter()
                .map(|difference| FilterRow {
                    filter: difference.filter + 1,
                    line: line(difference.filter),
                    field: difference.field.as_str(),
                    wanted: difference.wanted.value().to_owned(),
                    found: difference.present.iter().map(ToString::to_string).collect(),
                    is_met: false,
                })
                .collect(),
        }
    }

    /// What Temporal does not document and the answer about the filters rests on.
    pub(crate) fn undocumented(&self) -> Vec<&'static str> {
        let (Some(set), Some(leaf)) = (self.answer.trust.filters(), self.certificate(Place::Presented(0)))
        else {
            return Vec::new();
        };
        let names = CertificateNames::of(leaf);
        set.matches(&names).notes.iter().map(|note| note.as_str()).collect()
    }

    /// `filter 2 (organizationalUnit orders)`.
    pub(super) fn filter_in_words(&self, filter: usize) -> String {
        let rows = self.filter_rows();
        let fields: Vec<String> =
            rows.iter().map(|row| format!("{} {}", row.field, super::shortened(&row.wanted))).collect();
        format!("filter {} ({})", filter + 1, fields.join(", "))
    }
}

/// `"admin"`, `"a", "b" and 12 more`, `missing`.
pub(crate) fn found_in_words(found: &[String]) -> String {
    if found.is_empty() {
        return "missing".to_owned();
    }
    let told: Vec<String> =
        found.iter().take(VALUES_TOLD).map(|value| format!("\"{}\"", super::shortened(value))).collect();
    match found.len().saturating_sub(VALUES_TOLD) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

/// As many values of one field are told.
const VALUES_TOLD: usize = 3;
