//! `unsupported-key-type`: the key is of another kind than RSA or ECDSA.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::PublicKey;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The key of a certificate is neither RSA nor ECDSA.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes signatures by RSA or ECDSA only, and Temporal's own certificate checks refuse every other
    /// kind of key. Do not go by what a local test says: Go and OpenSSL would take Ed25519, OpenSSL also Ed448 and DSA.
    ///
    /// ## How to fix
    /// Make a new CA with a P-256, P-384 or RSA key and issue the client certificates below it; take it into the bundle
    /// before the old one is dropped.
    pub(super) static RULE = {
        code: "CA-005",
        name: "unsupported-key-type",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: the signing algorithm must be either RSA or ECDSA"),
            official_tool(
                "temporal-proxy pkg/validation/certs/certs.go, SufficientKeySize",
                "https://github.com/temporalio/temporal-proxy/blob/main/pkg/validation/certs/certs.go",
            ),
        ],
        message: "the key is {key}; Temporal Cloud takes RSA or ECDSA only",
        help: "make a CA with another key: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    is_unsupported(certificate.key()).then(|| Draft::new().fact("key", certificate.key().to_string()))
}

/// Is the key of a kind that never signs certificates for Temporal Cloud?
pub(super) fn is_unsupported(key: &PublicKey) -> bool {
    match key {
        PublicKey::Ed25519
        | PublicKey::Ed448
        | PublicKey::Dsa
        | PublicKey::MlDsa
        | PublicKey::KeyAgreement
        | PublicKey::Other(_) => true,
        PublicKey::Rsa(_) | PublicKey::RsaPss | PublicKey::Ec(_) | PublicKey::Unreadable { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(key: Key) -> String {
        testkit::root_builder("keys").key(key).self_signed().pem()
    }

    #[test]
    fn flags_every_other_kind_of_key() {
        for (key, name) in [
            (Key::ed25519("keys"), "Ed25519"),
            (Key::from_spki(spki::ed448()), "Ed448"),
            (Key::from_spki(spki::dsa()), "DSA"),
            (Key::from_spki(spki::ml_dsa_65()), "ML-DSA"),
            (Key::from_spki(spki::x25519()), "X25519/X448"),
            (Key::from_spki(spki::gost()), "key 1.2.643.7.1.1.1.1"),
        ] {
            let sentence = format!("the key is {name}; Temporal Cloud takes RSA or ECDSA only");
            assert_eq!(messages(&RULE, root_of(key)), [sentence]);
        }
    }

    #[test]
    fn accepts_rsa_and_ecdsa_and_leaves_their_variants_to_other_rules() {
        for key in [
            Key::p256("keys"),
            Key::p384("keys"),
            Key::from_spki(spki::rsa_bits(2048)),
            Key::from_spki(spki::rsa_pss_oid()),
            Key::from_spki(spki::secp256k1()),
        ] {
            assert!(findings(&RULE, root_of(key)).is_empty());
        }
    }
}
