//! `deep-chain`: more CAs stand one below the other than a Namespace needs.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::graph::Role;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// A chain has more than a root and two intermediates.
    ///
    /// ## Why it matters
    /// Every certificate of the chain takes one of the 16 places, has to be renewed in time, and travels in each handshake. Path
    /// lengths are easily forgotten in deep chains.
    ///
    /// ## How to fix
    /// Issue client certificates from a CA directly below the root, or from the root itself.
    pub(super) static RULE = {
        code: "CHN-015",
        name: "deep-chain",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 6.1: every certificate of a path is processed")],
        message: "the CA is at the end of a chain of {length} CA certificates; a root and two below it, {limit} in all, are enough for most",
        help: "issue client certificates from a CA closer to the root",
        check: Check::Bundle(check),
    }
}

/// A root and two intermediates.
const LIMIT: usize = 3;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let nodes = context.graph.nodes();
    if nodes.iter().filter(|node| node.role == Role::Intermediate).count() < LIMIT {
        return;
    }
    let lengths = lengths(context);
    for (index, length) in lengths.iter().enumerate() {
        let Some(length) = length.filter(|length| *length > LIMIT) else { continue };
        let deepest =
            context.graph.issued_by(index).all(|below| lengths.get(below).copied().flatten() <= Some(length));
        if deepest && context.graph.node(index).is_some_and(|node| node.role == Role::Intermediate) {
            findings
                .add(Subject::Certificate(index), Draft::new().fact("length", length).fact("limit", LIMIT));
        }
    }
}

/// The length of the shortest chain of each member to a root, both included. Each round goes one link further down.
fn lengths(context: &Context<'_>) -> Vec<Option<usize>> {
    let nodes = context.graph.nodes();
    let mut lengths: Vec<Option<usize>> =
        nodes.iter().map(|node| (node.role == Role::Root).then_some(1)).collect();
    for length in 2..=nodes.len() {
        let reached = |issuer: &usize| lengths.get(*issuer) == Some(&Some(length - 1));
        let next: Vec<bool> = nodes.iter().map(|node| node.link.issuers().iter().any(reached)).collect();
        if !next.contains(&true) {
            break;
        }
        for (known, next) in lengths.iter_mut().zip(next) {
            if known.is_none() && next {
                *known = Some(length);
            }
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    fn chain(length: usize) -> Vec<Certificate> {
        let mut chain = vec![testkit::root("0")];
        for number in 1..length {
            let above = chain.last().unwrap();
            chain.push(testkit::root_builder(&number.to_string()).signed_by(above));
        }
        chain
    }

    fn bundle(chain: &[Certificate]) -> String {
        chain.iter().map(Certificate::pem).collect()
    }

    #[test]
    fn a_root_and_two_intermediates_are_fine_and_a_third_is_told() {
        assert!(findings(&RULE, bundle(&chain(3))).is_empty());
        let found = findings(&RULE, bundle(&chain(4)));
        assert_eq!((found.len(), found[0].subject), (1, Subject::Certificate(3)));
        assert!(
            found[0].message().contains("a chain of 4 CA certificates; a root and two below it, 3 in all")
        );
    }

    #[test]
    fn only_the_deepest_is_told_and_client_certificates_do_not_count() {
        assert_eq!(findings(&RULE, bundle(&chain(6))).len(), 1);
        let mut three = chain(3);
        three.push(testkit::leaf("client", &three[2]));
        assert!(findings(&RULE, bundle(&three)).is_empty());
    }

    #[test]
    fn a_shorter_way_to_a_root_counts() {
        let mut four = chain(4);
        four.push(testkit::root_builder("2").self_signed());
        assert!(findings(&RULE, bundle(&four)).is_empty());
    }
}
