//! `client-certificate-is-ca`: the client's certificate is a CA certificate.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate is a CA certificate.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands CA:FALSE of a client's certificate. Whoever holds the key of a CA certificate can make more
    /// certificates that get in, so a worker must not have it.
    ///
    /// ## How to fix
    /// Issue a certificate of its own for the client below this CA, and take the CA's key away from the worker.
    pub(super) static RULE = {
        code: "EE-002",
        name: "client-certificate-is-ca",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: Basic Constraints must include CA:FALSE"),
            rfc5280("section 4.2.1.9: cA says whether the key may sign certificates"),
        ],
        message: "the client's certificate is a CA certificate (CA:TRUE)",
        help: "issue a certificate for the client below it: mtlsmith gen leaf --org NAME --ca-cert ca.pem --ca-key ca.key --cert \
               worker.pem --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    leaf.is_ca().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_ca_certificate_is_refused_and_ca_false_is_fine() {
        let root = testkit::root("one");
        let ca = testkit::leaf_builder("worker").ca(None).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&ca], &[&root]),
            ["the client's certificate is a CA certificate (CA:TRUE)"]
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
        let absent = testkit::leaf_builder("worker").no_basic_constraints().signed_by(&root);
        assert!(client_messages(&RULE, &[&absent], &[&root]).is_empty());
    }
}
