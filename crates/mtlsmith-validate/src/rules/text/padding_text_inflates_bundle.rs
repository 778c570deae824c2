//! `padding-text-inflates-bundle`: text around the certificates makes the bundle too large.

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
use crate::rule::temporal_limits;

rule! {
    /// Only the text around the certificates makes the bundle large.
    ///
    /// ## Why it matters
    /// The limit of 32 KB counts what is uploaded, and Temporal's tools upload comments and the text between the certificates as they
    /// stand. Without them the bundle is well below the limit.
    ///
    /// ## How to fix
    /// Let `mtlsmith bundle normalize` write the certificates alone.
    pub(super) static RULE = {
        code: "BND-004",
        name: "padding-text-inflates-bundle",
        severity: Severity::Notice,
        effect: Effect::Upload,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_limits("Certificates: 32 KB per bundle, before base64"), official_tool("tcld app/ca.go: text between blocks is uploaded too", "https://github.com/temporalio/tcld")],
        message: "the PEM text is {bytes} bytes long, and the certificates alone take {canonical_bytes} of them",
        help: "upload the certificates alone: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (bundle, cautious) = (context.bundle, context.profile.limits.cautious_bundle_bytes);
    let inflated = bundle.bytes > cautious && bundle.canonical_bytes <= cautious;
    if bundle.form == Form::Pem && inflated && bundle.has_whole_canonical_form() {
        let draft = Draft::new().fact("bytes", bundle.bytes).fact("canonical_bytes", bundle.canonical_bytes);
        findings.add(Subject::Bundle, draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    /// One root below a comment, so many bytes in all.
    fn of_size(bytes: usize) -> String {
        let root = testkit::root("a").pem();
        format!("{}\n{root}", "#".repeat(bytes - root.len() - 1))
    }

    #[test]
    fn text_beyond_the_cautious_limit_is_flagged_and_text_up_to_it_is_not() {
        assert!(findings(&RULE, of_size(32_000)).is_empty());
        let alone = testkit::root("a").pem().len();
        let sentence =
            format!("the PEM text is 32,001 bytes long, and the certificates alone take {alone} of them");
        assert_eq!(messages(&RULE, of_size(32_001)), [sentence]);
    }

    #[test]
    fn certificates_that_are_large_by_themselves_are_no_padding() {
        let bundle: String = (0..60).map(|index| testkit::root(&format!("ca {index}")).pem()).collect();
        assert!(bundle.len() > 32_000 && findings(&RULE, bundle).is_empty());
    }

    #[test]
    fn a_text_without_readable_certificate_has_nothing_to_normalise() {
        let text =
            format!("{}\n{}", "#".repeat(33_000), testkit::pem_block("CERTIFICATE", b"no certificate"));
        assert!(findings(&RULE, text).is_empty());
    }
}
