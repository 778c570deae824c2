//! What the tests of all rules about filters share: run one rule over a text, and say what it found.

use crate::filters::FilterFinding;
use crate::filters::check_filters;
use crate::profile::NEWEST_RULESET;
use crate::rule::Rule;

/// The findings of this rule.
pub(super) fn findings(rule: &'static Rule, text: impl AsRef<[u8]>) -> Vec<FilterFinding> {
    let mut findings = check_filters(text.as_ref(), NEWEST_RULESET).findings;
    findings.retain(|finding| std::ptr::eq(finding.rule, rule));
    findings
}

/// The sentences of this rule, each behind its line.
pub(super) fn messages(rule: &'static Rule, text: impl AsRef<[u8]>) -> Vec<String> {
    let shown = |finding: &FilterFinding| {
        let line = finding.line.map(|line| format!("{line}: ")).unwrap_or_default();
        format!("{line}{}", finding.message())
    };
    findings(rule, text).iter().map(shown).collect()
}
