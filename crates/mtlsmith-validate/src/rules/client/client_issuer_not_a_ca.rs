//! `client-issuer-not-a-ca`: what issued the client's certificate is no CA certificate.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::tell;

rule! {
    /// What issued the client's certificate is no CA certificate.
    ///
    /// ## Why it matters
    /// A certificate without CA:TRUE may not issue others. Otherwise every client could make clients.
    ///
    /// ## How to fix
    /// Issue the client's certificate from a CA, or issue the CA's certificate again with CA:TRUE and upload that.
    pub(super) static RULE = {
        code: "CHN-021",
        name: "client-issuer-not-a-ca",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 6.1.4 (k): cA has to be asserted in each certificate that issues"),
            go("crypto/x509/verify.go, isValid: NotAuthorizedToSign"),
        ],
        message: "\"{name}\" ({place}) issued a certificate of the client's chain and is no CA certificate; refused by {by}",
        help: "issue the client's certificate from a CA certificate (basicConstraints=critical,CA:TRUE) of the bundle",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::KeyUsage;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_leaf_may_not_issue_a_leaf() {
        let root = testkit::root("one");
        let usages = [KeyUsage::DigitalSignature, KeyUsage::KeyCertSign];
        let no_ca = testkit::leaf_builder("issuer").key_usage(&usages).signed_by(&root);
        let leaf = testkit::leaf("worker", &no_ca);
        assert_eq!(
            client_messages(&RULE, &[&leaf, &no_ca], &[&root]),
            [
                "\"CN=issuer,O=acme\" (certificate 2 of the client's file) issued a certificate of the client's chain and is no CA certificate; refused by every server"
            ]
        );
        let ca = testkit::intermediate("issuing", &root);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &ca), &ca], &[&root]).is_empty());
    }
}
