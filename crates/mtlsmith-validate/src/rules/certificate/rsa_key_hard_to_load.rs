//! `rsa-key-hard-to-load`: an RSA key is longer than 4,096 bits.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// An RSA key is longer than 4,096 bits.
    ///
    /// ## Why it matters
    /// Tools and SDKs built on ring cannot load the private key to sign with it, each handshake spends more time on it,
    /// and the certificate takes more of the 32 KB that a bundle may have. Temporal Cloud and its handshakes take it.
    ///
    /// ## How to fix
    /// Use 3,072 bits or an ECDSA key for the next CA; nothing breaks until then.
    pub(super) static RULE = {
        code: "CA-207",
        name: "rsa-key-hard-to-load",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[Cite {
            document: "ring",
            place: "rsa::KeyPair::from_components: a private key has at most 4,096 bits",
            url: "https://docs.rs/ring/0.17.14/ring/rsa/struct.KeyPair.html",
        }],
        message: "the RSA key has {bits} bits; tools built on ring load private keys of at most {portable}, and every \
                  handshake pays for the length",
        help: "make the next CA with another key: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let bits = certificate.key().rsa()?.modulus_bits;
    let limits = &context.profile.limits;
    let hard = bits > limits.rsa_bits_portable && bits <= limits.rsa_bits_maximum;
    hard.then(|| Draft::new().fact("bits", bits).fact("portable", limits.rsa_bits_portable))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(bits: usize) -> String {
        testkit::root_builder("bits").key(Key::from_spki(spki::rsa_bits(bits))).self_signed().pem()
    }

    #[test]
    fn flags_from_one_bit_above_the_portable_size_up_to_the_maximum() {
        let found = messages(&RULE, root_of(4097));
        assert!(found[0].starts_with(
            "the RSA key has 4,097 bits; tools built on ring load private keys of at most 4,096"
        ));
        assert_eq!(findings(&RULE, root_of(8192)).len(), 1);
    }

    #[test]
    fn accepts_the_portable_size_and_leaves_too_large_keys_to_their_own_rule() {
        assert!(findings(&RULE, root_of(4096)).is_empty());
        assert!(findings(&RULE, root_of(8193)).is_empty());
    }
}
