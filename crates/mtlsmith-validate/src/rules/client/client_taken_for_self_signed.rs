//! `client-taken-for-self-signed`: openSSL takes the client's certificate for self-signed.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::openssl;
use super::refusal::tell;

rule! {
    /// OpenSSL takes the client's certificate for self-signed.
    ///
    /// ## Why it matters
    /// A certificate that is named like its issuer looks like its own issuer. Without key identifiers that tell the two apart,
    /// OpenSSL stops there and looks for it in the bundle; Go goes on to the CA.
    ///
    /// ## How to fix
    /// Issue the certificate again under a name of its own, with subject and authority key identifier.
    pub(super) static RULE = {
        code: "CHN-034",
        name: "client-taken-for-self-signed",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            openssl("X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: a certificate named like its issuer"),
            temporal_certificates("Certificate requirements: distinguished names are unique within a chain"),
        ],
        message: "\"{name}\" ({place}) is named like its issuer and is taken for self-signed; refused by {by}",
        help: "issue it again under another common name than its CA, with subjectKeyIdentifier=hash and \
               authorityKeyIdentifier=keyid",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_leaf_named_like_its_ca_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").subject(root.subject()).no_ski().signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("refused by an OpenSSL-family server (not by each release of it)"),
            "{found:?}"
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }

    #[test]
    fn a_client_that_issued_itself_is_simply_not_issued_by_the_bundle() {
        let own = testkit::leaf_builder("worker").self_signed();
        let root = testkit::root("one");
        assert!(client_messages(&RULE, &[&own], &[&root]).is_empty());
        let told = client_messages(&super::super::not_issued_by_bundle::RULE, &[&own], &[&root]);
        assert!(told.len() == 1 && told[0].ends_with("refused by every server"), "{told:?}");
    }
}
