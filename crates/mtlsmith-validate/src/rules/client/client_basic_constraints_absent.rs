//! `client-basic-constraints-absent`: the client's certificate has no Basic Constraints.

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
    /// The client's certificate has no Basic Constraints.
    ///
    /// ## Why it matters
    /// Temporal's page asks for Basic Constraints: the certificate has to say that it is no CA. step and certstrap leave it out and
    /// their certificates are admitted, so this breaks nothing today.
    ///
    /// ## How to fix
    /// Say CA:FALSE when you issue the next one.
    pub(super) static RULE = {
        code: "EE-102",
        name: "client-basic-constraints-absent",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("End-entity certificates: Basic Constraints must include CA:FALSE")],
        message: "the client's certificate has no Basic Constraints; Temporal's page asks for CA:FALSE",
        help: "add CA:FALSE to the extensions of the next certificate",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    leaf.basic_constraints().is_none().then(Draft::new)
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
        let leaf = testkit::leaf_builder("worker").no_basic_constraints().signed_by(&root);
        let report = client_report(leaf.pem(), &[&root], |_| ());
        assert_eq!(said(&RULE, &report).len(), 1);
        assert_eq!(report.verdict(), Verdict::Accepted);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
