//! `unknown-filter-field`: a key that the tool reading the file does not know.

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
    /// A filter has a field that the tool reading the file does not know.
    ///
    /// ## Why it matters
    /// tcld and cloud-cli drop unknown keys in silence. The filter then asks for less than it says, and admits more
    /// certificates; without any other field it is refused.
    ///
    /// ## How to fix
    /// Write commonName, organization, organizationalUnit or subjectAlternativeName, exactly so; Terraform wants common_name,
    /// organization, organizational_unit and subject_alternative_name.
    pub(super) static RULE = {
        code: "FLT-003",
        name: "unknown-filter-field",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_CLI],
        message: "filter {filter} has the unknown field '{key}'; the official tools drop it in silence",
        help: "{repair}",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    for oddity in &context.reading.oddities {
        if let OddityKind::Unknown { key, meant } = &oddity.kind {
            let repair = match meant {
                Some(meant) => format!("write {meant} in its place"),
                None => "drop it: a filter has four fields, and this is none of them".to_owned(),
            };
            let draft = Draft::new().fact("key", key.clone()).fact("repair", repair);
            findings.add(oddity.filter, Some(oddity.line), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::findings;
    use crate::filters::rules::testing::messages;

    #[test]
    fn known_fields_pass_in_the_spelling_of_their_tool() {
        for text in [
            r#"{"filters":[{"commonName":"a","organization":"o","organizationalUnit":"u","subjectAlternativeName":"s"}]}"#,
            r#"{"common_name":"a"}"#,
            r#"{"certificate_filters":[{"common_name":"a"}]}"#,
        ] {
            assert!(messages(&RULE, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_said() {
        for (text, key, help) in [
            (r#"{"filters":[{"CN":"a"}]}"#, "CN", "write commonName in its place"),
            (r#"{"filters":[{"common_name":"a"}]}"#, "common_name", "write commonName in its place"),
            (
                r#"{"certificate_filters":[{"commonName":"a"}]}"#,
                "commonName",
                "write common_name in its place",
            ),
            (r#"{"OU":"a"}"#, "OU", "write organizationalUnit in its place"),
        ] {
            let found = findings(&RULE, text);
            assert!(found[0].message().contains(&format!("'{key}'")) && found[0].help() == help, "{text}");
        }
        assert!(findings(&RULE, r#"[{"locality":"a"}]"#)[0].help().starts_with("drop it"));
    }
}
