//! `malformed-algorithm`: an algorithm identifier is broken.

use crate::certificate::Certificate;
use crate::der::Reader;
use crate::finding::Draft;
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
    /// An algorithm identifier of the certificate is broken.
    ///
    /// ## Why it matters
    /// The signature and the public key each say by which algorithm they are meant. Go does not read a certificate in which the
    /// number of the algorithm is missing or malformed, or in which its parameters are, so Temporal's tools and its control
    /// plane cannot take the bundle.
    ///
    /// ## How to fix
    /// Issue the certificate again with a tool that writes the algorithm itself.
    pub(super) static RULE = {
        code: "CA-034",
        name: "malformed-algorithm",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseAI"),
            rfc5280("section 4.1.1.2: AlgorithmIdentifier"),
        ],
        message: "the algorithm identifier of the {part} is broken, and Go refuses to read such a certificate",
        help: "issue the certificate again; its {part} names no algorithm that can be read",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let part = if is_broken(certificate.outer_algorithm()) {
        "signature"
    } else if is_broken(certificate.key_algorithm()) {
        "public key"
    } else {
        return None;
    };
    Some(Draft::new().fact("part", part))
}

/// Go wants an object identifier and then nothing or one whole element.
fn is_broken(identifier: &[u8]) -> bool {
    let mut reader = Reader::new(identifier);
    reader.object_identifier().is_none() || (!reader.is_empty() && reader.any().is_none())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn signed_as(parts: &[&[u8]]) -> String {
        let algorithm = SignatureAlgorithm::Custom(testkit::der::sequence(parts));
        testkit::root_builder("a").signature_algorithm(algorithm).self_signed().pem()
    }

    #[test]
    fn an_identifier_without_a_number_is_flagged() {
        let message =
            "the algorithm identifier of the signature is broken, and Go refuses to read such a certificate";
        assert_eq!(messages(&RULE, signed_as(&[&testkit::der::null()])), [message]);
        assert_eq!(messages(&RULE, signed_as(&[])), [message]);
    }

    #[test]
    fn parameters_have_to_be_one_whole_element() {
        let number = testkit::der::object_identifier(testkit::oid::ECDSA_WITH_SHA256);
        assert!(findings(&RULE, signed_as(&[&number])).is_empty());
        assert!(findings(&RULE, signed_as(&[&number, &[0x05, 0x00]])).is_empty());
        assert_eq!(findings(&RULE, signed_as(&[&number, &[0x05, 0x01]])).len(), 1);
    }

    #[test]
    fn the_identifier_of_the_key_is_looked_at_too() {
        let key = testkit::spki::key_info(&testkit::der::sequence(&[&testkit::der::null()]), &[4; 65]);
        let found = messages(&RULE, testkit::root_builder("a").key(Key::from_spki(key)).self_signed().pem());
        assert!(found[0].starts_with("the algorithm identifier of the public key is broken"), "{found:?}");
    }
}
