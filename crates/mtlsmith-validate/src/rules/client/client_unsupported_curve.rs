//! `client-unsupported-curve`: the ECDSA key of the client's certificate is on a curve that TLS 1.3 does not have.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::Curve;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// The ECDSA key of the client's certificate is on a curve that TLS 1.3 does not have.
    ///
    /// ## Why it matters
    /// TLS 1.3 signs handshakes with ECDSA on P-256, P-384 and P-521 alone. A client with another curve cannot prove itself,
    /// whatever the chain.
    ///
    /// ## How to fix
    /// Make a key on P-256 or P-384 and have a certificate issued for it.
    pub(super) static RULE = {
        code: "EE-305",
        name: "client-unsupported-curve",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc("RFC 8446", "section 4.2.3: ECDSA on secp256r1, secp384r1 and secp521r1", "https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3"),
            go("crypto/x509 x509.go, namedCurveFromOID"),
        ],
        message: "the ECDSA key of the client's certificate is on {curve}; handshakes are signed on P-256, P-384 or P-521",
        help: "make another key: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let curve = &leaf.key().ec()?.curve;
    let known = matches!(curve, Curve::P256 | Curve::P384 | Curve::P521);
    (!known).then(|| Draft::new().fact("curve", curve.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(key: Key) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(key).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn the_three_curves_of_tls_are_taken_and_no_other() {
        for key in [Key::p256("worker"), Key::p384("worker"), Key::p521("worker"), Key::rsa2048("worker")] {
            assert!(sentences(key).is_empty());
        }
        assert_eq!(
            sentences(Key::from_spki(spki::ec_p224())),
            [
                "the ECDSA key of the client's certificate is on P-224; handshakes are signed on P-256, P-384 or P-521"
            ]
        );
        assert!(sentences(Key::from_spki(spki::secp256k1()))[0].contains("secp256k1"));
        assert!(sentences(Key::from_spki(spki::ec_explicit_p256()))[0].contains("explicit parameters"));
    }
}
