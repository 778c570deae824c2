//! `unusual-pss`: RSA-PSS in a form that Go does not know.

use crate::certificate::Certificate;
use crate::certificate::SignatureAlgorithm;
use crate::finding::Draft;
use crate::key::PublicKey;
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
    /// A certificate uses RSA-PSS in a form that Go does not know.
    ///
    /// ## Why it matters
    /// Go knows three sets of RSA-PSS parameters: SHA-256, SHA-384 or SHA-512, MGF1 with the same hash, and a salt as
    /// long as the hash. It cannot verify a signature with others, and to a key that is marked for RSA-PSS alone
    /// (`id-RSASSA-PSS`) it has no access at all: every client certificate below such a key is refused, although
    /// OpenSSL verifies it.
    ///
    /// ## How to fix
    /// Issue the certificate again with an ordinary RSA key and PKCS #1 v1.5 signatures, or with ECDSA.
    pub(super) static RULE = {
        code: "CA-006",
        name: "unusual-pss",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 x509.go, getSignatureAlgorithmFromAI and getPublicKeyAlgorithmFromOID"),
            rfc(
                "RFC 4055",
                "sections 1.2 and 3.1: the key identifiers and the parameters",
                "https://www.rfc-editor.org/rfc/rfc4055",
            ),
        ],
        message: "{subject} in a way that Go cannot verify: {problem}; chains that need it are refused",
        help: "{repair}",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    if *certificate.key() == PublicKey::RsaPss {
        return Some(
            Draft::new()
                .fact("subject", "the key is limited to RSA-PSS")
                .fact("problem", "it is marked id-RSASSA-PSS instead of rsaEncryption")
                .fact(
                    "repair",
                    "make a CA with an ordinary key: mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key ca.key",
                ),
        );
    }
    let SignatureAlgorithm::RsaPssUnusual(problem) = certificate.signature_algorithm() else { return None };
    let repair = if certificate.is_self_issued() {
        "sign it again with PKCS #1 v1.5: openssl x509 -in ca.pem -signkey ca.key -sha256 -days 365 -out new.pem"
    } else {
        "have its issuer sign it again with PKCS #1 v1.5 (openssl x509 without -sigopt) or with ECDSA"
    };
    let draft = Draft::new().fact("subject", "the certificate is signed with RSA-PSS");
    Some(draft.fact("problem", *problem).fact("repair", repair))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Hash;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn pss_root(hash: Hash, salt: usize) -> String {
        let builder = testkit::root_builder("pss").key(Key::rsa2048("pss"));
        builder.signature_algorithm(SignatureAlgorithm::RsaPss { hash, salt }).self_signed().pem()
    }

    #[test]
    fn flags_a_salt_of_another_length_than_the_hash() {
        for salt in [31, 33] {
            let found = messages(&RULE, pss_root(Hash::Sha256, salt));
            assert_eq!(
                found,
                [
                    "the certificate is signed with RSA-PSS in a way that Go cannot verify: the salt is not as long as the hash; \
                  chains that need it are refused"
                ]
            );
        }
        assert_eq!(findings(&RULE, pss_root(Hash::Sha256, 20)).len(), 1);
    }

    #[test]
    fn flags_the_default_hash_sha1() {
        assert!(messages(&RULE, pss_root(Hash::Sha1, 20))[0].contains("default, SHA-1"));
    }

    #[test]
    fn flags_a_key_that_is_marked_for_pss_alone() {
        let key = Key::from_spki(spki::rsa_pss_oid());
        let found = messages(&RULE, testkit::root_builder("pss key").key(key).self_signed().pem());
        assert_eq!(
            found,
            [
                "the key is limited to RSA-PSS in a way that Go cannot verify: it is marked id-RSASSA-PSS instead of \
              rsaEncryption; chains that need it are refused"
            ]
        );
    }

    #[test]
    fn accepts_the_three_sets_that_go_knows() {
        for (hash, salt) in [(Hash::Sha256, 32), (Hash::Sha384, 48), (Hash::Sha512, 64)] {
            assert!(findings(&RULE, pss_root(hash, salt)).is_empty());
        }
    }
}
