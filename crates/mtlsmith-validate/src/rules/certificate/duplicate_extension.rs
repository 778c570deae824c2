//! `duplicate-extension`: the same extension stands twice in a certificate.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::oid::Oid;
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
    /// An extension stands twice in the certificate.
    ///
    /// ## Why it matters
    /// A certificate has each extension at most once. Go does not read one with a repeated extension, so Temporal's tools and
    /// its control plane cannot take the bundle.
    ///
    /// ## How to fix
    /// Issue the certificate again with the extension once; look for it in both the profile and the request of the tool that
    /// issued it.
    pub(super) static RULE = {
        code: "CA-017",
        name: "duplicate-extension",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseCertificate: certificate contains duplicate extension"),
            rfc5280("section 4.2: not more than one instance of a particular extension"),
        ],
        message: "the extension {oid} stands more than once in the certificate, and Go refuses to read it",
        help: "issue the certificate again with extension {oid} once",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let extensions = certificate.read_extensions();
    let repeated = extensions.list.get(extensions.duplicate?)?;
    Some(Draft::new().fact("oid", Oid::from_der_content(repeated.oid.of(certificate.der())).to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn an_extension_that_stands_twice_is_flagged_whatever_it_holds() {
        let private = testkit::oid::PRIVATE_EXTENSION;
        let once = testkit::root_builder("a").extension(private, false, vec![5, 0]);
        assert!(findings(&RULE, once.self_signed().pem()).is_empty());
        assert_eq!(
            messages(&RULE, once.extension(private, false, vec![1, 1, 0]).self_signed().pem()),
            [
                "the extension 1.3.6.1.4.1.99999.1 stands more than once in the certificate, and Go refuses to read it"
            ]
        );
    }

    #[test]
    fn a_standard_extension_is_no_exception() {
        let builder =
            testkit::root_builder("a").extension(testkit::oid::SUBJECT_KEY_IDENTIFIER, false, vec![4, 1, 1]);
        let found = findings(&RULE, builder.self_signed().pem());
        assert_eq!(found[0].fact("oid").map(ToString::to_string), Some("2.5.29.14".to_owned()));
    }
}
