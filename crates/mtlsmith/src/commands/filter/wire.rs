//! What the JSON of these commands looks like: a contract with whoever reads it.

use std::collections::BTreeMap;

use mtlsmith_report::harmless_filter_finding;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::filters::Filter;
use mtlsmith_validate::filters::FilterFinding;
use mtlsmith_validate::filters::FilterReport;
use mtlsmith_validate::filters::Match;
use mtlsmith_validate::filters::Outcome;
use mtlsmith_validate::rule::Severity;
use serde::Serialize;

/// One file of filters.
#[derive(Serialize)]
pub(super) struct CheckedFile<'a> {
    name: &'a str,
    verdict: &'static str,
    shape: &'static str,
    filters: Vec<Fields<'a>>,
    findings: Vec<Finding>,
    counts: BTreeMap<&'static str, usize>,
    rules_run: usize,
}

/// The fields that a filter sets, as tcld names them.
pub(super) type Fields<'a> = BTreeMap<&'static str, &'a str>;

#[derive(Serialize)]
struct Finding {
    code: &'static str,
    rule: &'static str,
    severity: &'static str,
    effect: &'static str,
    line: Option<usize>,
    /// Counted from 1.
    filter: Option<usize>,
    message: String,
    help: String,
}

/// What became of one certificate.
#[derive(Serialize)]
pub(super) struct Tried<'a> {
    file: &'a str,
    subject: String,
    admitted: bool,
    /// The filter that it passes, counted from 1; null when it passes none, or when there is none.
    filter: Option<usize>,
    met: Vec<Met<'a>>,
    differences: Vec<Difference<'a>>,
    undocumented: Vec<&'static str>,
}

#[derive(Serialize)]
struct Met<'a> {
    field: &'static str,
    wanted: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Difference<'a> {
    filter: usize,
    field: &'static str,
    wanted: &'a str,
    present: Vec<&'a str>,
}

impl<'a> CheckedFile<'a> {
    pub(super) fn of(name: &'a str, report: &'a FilterReport) -> Self {
        let severities = [Severity::Error, Severity::Warning, Severity::Notice];
        CheckedFile {
            name,
            verdict: match report.verdict() {
                Verdict::Accepted => "accepted",
                Verdict::AcceptedButUnusable => "accepted-but-unusable",
                Verdict::Refused => "refused",
            },
            shape: report.set.shape.as_str(),
            filters: report.set.filters.iter().map(fields).collect(),
            findings: report.findings.iter().map(Finding::of).collect(),
            counts: severities.map(|severity| (severity.as_str(), report.count(severity))).into(),
            rules_run: report.rules_run,
        }
    }
}

impl Finding {
    fn of(finding: &FilterFinding) -> Self {
        let harmless = harmless_filter_finding(finding);
        Finding {
            code: finding.rule.code,
            rule: finding.rule.name,
            severity: finding.rule.severity.as_str(),
            effect: finding.rule.effect.as_str(),
            line: finding.line,
            filter: finding.filter.map(|index| index + 1),
            message: harmless.message(),
            help: harmless.help(),
        }
    }
}

impl<'a> Tried<'a> {
    pub(super) fn of(file: &'a str, subject: String, answer: &Match<'a>) -> Self {
        let (mut filter, mut met, mut differences) = (None, Vec::new(), Vec::new());
        match &answer.outcome {
            Outcome::NoFilters => {}
            Outcome::Admitted { filter: index, by } => {
                filter = Some(index + 1);
                met.extend(by.iter().map(|by| Met {
                    field: by.field.as_str(),
                    wanted: by.wanted.value(),
                    value: by.value,
                }));
            }
            Outcome::Refused { differences: found } => {
                differences.extend(found.iter().map(|difference| Difference {
                    filter: difference.filter + 1,
                    field: difference.field.as_str(),
                    wanted: difference.wanted.value(),
                    present: difference.present.iter().map(AsRef::as_ref).collect(),
                }));
            }
        }
        let undocumented = answer.notes.iter().map(|note| note.as_str()).collect();
        Tried { file, subject, admitted: answer.is_admitted(), filter, met, differences, undocumented }
    }
}

/// The fields of a filter.
pub(super) fn fields(filter: &Filter) -> Fields<'_> {
    filter.patterns().map(|(field, pattern)| (field.as_str(), pattern.value())).collect()
}
