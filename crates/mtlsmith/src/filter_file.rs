//! A file of certificate filters that a command builds on: it must be free of errors, and what else was found is said aside.

use mtlsmith_report::harmless_filter_finding;
use mtlsmith_validate::filters::FilterFinding;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::filters::check_filters;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;

use crate::failure::Failure;
use crate::input::Source;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Reads the filters of a file. Warnings become notes; an error means that the file cannot be built on.
pub(crate) fn read(
    source: &Source,
    ruleset: Date,
    session: &mut Session<'_, '_>,
) -> Result<FilterSet, Failure> {
    let text = source.read(session)?;
    // Nobody repairs a certificate into filters; the names of two files are in each other's places.
    if text.trim_ascii_start().starts_with(b"-----BEGIN ") {
        let message = format!("{} holds PEM, and certificate filters are wanted here", shown(&source.name));
        return Err(Failure::could_not_run(message)
            .hint("filters are JSON; are the files, or --bundle and --filters, in each other's places?"));
    }
    let report = check_filters(&text, ruleset);
    let of = |severity: Severity| -> Vec<&FilterFinding> {
        report.findings.iter().filter(|finding| finding.rule.severity == severity).collect()
    };
    let errors = of(Severity::Error);
    if let Some((last, others)) = errors.get(..errors.len().min(ERRORS_TOLD)).and_then(<[_]>::split_last) {
        for finding in others {
            session.error(&sentence(source, finding));
            session.hint(&shown(harmless_filter_finding(finding).help()));
        }
        let more = errors.len().saturating_sub(ERRORS_TOLD);
        let more = if more > 0 { format!("; {} more", counted(more, "error")) } else { String::new() };
        let failure = Failure::could_not_run(sentence(source, last) + &more);
        return Err(failure.hint(shown(harmless_filter_finding(last).help())));
    }
    for finding in of(Severity::Warning).into_iter().take(ERRORS_TOLD) {
        session.note(&sentence(source, finding));
    }
    Ok(report.set)
}

/// `filters.json: line 3: FLT-002 filter 1 sets no field`.
fn sentence(source: &Source, finding: &FilterFinding) -> String {
    let line = finding.line.map(|line| format!(" line {line}:")).unwrap_or_default();
    let message = shown(harmless_filter_finding(finding).message());
    format!("{}:{line} {} {message}", shown(&source.name), finding.rule.code)
}

/// As many findings of a file are told; `filter check` tells all.
const ERRORS_TOLD: usize = 10;
