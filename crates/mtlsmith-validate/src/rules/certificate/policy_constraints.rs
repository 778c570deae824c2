//! `policy-constraints`: a CA certificate demands or limits certificate policies.

use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The CA certificate demands or limits certificate policies.
    ///
    /// ## Why it matters
    /// Policy Constraints and Inhibit anyPolicy are made for large public PKIs. Since Go 1.24 chains are checked against them,
    /// so that a client certificate without the right policies is refused where policies are demanded; readers of other
    /// families differ.
    ///
    /// ## How to fix
    /// Issue the CA certificate again without them: a private CA for a Namespace needs no policies.
    pub(super) static RULE = {
        code: "CA-019",
        name: "policy-constraints",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, policiesValid: checked since Go 1.24"),
            rfc5280("sections 4.2.1.11 and 4.2.1.14"),
        ],
        message: "the CA certificate limits certificate policies ({limits}), and client certificates without policies \
                  may be refused",
        help: "issue the CA certificate again without Policy Constraints and Inhibit anyPolicy",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let extensions = certificate.read_extensions();
    if extensions.policy_constraints.is_none() && extensions.inhibit_any_policy.is_none()
        || !certificate.is_ca()
    {
        return None;
    }
    let constraints = certificate.policy_constraints().and_then(Extension::get).copied().unwrap_or_default();
    let inhibited = extensions.inhibit_any_policy.as_ref().and_then(Extension::get).copied();
    let limits: Vec<String> = [
        ("requireExplicitPolicy", constraints.require_explicit_policy),
        ("inhibitPolicyMapping", constraints.inhibit_policy_mapping),
        ("inhibitAnyPolicy", inhibited),
    ]
    .into_iter()
    .filter_map(|(name, after)| Some(format!("{name} after {}", after?)))
    .collect();
    (!limits.is_empty()).then(|| Draft::new().fact("limits", limits.join(", ")))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn each_limit_is_told_with_its_number() {
        let builder = testkit::root_builder("a").policy_constraints(Some(0), Some(2)).inhibit_any_policy(1);
        assert_eq!(
            messages(&RULE, builder.self_signed().pem()),
            [
                "the CA certificate limits certificate policies (requireExplicitPolicy after 0, inhibitPolicyMapping after 2, \
              inhibitAnyPolicy after 1), and client certificates without policies may be refused"
            ]
        );
    }

    #[test]
    fn inhibiting_any_policy_alone_is_enough() {
        assert_eq!(
            findings(&RULE, testkit::root_builder("a").inhibit_any_policy(0).self_signed().pem()).len(),
            1
        );
    }

    #[test]
    fn policies_that_are_only_named_limit_nothing() {
        let builder = testkit::root_builder("a").certificate_policies(&[testkit::oid::ANY_POLICY]);
        assert!(findings(&RULE, builder.self_signed().pem()).is_empty());
    }

    #[test]
    fn the_limits_of_a_client_certificate_are_nobodys_below() {
        let leaf = testkit::leaf_builder("worker").policy_constraints(Some(0), None);
        assert!(findings(&RULE, leaf.signed_by(&testkit::root("a")).pem()).is_empty());
    }
}
