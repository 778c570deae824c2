//! `key-identifier-mismatch`: the certificate asks for another key identifier than its issuer bears.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::hexadecimal;

rule! {
    /// The Authority Key Identifier is not the Subject Key Identifier of the CA that signed.
    ///
    /// ## Why it matters
    /// Go only prefers issuers whose identifier fits, but verifiers of the OpenSSL family refuse an issuer whose identifier does
    /// not. Whether client certificates below connect then depends on the server.
    ///
    /// ## How to fix
    /// Issue the certificate again with the CA's certificate at hand, so that its Subject Key Identifier is copied.
    pub(super) static RULE = {
        code: "CHN-008",
        name: "key-identifier-mismatch",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.1: the key identifier is derived from the issuer's or is its Subject Key Identifier"),
            go("crypto/x509 cert_pool.go, findPotentialParents: the identifiers decide the order alone"),
        ],
        message: "the certificate names the key {wanted} as its issuer's, but certificate {issuer}, which signed it, has the key {offered}",
        help: "issue it again with authorityKeyIdentifier=keyid in the extension file for openssl x509 -req -CA root.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let wanted = certificate.authority_key_identifier()?;
    let Link::Signed(signers) = &context.graph.node(index)?.link else { return None };
    let mut mismatch = None;
    for &signer in signers {
        match context.bundle.certificate(signer).and_then(Certificate::subject_key_identifier) {
            Some(offered) if offered != wanted => mismatch = mismatch.or(Some((signer, offered))),
            _ => return None,
        }
    }
    let (signer, offered) = mismatch?;
    let draft = Draft::new()
        .fact("wanted", hexadecimal(wanted))
        .fact("issuer", signer + 1)
        .fact("offered", hexadecimal(offered));
    Some(if signer == index { draft } else { draft.related(Subject::Certificate(signer), "signed it") })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn both_identifiers_are_told() {
        let root = testkit::root_builder("one").subject_key_identifier(&[0xab, 1]).self_signed();
        let below =
            testkit::intermediate_builder("two").authority_key_identifier(&[0xcd, 2]).signed_by(&root);
        let told = "the certificate names the key cd02 as its issuer's, but certificate 1, which signed it, has the key ab01";
        assert_eq!(messages(&RULE, testkit::bundle(&[&root, &below])), [told]);
    }

    #[test]
    fn a_root_that_contradicts_itself_is_told() {
        assert_eq!(
            messages(&RULE, testkit::root_builder("one").authority_key_identifier(&[7]).self_signed().pem())
                .len(),
            1
        );
    }

    #[test]
    fn an_absent_identifier_contradicts_nothing() {
        let root = testkit::root_builder("one").no_ski().self_signed();
        let below = testkit::intermediate_builder("two").authority_key_identifier(&[7]).signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &below])).is_empty());
        let root = testkit::root("one");
        let below = testkit::intermediate_builder("two").no_aki().signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &below])).is_empty());
    }

    #[test]
    fn one_fitting_twin_of_the_issuer_is_enough() {
        let root = testkit::root_builder("one").subject_key_identifier(&[1]).self_signed();
        let twin = testkit::root_builder("one").subject_key_identifier(&[2]).self_signed();
        let below = testkit::intermediate("two", &twin);
        assert!(findings(&RULE, testkit::bundle(&[&root, &twin, &below])).is_empty());
    }

    #[test]
    fn the_signer_is_named_beside_the_certificate_unless_it_is_the_same() {
        let root = testkit::root_builder("one").authority_key_identifier(&[7]).self_signed();
        let below = testkit::intermediate_builder("two").authority_key_identifier(&[7]).signed_by(&root);
        let found = findings(&RULE, testkit::bundle(&[&root, &below]));
        assert_eq!(found[0].related, []);
        assert_eq!(found[1].related, [(Subject::Certificate(0), "signed it")]);
    }
}
