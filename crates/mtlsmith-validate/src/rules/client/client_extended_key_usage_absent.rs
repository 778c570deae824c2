//! `client-extended-key-usage-absent`: the client's certificate has no Extended Key Usage.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate has no Extended Key Usage.
    ///
    /// ## Why it matters
    /// Temporal's page asks for Extended Key Usage: the certificate is for TLS clients. tcld and plain openssl leave it out and
    /// their certificates are admitted, so this breaks nothing today.
    ///
    /// ## How to fix
    /// Say extendedKeyUsage=clientAuth when you issue the next one.
    pub(super) static RULE = {
        code: "EE-104",
        name: "client-extended-key-usage-absent",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("End-entity certificates: the certificate is used for client authentication")],
        message: "the client's certificate has no Extended Key Usage; Temporal's page asks for extendedKeyUsage=clientAuth",
        help: "add extendedKeyUsage=clientAuth to the extensions of the next certificate",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    leaf.extended_key_usage().is_none().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;
    use crate::rules::testing::said;

    #[test]
    fn its_absence_is_a_warning_and_the_client_gets_in() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").no_extended_key_usage().signed_by(&root);
        let report = client_report(leaf.pem(), &[&root], |_| ());
        assert_eq!(said(&RULE, &report).len(), 1);
        assert_eq!(report.verdict(), Verdict::Accepted);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
