//! `trailing-bytes-in-block`: bytes follow the certificate within its block.

use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::pem::Block;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// Bytes follow the certificate within its block.
    ///
    /// ## Why it matters
    /// Go refuses a certificate with trailing bytes. Temporal's tools join the contents of all blocks before reading them, so bytes
    /// behind one certificate spoil the next.
    ///
    /// ## How to fix
    /// Copy the block into a file of its own and let `openssl x509` write the certificate alone. If the bytes are a second
    /// certificate, give it a block of its own.
    pub(super) static RULE = {
        code: "BND-013",
        name: "trailing-bytes-in-block",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 parser.go, ParseCertificate: trailing data is refused"), official_tool("tcld app/ca.go and cloud-cli internal/cert/ca.go: the contents of all blocks are read in one piece", "https://github.com/temporalio/cloud-cli")],
        message: "the certificate takes {certificate_bytes} bytes of its block, and {trailing_bytes} more follow",
        help: "{repair}",
        check: Check::EachMember(check),
    }
}

fn check(context: &Context<'_>, member: &Member) -> Option<Draft> {
    if member.trailing_bytes == 0 || is_trusted_certificate(context, member) {
        return None;
    }
    let certificate_bytes = member.certificate()?.der().len();
    let repair = if is_followed_by_certificate(context, member, certificate_bytes) {
        "give the second certificate in the block a BEGIN and an END of its own"
    } else {
        "write the certificate of this block alone: openssl x509 -in BLOCK.pem -out certificate.pem"
    };
    let draft = Draft::new()
        .fact("certificate_bytes", certificate_bytes)
        .fact("trailing_bytes", member.trailing_bytes);
    Some(draft.fact("repair", repair))
}

/// In such a block OpenSSL writes its trust settings behind the certificate; its label has a rule of its own.
fn is_trusted_certificate(context: &Context<'_>, member: &Member) -> bool {
    block(context, member).is_some_and(|block| block.label == "TRUSTED CERTIFICATE")
}

fn is_followed_by_certificate(context: &Context<'_>, member: &Member, certificate_bytes: usize) -> bool {
    let rest =
        block(context, member).and_then(Block::content).and_then(|content| content.get(certificate_bytes..));
    rest.is_some_and(|rest| Certificate::read(rest).is_ok())
}

fn block<'a>(context: &Context<'a>, member: &Member) -> Option<&'a Block> {
    context.bundle.scan.blocks.get(member.block?)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with_trailing(label: &str, trailing: &[u8]) -> String {
        testkit::pem_block(label, &[testkit::root("a").der(), trailing].concat())
    }

    #[test]
    fn one_byte_is_flagged() {
        let length = testkit::root("a").der().len();
        let sentence = format!("the certificate takes {length} bytes of its block, and 1 more follow");
        assert_eq!(messages(&RULE, with_trailing("CERTIFICATE", b"\0")), [sentence]);
    }

    #[test]
    fn bytes_that_are_no_certificate_are_to_be_left_out() {
        assert!(findings(&RULE, with_trailing("CERTIFICATE", b"\0"))[0].help().contains("openssl x509"));
    }

    #[test]
    fn a_second_certificate_needs_a_block_of_its_own() {
        let found = findings(&RULE, with_trailing("CERTIFICATE", testkit::root("b").der()));
        assert!(found[0].help().starts_with("give the second certificate"));
    }

    #[test]
    fn trust_settings_of_openssl_are_left_to_the_rule_about_labels() {
        assert!(findings(&RULE, with_trailing("TRUSTED CERTIFICATE", &[0x30, 0])).is_empty());
    }

    #[test]
    fn a_certificate_alone_is_fine() {
        assert!(findings(&RULE, with_trailing("CERTIFICATE", b"")).is_empty());
    }
}
