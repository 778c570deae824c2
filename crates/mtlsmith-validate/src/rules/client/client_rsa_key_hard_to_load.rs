//! `client-rsa-key-hard-to-load`: the RSA key of the client's certificate is longer than 4,096 bits.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

use super::ring;

rule! {
    /// The RSA key of the client's certificate is longer than 4,096 bits.
    ///
    /// ## Why it matters
    /// Servers take up to 8,192 bits, but the Python, TypeScript, .NET, Ruby and Rust SDKs sign with ring, which loads at most
    /// 4,096: such a worker cannot load its key.
    ///
    /// ## How to fix
    /// Use P-256 or P-384 for the next certificate, or RSA with 2,048 to 4,096 bits and the exponent 65,537.
    pub(super) static RULE = {
        code: "EE-106",
        name: "client-rsa-key-hard-to-load",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[ring("signing keys: P-256, P-384, and RSA of 2,048 to 4,096 bits with an exponent of at least 65,537")],
        message: "the RSA key of the client's certificate has {bits} bits; the Python, TypeScript, .NET, Ruby and Rust SDKs load \
                  at most {portable}",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let bits = leaf.key().rsa()?.modulus_bits;
    let portable = context.profile().limits.rsa_bits_portable;
    (bits > portable).then(|| Draft::new().fact("bits", bits).fact("portable", portable))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn one_bit_more_than_4096_is_told() {
        let root = testkit::root("one");
        let with =
            |bits| testkit::leaf_builder("worker").key(Key::from_spki(spki::rsa_bits(bits))).signed_by(&root);
        let found = client_messages(&RULE, &[&with(4097)], &[&root]);
        assert!(found[0].starts_with("the RSA key of the client's certificate has 4,097 bits;"));
        assert!(client_messages(&RULE, &[&with(4096)], &[&root]).is_empty());
    }
}
