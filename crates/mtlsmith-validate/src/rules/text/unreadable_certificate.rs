//! `unreadable-certificate`: a block labelled as a certificate holds none.

use crate::bundle::Member;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// A block labelled as a certificate cannot be read as one.
    ///
    /// ## Why it matters
    /// Temporal Cloud refuses a bundle in which one certificate cannot be read.
    ///
    /// ## How to fix
    /// Copy the certificate anew from the CA that made it. A wrong label is a common cause: look at what the block holds with
    /// `openssl asn1parse`.
    pub(super) static RULE = {
        code: "BND-113",
        name: "unreadable-certificate",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 parser.go, ParseCertificate"), rfc5280("section 4.1: the fields of a certificate")],
        message: "the certificate cannot be read: {field}: {problem}",
        help: "copy it anew from its CA; to see how far it can be read: openssl asn1parse -i -in FILE",
        check: Check::EachMember(check),
    }
}

fn check(_: &Context<'_>, member: &Member) -> Option<Draft> {
    let unparsable = member.content.as_ref().err()?;
    Some(Draft::new().fact("field", unparsable.field).fact("problem", unparsable.problem))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn the_field_is_named() {
        let junk = testkit::pem_block("CERTIFICATE", b"no certificate");
        assert_eq!(messages(&RULE, junk), ["the certificate cannot be read: certificate: the DER is broken"]);
        let version = testkit::root_builder("a").version(9).self_signed().pem();
        assert_eq!(
            messages(&RULE, version),
            ["the certificate cannot be read: version: there is no X.509 version above 3"]
        );
    }

    #[test]
    fn half_a_certificate_and_an_empty_block_are_flagged() {
        let der = testkit::root("a").der().to_vec();
        assert_eq!(findings(&RULE, testkit::pem_block("CERTIFICATE", &der[..der.len() - 1])).len(), 1);
        assert_eq!(findings(&RULE, testkit::pem_block("CERTIFICATE", b"")).len(), 1);
    }

    #[test]
    fn a_whole_certificate_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
