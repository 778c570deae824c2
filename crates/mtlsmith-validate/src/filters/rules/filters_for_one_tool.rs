//! `filters-for-one-tool`: a shape that tcld does not import.

use super::CLOUD_CLI;
use super::TCLD;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::Shape;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The filters are in a shape that tcld does not import.
    ///
    /// ## Why it matters
    /// The official tools do not read each other's files, and some do not say so: tcld takes an object without `filters` for an
    /// empty set, which opens the Namespace; cloud-cli takes tcld's file for one filter without fields.
    ///
    /// ## How to fix
    /// Use the file with the tool it was written for, or put the filters into an array under `filters` for tcld.
    pub(super) static RULE = {
        code: "FLT-603",
        name: "filters-for-one-tool",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, CLOUD_CLI],
        message: "the text holds {shape}: {readers}",
        help: "use the file with no other tool",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    if !context.reading.is_text {
        return;
    }
    let readers = match context.set.shape {
        Shape::BareArray => "tcld and cloud-cli refuse it",
        Shape::OneFilter => "cloud-cli creates a Namespace from it, tcld would import an empty set",
        Shape::Terraform => "Terraform reads it, tcld would import an empty set",
        Shape::NamespaceSpec => "cloud-cli applies it, tcld would import an empty set",
        Shape::Tcld | Shape::CloudApiFragment | Shape::Unknown => return, // the first is right, the others are errors
    };
    let draft = Draft::new().fact("shape", context.set.shape.as_str()).fact("readers", readers);
    findings.add(None, None, draft);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn the_file_of_tcld_passes() {
        assert!(messages(&RULE, r#"{"filters":[{"commonName":"a"}]}"#).is_empty());
    }

    #[test]
    fn every_other_shape_is_told() {
        for (text, part) in [
            (r#"[{"commonName":"a"}]"#, "a bare array: tcld and cloud-cli refuse"),
            (r#"{"commonName":"a"}"#, "one filter alone: cloud-cli"),
            (r#"{"certificate_filters":[{"common_name":"a"}]}"#, "Terraform reads"),
            (r#"{"mtlsAuth":{"certificateFilters":[{"commonName":"a"}]}}"#, "cloud-cli applies"),
        ] {
            let found = messages(&RULE, text);
            assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
        }
    }
}
