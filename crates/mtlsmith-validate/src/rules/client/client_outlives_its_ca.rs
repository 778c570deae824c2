//! `client-outlives-its-ca`: the client's certificate is to live longer than a CA above it.

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
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::subject_of;

rule! {
    /// The client's certificate is to live longer than a CA above it.
    ///
    /// ## Why it matters
    /// A chain works as long as all of it is valid. The date in the client's certificate promises more than the CA can keep, so
    /// whoever watches that date alone is late.
    ///
    /// ## How to fix
    /// Roll the CA over before it ends, and give client certificates an end before that of their CA.
    pub(super) static RULE = {
        code: "CHN-112",
        name: "client-outlives-its-ca",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Expiration: when a root ends, every certificate below it is invalid"),
            official_tool("tcld app/certificates.go: a leaf may not outlive its CA", "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go"),
        ],
        message: "the client's certificate ends at {end}, but \"{ca}\" above it ends at {until}: from then on the client is \
                  refused",
        help: "roll the CA over before {until}, and issue client certificates that end before their CA",
        check: Check::ClientPath(check),
    }
}

fn check(context: &ClientContext<'_>, path: &[Place], findings: &mut Findings<'_>) {
    let (Some(leaf), Some(until)) = (context.leaf(), context.until) else { return };
    if until >= leaf.not_after() {
        return;
    }
    let certificates = path.iter().filter_map(|place| Some((*place, context.certificate(*place)?)));
    let Some((place, first)) = certificates.min_by_key(|(_, certificate)| certificate.not_after()) else {
        return;
    };
    let draft = Draft::new()
        .fact("end", leaf.not_after())
        .fact("ca", first.subject().to_string())
        .fact("until", until);
    findings.add(Subject::Certificate(0), draft.related(subject_of(place), "ends first"));
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(ca_ends_earlier_by: i64) -> Vec<String> {
        let leaf = testkit::leaf_builder("worker");
        let end = testkit::NOT_AFTER - testkit::days(1);
        let root = testkit::root_builder("one").not_after(end - ca_ends_earlier_by).self_signed();
        client_messages(&RULE, &[&leaf.signed_by(&root)], &[&root])
    }

    #[test]
    fn the_end_of_the_ca_is_named() {
        assert_eq!(
            sentences(1),
            [
                "the client's certificate ends at 2026-12-31T00:00:00Z, but \"CN=one,O=acme\" above it ends at 2026-12-30T23:59:59Z: from then on the client is refused"
            ]
        );
        assert!(sentences(0).is_empty());
    }

    #[test]
    fn a_better_path_counts() {
        let old = testkit::root_builder("old").not_after(testkit::NOW + 100).self_signed();
        let new = testkit::root("new");
        let issuing = testkit::intermediate_builder("issuing");
        let leaf = testkit::leaf("worker", &issuing.signed_by(&old));
        let bundle = [&old, &new, &issuing.signed_by(&old), &issuing.signed_by(&new)];
        assert!(client_messages(&RULE, &[&leaf], &bundle).is_empty());
        assert_eq!(client_messages(&RULE, &[&leaf], &[&old, &issuing.signed_by(&old)]).len(), 1);
    }
}
