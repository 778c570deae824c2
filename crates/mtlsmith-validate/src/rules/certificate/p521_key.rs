//! `p521-key`: an ECDSA key lies on P-521.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::Curve;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// An ECDSA key lies on P-521.
    ///
    /// ## Why it matters
    /// Go and OpenSSL verify with it, so Temporal Cloud takes it today. Tools and SDKs built on ring can neither load
    /// such a key nor verify a signature by it, and BoringSSL does not offer the curve's signatures in handshakes by
    /// default.
    ///
    /// ## How to fix
    /// Use P-384 or P-256 for the next CA, and for client keys now.
    pub(super) static RULE = {
        code: "CA-110",
        name: "p521-key",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 x509.go, namedCurveFromOID: P-521 is known"),
            Cite {
                document: "ring",
                place: "module signature: ECDSA on P-256 and P-384 only",
                url: "https://docs.rs/ring/0.17.14/ring/signature/index.html",
            },
        ],
        message: "the ECDSA key is on P-521; Go and OpenSSL take it, but tools and SDKs built on ring work with P-256 \
                  and P-384 only",
        help: "make the next CA with a key on P-384: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (certificate.key().ec()?.curve == Curve::P521).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(key: Key) -> String {
        testkit::root_builder("curves").key(key).self_signed().pem()
    }

    #[test]
    fn flags_p521() {
        let found = messages(&RULE, root_of(Key::p521("curves")));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the ECDSA key is on P-521;"));
    }

    #[test]
    fn accepts_p256_and_p384() {
        assert!(findings(&RULE, root_of(Key::p256("curves"))).is_empty());
        assert!(findings(&RULE, root_of(Key::p384("curves"))).is_empty());
    }
}
