//! Does a certificate pass the filters, by which one, or what stands in its way?
//!
//! A certificate passes when it meets every field of at least one filter. What Temporal leaves open is read so that nobody is
//! admitted by mistake, and the answer names it.

use std::borrow::Cow;

use super::filter::Filter;
use super::filter::FilterSet;
use super::pattern::Field;
use super::pattern::Pattern;
use crate::certificate::Certificate;
use crate::certificate::GeneralName;
use crate::oid;

/// What filters compare of a certificate, decoded once for any number of filters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateNames<'a> {
    /// The common names of the subject, in order.
    pub common_names: Vec<Cow<'a, str>>,
    /// The organizations of the subject.
    pub organizations: Vec<Cow<'a, str>>,
    /// The organizational units of the subject.
    pub organizational_units: Vec<Cow<'a, str>>,
    /// The DNS names among the subject alternative names.
    pub dns_names: Vec<Cow<'a, str>>,
    /// Mail addresses, URIs and IP addresses among them: whether filters see those is not documented.
    pub other_names: Vec<Cow<'a, str>>,
}

impl<'a> CertificateNames<'a> {
    /// Of a certificate.
    pub fn of(certificate: &'a Certificate) -> Self {
        let mut names = CertificateNames::default();
        for attribute in certificate.subject().attributes() {
            match attribute.kind.as_der_content() {
                oid::COMMON_NAME => names.common_names.push(attribute.text()),
                oid::ORGANIZATION => names.organizations.push(attribute.text()),
                oid::ORGANIZATIONAL_UNIT => names.organizational_units.push(attribute.text()),
                _ => {}
            }
        }
        for name in certificate.subject_alternative_names() {
            match name {
                GeneralName::Dns(text) => names.dns_names.push(String::from_utf8_lossy(text)),
                GeneralName::Email(text) | GeneralName::Uri(text) => {
                    names.other_names.push(String::from_utf8_lossy(text));
                }
                GeneralName::Ip(_) => {
                    let shown = name.to_string();
                    names.other_names.push(Cow::Owned(shown.trim_start_matches("IP:").to_owned()));
                }
                GeneralName::Directory(_) | GeneralName::Other(_) => {}
            }
        }
        names
    }

    /// Every value that the certificate has for a field.
    pub fn present(&self, field: Field) -> &[Cow<'a, str>] {
        match field {
            Field::CommonName => &self.common_names,
            Field::Organization => &self.organizations,
            Field::OrganizationalUnit => &self.organizational_units,
            Field::SubjectAlternativeName => &self.dns_names,
        }
    }

    /// The values of a field that are sure to be compared: the last common name, which is the one that Go reports, and any of
    /// the others.
    pub(super) fn compared(&self, field: Field) -> &[Cow<'a, str>] {
        let present = self.present(field);
        let passed_over = if field == Field::CommonName { present.len().saturating_sub(1) } else { 0 };
        present.get(passed_over..).unwrap_or_default()
    }

    fn matching(&self, field: Field, pattern: &Pattern) -> Option<&str> {
        self.compared(field).iter().find(|text| pattern.matches(text)).map(AsRef::as_ref)
    }

    /// Might the certificate pass under some reading of what is not documented? Any common name and any kind of alternative name
    /// counts then.
    pub(super) fn might_pass(&self, filter: &Filter) -> bool {
        let meets = |field: Field, pattern: &Pattern| {
            let others: &[_] = if field == Field::SubjectAlternativeName { &self.other_names } else { &[] };
            self.present(field).iter().chain(others).any(|text| pattern.matches(text))
        };
        !filter.admits_nobody() && filter.patterns().all(|(field, pattern)| meets(field, pattern))
    }

    /// Is the certificate sure to pass?
    pub(super) fn passes(&self, filter: &Filter) -> bool {
        !filter.admits_nobody()
            && filter.patterns().all(|(field, pattern)| self.matching(field, pattern).is_some())
    }
}

/// The answer for one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// Admitted or not.
    pub outcome: Outcome<'a>,
    /// What Temporal does not document and the answer rests on; each once.
    pub notes: Vec<Undocumented>,
}

/// Admitted or not, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// There is no filter, so every certificate that chains to a CA is admitted.
    NoFilters,
    /// The certificate passes a filter.
    Admitted {
        /// The first filter that it passes: index into [`FilterSet::filters`].
        filter: usize,
        /// The fields that the filter sets, and the values that met them.
        by: Vec<Met<'a>>,
    },
    /// The certificate passes no filter.
    Refused {
        /// What differs, by filter; each filter has at least one entry, unless it sets no field.
        differences: Vec<Difference<'a>>,
    },
}

/// A field of a filter, met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met<'a> {
    /// The field.
    pub field: Field,
    /// What the filter asks for.
    pub wanted: &'a Pattern,
    /// The value of the certificate.
    pub value: &'a str,
}

/// A field of a filter, not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The filter: index into [`FilterSet::filters`].
    pub filter: usize,
    /// The field.
    pub field: Field,
    /// What the filter asks for.
    pub wanted: &'a Pattern,
    /// What the certificate has; empty when it lacks the field.
    pub present: &'a [Cow<'a, str>],
}

/// Something that Temporal does not document and an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Undocumented {
    /// The certificate has several common names; the last one was compared.
    SeveralCommonNames,
    /// The certificate has several organizations; any of them counted.
    SeveralOrganizations,
    /// The certificate has several organizational units; any of them counted.
    SeveralOrganizationalUnits,
    /// A mail address, URI or IP address matches, and was not counted.
    AlternativeNameNotDns,
    /// Letters outside ASCII are equal but for their case, and were not counted.
    CaseOutsideAscii,
}

impl Undocumented {
    /// A sentence about it, without a full stop.
    pub const fn as_str(self) -> &'static str {
        match self {
            Undocumented::SeveralCommonNames => {
                "the certificate has several common names; the last one was compared"
            }
            Undocumented::SeveralOrganizations => {
                "the certificate has several organizations; any of them counted"
            }
            Undocumented::SeveralOrganizationalUnits => {
                "the certificate has several organizational units; any of them counted"
            }
            Undocumented::AlternativeNameNotDns => {
                "a mail address, URI or IP address matches; only DNS names were counted"
            }
            Undocumented::CaseOutsideAscii => {
                "letters outside ASCII differ in case alone; they were taken for different"
            }
        }
    }
}

impl Match<'_> {
    /// Does the certificate pass?
    pub const fn is_admitted(&self) -> bool {
        !matches!(self.outcome, Outcome::Refused { .. })
    }
}

impl FilterSet {
    /// Does the certificate pass? Allocates nothing.
    pub fn admits(&self, names: &CertificateNames<'_>) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| names.passes(filter))
    }

    /// Does the certificate pass, by which filter, or what stands in its way?
    ///
    /// ```
    /// use mtlsmith_validate::filters::{CertificateNames, Field, Filter, FilterSet, Outcome};
    ///
    /// let set = FilterSet::new(vec![Filter::default().with(Field::CommonName, "worker-*")]);
    /// let names = CertificateNames { common_names: vec!["Worker-7".into()], ..CertificateNames::default() };
    /// assert!(matches!(set.matches(&names).outcome, Outcome::Admitted { filter: 0, .. }));
    /// ```
    pub fn matches<'a>(&'a self, names: &'a CertificateNames<'_>) -> Match<'a> {
        if self.filters.is_empty() {
            return Match { outcome: Outcome::NoFilters, notes: Vec::new() };
        }
        let mut notes = Vec::new();
        if let Some((index, filter)) =
            self.filters.iter().enumerate().find(|(_, filter)| names.passes(filter))
        {
            let by = filter.patterns().filter_map(|(field, wanted)| {
                Some(Met { field, wanted, value: names.matching(field, wanted)? })
            });
            let outcome = Outcome::Admitted { filter: index, by: by.collect() };
            note_several(names, filter, &mut notes);
            return Match { outcome, notes };
        }
        let mut differences = Vec::with_capacity(self.filters.len() * 2); // two fields a filter are usual
        for (index, filter) in self.filters.iter().enumerate() {
            note_several(names, filter, &mut notes);
            for (field, wanted) in filter.patterns() {
                if names.matching(field, wanted).is_none() {
                    note_near(names, field, wanted, &mut notes);
                    let present = names.present(field);
                    differences.push(Difference { filter: index, field, wanted, present });
                }
            }
        }
        Match { outcome: Outcome::Refused { differences }, notes }
    }
}

fn note(notes: &mut Vec<Undocumented>, what: Undocumented) {
    if !notes.contains(&what) {
        notes.push(what);
    }
}

/// Notes fields that the filter asks for and the certificate has several times.
fn note_several(names: &CertificateNames<'_>, filter: &Filter, notes: &mut Vec<Undocumented>) {
    for (field, _) in filter.patterns() {
        let what = match field {
            Field::CommonName => Undocumented::SeveralCommonNames,
            Field::Organization => Undocumented::SeveralOrganizations,
            Field::OrganizationalUnit => Undocumented::SeveralOrganizationalUnits,
            Field::SubjectAlternativeName => continue, // a list by its nature
        };
        if names.present(field).len() > 1 {
            note(notes, what);
        }
    }
}

/// Notes values that another reading would let pass.
fn note_near(names: &CertificateNames<'_>, field: Field, wanted: &Pattern, notes: &mut Vec<Undocumented>) {
    let is_alternative_name = field == Field::SubjectAlternativeName;
    if is_alternative_name && names.other_names.iter().any(|text| wanted.matches(text)) {
        note(notes, Undocumented::AlternativeNameNotDns);
    }
    if !wanted.value().is_ascii() {
        let folded = Pattern::new(wanted.value().to_lowercase());
        if names.compared(field).iter().any(|text| folded.matches(&text.to_lowercase())) {
            note(notes, Undocumented::CaseOutsideAscii);
        }
    }
}

#[cfg(test)]
mod tests;
