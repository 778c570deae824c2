//! `chain-not-usable`: a certificate is valid, but every chain above it has a member that is not.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::path::PathFaultKind;
use crate::path::PathFinder;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// A certificate cannot be used, because a CA above it is not valid now.
    ///
    /// ## Why it matters
    /// Go looks at the dates of every certificate of a chain, the root included. As long as the CA above has expired, or is not
    /// valid yet, no client certificate below this one gets in.
    ///
    /// ## How to fix
    /// Renew the CA above under the same name and key, and put the renewed certificate into the bundle in its place.
    pub(super) static RULE = {
        code: "CHN-013",
        name: "chain-not-usable",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 verify.go, isValid: the dates of every certificate of a chain, roots included"), TCLD_406],
        message: "the certificate is valid until {not_after}, but certificate {other} above it, \"{other_name}\", {fault}",
        help: "put a valid certificate of \"{other_name}\" in its place: mtlsmith bundle add FILE renewed.pem --output new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let valid = |certificate: &Certificate| {
        certificate.not_before() <= context.now && context.now < certificate.not_after()
    };
    if context.graph.is_root(index) || !valid(certificate) || context.bundle.certificates().all(valid) {
        return None;
    }
    let finder = PathFinder::new(context.bundle, context.graph, context.now);
    let fault =
        finder.verify(&mut context.budget.borrow_mut(), index).err().filter(|fault| fault.at != index)?;
    if !matches!(fault.kind, PathFaultKind::Expired(_) | PathFaultKind::NotYetValid(_)) {
        return None;
    }
    let other = context.bundle.certificate(fault.at)?;
    let draft = Draft::new()
        .fact("not_after", certificate.not_after())
        .fact("other", fault.at + 1)
        .fact("other_name", other.subject().to_string())
        .fact("fault", fault.kind.to_string());
    Some(draft.related(Subject::Certificate(fault.at), "is not valid"))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::NOW;
    use mtlsmith_testkit::days;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_valid_intermediate_below_an_expired_root_is_told() {
        let root = testkit::root_builder("one").not_after(NOW - days(1)).self_signed();
        let below = testkit::intermediate("two", &root);
        let told = "the certificate is valid until 2027-01-01T00:00:00Z, but certificate 1 above it, \"CN=one,O=acme\", expired at \
                    2026-06-14T00:00:00Z";
        assert_eq!(messages(&RULE, testkit::bundle(&[&root, &below])), [told]);
    }

    #[test]
    fn a_ca_above_that_is_not_valid_yet_is_told() {
        let root = testkit::root_builder("one").not_before(NOW + 1).self_signed();
        let found = messages(&RULE, testkit::bundle(&[&root, &testkit::intermediate("two", &root)]));
        assert!(found[0].ends_with("is not valid before 2026-06-15T00:00:01Z"), "{found:?}");
    }

    #[test]
    fn one_valid_chain_is_enough() {
        let expired = testkit::root_builder("one").not_after(NOW - days(1)).self_signed();
        let renewed = testkit::root("one");
        let below = testkit::intermediate("two", &renewed);
        assert!(findings(&RULE, testkit::bundle(&[&expired, &below, &renewed])).is_empty());
    }

    #[test]
    fn an_expired_certificate_speaks_for_itself() {
        let root = testkit::root_builder("one").not_after(NOW - days(1)).self_signed();
        let below = testkit::intermediate_builder("two").not_after(NOW - days(2)).signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &below])).is_empty());
    }

    #[test]
    fn a_certificate_that_ends_this_second_speaks_for_itself() {
        let root = testkit::root_builder("one").not_after(NOW - days(1)).self_signed();
        let below = |end| testkit::intermediate_builder("two").not_after(end).signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &below(NOW)])).is_empty());
        assert_eq!(findings(&RULE, testkit::bundle(&[&root, &below(NOW + 1)])).len(), 1);
    }
}
