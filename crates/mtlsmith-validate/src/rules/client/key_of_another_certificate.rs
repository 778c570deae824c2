//! `key-of-another-certificate`: the private key does not belong to the client's certificate.

use sha2::Digest;
use sha2::Sha256;

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::certificate::hex;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::holder;
use super::own;

rule! {
    /// The private key does not belong to the client's certificate.
    ///
    /// ## Why it matters
    /// SDKs refuse to load a pair that does not match. It happens when one of two files was renewed and the other was not, or when
    /// both are replaced one after the other while a client reads them. A comparison of RSA moduli, as many guides show it, says
    /// nothing about ECDSA keys.
    ///
    /// ## How to fix
    /// Find the key that was made with the certificate's request. Replace both files in one step, for example by one rename of a
    /// link to a folder with both.
    pub(super) static RULE = {
        code: "KEY-001",
        name: "key-of-another-certificate",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls, X509KeyPair: private key does not match public key")],
        message: "the private key belongs to another certificate{whose}: its public key is {key} with SHA-256 {found}, that of the \
                  certificate is {other} with {wanted}",
        help: "take the key that was made with the request for this certificate, or issue a certificate for this key",
        check: Check::PrivateKey(check),
    }
}

fn check(context: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let key = input.file.key()?;
    let (public, leaf) = (key.public_key_info()?, own(context)?.1);
    if public == leaf.subject_public_key_info()
        || holder(context, public).is_some_and(|(_, other)| other.is_ca())
    {
        return None;
    }
    let whose = holder(context, public).map(|(place, _)| format!(" ({place})")).unwrap_or_default();
    let kind = key.kind().map(ToString::to_string).unwrap_or_default();
    let draft = Draft::new()
        .fact("whose", whose)
        .fact("key", kind)
        .fact("found", hash(public))
        .fact("other", leaf.key().to_string())
        .fact("wanted", hash(leaf.subject_public_key_info()));
    Some(draft)
}

/// As many digits of the hash as tell keys apart.
fn hash(public: &[u8]) -> String {
    hex(&Sha256::digest(public)).chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::Digest;
    use super::RULE;
    use super::Sha256;
    use crate::admission::Decision;
    use crate::admission::KeyInput;
    use crate::private_key::PrivateKeyFile;
    use crate::report::Verdict;
    use crate::rules::testing::client_report;
    use crate::rules::testing::key_messages;
    use crate::rules::testing::key_report;
    use crate::rules::testing::said;

    #[test]
    fn another_key_is_told_with_both_hashes_and_refuses_the_whole() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        for (key, kind) in [(Key::p256("other"), "P-256"), (Key::rsa2048("other"), "RSA 2048")] {
            for text in [key.pkcs8_pem(), key.traditional_pem()] {
                let report = key_report(&leaf, &[&root], text, None);
                let found = said(&RULE, &report);
                assert_eq!(found.len(), 1);
                assert!(
                    found[0].starts_with(&format!(
                        "the private key belongs to another certificate: its public key is {kind} with SHA-256 "
                    )),
                    "{found:?}"
                );
                assert!(matches!(report.client.as_ref().unwrap().decision, Decision::Admitted(_)));
                assert_eq!(report.verdict(), Verdict::Refused);
            }
        }
    }

    #[test]
    fn the_right_key_is_fine_in_any_form() {
        let root = testkit::root("one");
        for key in [Key::p384("worker"), Key::rsa2048("worker")] {
            let leaf = testkit::leaf_builder("worker").key(key.clone()).signed_by(&root);
            for text in [key.pkcs8_pem(), key.traditional_pem()] {
                assert!(key_messages(&RULE, &leaf, &[&root], text).is_empty());
            }
            assert!(key_messages(&RULE, &leaf, &[&root], key.pkcs8_der()).is_empty());
        }
    }

    #[test]
    fn a_key_of_another_certificate_in_the_file_is_traced() {
        let root = testkit::root("one");
        let (leaf, other) = (testkit::leaf("worker", &root), testkit::leaf("other", &root));
        let file = PrivateKeyFile::read(other.key().pkcs8_pem().as_bytes(), None);
        let report = client_report(testkit::bundle(&[&leaf, &other]), &[&root], |check| {
            check.key = Some(KeyInput { file, mode: None });
        });
        assert!(said(&RULE, &report)[0].contains("(certificate 2 of the client's file):"));
    }

    #[test]
    fn a_key_that_cannot_be_read_is_not_compared() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let closed = testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
        assert!(key_messages(&RULE, &leaf, &[&root], closed).is_empty());
    }

    #[test]
    fn each_key_is_told_by_sixteen_digits_of_its_hash() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let other = Key::p256("other");
        let digits = |key: &Key| {
            let hash = Sha256::digest(key.spki_der());
            hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let found = key_messages(&RULE, &leaf, &[&root], other.pkcs8_pem());
        let told = format!(
            "P-256 with SHA-256 {}, that of the certificate is P-256 with {}",
            digits(&other),
            digits(leaf.key())
        );
        assert!(found[0].ends_with(&told), "{found:?}");
    }
}
