//! A filter and a set of them: what a Namespace asks of a client certificate beyond its chain.

use std::fmt;

use super::pattern::Field;
use super::pattern::Pattern;
use super::pattern::PatternKind;

/// Filters that a Namespace may have (Temporal Cloud: Certificates).
pub const FILTER_LIMIT: usize = 25;

/// One filter. A certificate passes it when every field that is set matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Filter {
    /// What the common name must be; `None` when it does not matter. An empty text means the same and is never kept.
    pub common_name: Option<Pattern>,
    /// What the organization must be.
    pub organization: Option<Pattern>,
    /// What the organizational unit must be.
    pub organizational_unit: Option<Pattern>,
    /// What a subject alternative name must be.
    pub subject_alternative_name: Option<Pattern>,
}

impl Filter {
    /// What a field must be.
    pub fn field(&self, field: Field) -> Option<&Pattern> {
        match field {
            Field::CommonName => self.common_name.as_ref(),
            Field::Organization => self.organization.as_ref(),
            Field::OrganizationalUnit => self.organizational_unit.as_ref(),
            Field::SubjectAlternativeName => self.subject_alternative_name.as_ref(),
        }
    }

    /// The same filter with a field set; an empty text unsets it.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<String>) -> Self {
        let value = value.into();
        let pattern = (!value.is_empty()).then(|| Pattern::new(value));
        match field {
            Field::CommonName => self.common_name = pattern,
            Field::Organization => self.organization = pattern,
            Field::OrganizationalUnit => self.organizational_unit = pattern,
            Field::SubjectAlternativeName => self.subject_alternative_name = pattern,
        }
        self
    }

    /// The fields that are set.
    pub fn patterns(&self) -> impl Iterator<Item = (Field, &Pattern)> {
        Field::ALL.into_iter().filter_map(|field| Some((field, self.field(field)?)))
    }

    /// Is no field set, or none to more than blanks?
    pub fn is_empty(&self) -> bool {
        self.patterns().all(|(_, pattern)| pattern.is_blank())
    }

    /// Can no certificate pass it, because Temporal Cloud does not take it?
    pub fn admits_nobody(&self) -> bool {
        self.is_empty() || self.patterns().any(|(_, pattern)| pattern.kind() == PatternKind::Unusable)
    }
}

/// Does filter `a` admit every certificate that filter `b` admits? `b` is then superfluous beside it.
pub fn covers(a: &Filter, b: &Filter) -> bool {
    let asks_no_more =
        || a.patterns().all(|(field, mine)| b.field(field).is_some_and(|theirs| mine.covers(theirs)));
    b.admits_nobody() || (!a.admits_nobody() && asks_no_more())
}

impl fmt::Display for Filter {
    /// `commonName=worker-* organization=acme`; holds whatever was written into the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, pattern)) in self.patterns().enumerate() {
            write!(f, "{}{field}={pattern}", if index > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// The filters of a Namespace. A certificate is admitted when it passes one of them, or when there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterSet {
    /// The filters, in order.
    pub filters: Vec<Filter>,
    /// In which shape they were written.
    pub shape: Shape,
    /// The line of each filter, counted from 1; empty when they were not read from a text.
    pub lines: Vec<usize>,
}

impl FilterSet {
    /// A set that was made, not read.
    pub fn new(filters: Vec<Filter>) -> Self {
        FilterSet { filters, shape: Shape::default(), lines: Vec::new() }
    }
}

/// The shapes in which the official tools hold filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Shape {
    /// `{"filters": [...]}`, the file of tcld.
    #[default]
    Tcld,
    /// `[...]` alone.
    BareArray,
    /// One filter alone, the file of cloud-cli.
    OneFilter,
    /// `certificate_filters`, as Terraform has it.
    Terraform,
    /// `mtlsAuth.certificateFilters`, a NamespaceSpec of the Cloud API.
    NamespaceSpec,
    /// `certificateFilters` alone, as cloud-cli prints it and no tool reads it.
    CloudApiFragment,
    /// Nothing in which filters were found.
    Unknown,
}

impl Shape {
    /// What it is, as a noun phrase.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shape::Tcld => "an object with `filters`",
            Shape::BareArray => "a bare array",
            Shape::OneFilter => "one filter alone",
            Shape::Terraform => "`certificate_filters` of Terraform",
            Shape::NamespaceSpec => "`mtlsAuth.certificateFilters` of a NamespaceSpec",
            Shape::CloudApiFragment => "`certificateFilters` alone",
            Shape::Unknown => "no shape in which filters are written",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(fields: &[(Field, &str)]) -> Filter {
        fields.iter().fold(Filter::default(), |filter, (field, value)| filter.with(*field, *value))
    }

    #[test]
    fn an_empty_text_is_a_field_that_is_not_set() {
        assert_eq!(filter(&[(Field::CommonName, "")]), Filter::default());
        assert!(filter(&[(Field::CommonName, " ")]).is_empty() && Filter::default().admits_nobody());
    }

    #[test]
    fn a_filter_covers_those_that_ask_for_more() {
        use Field::*;
        let broad = filter(&[(CommonName, "*.acme.com")]);
        let narrow = filter(&[(CommonName, "*.x.ACME.com"), (Organization, "acme")]);
        assert!(covers(&broad, &narrow) && !covers(&narrow, &broad) && covers(&broad, &broad));
        assert!(!covers(&filter(&[(Organization, "acme")]), &broad));
        assert!(covers(&broad, &Filter::default()) && !covers(&Filter::default(), &broad));
    }

    /// Two fields, every pattern up to two letters, every certificate with one of those texts, or none, in each.
    #[test]
    fn covering_of_filters_is_implication_over_a_small_universe() {
        let patterns = ["", "a", "b", "a*", "*a", "b*", "*b", "ab", "*", "*a*"];
        let texts = ["", "a", "b", "aa", "ab", "ba", "bb", "aab", "bab", "aba", "abb", "bba"];
        let fields = [Field::CommonName, Field::Organization];
        let pairs = |of: &[&'static str]| -> Vec<[&'static str; 2]> {
            of.iter().flat_map(|one| of.iter().map(move |other| [*one, *other])).collect()
        };
        let filters: Vec<Filter> = pairs(&patterns)
            .into_iter()
            .map(|[one, other]| filter(&[(fields[0], one), (fields[1], other)]))
            .collect();
        let admits = |filter: &Filter, certificate: &[&str; 2]| {
            let passes = |(field, text): (&Field, &&str)| {
                filter.field(*field).is_none_or(|pattern| !text.is_empty() && pattern.matches(text))
            };
            !filter.is_empty() && fields.iter().zip(certificate).all(passes)
        };
        let certificates = pairs(&texts);
        for a in &filters {
            let admitted: Vec<bool> = certificates.iter().map(|certificate| admits(a, certificate)).collect();
            for b in &filters {
                let implied = certificates.iter().zip(&admitted).all(|(c, by_a)| *by_a || !admits(b, c));
                assert_eq!(covers(a, b), implied, "{a} over {b}");
            }
        }
    }
}
