//! `explicit-curve`: the curve of a key is spelled out instead of named.

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
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// The curve of an ECDSA key is spelled out instead of named.
    ///
    /// ## Why it matters
    /// The standard forbids it, and Go refuses to parse the certificate: Temporal's tools and the service that takes
    /// the bundle are Go programs. OpenSSL refuses such keys in chains too. It comes from `openssl ecparam -param_enc
    /// explicit` and from some hardware modules.
    ///
    /// ## How to fix
    /// Write the same key with the name of its curve and issue the certificate again.
    pub(super) static RULE = {
        code: "CA-210",
        name: "explicit-curve",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parsePublicKey: the parameters are an object identifier"),
            rfc("RFC 5480", "section 2.1.1: specifiedCurve must not be used", "https://www.rfc-editor.org/rfc/rfc5480"),
        ],
        message: "the ECDSA key spells its curve out by parameters instead of naming it; Go, and so Temporal's tools, \
                  cannot parse the certificate",
        help: "name the curve and issue the certificate again: openssl ec -in ca.key -param_enc named_curve -out \
               named.key",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (certificate.key().ec()?.curve == Curve::Explicit).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn flags_p256_by_its_parameters() {
        let key = Key::from_spki(spki::ec_explicit_p256());
        let found = messages(&RULE, testkit::root_builder("explicit").key(key).self_signed().pem());
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the ECDSA key spells its curve out by parameters"));
    }

    #[test]
    fn accepts_named_curves() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        let other = testkit::root_builder("other").key(Key::from_spki(spki::secp256k1()));
        assert!(findings(&RULE, other.self_signed().pem()).is_empty());
    }
}
