//! `unsupported-curve`: an ECDSA key lies on another curve than P-256, P-384 or P-521.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::Curve;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// An ECDSA key lies on a curve that Temporal Cloud cannot use.
    ///
    /// ## Why it matters
    /// Go parses keys on P-224, P-256, P-384 and P-521 only: a certificate with another curve, such as secp256k1 or
    /// brainpool, is refused as a whole, although OpenSSL takes it. P-224 is parsed, but Temporal's own certificate
    /// checks demand 256 bits and TLS 1.3 has no name for the curve.
    ///
    /// ## How to fix
    /// Make a new CA with a P-256 or P-384 key, and issue the client certificates below it.
    pub(super) static RULE = {
        code: "CA-010",
        name: "unsupported-curve",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parsePublicKey; x509.go, namedCurveFromOID"),
            official_tool(
                "temporal-proxy pkg/validation/certs/certs.go, minECDSAKeyBits",
                "https://github.com/temporalio/temporal-proxy/blob/main/pkg/validation/certs/certs.go",
            ),
            rfc(
                "RFC 8446",
                "section 4.2.3: ECDSA on secp256r1, secp384r1 and secp521r1",
                "https://www.rfc-editor.org/rfc/rfc8446",
            ),
        ],
        message: "the ECDSA key is on {curve}; {refusal}, and only P-256, P-384 and P-521 pass",
        help: "make a CA with a key on another curve: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let curve = &certificate.key().ec()?.curve;
    let refusal = match curve {
        Curve::P256 | Curve::P384 | Curve::P521 => return None,
        Curve::Explicit => return None, // has a rule of its own
        Curve::P224 => "Temporal's own checks demand 256 bits",
        Curve::Other(_) | Curve::Missing => "Go cannot parse the certificate",
    };
    Some(Draft::new().fact("curve", curve.to_string()).fact("refusal", refusal))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(key: Vec<u8>) -> String {
        testkit::root_builder("curves").key(Key::from_spki(key)).self_signed().pem()
    }

    #[test]
    fn flags_every_other_named_curve() {
        for (key, curve) in [
            (spki::secp256k1(), "secp256k1"),
            (spki::brainpool_p256r1(), "brainpoolP256r1"),
            (spki::ec_named(&[1, 3, 132, 0, 3], &[4; 65]), "1.3.132.0.3"),
        ] {
            let sentence = format!(
                "the ECDSA key is on {curve}; Go cannot parse the certificate, and only P-256, P-384 and P-521 pass"
            );
            assert_eq!(messages(&RULE, root_of(key)), [sentence]);
        }
    }

    #[test]
    fn flags_p224_for_its_size() {
        let found = messages(&RULE, root_of(spki::ec_p224()));
        let sentence = "the ECDSA key is on P-224; Temporal's own checks demand 256 bits, and only P-256, P-384 and P-521 pass";
        assert_eq!(found, [sentence]);
    }

    #[test]
    fn flags_a_key_without_a_curve() {
        let algorithm = der::sequence(&[&der::object_identifier(testkit::oid::EC_PUBLIC_KEY)]);
        let found = messages(&RULE, root_of(spki::key_info(&algorithm, &[4; 65])));
        assert!(found[0].starts_with("the ECDSA key is on no curve;"), "{found:?}");
    }

    #[test]
    fn accepts_the_three_curves_and_leaves_explicit_parameters_to_their_own_rule() {
        for key in [Key::p256("curves"), Key::p384("curves"), Key::p521("curves")] {
            assert!(findings(&RULE, testkit::root_builder("curves").key(key).self_signed().pem()).is_empty());
        }
        assert!(findings(&RULE, root_of(spki::ec_explicit_p256())).is_empty());
    }
}
