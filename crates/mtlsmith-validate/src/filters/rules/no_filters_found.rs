//! `no-filters-found`: no key under which a tool looks for filters.

use super::TCLD;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The document has no key under which a tool looks for filters.
    ///
    /// ## Why it matters
    /// tcld looks for `filters` and ignores everything else: importing such a file replaces the filters of the Namespace by
    /// none, and a Namespace without filters admits every certificate of its CAs.
    ///
    /// ## How to fix
    /// Put the filters into an array under `filters`, as tcld writes them.
    pub(super) static RULE = {
        code: "FLT-103",
        name: "no-filters-found",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD],
        message: "the document has {found} where tcld looks for `filters`; importing it removes every filter",
        help: "write {shape}",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for oddity in &context.reading.oddities {
        if let OddityKind::NoFilters { found } = &oddity.kind {
            let draft = Draft::new().fact("found", found.clone()).fact("shape", SHAPE);
            findings.add(oddity.filter, Some(oddity.line), draft);
        }
    }
}

/// Braces would be taken for a fact within the help itself.
const SHAPE: &str = r#"{"filters": [...]}"#;

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn the_shapes_of_the_tools_pass() {
        for text in ["{}", r#"{"filters":[]}"#, r#"{"mtlsAuth":{}}"#, r#"{"certificate_filters":[]}"#, "[]"] {
            assert!(messages(&RULE, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn other_keys_would_import_an_empty_set() {
        let found = messages(&RULE, r#"{"certificateFilters":[{"commonName":"a"}]}"#);
        assert!(
            found[0].starts_with("1: the document has `certificateFilters` at the top where tcld"),
            "{found:?}"
        );
        let found = messages(&RULE, r#"{"filter":[{"commonName":"a"}],"b":1}"#);
        assert!(found[0].starts_with("1: the document has `filter`, `b` where tcld"), "{found:?}");
        assert!(messages(&RULE, "7")[0].contains("has a number where"));
    }
}
