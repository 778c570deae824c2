//! `filter-without-fields`: a filter that asks for nothing.

use super::CLOUD_API;
use super::TCLD;
use crate::filters::Filter;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A filter sets no field.
    ///
    /// ## Why it matters
    /// Temporal Cloud refuses a filter without a field, and tcld does before it. Often the fields are there, but under names
    /// that the tool drops in silence.
    ///
    /// ## How to fix
    /// Set at least one of commonName, organization, organizationalUnit and subjectAlternativeName, or drop the filter.
    pub(super) static RULE = {
        code: "FLT-002",
        name: "filter-without-fields",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[CLOUD_API, TCLD],
        message: "filter {filter} sets no field",
        help: "set at least one field, or drop the filter",
        check: Check::EachFilter(check),
    }
}

fn check(filter: &Filter) -> Option<Draft> {
    filter.is_empty().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn one_field_is_enough() {
        assert!(messages(&RULE, r#"{"filters":[{"commonName":"a"}]}"#).is_empty());
    }

    #[test]
    fn nothing_null_empty_and_blank_are_no_fields() {
        let text = r#"{"filters":[{},
        {"commonName":null},
        {"commonName":"","organization":""},
        {"commonName":" "}]}"#;
        let found = messages(&RULE, text);
        assert_eq!(found.len(), 4);
        assert_eq!(
            (found[0].as_str(), found[3].as_str()),
            ("1: filter 1 sets no field", "4: filter 4 sets no field")
        );
    }
}
