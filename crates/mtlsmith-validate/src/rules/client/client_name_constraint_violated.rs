//! `client-name-constraint-violated`: a name of the client's chain violates a name constraint of a CA above.

use crate::admission::ClientContext;
use crate::admission::Place;
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
    /// A name of the client's chain violates a name constraint of a CA above.
    ///
    /// ## Why it matters
    /// A CA may limit which names stand below it. Every name of the Subject Alternative Name counts, whether filters or clients use
    /// it or not.
    ///
    /// ## How to fix
    /// Issue the certificate with names that the CA permits, or below another CA.
    pub(super) static RULE = {
        code: "CHN-025",
        name: "client-name-constraint-violated",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.10: name constraints"),
            go("crypto/x509/verify.go, checkNameConstraints"),
        ],
        message: "\"{name}\" ({place}) bears the name {bears}, which {problem} by {ca}; refused by {by}",
        help: "issue it without the name {bears}, or below a CA without name constraints",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let PathFaultKind::NameConstraint { imposed_by, name: bears, problem } = &refusal.fault.kind else {
            continue;
        };
        let draft = refusal
            .draft()
            .fact("bears", bears.clone())
            .fact("problem", *problem)
            .fact("ca", Place::of(*imposed_by, context.trust.bundle().members.len()).to_string());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::NameConstraints;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(dns: &str) -> Vec<String> {
        let constraints = NameConstraints {
            permitted: vec![GeneralName::Dns("acme.internal".to_owned())],
            excluded: vec![],
        };
        let root = testkit::root_builder("one").name_constraints(constraints, true).self_signed();
        let leaf = testkit::leaf_builder("worker").no_subject_alternative_name().dns(dns).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn the_name_and_the_ca_are_told() {
        let found = sentences("worker.evil");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("bears the name DNS:worker.evil, which ")
                && found[0].contains("by CA certificate 1")
        );
        assert!(sentences("worker.acme.internal").is_empty());
    }
}
