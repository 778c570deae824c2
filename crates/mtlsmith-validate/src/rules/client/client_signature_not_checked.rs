//! `client-signature-not-checked`: a signature of the client's chain could not be checked.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// A signature of the client's chain could not be checked.
    ///
    /// ## Why it matters
    /// No algorithm at hand fits the signature and the key, so nothing is known about the link. Go and OpenSSL check a few that are
    /// rare; most of them Temporal Cloud does not take either.
    ///
    /// ## How to fix
    /// Issue the certificate with SHA-256 under an RSA key of at least 2,048 bits, or under an ECDSA key on P-256 or P-384.
    pub(super) static RULE = {
        code: "CHN-307",
        name: "client-signature-not-checked",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509, checkSignature: which algorithms are known")],
        message: "the signature of \"{name}\" ({place}), {algorithm}, could not be checked; counted as refused by {by}",
        help: "issue it again with SHA-256 under an RSA or ECDSA key of a usual size",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let algorithm =
            refusal.certificate.map(|signed| signed.signature_algorithm().to_string()).unwrap_or_default();
        let draft = refusal.draft().fact("algorithm", algorithm);
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_odd_pss_signature_is_told() {
        let root = testkit::root_builder("one").key(Key::rsa2048("one")).self_signed();
        let odd = SignatureAlgorithm::RsaPss { hash: testkit::Hash::Sha256, salt: 20 };
        let leaf = testkit::leaf_builder("worker").signature_algorithm(odd).signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("RSA-PSS with unusual parameters, could not be checked"), "{found:?}");
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
