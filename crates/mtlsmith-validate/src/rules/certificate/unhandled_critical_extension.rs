//! `unhandled-critical-extension`: a critical extension that Go does not handle.

use crate::certificate::Certificate;
use crate::certificate::go_unhandled_critical;
use crate::finding::Draft;
use crate::oid;
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
    /// A critical extension is one that Go does not handle.
    ///
    /// ## Why it matters
    /// "Critical" tells every reader to refuse a certificate whose extension it does not understand. Go reads such a
    /// certificate and then refuses each chain through it, so no client certificate below it gets in. Go does not handle a
    /// Subject Alternative Name without a DNS name, email address, URI or IP address either, nor Name Constraints on other
    /// kinds of names than these four.
    ///
    /// ## How to fix
    /// Issue the CA certificate again without the extension, or with it not marked critical. For Name Constraints use DNS
    /// names, email addresses, URIs or IP addresses.
    pub(super) static RULE = {
        code: "CA-015",
        name: "unhandled-critical-extension",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, processExtensions: which extensions are handled"),
            go("crypto/x509 verify.go, isValid: UnhandledCriticalExtension"),
            rfc5280("section 4.2: a critical extension that is not recognized"),
        ],
        message: "the critical extension {extension} is not handled by Go, which then refuses every chain through the \
                  certificate",
        help: "issue the certificate again without extension {oid}, or with it not marked critical",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let kind = go_unhandled_critical(certificate)?;
    let why = match kind.as_der_content() {
        oid::SUBJECT_ALTERNATIVE_NAME => {
            " (a Subject Alternative Name without DNS name, email address, URI or IP address)"
        }
        oid::NAME_CONSTRAINTS => {
            " (Name Constraints on something else than DNS names, email addresses, URIs and IP addresses)"
        }
        _ => "",
    };
    Some(Draft::new().fact("extension", format!("{kind}{why}")).fact("oid", kind.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::NameConstraints;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with(oid: &[u64], critical: bool, value: Vec<u8>) -> String {
        testkit::root_builder("a").extension(oid, critical, value).self_signed().pem()
    }

    fn constrained(permitted: Vec<GeneralName>, critical: bool) -> String {
        let constraints = NameConstraints { permitted, excluded: Vec::new() };
        testkit::root_builder("a").name_constraints(constraints, critical).self_signed().pem()
    }

    #[test]
    fn a_private_extension_matters_only_when_critical() {
        let found = messages(&RULE, with(testkit::oid::PRIVATE_EXTENSION, true, vec![5, 0]));
        assert_eq!(
            found,
            [
                "the critical extension 1.3.6.1.4.1.99999.1 is not handled by Go, which then refuses every chain through the certificate"
            ]
        );
        assert!(findings(&RULE, with(testkit::oid::PRIVATE_EXTENSION, false, vec![5, 0])).is_empty());
    }

    #[test]
    fn an_alternative_name_of_a_known_kind_is_handled_beside_others() {
        let directory = GeneralName::Directory("CN=x".into());
        let alone = testkit::root_builder("a")
            .alternative_name(directory.clone())
            .critical_subject_alternative_name();
        assert!(findings(&RULE, alone.self_signed().pem())[0].message().contains("2.5.29.17 (a Subject"));
        assert!(findings(&RULE, alone.dns("a.acme").self_signed().pem()).is_empty());
        let not_critical = testkit::root_builder("a").alternative_name(directory);
        assert!(findings(&RULE, not_critical.self_signed().pem()).is_empty());
    }

    #[test]
    fn constraints_on_one_other_kind_are_too_many() {
        let dns = GeneralName::Dns("acme.internal".to_owned());
        let directory = GeneralName::Directory("O=acme".into());
        assert!(findings(&RULE, constrained(vec![dns.clone()], true)).is_empty());
        assert!(findings(&RULE, constrained(vec![dns.clone(), directory.clone()], false)).is_empty());
        let found = messages(&RULE, constrained(vec![dns, directory], true));
        assert!(found.len() == 1 && found[0].contains("2.5.29.30 (Name Constraints"), "{found:?}");
    }

    #[test]
    fn the_usual_critical_extensions_are_handled() {
        let builder = testkit::root_builder("a").policy_constraints(Some(0), None).inhibit_any_policy(0);
        assert!(findings(&RULE, builder.self_signed().pem()).is_empty());
    }
}
