//! `client-path-in-circles`: the CAs above the client's certificate issued each other and lead to no root.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::refusals;

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
        message: "above \"{name}\" ({place}) stand only CAs that are on its own path already; refused by {by}",
        help: "add the root above these CAs to the bundle: mtlsmith bundle add bundle.pem root.pem --output new.pem",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        findings.add(refusal.subject(), refusal.draft());
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

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
}
