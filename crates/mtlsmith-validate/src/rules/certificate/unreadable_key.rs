//! `unreadable-key`: the public key cannot be read.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::PublicKey;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The public key of a certificate cannot be read.
    ///
    /// ## Why it matters
    /// Go refuses a certificate whose key it cannot parse, and with it Temporal's tools and the service that takes the
    /// bundle. Nothing could be verified with such a key anyway.
    ///
    /// ## How to fix
    /// Fetch the certificate again from where it was issued, and compare; if the original is the same, have the CA
    /// issued again.
    pub(super) static RULE = {
        code: "CA-410",
        name: "unreadable-key",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parsePublicKey"),
            rfc5280("section 4.1.2.7: the subject public key info"),
        ],
        message: "the {algorithm} key cannot be read: {problem}; Go, and so Temporal's tools, cannot parse the \
                  certificate",
        help: "fetch the certificate again from its CA and look at the key: openssl x509 -in ca.pem -noout -text",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    match certificate.key() {
        PublicKey::Unreadable { algorithm, problem } => {
            Some(Draft::new().fact("algorithm", *algorithm).fact("problem", *problem))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::oid;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_of(key: Vec<u8>) -> String {
        testkit::root_builder("broken").key(Key::from_spki(key)).self_signed().pem()
    }

    #[test]
    fn flags_an_rsa_key_with_a_modulus_that_is_not_positive() {
        let algorithm = der::sequence(&[&der::object_identifier(oid::RSA_ENCRYPTION), &der::null()]);
        let numbers = der::sequence(&[&der::integer_raw(&[0x80, 1]), &der::integer(65_537)]);
        let found = messages(&RULE, root_of(spki::key_info(&algorithm, &numbers)));
        assert_eq!(
            found,
            [
                "the RSA key cannot be read: the modulus is not a positive number; Go, and so Temporal's tools, cannot parse \
              the certificate"
            ]
        );
    }

    #[test]
    fn flags_an_ed25519_key_of_the_wrong_size() {
        let algorithm = der::sequence(&[&der::object_identifier(oid::ED25519)]);
        for length in [31, 33] {
            let found = messages(&RULE, root_of(spki::key_info(&algorithm, &vec![1; length])));
            assert!(found[0].starts_with("the Ed25519 key cannot be read:"), "{found:?}");
        }
    }

    #[test]
    fn accepts_readable_keys_whatever_their_kind() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        for key in [spki::rsa_bits(2048), spki::ed448(), spki::secp256k1()] {
            assert!(findings(&RULE, root_of(key)).is_empty());
        }
    }
}
