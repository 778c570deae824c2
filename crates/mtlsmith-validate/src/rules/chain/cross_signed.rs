//! `cross-signed`: one CA is there twice, once by itself and once below another.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Role;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::is_same_ca;

rule! {
    /// One CA is in the bundle under two issuers.
    ///
    /// ## Why it matters
    /// Cross-signed certificates are allowed: name and key are the same, so both stand for one CA. But there is more than one chain
    /// then, of which verifiers may try another one first, and the bundle trusts the other issuer too.
    ///
    /// ## How to fix
    /// Nothing, if both issuers are meant to be trusted. Otherwise drop the cross certificate and the CA above it.
    pub(super) static RULE = {
        code: "CHN-014",
        name: "cross-signed",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 verify.go, alreadyInChain: cross-signed certificates form loops")],
        message: "the CA \"{name}\" is here issued by \"{issuer}\", and certificate {other} is the same CA issued by \"{other_issuer}\"",
        help: "keep both only if both issuers are meant to be trusted; to drop one: mtlsmith bundle remove FILE --fingerprint {sha1}",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    if !context.graph.has_namesakes() || context.graph.node(index)?.role != Role::Intermediate {
        return None;
    }
    let (other, twin) = context.bundle.members.iter().find_map(|member| {
        let twin = member
            .certificate()
            .filter(|twin| is_same_ca(certificate, twin) && twin.issuer() != certificate.issuer())?;
        (member.index < index || context.graph.is_root(member.index)).then_some((member.index, twin))
    })?;
    let draft = Draft::new()
        .fact("name", certificate.subject().to_string())
        .fact("issuer", certificate.issuer().to_string())
        .fact("other", other + 1)
        .fact("other_issuer", twin.issuer().to_string())
        .fact("sha1", certificate.sha1_hex());
    Some(draft.related(Subject::Certificate(other), "same CA"))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    #[test]
    fn the_certificate_below_the_other_ca_is_told_in_either_order() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let crossed = testkit::root_builder("one").signed_by(&two);
        let found = findings(&RULE, testkit::bundle(&[&crossed, &one, &two]));
        assert_eq!(
            found[0].message(),
            "the CA \"CN=one,O=acme\" is here issued by \"CN=two,O=acme\", and certificate 2 is the same CA issued by \"CN=one,O=acme\""
        );
        let found = findings(&RULE, testkit::bundle(&[&one, &two, &crossed]));
        assert_eq!((found.len(), found[0].subject), (1, Subject::Certificate(2)));
    }

    #[test]
    fn two_cross_certificates_are_told_once() {
        let (two, three) = (testkit::root("two"), testkit::root("three"));
        let crossed = |issuer| testkit::root_builder("one").signed_by(issuer);
        assert_eq!(
            findings(&RULE, testkit::bundle(&[&two, &three, &crossed(&two), &crossed(&three)])).len(),
            1
        );
    }

    #[test]
    fn a_renewed_certificate_is_not_cross_signed() {
        let root = testkit::root("one");
        let renewed = testkit::root_builder("one").not_before(testkit::NOW - 1).self_signed();
        let below = testkit::intermediate("two", &root);
        let below_renewed =
            testkit::intermediate_builder("two").not_before(testkit::NOW - 1).signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &renewed, &below, &below_renewed])).is_empty());
    }

    #[test]
    fn of_two_cross_certificates_the_later_one_is_told_about_the_earlier() {
        let (two, three) = (testkit::root("two"), testkit::root("three"));
        let crossed = |issuer| testkit::root_builder("one").signed_by(issuer);
        let found = findings(&RULE, testkit::bundle(&[&two, &three, &crossed(&two), &crossed(&three)]));
        assert_eq!(found[0].subject, Subject::Certificate(3));
        assert_eq!(found[0].related, [(Subject::Certificate(2), "same CA")]);
    }
}
