//! `pss-signature`: a signature is RSA-PSS with ordinary parameters.

use crate::certificate::Certificate;
use crate::certificate::SignatureAlgorithm;
use crate::finding::Draft;
use crate::key::PublicKey;
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
    /// A certificate is signed with RSA-PSS.
    ///
    /// ## Why it matters
    /// Temporal's page speaks of RSA without naming the padding. Go and OpenSSL verify these parameters, so nothing
    /// breaks today, but Temporal's own tools issue PKCS #1 v1.5 and ECDSA only, and a reader that knows no PSS in
    /// certificates refuses the chain.
    ///
    /// ## How to fix
    /// Sign with PKCS #1 v1.5 or ECDSA when the certificate is renewed.
    pub(super) static RULE = {
        code: "CA-106",
        name: "pss-signature",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: the signing algorithm must be either RSA or ECDSA"),
            go("crypto/x509 x509.go, getSignatureAlgorithmFromAI: the three sets of parameters that it knows"),
        ],
        message: "the certificate is signed with RSA-PSS and {hash}; Go and OpenSSL verify it, yet Temporal Cloud \
                  documents RSA without this padding",
        help: "use PKCS #1 v1.5 or ECDSA at the next renewal: openssl x509 -in ca.pem -signkey ca.key -sha256 -days \
               365 -out new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    match certificate.signature_algorithm() {
        // A key for RSA-PSS alone has a finding already, and the signature of its root goes with it.
        SignatureAlgorithm::RsaPss(hash) if *certificate.key() != PublicKey::RsaPss => {
            Some(Draft::new().fact("hash", hash.to_string()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Hash;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn signed_with(algorithm: SignatureAlgorithm) -> String {
        let builder = testkit::root_builder("padding").key(Key::rsa2048("padding"));
        builder.signature_algorithm(algorithm).self_signed().pem()
    }

    #[test]
    fn flags_pss_with_each_hash_that_go_knows() {
        use SignatureAlgorithm::{RsaPssSha256, RsaPssSha384, RsaPssSha512};
        for (algorithm, hash) in
            [(RsaPssSha256, "SHA-256"), (RsaPssSha384, "SHA-384"), (RsaPssSha512, "SHA-512")]
        {
            let found = messages(&RULE, signed_with(algorithm));
            assert!(
                found[0].starts_with(&format!("the certificate is signed with RSA-PSS and {hash};")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn leaves_keys_for_pss_alone_to_their_own_rule() {
        let builder = testkit::root_builder("pss key").key(Key::from_spki(spki::rsa_pss_oid()));
        let root = builder.signature_algorithm(SignatureAlgorithm::RsaPssSha256).self_signed();
        assert!(findings(&RULE, root.pem()).is_empty());
    }

    #[test]
    fn accepts_pkcs1_and_leaves_unusual_parameters_to_their_own_rule() {
        assert!(findings(&RULE, signed_with(SignatureAlgorithm::RsaPkcs1Sha256)).is_empty());
        let unusual = SignatureAlgorithm::RsaPss { hash: Hash::Sha256, salt: 20 };
        assert!(findings(&RULE, signed_with(unusual)).is_empty());
    }
}
