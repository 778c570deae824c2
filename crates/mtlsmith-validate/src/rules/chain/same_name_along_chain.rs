//! `same-name-along-chain`: two certificates of one chain bear the same name.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::thread;

use super::ancestors;
use super::is_same_ca;

rule! {
    /// A certificate has the same name as a CA above it in its chain.
    ///
    /// ## Why it matters
    /// Temporal Cloud wants a distinguished name of its own for each certificate of a chain, and does not tell upper from lower
    /// case. Whether the encoding of the letters differs does not matter either.
    ///
    /// ## How to fix
    /// Issue the lower certificate again under another subject; another common name is enough.
    pub(super) static RULE = {
        code: "CHN-001",
        name: "same-name-along-chain",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: distinguished names are unique within a chain, whatever the case"),
            thread("temporalio/documentation pull request 4444", "https://github.com/temporalio/documentation/pull/4444"),
        ],
        message: "the certificate is named \"{name}\", and so is certificate {other} above it in its chain: \"{other_name}\"",
        help: "issue it again under a name of its own: mtlsmith gen intermediate --org acme --cn 'acme issuing CA' \
               --ca-cert root.pem --ca-key root.key --cert ca.pem --key ca.key",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    if !context.graph.has_namesakes() || context.graph.is_root(index) {
        return None;
    }
    let namesake = |&above: &usize| {
        let above = context.bundle.certificate(above);
        above.is_some_and(|above| {
            certificate.subject().is_canonically(above.subject()) && !is_same_ca(certificate, above)
        })
    };
    let other = ancestors(context, index).find(namesake)?;
    let draft = Draft::new()
        .fact("name", certificate.subject().to_string())
        .fact("other", other + 1)
        .fact("other_name", context.bundle.certificate(other)?.subject().to_string());
    Some(draft.related(Subject::Certificate(other), "same name"))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn case_and_encoding_do_not_tell_names_apart() {
        let root = testkit::root("issuing");
        let issuing = testkit::intermediate_builder("other").subject("O=ACME,CN=Issuing").signed_by(&root);
        let found = findings(&RULE, testkit::bundle(&[&issuing, &root]));
        assert_eq!(
            found[0].message(),
            "the certificate is named \"CN=Issuing,O=ACME\", and so is certificate 2 above it in its chain: \"CN=issuing,O=acme\""
        );
        assert_eq!(found[0].related.len(), 1);
    }

    #[test]
    fn a_namesake_two_steps_above_counts() {
        let root = testkit::root("one");
        let middle = testkit::intermediate("two", &root);
        let below = testkit::intermediate_builder("three").subject("O=acme,CN=ONE").signed_by(&middle);
        assert_eq!(messages(&RULE, testkit::bundle(&[&root, &middle, &below])).len(), 1);
    }

    #[test]
    fn an_empty_unit_tells_names_apart() {
        let root = testkit::root("one");
        let below = testkit::intermediate_builder("two").subject("O=acme,CN=one,OU=").signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &below])).is_empty());
    }

    #[test]
    fn cross_signed_twins_are_one_ca() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let crossed = testkit::root_builder("one").signed_by(&two);
        let back = testkit::root_builder("two").signed_by(&one);
        assert!(findings(&RULE, testkit::bundle(&[&one, &two, &crossed, &back])).is_empty());
    }

    #[test]
    fn namesakes_in_different_chains_are_not_meant() {
        let other_key = testkit::root_builder("one").key(testkit::Key::p256("other")).self_signed();
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("one"), &other_key])).is_empty());
    }
}
