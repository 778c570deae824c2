//! `path-length-exceeded`: more CAs stand below a certificate than its path length allows.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::graph::Link;
use crate::graph::Role;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::is_same_ca;

rule! {
    /// More CA certificates stand below a CA than its path length allows.
    ///
    /// ## Why it matters
    /// Go refuses every client certificate at the end of such a chain, roots included, and counts certificates with their issuer's
    /// name too. The bundle itself may still be accepted.
    ///
    /// ## How to fix
    /// Issue the CA certificate again for the same key with a path length that is large enough, or without one; or issue client
    /// certificates from a CA further up.
    pub(super) static RULE = {
        code: "CA-014",
        name: "path-length-exceeded",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, isValid: the path length of every certificate, roots included"),
            rfc5280("section 4.2.1.9"),
        ],
        message: "the CA allows {allowed} CA certificates below it in a chain, and there are {found}, down to certificate {other}, \
                  \"{other_name}\"",
        help: "make it again with a path length of {found} (mtlsmith gen ca --path-length {found}, or pathlen:{found} in the extension file \
               for openssl x509)",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let limits = |index: usize, certificate: &Certificate| {
        certificate.path_length().is_some() && context.graph.issued_by(index).next().is_some()
    };
    let members =
        || context.bundle.members.iter().filter_map(|member| Some((member.index, member.certificate()?)));
    if !members().any(|(index, certificate)| limits(index, certificate)) {
        return;
    }
    let mut told = Vec::new();
    for (lowest, certificate) in members() {
        if context.graph.node(lowest).is_none_or(|node| node.role != Role::Intermediate) {
            continue;
        }
        let mut climb = Climb { context, path: vec![lowest], exceeded: None };
        let fits = climb.reaches_root(lowest);
        if let (false, Some(Exceeded { at, allowed, found })) = (fits, climb.exceeded)
            && !told.contains(&at)
        {
            told.push(at);
            let draft = Draft::new()
                .fact("allowed", allowed)
                .fact("found", found)
                .fact("other", lowest + 1)
                .fact("other_name", certificate.subject().to_string());
            findings
                .add(Subject::Certificate(at), draft.related(Subject::Certificate(lowest), "too far below"));
        }
    }
}

struct Exceeded {
    at: usize,
    allowed: u64,
    found: u64,
}

/// The way from a CA up to a root, as a client certificate below that CA has to take it.
struct Climb<'a> {
    context: &'a Context<'a>,
    path: Vec<usize>,
    /// The first limit that stopped a way.
    exceeded: Option<Exceeded>,
}

impl Climb<'_> {
    fn reaches_root(&mut self, member: usize) -> bool {
        let context = self.context;
        if context.graph.is_root(member) {
            return true;
        }
        let Some(Link::Signed(issuers)) = context.graph.node(member).map(|node| &node.link) else {
            return false;
        };
        for &issuer in issuers {
            let Some(certificate) =
                context.bundle.certificate(issuer).filter(|certificate| !self.has(certificate))
            else {
                continue;
            };
            if !context.budget.borrow_mut().spend_step() {
                return true; // what was not searched is not accused
            }
            let found = u64::try_from(self.path.len()).unwrap_or(u64::MAX);
            if let Some(allowed) = certificate.path_length().filter(|allowed| found > *allowed) {
                self.exceeded.get_or_insert(Exceeded { at: issuer, allowed, found });
                continue;
            }
            self.path.push(issuer);
            if self.reaches_root(issuer) {
                return true;
            }
            self.path.pop();
        }
        false
    }

    fn has(&self, candidate: &Certificate) -> bool {
        let mut on_path = self.path.iter().filter_map(|&member| self.context.bundle.certificate(member));
        on_path.any(|certificate| is_same_ca(certificate, candidate))
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    #[test]
    fn a_root_with_path_length_0_over_an_intermediate_is_told() {
        let root = testkit::root_builder("one").ca(Some(0)).self_signed();
        let found = findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("two", &root)]));
        assert_eq!(
            found[0].message(),
            "the CA allows 0 CA certificates below it in a chain, and there are 1, down to certificate 2, \"CN=two,O=acme\""
        );
        assert_eq!(
            (found[0].subject, found[0].related[0].0),
            (Subject::Certificate(0), Subject::Certificate(1))
        );
    }

    #[test]
    fn as_many_as_allowed_are_fine_and_one_more_is_not() {
        let root = testkit::root_builder("one").ca(Some(1)).self_signed();
        let two = testkit::root_builder("two").signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &two])).is_empty());
        let three = testkit::root_builder("three").signed_by(&two);
        assert_eq!(findings(&RULE, testkit::bundle(&[&root, &two, &three])).len(), 1);
        let four = testkit::root_builder("four").signed_by(&three);
        assert_eq!(
            findings(&RULE, testkit::bundle(&[&root, &two, &three, &four])).len(),
            1,
            "each limit is told once"
        );
    }

    #[test]
    fn certificates_with_their_issuers_name_count() {
        let root = testkit::root_builder("one").ca(Some(0)).self_signed();
        let rollover = testkit::root_builder("one").key(testkit::Key::p256("new")).signed_by(&root);
        assert_eq!(findings(&RULE, testkit::bundle(&[&root, &rollover])).len(), 1);
    }

    #[test]
    fn client_certificates_do_not_count() {
        let root = testkit::root_builder("one").ca(Some(0)).self_signed();
        assert!(findings(&RULE, testkit::bundle(&[&root, &testkit::leaf("leaf", &root)])).is_empty());
    }

    #[test]
    fn another_way_to_a_root_is_enough() {
        let (one, two) = (testkit::root_builder("one").ca(Some(0)).self_signed(), testkit::root("two"));
        let crossed = |issuer| testkit::root_builder("three").signed_by(issuer);
        let bundle = testkit::bundle(&[&one, &two, &crossed(&one), &crossed(&two), &testkit::root("three")]);
        let found = findings(&RULE, bundle);
        assert_eq!(found.len(), 1, "the certificate below the short root itself leads nowhere");
        let renewed = testkit::root_builder("one").self_signed();
        assert!(findings(&RULE, testkit::bundle(&[&one, &renewed, &crossed(&one)])).is_empty());
    }

    #[test]
    fn a_way_that_leads_in_circles_is_no_way_to_a_root() {
        let root = testkit::root_builder("one").ca(Some(1)).self_signed();
        let two = testkit::root_builder("two").signed_by(&root);
        let three = testkit::root_builder("three").signed_by(&two);
        let circle = testkit::root_builder("two").signed_by(&three);
        let found = findings(&RULE, testkit::bundle(&[&root, &two, &three, &circle]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Certificate(0));
    }
}
