//! `filter-value-not-text`: a value of a type that no tool takes.

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
    /// A value is of a type that no tool takes.
    ///
    /// ## Why it matters
    /// tcld and cloud-cli refuse the whole file when a field is anything but a text, or a filter anything but an object.
    ///
    /// ## How to fix
    /// Put the value into double quotes; one filter for each of several values.
    pub(super) static RULE = {
        code: "FLT-303",
        name: "filter-value-not-text",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_CLI],
        message: "'{what}' is {found}, and the tools refuse it",
        help: "{repair}",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for oddity in &context.reading.oddities {
        if let OddityKind::NotText { what, found } = &oddity.kind {
            let repair = match oddity.filter {
                Some(_) if *found == "an array" => "write one filter for each value",
                _ => "write texts in double quotes, filters as objects, and the list of them as an array",
            };
            let draft = Draft::new().fact("what", what.clone()).fact("found", *found).fact("repair", repair);
            findings.add(oddity.filter, Some(oddity.line), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn texts_and_null_pass() {
        assert!(messages(&RULE, r#"[{"commonName":"a","organization":null},null]"#).is_empty());
    }

    #[test]
    fn other_types_do_not() {
        let text = r#"{"filters":[{"commonName":["a"],
        "organization":7}, "x"]}"#;
        let wanted = [
            "1: 'commonName' is an array, and the tools refuse it",
            "2: 'organization' is a number, and the tools refuse it",
            "2: 'the filter itself' is a text, and the tools refuse it",
        ];
        assert_eq!(messages(&RULE, text), wanted);
        assert_eq!(messages(&RULE, r#"{"filters":{}}"#).len(), 1);
    }

    #[test]
    fn an_array_of_values_is_several_filters_and_anything_else_a_text() {
        let helps = |text: &str| -> Vec<String> {
            crate::filters::rules::testing::findings(&RULE, text).iter().map(|found| found.help()).collect()
        };
        let several = "write one filter for each value";
        let quoted = "write texts in double quotes, filters as objects, and the list of them as an array";
        assert_eq!(helps(r#"[{"commonName":["a"],"organization":7}]"#), [several, quoted]);
    }
}
