//! `weak-signature-hash`: a signature is made over a hash weaker than SHA-256.

use crate::certificate::Certificate;
use crate::certificate::Hash;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A certificate is signed with a hash weaker than SHA-256.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands SHA-256 or stronger in every certificate, and rules out SHA-1 and MD5 by name. That holds
    /// for roots too: Go does not check a root's own signature, so a handshake would not notice, but the upload can.
    /// Below a root, Go refuses chains with a signature over MD5 or SHA-1, and does not know MD2 and SHA-224.
    ///
    /// ## How to fix
    /// Sign the certificate again with SHA-256; the key and the name may stay, and then the client certificates below
    /// stay good.
    pub(super) static RULE = {
        code: "CA-004",
        name: "weak-signature-hash",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: the signing algorithm must include SHA-256 or stronger"),
            go("crypto/x509 x509.go, checkSignature: MD5 and SHA-1 are refused; signatureAlgorithmDetails"),
        ],
        message: "the certificate is signed over {hash}; Temporal Cloud demands SHA-256 or stronger for every \
                  certificate, roots included",
        help: "{repair}",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let hash = certificate.signature_algorithm().hash()?;
    if !matches!(hash, Hash::Md2 | Hash::Md5 | Hash::Sha1 | Hash::Sha224) {
        return None;
    }
    let repair = if certificate.is_self_issued() {
        "sign it again with its own key: openssl x509 -in ca.pem -signkey ca.key -sha256 -days 365 -out new.pem"
    } else {
        "have its issuer sign it again with SHA-256, the key and the name unchanged"
    };
    Some(Draft::new().fact("hash", hash.to_string()).fact("repair", repair))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::der;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn signed_with(algorithm: SignatureAlgorithm) -> String {
        let builder = testkit::root_builder("hashes").key(Key::rsa2048("hashes"));
        builder.signature_algorithm(algorithm).self_signed().pem()
    }

    /// A root that names the hash under RSA by the last arc of its PKCS #1 identifier; the signature is junk.
    fn naming(arc: u64) -> String {
        let oid = der::object_identifier(&[1, 2, 840, 113_549, 1, 1, arc]);
        signed_with(SignatureAlgorithm::Custom(der::sequence(&[&oid, &der::null()])))
    }

    #[test]
    fn flags_sha1_on_a_root() {
        let found = messages(&RULE, signed_with(SignatureAlgorithm::RsaPkcs1Sha1));
        assert_eq!(
            found,
            [
                "the certificate is signed over SHA-1; Temporal Cloud demands SHA-256 or stronger for every certificate, \
              roots included"
            ]
        );
    }

    #[test]
    fn flags_sha1_by_ecdsa_on_an_intermediate() {
        let root = testkit::root("a");
        let issuing = testkit::intermediate_builder("b")
            .signature_algorithm(SignatureAlgorithm::EcdsaSha1)
            .signed_by(&root);
        let found = findings(&RULE, testkit::bundle(&[&root, &issuing]));
        assert_eq!(found.len(), 1);
        assert!(found[0].help().starts_with("have its issuer sign it again"));
    }

    #[test]
    fn flags_md2_md5_and_sha224() {
        for (arc, hash) in [(2, "MD2"), (4, "MD5"), (14, "SHA-224")] {
            let found = messages(&RULE, naming(arc));
            assert!(found[0].starts_with(&format!("the certificate is signed over {hash};")), "{found:?}");
        }
    }

    #[test]
    fn accepts_sha256_and_stronger() {
        use SignatureAlgorithm::{RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256};
        for algorithm in [RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256] {
            assert!(findings(&RULE, signed_with(algorithm)).is_empty());
        }
    }
}
