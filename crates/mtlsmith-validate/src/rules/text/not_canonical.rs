//! `not-canonical`: the text is sound and not in the canonical form.

use crate::bundle::Bundle;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::input::Form;
use crate::pem::Block;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::thread;

rule! {
    /// The text is sound, and not in the canonical form.
    ///
    /// ## Why it matters
    /// Temporal Cloud stores what it is given in a form of its own: certificates alone, 64 columns, line feeds. A file in another form is
    /// the same bundle, and shows up as a difference whenever text is compared.
    ///
    /// ## How to fix
    /// Nothing has to be done. `mtlsmith bundle normalize` writes the canonical form, which is that of Go and of the Terraform provider.
    pub(super) static RULE = {
        code: "BND-017",
        name: "not-canonical",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("Terraform provider internal/types/encoded_ca.go: the API strips white space, the provider writes 64 columns", "https://github.com/temporalio/terraform-provider-temporalcloud"), thread("terraform-provider-temporalcloud issue 74: a difference in every plan", "https://github.com/temporalio/terraform-provider-temporalcloud/issues/74")],
        message: "the text of {bytes} bytes is not in the canonical form, which takes {canonical_bytes}",
        help: "rewrite it: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let bundle = context.bundle;
    if bundle.is_canonical || bundle.form != Form::Pem || bundle.base64_layers > 0 || !is_sound(bundle) {
        return;
    }
    let draft = Draft::new().fact("bytes", bundle.bytes).fact("canonical_bytes", bundle.canonical_bytes);
    findings.add(Subject::Bundle, draft);
}

/// Does no other rule about the framing call for another text already?
fn is_sound(bundle: &Bundle) -> bool {
    let sound =
        |block: &Block| block.skipped().is_none() && block.headers == 0 && block.label == "CERTIFICATE";
    bundle.has_whole_canonical_form()
        && bundle.scan.text_after.is_none()
        && bundle.scan.blocks.iter().all(sound)
        && bundle.members.iter().all(|member| member.trailing_bytes == 0)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn sound_text_in_another_form_is_told_with_both_sizes() {
        let pem = testkit::root("a").pem();
        let found = messages(&RULE, pem.replace('\n', "\r\n"));
        let (bytes, canonical) = (pem.len() + pem.lines().count(), pem.len());
        assert_eq!(
            found,
            [format!("the text of {bytes} bytes is not in the canonical form, which takes {canonical}")]
        );
        assert_eq!(findings(&RULE, format!("{pem}\n")).len(), 1);
        assert_eq!(findings(&RULE, format!("# a\n{pem}")).len(), 1);
        assert_eq!(
            findings(&RULE, testkit::pem_block_with_columns("CERTIFICATE", testkit::root("a").der(), 76))
                .len(),
            1
        );
        assert_eq!(findings(&RULE, pem.trim_end()).len(), 1);
    }

    #[test]
    fn the_canonical_form_is_fine() {
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("a"), &testkit::root("b")])).is_empty());
    }

    #[test]
    fn where_something_worse_calls_for_another_text_it_is_silent() {
        let pem = testkit::root("a").pem();
        for text in [
            format!("{pem}# after\n"),
            format!("{pem} {pem}"),
            format!("\u{feff}{pem}"),
            pem.replace("-----\nMII", "-----\na:b\n\nMII"),
            format!("{pem}{}", testkit::pem_block("X509 CRL", b"list")),
            format!("{pem}\n{}", testkit::pem_block("CERTIFICATE", b"junk")),
            testkit::pem_block("CERTIFICATE", &[testkit::root("a").der(), b"\0"].concat()),
            testkit::base64_line(format!("{pem}\n").as_bytes()),
        ] {
            assert!(findings(&RULE, &text).is_empty(), "{text}");
        }
    }
}
