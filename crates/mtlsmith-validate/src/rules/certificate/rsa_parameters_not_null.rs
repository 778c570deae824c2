//! `rsa-parameters-not-null`: the identifier of an RSA key lacks its NULL.

use crate::certificate::Certificate;
use crate::finding::Draft;
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
    /// The algorithm identifier of an RSA key lacks its NULL parameters.
    ///
    /// ## Why it matters
    /// The standard demands them, and Go refuses to parse a certificate without them: Temporal's tools and the service
    /// that takes the bundle are Go programs. OpenSSL reads the certificate as if nothing were wrong.
    ///
    /// ## How to fix
    /// Issue the certificate again with a current tool; the key itself is fine and may stay.
    pub(super) static RULE = {
        code: "CA-009",
        name: "rsa-parameters-not-null",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parsePublicKey: RSA public keys must have a NULL in the parameters"),
            rfc(
                "RFC 3279",
                "section 2.3.1: the parameters field must have ASN.1 type NULL",
                "https://www.rfc-editor.org/rfc/rfc3279",
            ),
        ],
        message: "the RSA key is written without the NULL parameters that RFC 3279 demands; Go, and so Temporal's \
                  tools, cannot parse the certificate",
        help: "issue it again for the same key: openssl x509 -in ca.pem -signkey ca.key -sha256 -days 365 -out new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (!certificate.key().rsa()?.null_parameters).then(Draft::new)
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
        testkit::root_builder("parameters").key(Key::from_spki(key)).self_signed().pem()
    }

    #[test]
    fn flags_a_key_without_them() {
        let found = messages(&RULE, root_of(spki::rsa_without_null()));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the RSA key is written without the NULL parameters"));
    }

    #[test]
    fn accepts_a_key_with_them_and_keys_of_other_kinds() {
        assert!(findings(&RULE, root_of(spki::rsa_bits(2048))).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
