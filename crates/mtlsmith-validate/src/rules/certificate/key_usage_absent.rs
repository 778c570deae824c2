//! `key-usage-absent`: a CA certificate has no Key Usage.

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
    /// A CA certificate has no Key Usage.
    ///
    /// ## Why it matters
    /// RFC 5280 demands the extension in CA certificates. Temporal Cloud, Go and OpenSSL take its absence for "no
    /// limit", and a plain `openssl req -x509` leaves it out, so nothing breaks; it would say that the key is there to
    /// sign certificates and nothing else.
    ///
    /// ## How to fix
    /// Add critical Key Usage `keyCertSign` and `cRLSign` when the CA is renewed.
    pub(super) static RULE = {
        code: "CA-012",
        name: "key-usage-absent",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.2.1.3: conforming CAs must include the extension in certificates that sign others")],
        message: "the CA certificate has no Key Usage, which RFC 5280 demands; Temporal Cloud and handshakes take that \
                  for no limit",
        help: "add it when the CA is renewed: keyUsage=critical,keyCertSign,cRLSign in the extension file for openssl \
               x509",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (certificate.key_usage().is_none() && certificate.is_ca()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn flags_a_root_without_it() {
        let found = messages(&RULE, testkit::root_builder("plain").no_key_usage().self_signed().pem());
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the CA certificate has no Key Usage"));
    }

    #[test]
    fn accepts_a_root_with_it() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        let leaf = testkit::leaf_builder("worker").no_key_usage().signed_by(&testkit::root("a"));
        assert!(findings(&RULE, leaf.pem()).is_empty());
    }
}
