//! `rsa-key-too-large`: an RSA key is longer than 8,192 bits.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Date;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// An RSA key is longer than 8,192 bits.
    ///
    /// ## Why it matters
    /// Since the repair of CVE-2023-29409, Go ends a handshake in which the peer presents a certificate with such a
    /// key, and rustls verifies no signature by one. The key would sit in the bundle and let nobody in.
    ///
    /// ## How to fix
    /// Make a new CA with an RSA key of 3,072 bits or an ECDSA key, and issue the client certificates below it.
    pub(super) static RULE = {
        code: "CA-107",
        name: "rsa-key-too-large",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: Date::new(2023, 8, 1), // the day of Go 1.20.7
        until: None,
        cites: &[
            go("crypto/tls handshake_client.go, checkKeySize; handshake_server.go, processCertsFromClient"),
            Cite {
                document: "CVE-2023-29409",
                place: "repaired in Go 1.19.12 and 1.20.7",
                url: "https://pkg.go.dev/vuln/GO-2023-1987",
            },
        ],
        message: "the RSA key has {bits} bits; handshakes refuse more than {maximum}",
        help: "make a CA with another key: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let bits = certificate.key().rsa()?.modulus_bits;
    let maximum = context.profile.limits.rsa_bits_maximum;
    (bits > maximum).then(|| Draft::new().fact("bits", bits).fact("maximum", maximum))
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
    fn flags_one_bit_too_many() {
        let sentence = "the RSA key has 8,193 bits; handshakes refuse more than 8,192";
        assert_eq!(messages(&RULE, root_of(8193)), [sentence]);
    }

    #[test]
    fn accepts_the_maximum() {
        assert!(findings(&RULE, root_of(8192)).is_empty());
    }
}
