//! `client-unsupported-signature-algorithm`: the client's certificate is signed with an algorithm other than RSA or ECDSA.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::certificate::SignatureAlgorithm;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate is signed with an algorithm other than RSA or ECDSA.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes signatures by RSA or ECDSA only. The signature is that of the CA, so the CA has another kind of key.
    ///
    /// ## How to fix
    /// Issue the certificate from a CA with an RSA or ECDSA key, which has to be in the bundle.
    pub(super) static RULE = {
        code: "EE-405",
        name: "client-unsupported-signature-algorithm",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: RSA or ECDSA with SHA-256 or stronger")],
        message: "the client's certificate is signed with {algorithm}; Temporal Cloud takes RSA or ECDSA only",
        help: "issue it from a CA with an RSA or ECDSA key, and upload that CA",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let algorithm = leaf.signature_algorithm();
    let unsupported = match algorithm {
        SignatureAlgorithm::Dsa
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::Ed448
        | SignatureAlgorithm::MlDsa
        | SignatureAlgorithm::Other(_) => true,
        SignatureAlgorithm::RsaPkcs1(_)
        | SignatureAlgorithm::RsaPss(_)
        | SignatureAlgorithm::RsaPssUnusual(_)
        | SignatureAlgorithm::Ecdsa(_) => false,
    };
    unsupported.then(|| Draft::new().fact("algorithm", algorithm.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_ed25519_signature_is_refused_and_pss_is_not() {
        let edwards = testkit::root_builder("one").key(Key::ed25519("one")).self_signed();
        assert_eq!(
            client_messages(&RULE, &[&testkit::leaf("worker", &edwards)], &[&edwards]),
            ["the client's certificate is signed with Ed25519; Temporal Cloud takes RSA or ECDSA only"]
        );
        let rsa = testkit::root_builder("two").key(Key::rsa2048("two")).self_signed();
        for algorithm in [SignatureAlgorithm::RsaPssSha256, SignatureAlgorithm::RsaPkcs1Sha384] {
            let leaf = testkit::leaf_builder("worker").signature_algorithm(algorithm).signed_by(&rsa);
            assert!(client_messages(&RULE, &[&leaf], &[&rsa]).is_empty());
        }
        let unknown =
            SignatureAlgorithm::Custom(der::sequence(&[&der::object_identifier(oid::PRIVATE_EXTENSION)]));
        let leaf = testkit::leaf_builder("worker").signature_algorithm(unknown).signed_by(&rsa);
        assert_eq!(client_messages(&RULE, &[&leaf], &[&rsa]).len(), 1);
    }
}
