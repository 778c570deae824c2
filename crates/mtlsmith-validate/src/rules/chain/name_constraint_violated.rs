//! `name-constraint-violated`: a CA certificate bears a name that a CA above it does not allow.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Role;
use crate::path::PathFaultKind;
use crate::path::PathFinder;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// A CA certificate has a Subject Alternative Name that a CA above it does not permit.
    ///
    /// ## Why it matters
    /// Go holds the names of every certificate of a chain against the name constraints above it, those of CA certificates too. No
    /// client certificate below this one gets in. A name that cannot be compared at all counts as not permitted.
    ///
    /// ## How to fix
    /// Issue the CA certificate again without the name; a CA needs no Subject Alternative Name.
    pub(super) static RULE = {
        code: "CA-018",
        name: "name-constraint-violated",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 constraints.go, checkChainConstraints: the names of every certificate below"),
            rfc5280("section 4.2.1.10"),
        ],
        message: "the name constraints of certificate {other}, \"{other_name}\", refuse the CA's own name {name}: it {problem}",
        help: "issue the CA certificate again without the name {name}",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    certificate.subject_alternative_name_der()?;
    let constrained = context.bundle.certificates().any(|above| above.name_constraints_der().is_some());
    if !constrained || context.graph.node(index)?.role != Role::Intermediate {
        return None;
    }
    let finder = PathFinder::new(context.bundle, context.graph, context.now);
    let fault =
        finder.verify(&mut context.budget.borrow_mut(), index).err().filter(|fault| fault.at == index)?;
    let PathFaultKind::NameConstraint { imposed_by, name, problem } = fault.kind else { return None };
    let imposed = context.bundle.certificate(imposed_by)?;
    let draft = Draft::new()
        .fact("other", imposed_by + 1)
        .fact("other_name", imposed.subject().to_string())
        .fact("name", name)
        .fact("problem", problem);
    Some(draft.related(Subject::Certificate(imposed_by), "imposes the constraints"))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;
    use mtlsmith_testkit::CertificateBuilder;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::NameConstraints;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root() -> Certificate {
        let permitted = vec![GeneralName::Dns("acme.internal".to_owned())];
        let excluded = vec![GeneralName::Dns("secret.acme.internal".to_owned())];
        testkit::root_builder("one")
            .name_constraints(NameConstraints { permitted, excluded }, true)
            .self_signed()
    }

    fn below(change: impl Fn(CertificateBuilder) -> CertificateBuilder) -> String {
        let root = root();
        testkit::bundle(&[&root, &change(testkit::intermediate_builder("two")).signed_by(&root)])
    }

    #[test]
    fn a_name_outside_or_excluded_is_told() {
        let told = "the name constraints of certificate 1, \"CN=one,O=acme\", refuse the CA's own name";
        let outside = messages(&RULE, below(|ca| ca.dns("ca.example")));
        assert_eq!(outside, [format!("{told} DNS:ca.example: it is not permitted")]);
        let excluded = messages(&RULE, below(|ca| ca.dns("a.secret.acme.internal")));
        assert_eq!(excluded, [format!("{told} DNS:a.secret.acme.internal: it is excluded")]);
    }

    #[test]
    fn a_name_that_cannot_be_compared_is_told() {
        let found = messages(&RULE, below(|ca| ca.email("nobody")));
        assert!(found[0].ends_with("email:nobody: it is an email address that cannot be read"), "{found:?}");
    }

    #[test]
    fn fitting_names_other_kinds_and_no_names_are_fine() {
        for bundle in
            [below(|ca| ca.dns("ca.acme.internal")), below(|ca| ca.ip([10, 0, 0, 1])), below(|ca| ca)]
        {
            assert!(findings(&RULE, bundle).is_empty());
        }
    }

    #[test]
    fn a_certificate_is_not_held_against_its_own_constraints() {
        let permitted = vec![GeneralName::Dns("acme.internal".to_owned())];
        let constraints = NameConstraints { permitted, excluded: Vec::new() };
        let own =
            testkit::root_builder("one").dns("ca.example").name_constraints(constraints, true).self_signed();
        assert!(findings(&RULE, own.pem()).is_empty());
    }

    #[test]
    fn a_client_certificate_in_the_bundle_is_for_other_rules() {
        let root = root();
        let leaf = testkit::leaf_builder("worker").dns("ca.example").signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &leaf])).is_empty());
    }
}
