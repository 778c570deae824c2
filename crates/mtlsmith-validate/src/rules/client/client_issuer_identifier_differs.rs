//! `client-issuer-identifier-differs`: a certificate asks for another issuer than the CA of that name.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::openssl;
use super::refusal::tell;

rule! {
    /// A certificate asks for another issuer than the CA of that name.
    ///
    /// ## Why it matters
    /// OpenSSL takes a CA for the issuer only if its name, its key identifier and its Key Usage fit what the certificate asks for.
    /// Go takes the identifier as a hint, so the signature decides there.
    ///
    /// ## How to fix
    /// Issue the certificate again with the CA's present certificate at hand.
    pub(super) static RULE = {
        code: "CHN-208",
        name: "client-issuer-identifier-differs",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            openssl("X509_check_issued: X509_V_ERR_AKID_SKID_MISMATCH"),
            rfc5280("section 4.2.1.1: the authority key identifier"),
        ],
        message: "\"{name}\" ({place}) asks for an issuer with another key identifier than those of its name have; refused by {by}",
        help: "issue it again with the CA's present certificate: authorityKeyIdentifier=keyid in the extension file of openssl \
               x509 -req",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;

    #[test]
    fn an_identifier_that_fits_no_ca_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").authority_key_identifier(&[1]).signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("refused by an OpenSSL-family server"), "{found:?}");
        let report = client_report(leaf.pem(), &[&root], |_| ());
        assert_eq!(report.verdict(), Verdict::AcceptedButUnusable);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }

    #[test]
    fn a_ca_made_again_is_told_by_its_key_and_not_by_its_identifier() {
        let previous = testkit::root_builder("one").key(testkit::Key::p256("previous")).self_signed();
        let (leaf, current) = (testkit::leaf("worker", &previous), testkit::root("one"));
        assert!(client_messages(&RULE, &[&leaf], &[&current]).is_empty());
        let told = client_messages(&super::super::client_signed_by_another_key::RULE, &[&leaf], &[&current]);
        assert!(told.len() == 1 && told[0].ends_with("refused by every server"), "{told:?}");
    }
}
