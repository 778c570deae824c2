//! `client-unsupported-key-type`: the key of the client's certificate is neither RSA nor ECDSA.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::PublicKey;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The key of the client's certificate is neither RSA nor ECDSA.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes RSA and ECDSA only. Do not go by a local test: Go and OpenSSL would take Ed25519.
    ///
    /// ## How to fix
    /// Make a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "EE-205",
        name: "client-unsupported-key-type",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: RSA or ECDSA")],
        message: "the key of the client's certificate is {key}; Temporal Cloud takes RSA or ECDSA only",
        help: "make another key: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let unsupported = match leaf.key() {
        PublicKey::Ed25519
        | PublicKey::Ed448
        | PublicKey::Dsa
        | PublicKey::MlDsa
        | PublicKey::KeyAgreement
        | PublicKey::Other(_) => true,
        PublicKey::Rsa(_) | PublicKey::RsaPss | PublicKey::Ec(_) | PublicKey::Unreadable { .. } => false,
    };
    unsupported.then(|| Draft::new().fact("key", leaf.key().to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(key: Key) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(key).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn ed25519_is_refused_although_go_and_openssl_take_it() {
        assert_eq!(
            sentences(Key::ed25519("worker")),
            ["the key of the client's certificate is Ed25519; Temporal Cloud takes RSA or ECDSA only"]
        );
        for key in [spki::ed448(), spki::dsa(), spki::ml_dsa_65(), spki::x25519(), spki::gost()] {
            assert_eq!(sentences(Key::from_spki(key)).len(), 1);
        }
        for key in [Key::p256("worker"), Key::rsa2048("worker"), Key::from_spki(spki::rsa_pss_oid())] {
            assert!(sentences(key).is_empty());
        }
    }
}
