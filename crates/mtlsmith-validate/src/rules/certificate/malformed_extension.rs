//! `malformed-extension`: Go cannot read the content of an extension.

use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::certificate::Extensions;
use crate::certificate::Policies;
use crate::finding::Draft;
use crate::name_constraints;
use crate::name_constraints::AlternativeNames;
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
    /// The content of an extension cannot be read by Go.
    ///
    /// ## Why it matters
    /// Go reads the extensions it knows when it reads the certificate, and one broken content makes it refuse the whole
    /// certificate. So Temporal's tools and its control plane cannot take the bundle, even if other programs read it.
    ///
    /// ## How to fix
    /// Issue the certificate again without the broken content, with a tool that writes the extension itself instead of taking
    /// its bytes.
    pub(super) static RULE = {
        code: "CA-032",
        name: "malformed-extension",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, processExtensions and the readers it calls"),
            rfc5280("section 4.2.1: the standard extensions"),
        ],
        message: "the extension {extension} cannot be read by Go: {fault}",
        help: "issue the certificate again with a well-formed {extension} extension",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let extensions = certificate.read_extensions();
    let (extension, fault) = broken(extensions)
        .or_else(|| broken_policies(certificate, extensions))
        .map(|extension| (extension, "its content is broken"))
        .or_else(|| Some(("Subject Alternative Name", broken_alternative_names(certificate)?)))
        .or_else(|| Some(("Name Constraints", broken_name_constraints(certificate)?)))?;
    Some(Draft::new().fact("extension", extension).fact("fault", fault))
}

fn broken_alternative_names(certificate: &Certificate) -> Option<&'static str> {
    AlternativeNames::read(certificate.subject_alternative_name_der()?).err().map(|fault| fault.0)
}

fn broken_name_constraints(certificate: &Certificate) -> Option<&'static str> {
    let (der, _) = certificate.name_constraints_der()?;
    name_constraints::parse(der).err().map(|fault| fault.0)
}

/// The first extension whose content was not readable when the certificate was read.
fn broken(extensions: &Extensions) -> Option<&'static str> {
    [
        (is_broken(&extensions.basic_constraints), "Basic Constraints"),
        (is_broken(&extensions.key_usage), "Key Usage"),
        (is_broken(&extensions.extended_key_usage), "Extended Key Usage"),
        (is_broken(&extensions.subject_key_identifier), "Subject Key Identifier"),
        (is_broken(&extensions.authority_key_identifier), "Authority Key Identifier"),
        (is_broken(&extensions.crl_distribution_points), "CRL Distribution Points"),
        (is_broken(&extensions.authority_information_access), "Authority Information Access"),
    ]
    .into_iter()
    .find_map(|(is_broken, name)| is_broken.then_some(name))
}

/// The policy extensions are read once more, since Go takes numbers there that make no sense, and passes over them.
fn broken_policies(certificate: &Certificate, extensions: &Extensions) -> Option<&'static str> {
    let present = [
        (extensions.policy_constraints.as_ref().map(|read| read.value.is_ok()), "Policy Constraints"),
        (extensions.inhibit_any_policy.as_ref().map(|read| read.value.is_ok()), "Inhibit anyPolicy"),
        (extensions.policy_mappings.as_ref().map(|read| read.value.is_ok()), "Policy Mappings"),
        (extensions.certificate_policies.as_ref().map(|read| read.value.is_ok()), "Certificate Policies"),
    ];
    if present.iter().all(|(readable, _)| readable.is_none()) || Policies::of(certificate).is_some() {
        return None;
    }
    let unreadable = present.iter().find(|(readable, _)| *readable == Some(false));
    unreadable.or(present.iter().find(|(readable, _)| readable.is_some())).map(|(_, name)| *name)
}

fn is_broken<T>(extension: &Option<Extension<T>>) -> bool {
    extension.as_ref().is_some_and(|extension| extension.value.is_err())
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

    fn bare() -> CertificateBuilder {
        testkit::root_builder("a").no_ski().no_aki().no_basic_constraints().no_key_usage()
    }

    #[test]
    fn each_known_extension_is_flagged_when_it_holds_nothing_readable() {
        for (oid, name) in [
            (testkit::oid::BASIC_CONSTRAINTS, "Basic Constraints"),
            (testkit::oid::KEY_USAGE, "Key Usage"),
            (testkit::oid::EXTENDED_KEY_USAGE, "Extended Key Usage"),
            (testkit::oid::SUBJECT_KEY_IDENTIFIER, "Subject Key Identifier"),
            (testkit::oid::AUTHORITY_KEY_IDENTIFIER, "Authority Key Identifier"),
            (testkit::oid::POLICY_CONSTRAINTS, "Policy Constraints"),
            (testkit::oid::INHIBIT_ANY_POLICY, "Inhibit anyPolicy"),
            (testkit::oid::CRL_DISTRIBUTION_POINTS, "CRL Distribution Points"),
            (testkit::oid::AUTHORITY_INFO_ACCESS, "Authority Information Access"),
            (testkit::oid::CERTIFICATE_POLICIES, "Certificate Policies"),
            (testkit::oid::POLICY_MAPPINGS, "Policy Mappings"),
            (testkit::oid::SUBJECT_ALTERNATIVE_NAME, "Subject Alternative Name"),
            (testkit::oid::NAME_CONSTRAINTS, "Name Constraints"),
        ] {
            let found = messages(&RULE, bare().extension(oid, false, vec![0x05, 0x00]).self_signed().pem());
            let start = format!("the extension {name} cannot be read by Go: ");
            assert!(found.len() == 1 && found[0].starts_with(&start), "{name}: {found:?}");
        }
    }

    #[test]
    fn numbers_of_policies_may_be_negative_but_not_padded() {
        let inhibiting = |content: &[u8]| {
            let value = testkit::der::integer_raw(content);
            messages(
                &RULE,
                bare().extension(testkit::oid::INHIBIT_ANY_POLICY, false, value).self_signed().pem(),
            )
        };
        assert!(inhibiting(&[0xff]).is_empty());
        assert!(inhibiting(&[0x00]).is_empty());
        assert_eq!(inhibiting(&[0x00, 0x01]).len(), 1);
    }

    #[test]
    fn extensions_that_go_does_not_know_may_hold_anything() {
        let builder = bare().extension(testkit::oid::PRIVATE_EXTENSION, false, vec![0xff]);
        assert!(findings(&RULE, builder.self_signed().pem()).is_empty());
    }

    #[test]
    fn well_formed_extensions_are_fine() {
        let builder = testkit::root_builder("a")
            .dns("a.acme")
            .uri("spiffe://acme/ca")
            .ip([127, 0, 0, 1])
            .email("ops@acme")
            .extended_key_usage(&[testkit::oid::CLIENT_AUTH])
            .policy_constraints(Some(0), None)
            .inhibit_any_policy(0)
            .crl_distribution_point("http://acme/crl")
            .authority_info_access("http://acme/ca")
            .certificate_policies(&[testkit::oid::ANY_POLICY])
            .name_constraints(
                NameConstraints {
                    permitted: vec![GeneralName::Dns("acme".to_owned())],
                    excluded: Vec::new(),
                },
                true,
            );
        assert!(messages(&RULE, builder.self_signed().pem()).is_empty());
    }

    #[test]
    fn an_alternative_name_that_is_no_name_is_told_with_the_reason() {
        let builder = testkit::root_builder("a").uri("http://a b/");
        assert_eq!(
            messages(&RULE, builder.self_signed().pem()),
            ["the extension Subject Alternative Name cannot be read by Go: a URI that cannot be read"]
        );
    }
}
