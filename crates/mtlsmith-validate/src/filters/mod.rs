//! Certificate filters: read as every official tool reads them, judged by rules, matched against certificates with a reason,
//! compared before and after a change, and made for the certificates that shall pass.
//!
//! Where Temporal does not document how filters compare, the reading is the one on which nobody is admitted by mistake, and the
//! answer says that it rests on it ([`Undocumented`]).
//!
//! ```
//! use mtlsmith_validate::filters::{FilterSet, Shape};
//!
//! let (set, findings) = FilterSet::read(br#"{"filters":[{"commonName":"worker-*"},{"CN":"starter"}]}"#);
//! assert_eq!((set.shape, set.filters.len()), (Shape::Tcld, 2));
//! assert!(findings.iter().any(|finding| finding.rule.name == "unknown-filter-field"));
//! ```

mod difference;
mod filter;
mod finding;
mod json;
mod matching;
mod pattern;
mod read;
mod rules;
mod spelling;
mod suggest;

pub use difference::FilterDifference;
pub use filter::FILTER_LIMIT;
pub use filter::Filter;
pub use filter::FilterSet;
pub use filter::Shape;
pub use filter::covers;
pub(crate) use finding::FilterContext;
pub use finding::FilterFinding;
pub(crate) use finding::FilterFindings;
pub use matching::CertificateNames;
pub use matching::Difference;
pub use matching::Match;
pub use matching::Met;
pub use matching::Outcome;
pub use matching::Undocumented;
pub use pattern::Field;
pub use pattern::Pattern;
pub use pattern::PatternKind;
pub(crate) use read::Oddity;
pub(crate) use read::OddityKind;
pub(crate) use rules::RULES;
pub use suggest::NoneExists;
pub use suggest::SHORTEST_STEM;
pub use suggest::SUGGEST_LIMIT;
pub use suggest::Suggestion;
pub use suggest::suggest;

use crate::profile::NEWEST_RULESET;
use crate::report::Verdict;
use crate::rule::Date;
use crate::rule::Effect;
use crate::rule::Severity;
use read::Reading;

/// A text of filters, read and judged.
#[derive(Debug, Clone)]
pub struct FilterReport {
    /// The filters as the tool for their shape reads them.
    pub set: FilterSet,
    /// What is wrong with them, by line, then by code.
    pub findings: Vec<FilterFinding>,
    /// How many rules ran.
    pub rules_run: usize,
}

impl FilterReport {
    /// What would become of the filters.
    pub fn verdict(&self) -> Verdict {
        let has_error = |effect: Effect| {
            self.findings
                .iter()
                .any(|found| found.rule.severity == Severity::Error && found.rule.effect == effect)
        };
        match (has_error(Effect::Upload), has_error(Effect::Connect)) {
            (true, _) => Verdict::Refused,
            (false, true) => Verdict::AcceptedButUnusable,
            (false, false) => Verdict::Accepted,
        }
    }

    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.rule.severity == severity).count()
    }
}

/// Reads filters and judges them by the rules of a day. Broken input is a finding, never an error.
pub fn check_filters(text: &[u8], ruleset: Date) -> FilterReport {
    let (set, reading) = read::read(text);
    let context = FilterContext { set: &set, reading: &reading };
    let (findings, rules_run) = finding::judge(&context, ruleset);
    FilterReport { set, findings, rules_run }
}

impl FilterSet {
    /// Reads filters from a file of any shape and judges them by the newest rules; see [`check_filters`].
    pub fn read(text: &[u8]) -> (FilterSet, Vec<FilterFinding>) {
        let report = check_filters(text, NEWEST_RULESET);
        (report.set, report.findings)
    }

    /// Judges filters that were not read from a text.
    pub fn check(&self, ruleset: Date) -> Vec<FilterFinding> {
        finding::judge(&FilterContext { set: self, reading: &Reading::default() }, ruleset).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report with a finding of a rule of this kind.
    fn with(kinds: &[(Severity, Effect)]) -> FilterReport {
        let finding = |kind: &(Severity, Effect)| {
            let rule = crate::rules::all().find(|rule| (rule.severity, rule.effect) == *kind).unwrap();
            FilterFinding { rule, line: None, filter: None, facts: Vec::new() }
        };
        FilterReport {
            set: FilterSet::default(),
            findings: kinds.iter().map(finding).collect(),
            rules_run: 1,
        }
    }

    #[test]
    fn errors_decide_by_their_effect_and_warnings_decide_nothing() {
        use Effect::Connect;
        use Effect::Upload;
        use Severity::Error;
        use Severity::Warning;
        for (kinds, verdict) in [
            (&[][..], Verdict::Accepted),
            (&[(Warning, Upload), (Warning, Connect)], Verdict::Accepted),
            (&[(Error, Connect), (Warning, Upload)], Verdict::AcceptedButUnusable),
            (&[(Error, Upload), (Warning, Connect)], Verdict::Refused),
            (&[(Error, Connect), (Error, Upload)], Verdict::Refused),
        ] {
            assert_eq!(with(kinds).verdict(), verdict, "{kinds:?}");
        }
        let mixed = with(&[(Error, Upload), (Warning, Upload), (Error, Connect)]);
        assert_eq!([Error, Warning, Severity::Notice].map(|severity| mixed.count(severity)), [2, 1, 0]);
    }

    #[test]
    fn filters_that_were_not_read_are_judged_by_the_same_rules() {
        let set = FilterSet::new(vec![Filter::default().with(Field::CommonName, "a*b")]);
        let found = set.check(NEWEST_RULESET);
        let named: Vec<&str> = found.iter().map(|finding| finding.rule.name).collect();
        assert!(named.contains(&"misplaced-wildcard"), "{named:?}");
        let filter = found.iter().find_map(|finding| finding.fact("filter")).map(ToString::to_string);
        assert_eq!(filter.as_deref(), Some("1"));
    }

    #[test]
    fn every_rule_about_filters_is_counted() {
        let about_filters = crate::rules::all().filter(|rule| rule.matter() == crate::rule::Matter::Filters);
        let rules = about_filters.filter(|rule| rule.applies_on(NEWEST_RULESET)).count();
        assert_eq!(check_filters(b"[]", NEWEST_RULESET).rules_run, rules);
    }
}
