//! `duplicate-filter-but-for-case`: two filters that differ in the case of letters alone.

use super::COMPARED;
use super::TCLD;
use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::Pattern;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// Two filters differ in the case of letters alone.
    ///
    /// ## Why it matters
    /// Filters match whatever the case, so both admit the same certificates. tcld does not see it; one of 25 places is lost.
    ///
    /// ## How to fix
    /// Drop one of the two; nobody is admitted or locked out by it.
    pub(super) static RULE = {
        code: "FLT-109",
        name: "duplicate-filter-but-for-case",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: matching is not case-sensitive"), TCLD],
        message: "filter {filter} differs from filter {earlier} in the case of letters alone",
        help: "drop one of them",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for (index, filter) in context.set.filters.iter().enumerate().take(COMPARED) {
        if filter.is_empty() {
            continue;
        }
        if let Some(earlier) =
            context.set.filters.iter().take(index).position(|other| same_but_for_case(filter, other))
        {
            let draft = Draft::new().fact("earlier", earlier + 1);
            findings.add(Some(index), context.set.lines.get(index).copied(), draft);
        }
    }
}

fn same_but_for_case(one: &Filter, other: &Filter) -> bool {
    let same = |(mine, theirs): (Option<&Pattern>, Option<&Pattern>)| match (mine, theirs) {
        (Some(mine), Some(theirs)) => mine.value().eq_ignore_ascii_case(theirs.value()),
        (mine, theirs) => mine.is_none() && theirs.is_none(),
    };
    one != other && Field::ALL.iter().all(|field| same((one.field(*field), other.field(*field))))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn equal_and_different_filters_pass() {
        assert!(
            messages(
                &RULE,
                r#"[{"commonName":"a"},{"commonName":"a"},{"commonName":"ü"},{"commonName":"Ü"}]"#
            )
            .is_empty()
        );
    }

    #[test]
    fn another_case_is_told() {
        let found = messages(&RULE, r#"[{"commonName":"Acme*"},{"commonName":"aCME*"}]"#);
        assert_eq!(found, ["1: filter 2 differs from filter 1 in the case of letters alone"]);
    }
}
