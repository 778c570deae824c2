//! `two-generations-of-one-ca`: a renewed CA certificate stands beside the one it replaces.

use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::time::Timestamp;

rule! {
    /// Two generations of one CA stand side by side: same name, same key.
    ///
    /// ## Why it matters
    /// A CA that was renewed with its old key, as cert-manager does it, has two certificates that cannot be told apart by name. Every
    /// client certificate chains to both, so the older one may go at any time, but whoever removes it by name may hit the wrong one.
    ///
    /// ## How to fix
    /// Remove the certificate that ends first, and name it by its fingerprint.
    pub(super) static RULE = {
        code: "BND-016",
        name: "two-generations-of-one-ca",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificates: replace a CA certificate by its fingerprint"), go("crypto/x509 verify.go, buildChains: same name and key are one CA")],
        message: "certificate {number}, valid until {not_after}, is an older generation of certificate {newest}, valid until {newest_not_after}: same name, same key",
        help: "when nothing needs it any more, name it by its fingerprint: mtlsmith bundle remove FILE --fingerprint {sha1} --output new.pem",
        check: Check::EachMember(check),
    }
}

fn check(context: &Context<'_>, member: &Member) -> Option<Draft> {
    let node = context.graph.node(member.index)?;
    // Issuers are the members with the issuer's name and the signer's key: for a self-issued one, its other generations.
    if node.link.issuers().len() < 2 || node.duplicate_of.is_some() {
        return None;
    }
    let certificate = member.certificate().filter(|certificate| certificate.is_self_issued())?;
    let issuers = node.link.issuers().iter().filter_map(|&index| context.bundle.members.get(index));
    let generations = issuers.filter(|other| is_generation(certificate, other));
    let newest = generations.max_by_key(|other| other.certificate().map(age))?;
    let other = newest.certificate().filter(|other| age(other) > age(certificate))?;
    let draft = Draft::new()
        .fact("number", member.number())
        .fact("not_after", certificate.not_after())
        .fact("newest", newest.number())
        .fact("newest_not_after", other.not_after())
        .fact("sha1", certificate.sha1_hex());
    Some(draft.related(Subject::Certificate(newest.index), "the newest generation"))
}

/// Is `other` a certificate of the same CA by itself? One that another CA made is a cross-certificate.
fn is_generation(certificate: &Certificate, other: &Member) -> bool {
    other.certificate().is_some_and(|other| {
        other.is_self_issued() && other.subject_public_key_info() == certificate.subject_public_key_info()
    })
}

/// What orders generations, the newest last, wherever they stand in the bundle.
fn age(certificate: &Certificate) -> (Timestamp, Timestamp, &[u8]) {
    (certificate.not_after(), certificate.not_before(), certificate.der())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::bundle::Bundle;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn renewed() -> testkit::Certificate {
        testkit::root_builder("a")
            .not_before(testkit::NOW)
            .not_after(testkit::NOW + testkit::days(700))
            .self_signed()
    }

    #[test]
    fn the_older_of_two_is_flagged_in_either_order() {
        let (old, new) = (testkit::root("a"), renewed());
        for (text, place, newest) in
            [(testkit::bundle(&[&new, &old]), 1, 0), (testkit::bundle(&[&old, &new]), 0, 1)]
        {
            let found = findings(&RULE, &text);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].subject, Subject::Certificate(place));
            assert_eq!(found[0].related[0].0, Subject::Certificate(newest));
            let sha1 = Bundle::read(text.as_bytes()).members[place].certificate().unwrap().sha1_hex();
            assert!(found[0].help().contains(&sha1));
        }
    }

    #[test]
    fn both_ends_are_told() {
        assert_eq!(
            messages(&RULE, testkit::bundle(&[&renewed(), &testkit::root("a")])),
            ["certificate 2, valid until 2027-01-01T00:00:00Z, is an older generation of certificate 1, \
              valid until 2028-05-15T00:00:00Z: same name, same key"]
        );
    }

    #[test]
    fn three_generations_are_two_findings() {
        let third = testkit::root_builder("a").not_after(testkit::NOW + testkit::days(1_000)).self_signed();
        assert_eq!(messages(&RULE, testkit::bundle(&[&testkit::root("a"), &renewed(), &third])).len(), 2);
    }

    #[test]
    fn a_copy_another_key_and_a_cross_certificate_are_no_generations() {
        let (a, b) = (testkit::root("a"), testkit::root("b"));
        let other_key = testkit::root_builder("a").key(testkit::Key::p256("another")).self_signed();
        let cross = testkit::root_builder("a").signed_by(&b);
        assert!(findings(&RULE, testkit::bundle(&[&a, &a])).is_empty());
        assert!(findings(&RULE, testkit::bundle(&[&a, &other_key])).is_empty());
        assert!(findings(&RULE, testkit::bundle(&[&a, &b, &cross])).is_empty());
    }

    #[test]
    fn a_copy_of_the_older_one_is_not_told_again() {
        let old = testkit::root("a");
        let found = findings(&RULE, testkit::bundle(&[&old, &old, &renewed()]));
        assert_eq!(
            found.iter().map(|finding| finding.subject).collect::<Vec<_>>(),
            [Subject::Certificate(0)]
        );
    }
}
