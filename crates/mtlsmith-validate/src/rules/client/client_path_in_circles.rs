//! `client-path-in-circles`: the CAs above the client's certificate issued each other and lead to no root.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::tell;

rule! {
    /// The CAs above the client's certificate issued each other and lead to no root.
    ///
    /// ## Why it matters
    /// Every issuer that fits stands on the path already, so no chain ends at a CA that is trusted by itself.
    ///
    /// ## How to fix
    /// Add the root that stands above these CAs to the bundle.
    pub(super) static RULE = {
        code: "CHN-029",
        name: "client-path-in-circles",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/verify.go, alreadyInChain")],
        message: "above \"{name}\" ({place}) stand only CAs that are on its own path already, so the chain reaches no root of \
                  the bundle; refused by {by}",
        help: "add the root above these CAs to the bundle: mtlsmith bundle add bundle.pem root.pem --output new.pem",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rule::Severity;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;
    use crate::rules::testing::said;

    #[test]
    fn two_cas_that_issued_each_other_lead_nowhere() {
        let (one, two) = (testkit::root_builder("one"), testkit::root_builder("two"));
        let (one_root, two_root) = (one.self_signed(), two.self_signed());
        let (one_by_two, two_by_one) = (one.signed_by(&two_root), two.signed_by(&one_root));
        let leaf = testkit::leaf("worker", &one_root);
        let found = client_messages(&RULE, &[&leaf], &[&one_by_two, &two_by_one]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(client_messages(&RULE, &[&leaf], &[&one_by_two, &two_root]).is_empty());
    }

    #[test]
    fn a_ring_that_the_client_presents_is_told_as_a_chain_that_nobody_trusts() {
        let (one, two) = (testkit::root_builder("one"), testkit::root_builder("two"));
        let (one_root, two_root) = (one.self_signed(), two.self_signed());
        let (one_by_two, two_by_one) = (one.signed_by(&two_root), two.signed_by(&one_root));
        let leaf = testkit::leaf("worker", &one_root);
        let other = testkit::root("other");
        let report = client_report(testkit::bundle(&[&leaf, &one_by_two, &two_by_one]), &[&other], |_| ());
        let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
        let names: Vec<&str> = errors.map(|finding| finding.rule.name).collect();
        assert!(names.contains(&"client-path-in-circles"), "{names:?}");
        assert!(!names.contains(&"client-issuer-identifier-differs"), "{names:?}");
        let said = said(&RULE, &report);
        assert!(said[0].contains("so the chain reaches no root of the bundle; refused by "), "{said:?}");
    }
}
