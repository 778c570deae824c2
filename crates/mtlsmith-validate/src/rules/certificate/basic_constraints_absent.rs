//! `basic-constraints-absent`: a certificate does not say whether it is a CA.

use super::end_entity_in_bundle::is_end_entity;
use crate::certificate::Certificate;
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
use crate::rule::temporal_certificates;

rule! {
    /// A certificate has no Basic Constraints.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands `CA:TRUE` in every certificate of a bundle. Without it, Go takes no signature by this
    /// certificate: whatever it issued is refused in the handshake.
    ///
    /// ## How to fix
    /// Issue the CA again with critical Basic Constraints, `CA:TRUE`. With the same key and name, the client
    /// certificates below it stay good.
    pub(super) static RULE = {
        code: "CA-102",
        name: "basic-constraints-absent",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: each certificate in the bundle must include CA: true"),
            rfc5280("section 4.2.1.9: the extension must appear in every CA certificate"),
            go("crypto/x509 x509.go, CheckSignatureFrom: a version 3 parent without Basic Constraints"),
        ],
        message: "the certificate has no Basic Constraints; Temporal Cloud demands CA:TRUE in every certificate of a \
                  bundle",
        help: "issue it again with them: openssl x509 -in ca.pem -signkey ca.key -days 365 -extfile ca.ext -out \
               new.pem, where ca.ext says basicConstraints=critical,CA:TRUE; below another CA, ask for it there",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let absent = certificate.version() == 3 && certificate.basic_constraints().is_none();
    (absent && !is_end_entity(certificate)).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn flags_a_root_without_them() {
        let found = messages(&RULE, testkit::root_builder("bare").no_basic_constraints().self_signed().pem());
        let sentence = "the certificate has no Basic Constraints; Temporal Cloud demands CA:TRUE in every certificate of \
                        a bundle";
        assert_eq!(found, [sentence]);
    }

    #[test]
    fn accepts_a_root_with_them() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn leaves_version_1_and_end_entity_certificates_to_their_own_rules() {
        let old = testkit::CertificateBuilder::new().subject("O=acme,CN=old").version(1).self_signed();
        assert!(findings(&RULE, old.pem()).is_empty());
        let leaf = testkit::leaf_builder("worker").no_basic_constraints().signed_by(&testkit::root("a"));
        assert!(findings(&RULE, leaf.pem()).is_empty());
    }
}
