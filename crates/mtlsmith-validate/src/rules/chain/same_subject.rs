//! `same-subject`: two different CAs of a bundle have the same name.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Date;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::thread;
use crate::time::Timestamp;

use super::is_same_ca;

rule! {
    /// Two different CAs of the bundle have the same name.
    ///
    /// ## Why it matters
    /// Temporal once documented that the CAs of one Namespace need distinct subjects, and never said that this changed. Verifiers
    /// that do not try every issuer of a name may also give up on the wrong one of two namesakes.
    ///
    /// ## How to fix
    /// Give each generation of a CA a subject of its own, for instance with the month in its common name. One CA that is there twice
    /// with the same key, cross-signed or renewed, is not meant.
    pub(super) static RULE = {
        code: "CHN-103",
        name: "same-subject",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::FormerlyDocumented,
        since: Date::new(2025, 3, 1),
        until: None,
        cites: &[
            thread("temporalio/documentation pull request 1945", "https://github.com/temporalio/documentation/pull/1945"),
            thread("temporalio/tcld issue 396", "https://github.com/temporalio/tcld/issues/396"),
        ],
        message: "the CA is named \"{name}\", and so is certificate {other}, which has another key: \"{other_name}\"",
        help: "give the newer CA a subject of its own, for example by a common name with the month in it: CN=acme client CA 2026-06",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    namesake(context, index, certificate)
}

/// An older CA with the same name and another key, unless one of the two issued the other: then the chain has the fault. The newest
/// generation of each CA speaks, wherever it stands.
pub(super) fn namesake(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    if !context.graph.has_namesakes() {
        return None;
    }
    let namesakes = || {
        let others = context.bundle.members.iter().filter(move |member| member.index != index);
        others.filter_map(|member| {
            let other = member.certificate()?;
            (context.graph.share_subject(context.bundle, index, member.index) && other.is_ca())
                .then_some((member.index, other))
        })
    };
    let mut others = namesakes().peekable();
    others.peek()?;
    let newer_generation = |(place, other): (usize, &Certificate)| {
        is_same_ca(certificate, other) && (age(other), place) > (age(certificate), index)
    };
    if !certificate.is_ca() || others.any(newer_generation) {
        return None;
    }
    let issued =
        |issuer, child| context.graph.node(child).is_some_and(|node| node.link.issuers().contains(&issuer));
    let older = namesakes().filter(|(place, other)| {
        !is_same_ca(certificate, other)
            && age(other) < age(certificate)
            && !issued(*place, index)
            && !issued(index, *place)
    });
    let (other, namesake) = older.max_by_key(|(place, other)| (age(other), *place))?;
    let draft = Draft::new()
        .fact("name", certificate.subject().to_string())
        .fact("other", other + 1)
        .fact("other_name", namesake.subject().to_string());
    Some(draft.related(Subject::Certificate(other), "same name"))
}

/// What makes one certificate older than another, whatever the order in the bundle.
fn age(certificate: &Certificate) -> (Timestamp, &[u8]) {
    (certificate.not_before(), certificate.der())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with_key(name: &str, key: &str) -> Certificate {
        testkit::root_builder("x").subject(name).key(testkit::Key::p256(key)).self_signed()
    }

    #[test]
    fn the_newer_of_two_keys_under_one_name_is_told_in_either_order() {
        let older = with_key("O=acme", "one");
        let newer = testkit::root_builder("x").subject("O=Acme").key(testkit::Key::p256("two"));
        let newer = newer.not_before(testkit::NOT_BEFORE + 1).self_signed();
        let told = |number| {
            format!(
                "the CA is named \"O=Acme\", and so is certificate {number}, which has another key: \"O=acme\""
            )
        };
        assert_eq!(messages(&RULE, testkit::bundle(&[&older, &newer])), [told(1)]);
        assert_eq!(messages(&RULE, testkit::bundle(&[&newer, &older])), [told(2)]);
    }

    #[test]
    fn one_key_under_one_name_is_one_ca() {
        let renewed = testkit::root_builder("one").not_before(testkit::NOW - 1).self_signed();
        let crossed = testkit::root_builder("one").signed_by(&testkit::root("two"));
        let bundle = testkit::bundle(&[&testkit::root("one"), &renewed, &crossed, &testkit::root("two")]);
        assert!(findings(&RULE, bundle).is_empty());
    }

    #[test]
    fn each_ca_is_told_once() {
        let renewed = testkit::root_builder("x")
            .subject("O=acme")
            .key(testkit::Key::p256("two"))
            .not_before(1)
            .self_signed();
        let bundle = testkit::bundle(&[&with_key("O=acme", "one"), &with_key("O=acme", "two"), &renewed]);
        assert_eq!(messages(&RULE, bundle).len(), 1);
    }

    #[test]
    fn the_newest_generation_of_a_ca_speaks_for_it() {
        let ca = |key: &str, since| {
            let builder = testkit::root_builder("x").subject("O=acme").key(testkit::Key::p256(key));
            builder.not_before(since).self_signed()
        };
        let (old, first, renewed) = (ca("one", 1), ca("two", 2), ca("two", 3));
        for (bundle, speaker) in [([&old, &first, &renewed], 2), ([&renewed, &first, &old], 0)] {
            let subjects: Vec<Subject> = findings(&RULE, testkit::bundle(&bundle))
                .into_iter()
                .map(|finding| finding.subject)
                .collect();
            assert_eq!(subjects, [Subject::Certificate(speaker)]);
        }
    }

    #[test]
    fn different_names_and_end_entities_are_fine() {
        let bundle = testkit::bundle(&[&with_key("O=acme", "one"), &with_key("O=acme,OU=", "two")]);
        assert!(findings(&RULE, bundle).is_empty());
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("leaf").subject(root.subject()).signed_by(&testkit::root("two"));
        assert!(findings(&RULE, testkit::bundle(&[&root, &leaf])).is_empty());
    }
}
