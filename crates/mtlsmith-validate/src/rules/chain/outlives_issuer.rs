//! `outlives-issuer`: a certificate claims to be valid longer than any chain above it.

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

use super::ancestors;

rule! {
    /// A certificate is valid longer than a CA above it.
    ///
    /// ## Why it matters
    /// When a CA expires, everything below it stops working, whatever it says itself. People plan by the date that they see.
    ///
    /// ## How to fix
    /// Plan by the earlier date, and renew the CA above before it. At the next renewal let certificates end before their issuer.
    pub(super) static RULE = {
        code: "CHN-012",
        name: "outlives-issuer",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: certificates expire before the root above them")],
        message: "the certificate says that it is valid until {not_after}, but its chain ends at {effective}",
        help: "renew the CA above it before {effective}",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let effective = context
        .graph
        .node(index)?
        .effective_expiry
        .filter(|effective| *effective < certificate.not_after())?;
    let draft = Draft::new().fact("not_after", certificate.not_after()).fact("effective", effective);
    let ends_it = |above: &usize| {
        context.bundle.certificate(*above).is_some_and(|above| above.not_after() == effective)
    };
    let above = ancestors(context, index).find(ends_it);
    Some(
        above
            .into_iter()
            .fold(draft, |draft, above| draft.related(Subject::Certificate(above), "ends the chain")),
    )
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::NOW;
    use mtlsmith_testkit::days;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    #[test]
    fn both_dates_are_told_and_the_ca_that_ends_the_chain() {
        let root = testkit::root_builder("one").not_after(NOW + days(10)).self_signed();
        let middle =
            testkit::intermediate_builder("two").ca(Some(1)).not_after(NOW + days(30)).signed_by(&root);
        let below = testkit::intermediate_builder("three").not_after(NOW + days(20)).signed_by(&middle);
        let found = findings(&RULE, testkit::bundle(&[&root, &middle, &below]));
        assert_eq!(found.len(), 2);
        let told = "the certificate says that it is valid until 2026-07-05T00:00:00Z, but its chain ends at 2026-06-25T00:00:00Z";
        assert_eq!(found[1].message(), told);
        assert_eq!(found[1].related, [(Subject::Certificate(0), "ends the chain")]);
    }

    #[test]
    fn the_same_second_is_fine() {
        let root = testkit::root("one");
        assert!(findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("two", &root)])).is_empty());
    }

    #[test]
    fn the_best_of_several_chains_counts() {
        let short = testkit::root_builder("one").not_after(NOW + days(1)).self_signed();
        let long = testkit::root("one");
        let below = testkit::intermediate("two", &long);
        assert!(findings(&RULE, testkit::bundle(&[&short, &long, &below])).is_empty());
    }
}
