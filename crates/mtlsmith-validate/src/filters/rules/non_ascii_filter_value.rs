//! `non-ascii-filter-value`: a value with letters outside ASCII.

use crate::filters::Field;
use crate::filters::Filter;
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
    /// A value has characters outside ASCII.
    ///
    /// ## Why it matters
    /// Filters match whatever the case, but how the case of letters such as `ü` is folded, and whether composed and decomposed
    /// forms are the same, is not documented.
    ///
    /// ## How to fix
    /// Rely on ASCII: end the value with a star before the first such character, or filter by another field.
    pub(super) static RULE = {
        code: "FLT-014",
        name: "non-ascii-filter-value",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: matching is not case-sensitive")],
        message: "filter {filter}: {field} '{value}' has characters outside ASCII, whose comparison is not documented",
        help: "filter by a value in ASCII",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    (!pattern.value().is_ascii()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn ascii_passes() {
        assert!(messages(&RULE, r#"[{"commonName":"Mueller*"}]"#).is_empty());
    }

    #[test]
    fn an_umlaut_is_told() {
        let found = messages(&RULE, r#"[{"commonName":"M\u00fcller*"}]"#);
        assert!(found[0].contains("commonName 'Müller*' has characters outside ASCII"), "{found:?}");
    }
}
