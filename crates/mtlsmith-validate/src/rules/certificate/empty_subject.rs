//! `empty-subject`: the subject has no attribute.

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
use crate::rule::temporal_certificates;

rule! {
    /// The subject of the certificate is empty.
    ///
    /// ## Why it matters
    /// The subject is what links client certificates to their CA, and Temporal wants each certificate of a chain to have a name
    /// of its own: a CA without a name and a client certificate without one have the same name. Errors of the server show the
    /// subject alone.
    ///
    /// ## How to fix
    /// Issue the CA certificate again with an organization and a common name.
    pub(super) static RULE = {
        code: "CA-029",
        name: "empty-subject",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates(
                "Certificate requirements: each certificate of a chain has a unique Distinguished Name",
            ),
            rfc5280("section 4.1.2.6: a CA has a non-empty distinguished name"),
        ],
        message: "the subject of the certificate is empty, so nothing tells it apart from other certificates without \
                  a name",
        help: "issue the certificate again with a subject such as O=acme, CN=acme Temporal client CA 2026-06",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    certificate.subject().is_empty().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn an_empty_subject_is_flagged() {
        let found = messages(&RULE, testkit::root_builder("a").subject(Name::empty()).self_signed().pem());
        assert_eq!(
            found,
            [
                "the subject of the certificate is empty, so nothing tells it apart from other certificates without a name"
            ]
        );
    }

    #[test]
    fn one_attribute_is_enough() {
        assert!(findings(&RULE, testkit::root_builder("a").subject("O=acme").self_signed().pem()).is_empty());
    }
}
