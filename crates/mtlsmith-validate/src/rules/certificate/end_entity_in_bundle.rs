//! `end-entity-in-bundle`: a certificate is no CA, such as a client certificate in the place of its CA.

use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::finding::Subject;
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
    /// A certificate of the bundle is an end-entity certificate.
    ///
    /// ## Why it matters
    /// Every certificate in a bundle must be a CA certificate; Temporal Cloud refuses the bundle otherwise, and Go lets
    /// nothing below a certificate without `CA:TRUE` through. The usual slip is to hand in `client.pem`, which belongs
    /// to the Worker, in the place of `ca.pem`. A certificate counts as end-entity when its Basic Constraints say
    /// `CA:FALSE`, or when it has none, names purposes in an Extended Key Usage and may not sign certificates.
    ///
    /// ## How to fix
    /// Hand in the certificate of the issuer instead, up to the root. The client certificate and its key stay with the
    /// Worker. A self-signed client certificate cannot be its own CA: make a CA and sign the client certificate with
    /// it.
    pub(super) static RULE = {
        code: "CA-002",
        name: "end-entity-in-bundle",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: each certificate in the bundle must include CA: true"),
            rfc5280("section 4.2.1.9: without the cA boolean the key must not verify certificate signatures"),
            go("crypto/x509 x509.go, CheckSignatureFrom; verify.go, isValid"),
        ],
        message: "the certificate is an end-entity certificate ({sign}); a bundle takes CA certificates only",
        help: "{repair}",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    if !is_end_entity(certificate) {
        return None;
    }
    let sign = match certificate.basic_constraints() {
        Some(_) => "Basic Constraints say CA:FALSE",
        None => "no Basic Constraints, and an Extended Key Usage without keyCertSign",
    };
    let draft = Draft::new().fact("sign", sign).fact("issuer", certificate.issuer().to_string());
    let issuer = context.graph.node(index)?.link.issuers().iter().copied().find(|&issuer| issuer != index);
    let draft = draft.fact("repair", repair(context, index, certificate, issuer));
    Some(match issuer {
        Some(issuer) => draft.related(Subject::Certificate(issuer), "its issuer"),
        None => draft,
    })
}

/// Is this certificate for a client or a server: `CA:FALSE`, or no Basic Constraints and the other signs of a leaf?
pub(super) fn is_end_entity(certificate: &Certificate) -> bool {
    match certificate.basic_constraints() {
        Some(constraints) => constraints.get().is_some_and(|constraints| !constraints.ca),
        None => certificate.extended_key_usage().is_some() && !may_sign(certificate),
    }
}

fn may_sign(certificate: &Certificate) -> bool {
    certificate.key_usage().and_then(Extension::get).is_some_and(|usage| usage.key_cert_sign())
}

fn repair(context: &Context<'_>, index: usize, certificate: &Certificate, issuer: Option<usize>) -> Fact {
    let has_issued = context.graph.issued_by(index).next().is_some();
    if may_sign(certificate) || has_issued {
        return Fact::from(
            "it is meant to sign certificates, so have it issued again with basicConstraints=critical,CA:TRUE",
        );
    }
    if certificate.is_self_issued() {
        return Fact::from(
            "a self-signed client certificate cannot be its own CA: make one (mtlsmith gen ca --org NAME --ca-cert ca.pem --ca-key \
             ca.key), sign the client certificate with it, and hand in ca.pem",
        );
    }
    if issuer.is_some() {
        let sha1 = certificate.sha1_hex();
        return Fact::from(format!(
            "its issuer is in the bundle already, so take it out: mtlsmith bundle remove FILE --fingerprint {sha1} --output new.pem"
        ));
    }
    Fact::from(format!(
        "this looks like client.pem in the place of ca.pem: hand in the certificate of its issuer, \"{}\", instead",
        certificate.issuer()
    ))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::BasicConstraints;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn flags_a_client_certificate_alone_and_names_the_issuer_to_hand_in() {
        let found = findings(&RULE, testkit::leaf("worker", &testkit::root("the root")).pem());
        assert_eq!(found.len(), 1);
        let sentence = "the certificate is an end-entity certificate (Basic Constraints say CA:FALSE); a bundle takes CA \
                        certificates only";
        assert_eq!(found[0].message(), sentence);
        assert_eq!(
            found[0].help(),
            "this looks like client.pem in the place of ca.pem: hand in the certificate of its issuer, \
             \"CN=the root,O=acme\", instead"
        );
    }

    #[test]
    fn flags_a_client_certificate_beside_its_issuer_and_says_to_take_it_out() {
        let root = testkit::root("the root");
        let leaf = testkit::leaf("worker", &root);
        let found = findings(&RULE, testkit::bundle(&[&root, &leaf]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Certificate(1));
        assert_eq!(found[0].related, [(Subject::Certificate(0), "its issuer")]);
        assert!(found[0].help().ends_with(&format!(
            "mtlsmith bundle remove FILE --fingerprint {} --output new.pem",
            leaf.sha1_hex()
        )));
    }

    #[test]
    fn flags_a_self_signed_client_certificate() {
        let found = findings(&RULE, testkit::leaf_builder("alone").self_signed().pem());
        assert!(found[0].help().starts_with("a self-signed client certificate cannot be its own CA"));
    }

    #[test]
    fn flags_what_has_the_usages_of_a_leaf_and_no_basic_constraints() {
        let leaf = testkit::leaf_builder("worker").no_basic_constraints();
        let found = messages(&RULE, leaf.signed_by(&testkit::root("the root")).pem());
        assert_eq!(
            found,
            [
                "the certificate is an end-entity certificate (no Basic Constraints, and an Extended Key Usage without \
              keyCertSign); a bundle takes CA certificates only"
            ]
        );
    }

    #[test]
    fn flags_a_signing_certificate_with_ca_false_and_asks_for_a_new_one() {
        let builder = testkit::root_builder("half a CA");
        let constraints = BasicConstraints { ca: false, path_len: None, critical: true };
        let found = findings(&RULE, builder.basic_constraints(constraints).self_signed().pem());
        assert!(found[0].help().starts_with("it is meant to sign certificates"));
    }

    #[test]
    fn accepts_ca_certificates_and_leaves_missing_basic_constraints_to_their_own_rule() {
        let root = testkit::root("the root");
        assert!(
            findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("issuing", &root)])).is_empty()
        );
        assert!(
            findings(&RULE, testkit::root_builder("bare").no_basic_constraints().self_signed().pem())
                .is_empty()
        );
    }

    #[test]
    fn without_basic_constraints_one_sign_of_a_leaf_alone_is_not_enough() {
        let bare = || testkit::root_builder("bare").no_basic_constraints();
        let signs_nothing = bare().key_usage(&[testkit::KeyUsage::DigitalSignature]).self_signed();
        let may_sign = bare().extended_key_usage(&[testkit::oid::CLIENT_AUTH]).self_signed();
        for certificate in [signs_nothing, may_sign] {
            assert!(findings(&RULE, certificate.pem()).is_empty());
        }
    }
}
