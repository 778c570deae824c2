//! `compressed-point`: the point of a key is not written in full.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::Curve;
use crate::key::PointForm;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// The point of an ECDSA key is compressed or malformed.
    ///
    /// ## Why it matters
    /// Go parses points in the uncompressed form alone, so it refuses the whole certificate: Temporal's tools and the
    /// service that takes the bundle are Go programs. OpenSSL takes compressed points, so a local test does not show
    /// the fault.
    ///
    /// ## How to fix
    /// Issue the certificate again with the same key in the uncompressed form, the default of every generator.
    pub(super) static RULE = {
        code: "CA-310",
        name: "compressed-point",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parsePublicKey; crypto/ecdsa, ParseUncompressedPublicKey"),
            rfc(
                "RFC 5480",
                "section 2.2: uncompressed must be supported, compressed may be",
                "https://www.rfc-editor.org/rfc/rfc5480",
            ),
        ],
        message: "the ECDSA key on {curve} has a {form} point; Go, and so Temporal's tools, parse the uncompressed \
                  form only",
        help: "write the key in full and issue the certificate again: openssl ec -in ca.key -conv_form uncompressed \
               -out full.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let key = certificate.key().ec()?;
    // On any other curve, and without one, the certificate is refused for that already.
    if !matches!(key.curve, Curve::P256 | Curve::P384 | Curve::P521) {
        return None;
    }
    let form = match key.point {
        PointForm::Uncompressed => return None,
        PointForm::Compressed => "compressed",
        PointForm::Invalid => "malformed",
    };
    Some(Draft::new().fact("curve", key.curve.to_string()).fact("form", form))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(key: Vec<u8>) -> String {
        testkit::root_builder("points").key(Key::from_spki(key)).self_signed().pem()
    }

    #[test]
    fn flags_a_compressed_point() {
        let found = messages(&RULE, root_of(spki::ec_compressed_p256()));
        let sentence = "the ECDSA key on P-256 has a compressed point; Go, and so Temporal's tools, parse the \
                        uncompressed form only";
        assert_eq!(found, [sentence]);
    }

    #[test]
    fn flags_a_point_of_the_wrong_length() {
        for length in [64, 66] {
            let found = messages(&RULE, root_of(spki::ec_named(testkit::oid::P256, &vec![4; length])));
            assert!(found[0].starts_with("the ECDSA key on P-256 has a malformed point;"), "{found:?}");
        }
    }

    #[test]
    fn accepts_points_in_full() {
        for key in [Key::p256("points"), Key::p384("points"), Key::p521("points")] {
            assert!(findings(&RULE, testkit::root_builder("points").key(key).self_signed().pem()).is_empty());
        }
    }
}
