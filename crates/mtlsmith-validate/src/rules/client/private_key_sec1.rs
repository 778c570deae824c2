//! `private-key-sec1`: the private key is written as SEC1.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::private_key::KeyForm;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::thread;

rule! {
    /// The private key is written as SEC1.
    ///
    /// ## Why it matters
    /// The Java SDK loads PKCS#8 only, and older releases of the SDKs on the Rust core could not read SEC1. Go, the CLI and current
    /// releases of the other SDKs load SEC1 as well.
    ///
    /// ## How to fix
    /// Convert the key to PKCS#8; it stays the same key.
    pub(super) static RULE = {
        code: "KEY-103",
        name: "private-key-sec1",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("the Java SDK needs the key as PKCS#8"),
            official_tool("sdk-java SimpleSslContextBuilder.java: forPKCS8, forPKCS12", "https://github.com/temporalio/sdk-java"),
            thread("temporalio/sdk-python issue 371", "https://github.com/temporalio/sdk-python/issues/371"),
        ],
        message: "the private key is written as SEC1, which the Java SDK and older Python, .NET, Ruby and TypeScript SDKs do not \
                  load",
        help: "convert it: openssl pkcs8 -topk8 -nocrypt -in worker.key -out pkcs8.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    (input.file.key()?.form() == KeyForm::Sec1).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::key_messages;
    use crate::rules::testing::key_report;
    use crate::rules::testing::said;

    #[test]
    fn the_form_is_told_and_pkcs_8_is_not() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(Key::p256("worker")).signed_by(&root);
        let report = key_report(&leaf, &[&root], leaf.key().traditional_pem(), None);
        assert_eq!(said(&RULE, &report).len(), 1);
        assert_eq!(report.verdict(), Verdict::Accepted);
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_pem()).is_empty());
        assert!(key_messages(&RULE, &leaf, &[&root], Key::rsa2048("worker").traditional_pem()).is_empty());
    }
}
