//! `client-path-too-long`: more CAs stand between a CA and the client than its path length allows.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::path::PathFaultKind;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// More CAs stand between a CA and the client than its path length allows.
    ///
    /// ## Why it matters
    /// A path length limits how many CA certificates may stand below. Go counts every one of them, OpenSSL leaves out those that
    /// are issued to themselves.
    ///
    /// ## How to fix
    /// Issue the client's certificate closer to that CA, or issue the CA again with a larger path length or none.
    pub(super) static RULE = {
        code: "CHN-023",
        name: "client-path-too-long",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.9: pathLenConstraint"),
            go("crypto/x509/verify.go, isValid: TooManyIntermediates"),
        ],
        message: "the CA \"{name}\" ({place}) allows {allowed} CA certificates below it, and the client's chain has {found}; \
                  refused by {by}",
        help: "issue the client's certificate from a CA closer to \"{name}\"",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let PathFaultKind::PathTooLong { allowed, found } = &refusal.fault.kind else { continue };
        let draft = refusal.draft().fact("allowed", *allowed).fact("found", *found);
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn the_limit_is_allowed_and_one_more_is_not() {
        let root = testkit::root_builder("one").ca(Some(1)).self_signed();
        let first = testkit::intermediate_builder("first").ca(None).signed_by(&root);
        let second = testkit::intermediate_builder("second").ca(None).signed_by(&first);
        let bundle = [&root, &first, &second];
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &first)], &bundle).is_empty());
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &second)], &bundle);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("allows 1 CA certificates below it, and the client's chain has 2; refused by")
        );
    }
}
