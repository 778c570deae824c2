//! `client-weak-signature-hash`: the client's certificate is signed over a weak hash.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::certificate::Hash;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate is signed over a weak hash.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands SHA-256 or stronger. Go refuses MD5 and SHA-1, and so do current builds of OpenSSL, since such
    /// signatures can be forged.
    ///
    /// ## How to fix
    /// Have the CA issue the certificate again with SHA-256; key and name may stay.
    pub(super) static RULE = {
        code: "EE-005",
        name: "client-weak-signature-hash",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: SHA-256 or stronger"),
            go("crypto/x509, checkSignature: InsecureAlgorithmError for MD5 and SHA-1"),
        ],
        message: "the client's certificate is signed over {hash}; Temporal Cloud demands SHA-256 or stronger",
        help: "issue it again with SHA-256: mtlsmith sign worker.csr --cn worker --ca-cert ca.pem --ca-key ca.key > worker.pem",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let hash = leaf.signature_algorithm().hash()?;
    let weak = matches!(hash, Hash::Md2 | Hash::Md5 | Hash::Sha1 | Hash::Sha224);
    weak.then(|| Draft::new().fact("hash", hash.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;

    fn sentences(algorithm: SignatureAlgorithm) -> Vec<String> {
        let root = testkit::root_builder("one").key(Key::rsa2048("one")).self_signed();
        let leaf = testkit::leaf_builder("worker").signature_algorithm(algorithm).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn sha_1_is_refused_once_and_sha_256_is_fine() {
        assert_eq!(
            sentences(SignatureAlgorithm::RsaPkcs1Sha1),
            ["the client's certificate is signed over SHA-1; Temporal Cloud demands SHA-256 or stronger"]
        );
        assert_eq!(sentences(SignatureAlgorithm::RsaPkcs1Md5).len(), 1);
        assert!(sentences(SignatureAlgorithm::RsaPkcs1Sha256).is_empty());
    }

    #[test]
    fn no_other_rule_repeats_it() {
        let root = testkit::root_builder("one").key(Key::rsa2048("one")).self_signed();
        let leaf = testkit::leaf_builder("worker")
            .signature_algorithm(SignatureAlgorithm::RsaPkcs1Sha1)
            .signed_by(&root);
        let report = client_report(leaf.pem(), &[&root], |_| ());
        assert_eq!(report.verdict(), Verdict::Refused);
        assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    }
}
