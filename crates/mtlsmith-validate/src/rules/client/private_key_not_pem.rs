//! `private-key-not-pem`: the key file is DER, which no SDK loads.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The key file is DER, which no SDK loads.
    ///
    /// ## Why it matters
    /// SDKs and the CLI read keys as PEM, text between BEGIN and END lines. The bare bytes are the same key, and they are refused.
    ///
    /// ## How to fix
    /// Use a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits and the exponent 65,537, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "KEY-605",
        name: "private-key-not-pem",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls, X509KeyPair")],
        message: "the key file is bare DER; SDKs and the CLI read PEM",
        help: "convert it: openssl pkcs8 -topk8 -nocrypt -inform DER -in worker.der -out worker.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    (!input.file.is_pem() && !input.file.keys().is_empty()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn der_is_told_and_pem_is_not() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        assert_eq!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_der()).len(), 1);
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_pem()).is_empty());
        assert!(key_messages(&RULE, &leaf, &[&root], "nothing").is_empty(), "that is another rule's");
    }
}
