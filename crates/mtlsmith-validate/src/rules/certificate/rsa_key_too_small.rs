//! `rsa-key-too-small`: an RSA key is shorter than 2,048 bits.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// An RSA key is shorter than 2,048 bits.
    ///
    /// ## Why it matters
    /// Temporal's page names no number, but Temporal's own certificate checks refuse RSA keys below 2,048 bits, and so
    /// do servers built on rustls or, in its usual setting, OpenSSL 3.2 and later. Below 1,024 bits Go refuses to
    /// verify anything with the key at all.
    ///
    /// ## How to fix
    /// Make a new CA with an RSA key of 3,072 bits or an ECDSA key, and issue the client certificates below it.
    pub(super) static RULE = {
        code: "CA-007",
        name: "rsa-key-too-small",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            official_tool(
                "temporal-proxy pkg/validation/certs/certs.go, minRSAKeyBits",
                "https://github.com/temporalio/temporal-proxy/blob/main/pkg/validation/certs/certs.go",
            ),
            go("crypto/rsa rsa.go, checkKeySize: 1,024 bits"),
            Cite {
                document: "OpenSSL",
                place: "SSL_CTX_set_security_level: level 2, the default since 3.2, prohibits RSA keys below 2,048 bits",
                url: "https://docs.openssl.org/3.2/man3/SSL_CTX_set_security_level/",
            },
        ],
        message: "the RSA key has {bits} bits; Temporal's own checks and current TLS servers refuse fewer than \
                  {minimum}",
        help: "make a CA with a longer key: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let bits = certificate.key().rsa()?.modulus_bits;
    let minimum = context.profile.limits.rsa_bits_minimum;
    (bits < minimum).then(|| Draft::new().fact("bits", bits).fact("minimum", minimum))
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
    fn flags_one_bit_too_few() {
        let sentence =
            "the RSA key has 2,047 bits; Temporal's own checks and current TLS servers refuse fewer than 2,048".to_owned();
        assert_eq!(messages(&RULE, root_of(2047)), [sentence]);
        assert_eq!(findings(&RULE, root_of(1024)).len(), 1);
    }

    #[test]
    fn accepts_the_minimum() {
        assert!(findings(&RULE, root_of(2048)).is_empty());
    }
}
