//! `filter-field-in-other-case`: a key that only tcld reads, because it ignores case.

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
    /// A field is written in a case that only tcld reads.
    ///
    /// ## Why it matters
    /// tcld ignores the case of keys. cloud-cli and the Cloud API do not: they drop the field in silence.
    ///
    /// ## How to fix
    /// Write the key as it is documented.
    pub(super) static RULE = {
        code: "FLT-503",
        name: "filter-field-in-other-case",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_CLI],
        message: "filter {filter} writes '{key}' for {meant}, which tcld alone reads",
        help: "write {meant}",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for oddity in &context.reading.oddities {
        if let OddityKind::OtherCase { key, meant } = &oddity.kind {
            let draft = Draft::new().fact("key", key.clone()).fact("meant", *meant);
            findings.add(oddity.filter, Some(oddity.line), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn the_documented_case_passes() {
        assert!(messages(&RULE, r#"[{"commonName":"a"}]"#).is_empty());
    }

    #[test]
    fn another_case_is_told() {
        let found = messages(&RULE, r#"{"filters":[{"CommonName":"a"}]}"#);
        assert_eq!(found, ["1: filter 1 writes 'CommonName' for commonName, which tcld alone reads"]);
    }
}
