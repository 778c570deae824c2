//! `unreadable-name`: Go cannot read the subject or the issuer.

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

rule! {
    /// The subject or the issuer holds text that Go cannot read.
    ///
    /// ## Why it matters
    /// Each attribute of a name says in which alphabet it is written. Go does not read a certificate whose text does not keep
    /// to it, such as a PrintableString with `@` or `_`, or whose string type is out of use, such as UniversalString. OpenSSL
    /// reads them all.
    ///
    /// ## How to fix
    /// Issue the certificate again with UTF8String, which takes every character: `string_mask = utf8only` in the configuration
    /// of OpenSSL.
    pub(super) static RULE = {
        code: "CA-031",
        name: "unreadable-name",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseName and parseASN1String"),
            rfc5280("section 4.1.2.4: UTF8String or PrintableString"),
        ],
        message: "the {name} cannot be read by Go: {fault}",
        help: "issue the certificate again with its names in UTF8String",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let subject = certificate.subject().go_refuses();
    let issuer = if certificate.is_self_issued() { subject } else { certificate.issuer().go_refuses() };
    let (name, fault) = match (subject, issuer) {
        (None, None) => return None,
        (Some(fault), None) => ("subject", fault),
        (None, Some(fault)) => ("issuer", fault),
        (Some(fault), Some(_)) => ("subject and the issuer", fault),
    };
    Some(Draft::new().fact("name", name).fact("fault", fault.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;
    use mtlsmith_testkit::StringType;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn broken_name() -> Name {
        Name::new().printable(testkit::oid::ORGANIZATION, "ops@acme")
    }

    #[test]
    fn a_self_issued_certificate_has_both_names_broken() {
        assert_eq!(
            messages(&RULE, testkit::root_builder("a").subject(broken_name()).self_signed().pem()),
            [
                "the subject and the issuer cannot be read by Go: a PrintableString with a character outside its set"
            ]
        );
    }

    #[test]
    fn the_broken_one_of_two_names_is_told() {
        let root = testkit::root("a");
        let subject = testkit::intermediate_builder("b").subject(broken_name()).signed_by(&root);
        assert!(messages(&RULE, subject.pem())[0].starts_with("the subject cannot be read by Go"));
        let issuer = testkit::intermediate_builder("b").signed_by_key(broken_name(), root.key());
        assert!(messages(&RULE, issuer.pem())[0].starts_with("the issuer cannot be read by Go"));
    }

    #[test]
    fn string_types_that_go_knows_are_fine_and_universal_string_is_not() {
        let named = |string_type| {
            let subject = Name::parse("O=acme,CN=ca 1").with_string_type(string_type);
            findings(&RULE, testkit::root_builder("a").subject(subject).self_signed().pem())
        };
        for known in
            [StringType::Utf8, StringType::Printable, StringType::Ia5, StringType::Teletex, StringType::Bmp]
        {
            assert!(named(known).is_empty(), "{known:?}");
        }
        assert!(
            named(StringType::Universal)[0]
                .message()
                .ends_with("a string of type 0x1c, which Go does not know")
        );
    }
}
