//! `name-constraints-present`: a CA certificate limits the names below it.

use crate::certificate::Certificate;
use crate::certificate::GeneralName;
use crate::der::Reader;
use crate::der::tag;
use crate::finding::Draft;
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
    /// The CA certificate has Name Constraints.
    ///
    /// ## Why it matters
    /// Every name in the Subject Alternative Name of a client certificate below this CA has to fit, or Go refuses the chain.
    /// People who issue certificates later do not see the limit until a worker cannot connect.
    ///
    /// ## How to fix
    /// Nothing, if the limits are meant; make sure that whoever issues client certificates knows them. A CA for one Namespace
    /// hardly needs Name Constraints, since the bundle already says which CA may speak for it.
    pub(super) static RULE = {
        code: "CA-118",
        name: "name-constraints-present",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 constraints.go: the names of every certificate of a chain are checked"),
            rfc5280("section 4.2.1.10"),
        ],
        message: "the CA certificate limits the names below it: {constraints}",
        help: "give client certificates below it only names that fit: {constraints}",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let (der, _) = certificate.name_constraints_der().filter(|_| certificate.is_ca())?;
    let mut list = Reader::new(der).enter(tag::SEQUENCE)?;
    let mut parts = Vec::new();
    for (number, label) in [(0, "permitted"), (1, "excluded")] {
        let subtrees = list.optional(tag::context_constructed(number))?;
        parts.extend(subtrees.and_then(|subtrees| described(label, subtrees)));
    }
    (!parts.is_empty()).then(|| Draft::new().fact("constraints", parts.join("; ")))
}

/// At most so many constraints of each list are told.
const TOLD: usize = 10;

fn described(label: &str, subtrees: &[u8]) -> Option<String> {
    let mut reader = Reader::new(subtrees);
    let next = || reader.enter(tag::SEQUENCE)?.any().map(|base| constraint(GeneralName::of(base)));
    let names: Vec<String> = std::iter::from_fn(next).collect();
    let told = names.get(..TOLD).unwrap_or(&names).join(", ");
    let more = names.len().saturating_sub(TOLD);
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("{label} {told}")),
        (false, more) => Some(format!("{label} {told} and {more} more")),
    }
}

/// As the name says, and networks with their masks.
fn constraint(name: GeneralName<'_>) -> String {
    let GeneralName::Ip(bytes) = name else { return name.to_string() };
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    format!("{}/{}", GeneralName::Ip(address), mask.iter().map(|byte| byte.count_ones()).sum::<u32>())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::CertificateBuilder;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::NameConstraints;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn constrained(constraints: NameConstraints) -> CertificateBuilder {
        testkit::root_builder("a").name_constraints(constraints, true)
    }

    fn domains(count: usize) -> Vec<GeneralName> {
        (0..count).map(|number| GeneralName::Dns(format!("d{number}"))).collect()
    }

    #[test]
    fn both_lists_are_told_with_their_kinds() {
        let network = GeneralName::IpNetwork([10, 0, 0, 0].into(), [255, 255, 0, 0].into());
        let permitted = vec![GeneralName::Dns("acme.internal".to_owned()), network];
        let excluded =
            vec![GeneralName::Email(".example".to_owned()), GeneralName::Directory("O=other".into())];
        assert_eq!(
            messages(&RULE, constrained(NameConstraints { permitted, excluded }).self_signed().pem()),
            ["the CA certificate limits the names below it: permitted DNS:acme.internal, IP:10.0.0.0/16; \
              excluded email:.example, directory name O=other"]
        );
    }

    #[test]
    fn ten_are_told_and_the_rest_counted() {
        let told = |count| {
            let constraints = NameConstraints { permitted: domains(count), excluded: Vec::new() };
            messages(&RULE, constrained(constraints).self_signed().pem()).concat()
        };
        assert!(told(10).ends_with("DNS:d8, DNS:d9"), "{}", told(10));
        assert!(told(11).ends_with("DNS:d9 and 1 more"), "{}", told(11));
    }

    #[test]
    fn a_ca_without_constraints_and_a_leaf_with_them_are_passed_over() {
        let root = testkit::root("a");
        assert!(findings(&RULE, root.pem()).is_empty());
        let constraints = NameConstraints { permitted: domains(1), excluded: Vec::new() };
        let leaf = testkit::leaf_builder("w").name_constraints(constraints, true).signed_by(&root);
        assert!(findings(&RULE, leaf.pem()).is_empty());
    }
}
