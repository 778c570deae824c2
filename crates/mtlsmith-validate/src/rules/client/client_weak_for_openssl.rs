//! `client-weak-for-openssl`: a key or signature of the client's chain is too weak for usual security levels.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

use super::openssl;
use super::refusal::tell;

rule! {
    /// A key or signature of the client's chain is too weak for usual security levels.
    ///
    /// ## Why it matters
    /// OpenSSL refuses keys and signatures below the security level that it was built or set up with; distributions differ. The
    /// documented limits of Temporal Cloud are RSA with 2,048 bits and SHA-256.
    ///
    /// ## How to fix
    /// Issue the certificate again with SHA-256, for an RSA key of 2,048 bits or more, or for an ECDSA key.
    pub(super) static RULE = {
        code: "CHN-036",
        name: "client-weak-for-openssl",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[openssl("security levels: X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK")],
        message: "the key or the signature of \"{name}\" ({place}) is too weak for usual security levels; refused by {by}",
        help: "issue it again with SHA-256 and an RSA key of 2,048 bits or more, or an ECDSA key",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_weak_ca_is_told() {
        let weak = testkit::root_builder("one").key(Key::rsa2048("one")).self_signed();
        let issuing =
            testkit::intermediate_builder("issuing").signature_algorithm(SignatureAlgorithm::RsaPkcs1Sha1);
        let issuing = issuing.signed_by(&weak);
        let leaf = testkit::leaf("worker", &issuing);
        let found = client_messages(&RULE, &[&leaf], &[&weak, &issuing]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(
            "the key or the signature of \"CN=issuing,O=acme\" (CA certificate 2 of the bundle)"
        ));
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &weak)], &[&weak]).is_empty());
    }
}
