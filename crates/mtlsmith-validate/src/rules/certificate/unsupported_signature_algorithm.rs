//! `unsupported-signature-algorithm`: the signature on a certificate is of another kind than RSA or ECDSA.

use super::unsupported_key_type::is_unsupported;
use crate::certificate::Certificate;
use crate::certificate::SignatureAlgorithm;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A certificate is signed neither with RSA nor with ECDSA.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes signatures by RSA or ECDSA only, whatever the key of the certificate itself is. Go and
    /// OpenSSL would take Ed25519, so a local test does not show the fault.
    ///
    /// ## How to fix
    /// Have the certificate issued by a CA with a P-256, P-384 or RSA key.
    pub(super) static RULE = {
        code: "CA-105",
        name: "unsupported-signature-algorithm",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: the signing algorithm must be either RSA or ECDSA"),
            go("crypto/x509 x509.go, signatureAlgorithmDetails and checkSignature"),
        ],
        message: "the certificate is signed with {algorithm}; Temporal Cloud takes RSA or ECDSA with SHA-256 or \
                  stronger only",
        help: "have it issued by a CA whose key is ECDSA or RSA: mtlsmith gen intermediate --org NAME --ca-cert root.pem --ca-key root.key \
               --cert ca.pem --key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let algorithm = certificate.signature_algorithm();
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
    // A key of such a kind has a finding already, and the signature of its root goes with it.
    let own_fault = unsupported && !is_unsupported(certificate.key());
    own_fault.then(|| Draft::new().fact("algorithm", algorithm.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::der;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn flags_a_p256_certificate_signed_by_an_ed25519_root() {
        let root = testkit::root_builder("ed").key(Key::ed25519("ed")).self_signed();
        let found = findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("issuing", &root)]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Certificate(1));
        assert_eq!(
            found[0].message(),
            "the certificate is signed with Ed25519; Temporal Cloud takes RSA or ECDSA with SHA-256 or stronger only"
        );
    }

    #[test]
    fn flags_dsa_and_algorithms_that_nobody_knows() {
        let named =
            |arcs: &[u64]| SignatureAlgorithm::Custom(der::sequence(&[&der::object_identifier(arcs)]));
        for (algorithm, name) in [
            (named(&[2, 16, 840, 1, 101, 3, 4, 3, 2]), "DSA"),
            (named(&[1, 3, 101, 113]), "Ed448"),
            (named(&[2, 16, 840, 1, 101, 3, 4, 3, 18]), "ML-DSA"),
            (named(&[2, 16, 840, 1, 101, 3, 4, 3, 10]), "algorithm 2.16.840.1.101.3.4.3.10"),
        ] {
            let found = messages(
                &RULE,
                testkit::root_builder("a").signature_algorithm(algorithm).self_signed().pem(),
            );
            assert!(found[0].starts_with(&format!("the certificate is signed with {name};")), "{found:?}");
        }
    }

    #[test]
    fn accepts_rsa_and_ecdsa_signatures_and_leaves_ed25519_roots_to_the_rule_on_keys() {
        let root = testkit::root("a");
        assert!(findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("b", &root)])).is_empty());
        let rsa = testkit::root_builder("rsa").key(Key::rsa2048("signatures")).self_signed();
        assert!(findings(&RULE, rsa.pem()).is_empty());
        let ed25519 = testkit::root_builder("ed").key(Key::ed25519("ed")).self_signed();
        assert!(findings(&RULE, ed25519.pem()).is_empty());
    }
}
