//! `no-private-key`: the key file holds no private key.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The key file holds no private key.
    ///
    /// ## Why it matters
    /// Without the private key of its certificate a client cannot prove that the certificate is its own, and no SDK loads the pair.
    ///
    /// ## How to fix
    /// Hand in the file that was made with the request for the certificate; the certificate itself holds the public half alone.
    pub(super) static RULE = {
        code: "KEY-101",
        name: "no-private-key",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls, X509KeyPair: failed to find any PEM data in key input")],
        message: "the key file holds no private key",
        help: "hand in the private key that was made with the certificate's request, as PEM",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    input.file.keys().is_empty().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::key_report;
    use crate::rules::testing::said;

    #[test]
    fn a_file_without_a_key_is_told_and_refuses_the_whole() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let report = key_report(&leaf, &[&root], leaf.pem(), None);
        assert_eq!(said(&RULE, &report), ["the key file holds no private key"]);
        assert_eq!(report.verdict(), Verdict::Refused);
        let report = key_report(&leaf, &[&root], leaf.key().pkcs8_pem(), None);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert_eq!(report.verdict(), Verdict::Accepted);
    }
}
