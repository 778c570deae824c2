//! `budget-exhausted`: the check stopped before it had looked at everything.

use crate::finding::Draft;
use crate::finding::Finding;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The check stopped before it had looked at everything.
    ///
    /// ## Why it matters
    /// Certificates that share a name have to be tried one by one. Go gives up on a client after 100 signature checks, and so does this
    /// check: a bundle that needs more may lock out every client whose chain lies behind the limit.
    ///
    /// ## How to fix
    /// Give each CA a name of its own, with subject and authority key identifiers, and drop CAs that nothing uses.
    pub(super) static RULE = {
        code: "BND-021",
        name: "budget-exhausted",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 verify.go, maxChainSignatureChecks: 100")],
        message: "the check stopped after {signatures} signature checks and {steps} path steps, so its findings are not complete",
        help: "give each CA a name of its own and key identifiers: every CA that shares a name with others may have to be tried",
        check: Check::Conclusion(check),
    }
}

fn check(context: &Context<'_>, _: &[Finding]) -> Option<Draft> {
    let budget = context.budget.borrow();
    let not_reached = context.graph.nodes().iter().any(|node| node.link == Link::NotReached);
    (not_reached || budget.is_exhausted()).then(|| {
        Draft::new().fact("signatures", budget.signatures_spent()).fact("steps", budget.steps_spent())
    })
}

#[cfg(test)]
mod tests {
    use std::cell::OnceCell;
    use std::cell::RefCell;

    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::*;
    use crate::budget::Budget;
    use crate::bundle::Bundle;
    use crate::check_bundle;
    use crate::graph::Graph;
    use crate::report::CertificateFilters;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::rules::testing::profile;
    use crate::signature::default_algorithms;
    use crate::time::Timestamp;

    /// Namesakes with different keys, and as many certificates that none of them signed: each has to try all of them.
    fn namesakes(count: usize) -> String {
        let name = "O=acme,CN=the same";
        let absent = Key::p256("absent");
        let namesake = |index| {
            testkit::root_builder("x")
                .subject(name)
                .key(Key::p256(&format!("{index}")))
                .no_ski()
                .self_signed()
        };
        let orphan = |index| {
            testkit::intermediate_builder(&format!("orphan {index}")).no_aki().signed_by_key(name, &absent)
        };
        (0..count).map(|index| namesake(index).pem() + &orphan(index).pem()).collect()
    }

    #[test]
    fn a_hundred_signature_checks_are_enough_or_the_check_says_so() {
        assert!(messages(&RULE, namesakes(9)).is_empty()); // 9 namesakes for themselves, and 81 attempts
        let found = findings(&RULE, namesakes(10));
        assert_eq!(found.len(), 1);
        assert!(found[0].message().starts_with("the check stopped after 100 signature checks and "));
    }

    #[test]
    fn it_is_told_whenever_the_budget_says_so_at_the_end() {
        for count in 1..=16 {
            let report =
                check_bundle(namesakes(count).as_bytes(), profile(), Timestamp::from_unix(testkit::NOW));
            let told = report.findings.iter().any(|finding| std::ptr::eq(finding.rule, &RULE));
            assert_eq!(told, report.budget.is_exhausted(), "{count} namesakes");
        }
    }

    #[test]
    fn sixteen_ordinary_certificates_are_far_below_the_limit() {
        let bundle: String = (0..16).map(|index| testkit::root(&format!("ca {index}")).pem()).collect();
        assert!(findings(&RULE, bundle).is_empty());
    }

    #[test]
    fn it_is_told_when_only_paths_or_only_signatures_were_left() {
        let bundle = Bundle::read(testkit::root("root").pem().as_bytes());
        let told = |of_the_graph: &mut Budget, of_the_rules| {
            let graph = Graph::of(&bundle, default_algorithms(), of_the_graph);
            let now = Timestamp::from_unix(testkit::NOW);
            let context = Context {
                input: b"",
                bundle: &bundle,
                graph: &graph,
                profile: profile(),
                now,
                filters: CertificateFilters::NotStated,
                budget: RefCell::new(of_the_rules),
                public_cas: OnceCell::new(),
            };
            check(&context, &[]).is_some()
        };
        let exhausted = || {
            let mut budget = Budget::new(1, 0);
            assert!(!budget.spend_step());
            budget
        };
        assert!(!told(&mut Budget::default(), Budget::default()));
        assert!(told(&mut Budget::new(0, 0), Budget::default()), "a signature was not checked");
        assert!(told(&mut Budget::default(), exhausted()), "a path was not looked for to its end");
    }
}
