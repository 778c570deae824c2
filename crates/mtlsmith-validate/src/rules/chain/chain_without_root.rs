//! `chain-without-root`: certificates that issued each other, with no root above them.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::ancestors;

rule! {
    /// No chain of the certificate reaches a root, although every issuer is there.
    ///
    /// ## Why it matters
    /// CAs that only issued each other form a ring, and a ring hangs on nothing: Temporal Cloud demands chains up to a self-signed root,
    /// and no verifier builds a path without one.
    ///
    /// ## How to fix
    /// Add the self-signed certificate of one of the CAs, or of the root that they hang on.
    pub(super) static RULE = {
        code: "CHN-104",
        name: "chain-without-root",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: full CA chains, up to the root"), TCLD_406],
        message: "no chain of the certificate reaches a root: its issuers only issued each other",
        help: "add the self-signed certificate of one of its issuers: mtlsmith bundle add FILE root.pem --output new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let node = context.graph.node(index)?;
    if node.effective_expiry.is_some() || node.link.issuers().is_empty() || !certificate.is_ca() {
        return None;
    }
    // Where the chain breaks off at a certificate above, another rule speaks about that one.
    let is_whole = |above: usize| {
        context
            .graph
            .node(above)
            .is_some_and(|node| matches!(node.link, Link::Signed(_) | Link::Unchecked(_)))
    };
    ancestors(context, index).all(is_whole).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    #[test]
    fn a_ring_and_what_hangs_on_it_are_flagged() {
        let one = testkit::root_builder("one 1").key(Key::p256("ring one"));
        let two = testkit::root_builder("two 2").key(Key::p256("ring two"));
        let (one, two) = (one.signed_by(&two.self_signed()), two.signed_by(&one.self_signed()));
        let below = testkit::intermediate("below 3", &one);
        let found = findings(&RULE, testkit::bundle(&[&one, &two, &below]));
        let subjects: Vec<Subject> = found.iter().map(|finding| finding.subject).collect();
        assert_eq!(subjects, [0, 1, 2].map(Subject::Certificate));
    }

    #[test]
    fn chains_with_a_root_or_with_a_gap_are_left_alone() {
        let root = testkit::root("root 1");
        let issuing = testkit::intermediate("issuing 2", &root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &issuing])).is_empty());
        let below = testkit::intermediate("below 3", &issuing);
        assert!(findings(&RULE, testkit::bundle(&[&issuing, &below])).is_empty());
    }
}
