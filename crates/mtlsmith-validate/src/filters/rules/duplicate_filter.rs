//! `duplicate-filter`: the same filter twice.

use super::COMPARED;
use super::TCLD;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The same filter stands twice.
    ///
    /// ## Why it matters
    /// tcld refuses a set with two equal filters; one of them does nothing but take one of 25 places.
    ///
    /// ## How to fix
    /// Drop one of the two; nobody is admitted or locked out by it.
    pub(super) static RULE = {
        code: "FLT-009",
        name: "duplicate-filter",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD],
        message: "filter {filter} is the same as filter {earlier}",
        help: "drop one of them",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for (index, filter) in context.set.filters.iter().enumerate().take(COMPARED) {
        if filter.is_empty() {
            continue;
        }
        if let Some(earlier) = context.set.filters.iter().take(index).position(|other| other == filter) {
            let draft = Draft::new().fact("earlier", earlier + 1);
            findings.add(Some(index), context.set.lines.get(index).copied(), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn filters_that_differ_in_case_are_not_the_same() {
        assert!(messages(&RULE, r#"[{"commonName":"a"},{"commonName":"A"},{},{}]"#).is_empty());
    }

    #[test]
    fn equal_ones_are_told_with_the_first() {
        let found = messages(
            &RULE,
            r#"[{"commonName":"a"},{"commonName":"b"},{"commonName":"a","organization":""}]"#,
        );
        assert_eq!(found, ["1: filter 3 is the same as filter 1"]);
    }
}
