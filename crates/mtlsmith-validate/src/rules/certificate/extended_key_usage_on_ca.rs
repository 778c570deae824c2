//! `extended-key-usage-on-ca`: a CA certificate has an Extended Key Usage, and it lets clients through.

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
    /// A CA certificate has an Extended Key Usage.
    ///
    /// ## Why it matters
    /// This one lets client certificates through. It is one more thing that has to stay right at every renewal, though:
    /// purposes are narrowed from the root down, and which ones Temporal Cloud looks for in an upload is not public.
    ///
    /// ## How to fix
    /// Leave the extension out when the CA is renewed; the purposes belong into the client certificates.
    pub(super) static RULE = {
        code: "CA-113",
        name: "extended-key-usage-on-ca",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, checkChainForKeyUsage: no extension is no limit"),
            rfc5280("section 4.2.1.12: the extension appears in end-entity certificates in general"),
        ],
        message: "the CA certificate has an Extended Key Usage ({purposes}); it lets client certificates through, yet \
                  none at all is safest",
        help: "leave it out when the CA is renewed, and set extendedKeyUsage=clientAuth in the client certificates \
               alone",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let usage = certificate.extended_key_usage()?.get()?;
    let lets_clients_through = usage.client_auth || usage.any;
    (lets_clients_through && certificate.is_ca())
        .then(|| Draft::new().fact("purposes", usage.names().join(", ")))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_with(purposes: &[&[u64]]) -> String {
        testkit::root_builder("purposes").extended_key_usage(purposes).self_signed().pem()
    }

    #[test]
    fn flags_a_ca_with_client_auth_or_any() {
        let found = messages(&RULE, root_with(&[oid::SERVER_AUTH, oid::CLIENT_AUTH]));
        assert_eq!(
            found,
            [
                "the CA certificate has an Extended Key Usage (clientAuth, serverAuth); it lets client certificates through, yet \
              none at all is safest"
            ]
        );
        assert_eq!(findings(&RULE, root_with(&[oid::ANY_EXTENDED_KEY_USAGE])).len(), 1);
    }

    #[test]
    fn accepts_a_ca_without_the_extension_and_leaves_faulty_ones_to_other_rules() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        assert!(findings(&RULE, root_with(&[oid::SERVER_AUTH])).is_empty());
        assert!(findings(&RULE, root_with(&[])).is_empty());
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        assert!(findings(&RULE, testkit::leaf("worker", &testkit::root("a")).pem()).is_empty());
    }
}
