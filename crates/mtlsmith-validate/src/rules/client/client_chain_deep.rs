//! `client-chain-deep`: the client's certificate stands deep below its root.

use crate::admission::ClientContext;
use crate::admission::Place;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The client's certificate stands deep below its root.
    ///
    /// ## Why it matters
    /// Each CA in between is one more certificate to keep valid, to present and to verify in each handshake. A root and two CAs
    /// below it are enough for most.
    ///
    /// ## How to fix
    /// Issue client certificates from a CA closer to the root.
    pub(super) static RULE = {
        code: "CHN-115",
        name: "client-chain-deep",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/verify.go: maxChainSignatureChecks")],
        message: "the client's chain has {length} certificates; a root, two CAs below it and the client's own, {limit} in all, are \
                  enough for most",
        help: "issue client certificates from a CA closer to the root",
        check: Check::ClientPath(check),
    }
}

fn check(_: &ClientContext<'_>, path: &[Place], findings: &mut Findings<'_>) {
    if path.len() > LIMIT {
        let draft = Draft::new().fact("length", path.len()).fact("limit", LIMIT);
        findings.add(Subject::Certificate(0), draft);
    }
}

/// A root, two CAs below it, and the client's own certificate.
const LIMIT: usize = 4;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn two_intermediates_are_fine_and_three_are_told() {
        let root = testkit::root("one");
        let first = testkit::intermediate_builder("first").ca(None).signed_by(&root);
        let second = testkit::intermediate_builder("second").ca(None).signed_by(&first);
        let third = testkit::intermediate_builder("third").ca(None).signed_by(&second);
        let bundle = [&root, &first, &second, &third];
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &second)], &bundle).is_empty());
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &third)], &bundle);
        assert!(found[0].starts_with("the client's chain has 5 certificates;"), "{found:?}");
    }
}
