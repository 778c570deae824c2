//! `base64-around-pem`: the input is base64 of a PEM text.

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
    /// The input is base64 of a PEM text.
    ///
    /// ## Why it matters
    /// `tcld --ca-certificate`, Terraform's `accepted_client_ca` and the JSON API take the bundle in this form. `--ca-certificate-file` takes
    /// the PEM text itself.
    ///
    /// ## How to fix
    /// Nothing has to be done where base64 is wanted. Where a file is wanted, decode it with `base64 -d`.
    pub(super) static RULE = {
        code: "BND-014",
        name: "base64-around-pem",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld --ca-certificate, Terraform accepted_client_ca, the JSON API: base64 of the PEM text", "https://github.com/temporalio/tcld")],
        message: "the input is base64 of a PEM text of {bytes} bytes, and was judged as that text",
        help: "keep it where base64 is wanted; where a file is wanted: base64 -d FILE > new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let bundle = context.bundle;
    if bundle.form == Form::Pem && bundle.base64_layers == 1 {
        findings.add(Subject::Bundle, Draft::new().fact("bytes", bundle.bytes));
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn one_layer_is_told_and_the_text_is_judged() {
        let pem = testkit::root("a").pem();
        let sentence =
            format!("the input is base64 of a PEM text of {} bytes, and was judged as that text", pem.len());
        assert_eq!(messages(&RULE, testkit::base64_line(pem.as_bytes())), [sentence]);
    }

    #[test]
    fn two_layers_are_another_matter() {
        let once = testkit::base64_line(testkit::root("a").pem().as_bytes());
        assert!(findings(&RULE, testkit::base64_line(once.as_bytes())).is_empty());
    }

    #[test]
    fn the_text_itself_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
