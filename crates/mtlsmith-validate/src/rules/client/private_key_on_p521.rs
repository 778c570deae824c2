//! `private-key-on-p521`: the private key is on P-521, which some SDKs cannot load.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::key::Curve;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::ring;

rule! {
    /// The private key is on P-521, which some SDKs cannot load.
    ///
    /// ## Why it matters
    /// The SDKs on the Rust core sign with ring, which knows P-256 and P-384 only. Go and the CLI load P-521, Java with most
    /// runtimes.
    ///
    /// ## How to fix
    /// Use a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits and the exponent 65,537, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "KEY-005",
        name: "private-key-on-p521",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            ring("signing keys: P-256, P-384, and RSA of 2,048 to 4,096 bits with an exponent of at least 65,537"),
            go("crypto/tls, X509KeyPair"),
        ],
        message: "the private key is on P-521, which the Python, TypeScript, .NET, Ruby and Rust SDKs cannot load",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    (input.file.key()?.kind()?.ec()?.curve == Curve::P521).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn p521_is_told_and_p384_is_not() {
        let root = testkit::root("one");
        for (key, count) in [(Key::p521("worker"), 1), (Key::p384("worker"), 0), (Key::rsa2048("worker"), 0)]
        {
            let leaf = testkit::leaf_builder("worker").key(key.clone()).signed_by(&root);
            assert_eq!(key_messages(&RULE, &leaf, &[&root], key.pkcs8_pem()).len(), count);
        }
    }
}
