//! `no-filters`: a set without filters.

use super::TCLD;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::Oddity;
use crate::filters::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// There is no filter.
    ///
    /// ## Why it matters
    /// A Namespace without filters admits every client certificate that chains to one of its CAs. Importing an empty set
    /// removes the filters that are there, after one question.
    ///
    /// ## How to fix
    /// Add a filter, if not every certificate of the CAs shall pass.
    pub(super) static RULE = {
        code: "FLT-016",
        name: "no-filters",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, temporal_certificates("Certificate filters")],
        message: "there is no filter, so every certificate below the CAs is admitted",
        help: "add a filter, if not every certificate shall pass",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    // What could not be read is told by the rules about the text.
    let repeats = |oddity: &Oddity| matches!(oddity.kind, OddityKind::Repeated { .. });
    let is_read = context.reading.fault.is_none() && context.reading.oddities.iter().all(repeats);
    if is_read && context.set.filters.is_empty() {
        findings.add(None, None, Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn one_filter_is_enough() {
        assert!(messages(&RULE, r#"[{"commonName":"a"}]"#).is_empty() && messages(&RULE, "x").is_empty());
    }

    #[test]
    fn an_empty_set_is_told_however_it_is_written() {
        for text in
            ["{}", "[]", r#"{"filters":[]}"#, r#"{"filters":null}"#, r#"{"filters":[{}],"filters":[]}"#]
        {
            let found = messages(&RULE, text);
            assert_eq!(
                found,
                ["there is no filter, so every certificate below the CAs is admitted"],
                "{text}"
            );
        }
    }
}
