//! `too-many-filters`: more certificate filters than a Namespace may have.

use crate::filters::FILTER_LIMIT;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// There are more filters than a Namespace may have.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes 25 certificate filters per Namespace and refuses the whole change above that.
    ///
    /// ## How to fix
    /// Let one filter with a wildcard stand for several, and drop filters that another one covers.
    pub(super) static RULE = {
        code: "FLT-001",
        name: "too-many-filters",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: up to 25")],
        message: "there are {filters} filters, and a Namespace takes {limit}",
        help: "drop {excess} of them, or let one wildcard stand for several",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    let filters = context.set.filters.len();
    if filters <= FILTER_LIMIT {
        return;
    }
    let draft = Draft::new()
        .fact("filters", filters)
        .fact("limit", FILTER_LIMIT)
        .fact("excess", filters - FILTER_LIMIT);
    findings.add(None, context.set.lines.get(FILTER_LIMIT).copied(), draft);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    fn filters(count: usize) -> String {
        let filters: Vec<String> = (0..count).map(|index| format!(r#"{{"commonName":"{index}"}}"#)).collect();
        format!(r#"{{"filters":[{}]}}"#, filters.join(",\n"))
    }

    #[test]
    fn twenty_five_are_allowed() {
        assert!(messages(&RULE, filters(25)).is_empty());
    }

    #[test]
    fn twenty_six_are_one_too_many() {
        assert_eq!(messages(&RULE, filters(26)), ["26: there are 26 filters, and a Namespace takes 25"]);
    }

    #[test]
    fn how_many_are_too_many_is_told() {
        let found = crate::filters::rules::testing::findings(&RULE, filters(30));
        assert_eq!(found[0].fact("excess").map(ToString::to_string).as_deref(), Some("5"));
    }
}
