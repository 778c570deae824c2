//! `basic-constraints-not-critical`: the Basic Constraints of a CA are not marked critical.

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
    /// The Basic Constraints of a CA certificate are not critical.
    ///
    /// ## Why it matters
    /// RFC 5280 demands the mark in CA certificates that sign certificates. Temporal Cloud, Go and OpenSSL let the
    /// certificate through without it; stricter readers, such as auditors and linters of public CAs, do not.
    ///
    /// ## How to fix
    /// Mark the extension critical when the CA is renewed; nothing needs to be done today.
    pub(super) static RULE = {
        code: "CA-003",
        name: "basic-constraints-not-critical",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.2.1.9: conforming CAs must mark the extension as critical")],
        message: "the Basic Constraints of the CA certificate are not marked critical, as RFC 5280 demands; Temporal \
                  Cloud and handshakes do not mind",
        help: "mark them when the CA is renewed: basicConstraints=critical,CA:TRUE in the extension file for openssl \
               x509",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let constraints = certificate.basic_constraints()?;
    (certificate.is_ca() && !constraints.critical).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::BasicConstraints;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_with(constraints: BasicConstraints) -> String {
        testkit::root_builder("a").basic_constraints(constraints).self_signed().pem()
    }

    #[test]
    fn flags_a_ca_without_the_mark() {
        let found =
            messages(&RULE, root_with(BasicConstraints { ca: true, path_len: None, critical: false }));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the Basic Constraints of the CA certificate are not marked critical"));
    }

    #[test]
    fn accepts_a_ca_with_the_mark() {
        assert!(
            findings(&RULE, root_with(BasicConstraints { ca: true, path_len: None, critical: true }))
                .is_empty()
        );
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        assert!(
            findings(&RULE, root_with(BasicConstraints { ca: false, path_len: None, critical: false }))
                .is_empty()
        );
    }
}
