//! `blank-filter-field`: a field of nothing but blanks beside another one.

use super::CLOUD_API;
use super::TCLD;
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

rule! {
    /// A field is set to nothing but blanks.
    ///
    /// ## Why it matters
    /// An empty text is a field that is not set, but blanks are sent as they are. No certificate has such a name, so the filter
    /// admits nobody, whatever its other fields say.
    ///
    /// ## How to fix
    /// Drop the field, or give it a value.
    pub(super) static RULE = {
        code: "FLT-008",
        name: "blank-filter-field",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_API],
        message: "filter {filter}: {field} is set to nothing but blanks, so no certificate passes",
        help: "drop the field, or give it a value",
        check: Check::EachPattern(check),
    }
}

fn check(filter: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    (pattern.is_blank() && !filter.is_empty()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn an_empty_text_is_not_set() {
        assert!(messages(&RULE, r#"[{"commonName":"a","organization":""},{"commonName":" "}]"#).is_empty());
    }

    #[test]
    fn blanks_beside_a_value_are_told() {
        let found = messages(&RULE, r#"[{"commonName":"a","organization":" "}]"#);
        assert_eq!(
            found,
            ["1: filter 1: organization is set to nothing but blanks, so no certificate passes"]
        );
    }
}
