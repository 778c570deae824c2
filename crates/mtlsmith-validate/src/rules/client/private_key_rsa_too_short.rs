//! `private-key-rsa-too-short`: the private key is RSA with fewer than 2,048 bits, which some SDKs cannot load.

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

use super::ring;

rule! {
    /// The private key is RSA with fewer than 2,048 bits, which some SDKs cannot load.
    ///
    /// ## Why it matters
    /// The SDKs on the Rust core sign with ring, which loads RSA keys of 2,048 to 4,096 bits, and current Go refuses keys below
    /// 1,024.
    ///
    /// ## How to fix
    /// Use a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits and the exponent 65,537, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "KEY-205",
        name: "private-key-rsa-too-short",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            ring("signing keys: P-256, P-384, and RSA of 2,048 to 4,096 bits with an exponent of at least 65,537"),
            go("crypto/tls, X509KeyPair"),
        ],
        message: "the private key is RSA with {bits} bits; the Python, TypeScript, .NET, Ruby and Rust SDKs load none below \
                  {minimum}",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::PrivateKey(check),
    }
}

fn check(context: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let bits = input.rsa()?.modulus_bits;
    let minimum = context.profile().limits.rsa_bits_minimum;
    (bits < minimum).then(|| Draft::new().fact("bits", bits).fact("minimum", minimum))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_messages;
    use crate::rules::testing::rsa_key_file;

    #[test]
    fn one_bit_less_than_2048_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let found = key_messages(&RULE, &leaf, &[&root], rsa_key_file(2047, &[1, 0, 1]));
        assert!(
            found.len() == 1 && found[0].starts_with("the private key is RSA with 2,047 bits;"),
            "{found:?}"
        );
        assert!(key_messages(&RULE, &leaf, &[&root], rsa_key_file(2048, &[1, 0, 1])).is_empty());
    }
}
