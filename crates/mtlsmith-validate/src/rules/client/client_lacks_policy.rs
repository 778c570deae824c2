//! `client-lacks-policy`: a CA above the client requires certificate policies that the chain does not have.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::tell;

rule! {
    /// A CA above the client requires certificate policies that the chain does not have.
    ///
    /// ## Why it matters
    /// Policy Constraints let a CA demand that every certificate below names a policy. Go checks that for every chain; OpenSSL does
    /// when told to.
    ///
    /// ## How to fix
    /// Issue the client's certificate with the policies of its CA, or use a CA without Policy Constraints.
    pub(super) static RULE = {
        code: "CHN-026",
        name: "client-lacks-policy",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 6.1: certificate policies"),
            go("crypto/x509/verify.go, policiesValid"),
        ],
        message: "\"{name}\" ({place}) is below a CA that requires certificate policies, and the chain has no valid ones; refused \
                  by {by}",
        help: "issue it with the certificate policies of its CA",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_missing_policy_is_told() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate_builder("issuing").policy_constraints(Some(0), None);
        let issuing = issuing.certificate_policies(&[oid::PRIVATE_EXTENSION]).signed_by(&root);
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &issuing)], &[&root, &issuing]);
        assert_eq!(found.len(), 1, "{found:?}");
        let with = testkit::leaf_builder("worker")
            .certificate_policies(&[oid::PRIVATE_EXTENSION])
            .signed_by(&issuing);
        assert!(client_messages(&RULE, &[&with], &[&root, &issuing]).is_empty());
    }
}
