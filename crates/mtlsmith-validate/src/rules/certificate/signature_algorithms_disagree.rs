//! `signature-algorithms-disagree`: the two copies of the signature algorithm differ.

use crate::certificate::Certificate;
use crate::certificate::SignatureAlgorithm;
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
    /// The signed and the unsigned copy of the signature algorithm differ.
    ///
    /// ## Why it matters
    /// A certificate names the algorithm of its signature twice, once within the signed part, and both have to be the same
    /// bytes. Go does not read a certificate in which they differ, so Temporal's tools and its control plane cannot take the
    /// bundle.
    ///
    /// ## How to fix
    /// Issue the certificate again; if it was edited by hand, take the original.
    pub(super) static RULE = {
        code: "CA-021",
        name: "signature-algorithms-disagree",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go(
                "crypto/x509 parser.go, parseCertificate: inner and outer signature algorithm identifiers don't match",
            ),
            rfc5280("section 4.1.1.2: the same algorithm identifier"),
        ],
        message: "the signature algorithm is {outer} beside the signature and {inner} within the signed part, and Go \
                  refuses to read such a certificate",
        help: "issue the certificate again with one signature algorithm",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    if certificate.signature_algorithms_agree() {
        return None;
    }
    let outer = certificate.signature_algorithm().to_string();
    let mut inner = SignatureAlgorithm::read(certificate.inner_algorithm()).to_string();
    if inner == outer {
        inner.push_str(" with other parameters");
    }
    Some(Draft::new().fact("outer", outer).fact("inner", inner))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::SignatureAlgorithm;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn two_algorithms_are_told_apart() {
        let builder = testkit::root_builder("a").inner_signature_algorithm(SignatureAlgorithm::EcdsaSha384);
        assert_eq!(
            messages(&RULE, builder.self_signed().pem()),
            [
                "the signature algorithm is ECDSA with SHA-256 beside the signature and ECDSA with SHA-384 within the signed part, and Go \
              refuses to read such a certificate"
            ]
        );
    }

    #[test]
    fn the_same_algorithm_with_other_parameters_is_another() {
        let with_null = testkit::der::sequence(&[
            &testkit::der::object_identifier(testkit::oid::ECDSA_WITH_SHA256),
            &testkit::der::null(),
        ]);
        let builder =
            testkit::root_builder("a").inner_signature_algorithm(SignatureAlgorithm::Custom(with_null));
        let found = messages(&RULE, builder.self_signed().pem());
        assert!(found[0].contains("ECDSA with SHA-256 with other parameters"), "{found:?}");
    }

    #[test]
    fn equal_copies_are_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
