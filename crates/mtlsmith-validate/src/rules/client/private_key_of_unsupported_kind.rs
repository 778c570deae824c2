//! `private-key-of-unsupported-kind`: the private key is neither RSA nor ECDSA.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
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
    /// The private key is neither RSA nor ECDSA.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes RSA and ECDSA only. Go and the SDKs on the Rust core load Ed25519 keys, so nothing warns before the
    /// handshake.
    ///
    /// ## How to fix
    /// Use a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits and the exponent 65,537, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "KEY-405",
        name: "private-key-of-unsupported-kind",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: RSA or ECDSA")],
        message: "the private key is {key}; Temporal Cloud takes RSA or ECDSA only",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let kind = input.file.key()?.kind()?;
    let known = matches!(kind, PublicKey::Rsa(_) | PublicKey::Ec(_) | PublicKey::Unreadable { .. });
    (!known).then(|| Draft::new().fact("key", kind.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn ed25519_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let found = key_messages(&RULE, &leaf, &[&root], Key::ed25519("worker").pkcs8_pem());
        assert_eq!(found, ["the private key is Ed25519; Temporal Cloud takes RSA or ECDSA only"]);
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_pem()).is_empty());
        assert!(key_messages(&RULE, &leaf, &[&root], Key::rsa2048("worker").pkcs8_pem()).is_empty());
    }
}
