//! `client-rsa-key-too-small`: the RSA key of the client's certificate is too small.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;

use super::openssl;

rule! {
    /// The RSA key of the client's certificate is too small.
    ///
    /// ## Why it matters
    /// Temporal's own checks refuse RSA keys below 2,048 bits, current Go releases refuse to work with keys below 1,024, and TLS
    /// servers at OpenSSL's default security level refuse both.
    ///
    /// ## How to fix
    /// Make a new key, best on P-256, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "EE-105",
        name: "client-rsa-key-too-small",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            official_tool("temporal-proxy pkg/validation/certs/certs.go, minRSAKeyBits", "https://github.com/temporalio/temporal-proxy/blob/main/pkg/validation/certs/certs.go"),
            openssl("security level 2: RSA keys below 2,048 bits are refused"),
        ],
        message: "the RSA key of the client's certificate has {bits} bits; fewer than {minimum} are refused",
        help: "make another key: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let bits = leaf.key().rsa()?.modulus_bits;
    let minimum = context.profile().limits.rsa_bits_minimum;
    (bits < minimum).then(|| Draft::new().fact("bits", bits).fact("minimum", minimum))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(bits: usize) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(Key::from_spki(spki::rsa_bits(bits))).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn one_bit_less_than_2048_is_refused() {
        assert_eq!(
            sentences(2047),
            ["the RSA key of the client's certificate has 2,047 bits; fewer than 2,048 are refused"]
        );
        assert!(sentences(2048).is_empty());
    }
}
