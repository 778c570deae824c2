//! `covered-filter`: a filter that a broader one makes superfluous.

use super::CLOUD_API;
use super::COMPARED;
use crate::filters::Filter;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::covers;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A filter is covered by a broader one.
    ///
    /// ## Why it matters
    /// Whoever passes the narrow filter passes the broad one as well: it changes nothing, and whoever reads it may believe that
    /// it does.
    ///
    /// ## How to fix
    /// Drop the narrow filter, or the broad one if it was not meant to admit so much.
    pub(super) static RULE = {
        code: "FLT-209",
        name: "covered-filter",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: one filter is enough"), CLOUD_API],
        message: "filter {filter} is covered by filter {broader} ({broad})",
        help: "drop it, or narrow filter {broader}",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    let filters = context.set.filters.get(..COMPARED).unwrap_or(&context.set.filters);
    for (index, narrow) in filters.iter().enumerate() {
        if narrow.admits_nobody() {
            continue; // refused, not superfluous
        }
        // Two that cover each other are duplicates, which other rules tell.
        let broader = |broad: &Filter| covers(broad, narrow) && !covers(narrow, broad);
        if let Some((other, broad)) = filters.iter().enumerate().find(|(_, broad)| broader(broad)) {
            let draft = Draft::new().fact("broader", other + 1).fact("broad", broad.to_string());
            findings.add(Some(index), context.set.lines.get(index).copied(), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn neighbours_and_duplicates_pass() {
        for text in [
            r#"[{"commonName":"*.acme.com"},{"commonName":"acme.com"}]"#,
            r#"[{"commonName":"a"},{"commonName":"A"}]"#,
            r#"[{"commonName":"a*"},{"commonName":"*a"}]"#,
            r#"[{"commonName":"a*"},{}]"#,
        ] {
            assert!(messages(&RULE, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_broad_filter_is_named_wherever_it_stands() {
        let found = messages(
            &RULE,
            r#"[{"commonName":"x.acme.com","organization":"o"},{"commonName":"*.ACME.com"}]"#,
        );
        assert_eq!(found, ["1: filter 1 is covered by filter 2 (commonName=*.ACME.com)"]);
    }
}
