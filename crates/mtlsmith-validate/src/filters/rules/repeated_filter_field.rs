//! `repeated-filter-field`: a key that stands twice.

use super::CLOUD_CLI;
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
    /// A key stands twice in the same object.
    ///
    /// ## Why it matters
    /// tcld takes the last one in silence, so the filter asks for something else than its first line says; cloud-cli refuses
    /// the file.
    ///
    /// ## How to fix
    /// Keep one of them; two values for one field are two filters.
    pub(super) static RULE = {
        code: "FLT-403",
        name: "repeated-filter-field",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_CLI],
        message: "the key '{key}' stands twice; tcld takes the last one, cloud-cli refuses both",
        help: "keep one; two values are two filters",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for oddity in &context.reading.oddities {
        if let OddityKind::Repeated { key } = &oddity.kind {
            findings.add(oddity.filter, Some(oddity.line), Draft::new().fact("key", key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn the_same_key_in_two_filters_passes() {
        assert!(messages(&RULE, r#"[{"commonName":"a"},{"commonName":"b"}]"#).is_empty());
    }

    #[test]
    fn the_same_field_twice_in_one_filter_does_not() {
        let found = messages(&RULE, "[{\"commonName\":\"a\",\n\"CommonName\":\"b\"}]");
        assert_eq!(
            found,
            ["2: the key 'CommonName' stands twice; tcld takes the last one, cloud-cli refuses both"]
        );
        assert_eq!(messages(&RULE, r#"{"filters":[],"filters":[]}"#).len(), 1);
    }
}
