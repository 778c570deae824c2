//! `key-usage-not-critical`: the Key Usage of a CA is not marked critical.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The Key Usage of a CA certificate is not critical.
    ///
    /// ## Why it matters
    /// RFC 5280 recommends the mark. Temporal Cloud, Go and OpenSSL apply the extension with or without it.
    ///
    /// ## How to fix
    /// Mark the extension critical when the CA is renewed; nothing needs to be done today.
    pub(super) static RULE = {
        code: "CA-112",
        name: "key-usage-not-critical",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.2.1.3: conforming CAs should mark the extension as critical")],
        message: "the Key Usage of the CA certificate is not marked critical, as RFC 5280 recommends; Temporal Cloud \
                  and handshakes do not mind",
        help: "mark it when the CA is renewed: keyUsage=critical,keyCertSign,cRLSign in the extension file for openssl \
               x509",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let usage = certificate.key_usage()?;
    (!usage.critical && certificate.is_ca()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::KeyUsage;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_with(critical: bool) -> String {
        testkit::root_builder("usage").key_usage_with(critical, &[KeyUsage::KeyCertSign]).self_signed().pem()
    }

    #[test]
    fn flags_a_ca_without_the_mark() {
        let found = messages(&RULE, root_with(false));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the Key Usage of the CA certificate is not marked critical"));
    }

    #[test]
    fn accepts_the_mark_and_an_absent_key_usage() {
        assert!(findings(&RULE, root_with(true)).is_empty());
        assert!(findings(&RULE, testkit::root_builder("none").no_key_usage().self_signed().pem()).is_empty());
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        let leaf = testkit::leaf_builder("worker").key_usage_with(false, &[KeyUsage::DigitalSignature]);
        assert!(findings(&RULE, leaf.signed_by(&testkit::root("a")).pem()).is_empty());
    }
}
