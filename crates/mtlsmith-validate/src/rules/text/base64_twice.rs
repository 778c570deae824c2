//! `base64-twice`: the input is base64 of base64 of a PEM text.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::input::Form;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// The input is base64 of base64 of a PEM text.
    ///
    /// ## Why it matters
    /// Some of Temporal's tools want the bundle as it is, others as base64, and none decodes twice: the upload fails, or a Namespace gets a
    /// bundle in which no certificate is found. It happens when a value that is already base64 goes through `base64encode` or into a
    /// Kubernetes Secret's `data`.
    ///
    /// ## How to fix
    /// Leave out one of the two encodings where the value is made.
    pub(super) static RULE = {
        code: "BND-114",
        name: "base64-twice",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld --ca-certificate, Terraform accepted_client_ca, the JSON API: base64 of the PEM text", "https://github.com/temporalio/tcld")],
        message: "{layers} layers of base64 lie around the PEM text of {bytes} bytes, and Temporal's tools take off one",
        help: "decode it once: base64 -d FILE > ca.b64",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let bundle = context.bundle;
    if bundle.form == Form::Pem && bundle.base64_layers > 1 {
        let draft = Draft::new().fact("layers", bundle.base64_layers).fact("bytes", bundle.bytes);
        findings.add(Subject::Bundle, draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn two_layers_are_flagged() {
        let pem = testkit::root("a").pem();
        let twice = testkit::base64_line(testkit::base64_line(pem.as_bytes()).as_bytes());
        let sentence = format!(
            "2 layers of base64 lie around the PEM text of {} bytes, and Temporal's tools take off one",
            pem.len()
        );
        assert_eq!(messages(&RULE, twice), [sentence]);
    }

    #[test]
    fn one_layer_is_fine() {
        assert!(findings(&RULE, testkit::base64_line(testkit::root("a").pem().as_bytes())).is_empty());
    }
}
