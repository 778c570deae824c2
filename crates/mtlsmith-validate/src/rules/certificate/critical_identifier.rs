//! `critical-identifier`: a key identifier or Authority Information Access is marked critical.

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
    /// An extension that must never be critical is marked critical.
    ///
    /// ## Why it matters
    /// Go does not read a certificate whose Authority Key Identifier, Subject Key Identifier or Authority Information Access is
    /// marked critical, so Temporal's tools and its control plane cannot take the bundle.
    ///
    /// ## How to fix
    /// Issue the certificate again with the extension not marked critical.
    pub(super) static RULE = {
        code: "CA-016",
        name: "critical-identifier",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go(
                "crypto/x509 parser.go, processExtensions and parseAuthorityKeyIdentifier: incorrectly marked critical",
            ),
            rfc5280("sections 4.2.1.1, 4.2.1.2 and 4.2.2.1: conforming CAs mark them as non-critical"),
        ],
        message: "the {extension} is marked critical, and Go refuses to read such a certificate",
        help: "issue the certificate again with the {extension} not marked critical",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let extensions = certificate.read_extensions();
    let extension =
        if extensions.authority_key_identifier.as_ref().is_some_and(|extension| extension.critical) {
            "Authority Key Identifier"
        } else if extensions.subject_key_identifier.as_ref().is_some_and(|extension| extension.critical) {
            "Subject Key Identifier"
        } else if extensions.authority_information_access.as_ref().is_some_and(|extension| extension.critical)
        {
            "Authority Information Access"
        } else {
            return None;
        };
    Some(Draft::new().fact("extension", extension))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn each_of_the_three_is_flagged_when_critical_and_accepted_otherwise() {
        let aki = testkit::der::sequence(&[&testkit::der::context_primitive(0, &[1, 2, 3])]);
        let ski = testkit::der::octet_string(&[1, 2, 3]);
        let aia = testkit::der::sequence(&[]);
        for (oid, value, name) in [
            (testkit::oid::AUTHORITY_KEY_IDENTIFIER, aki, "Authority Key Identifier"),
            (testkit::oid::SUBJECT_KEY_IDENTIFIER, ski, "Subject Key Identifier"),
            (testkit::oid::AUTHORITY_INFO_ACCESS, aia, "Authority Information Access"),
        ] {
            let builder = testkit::root_builder("a").no_ski().no_aki();
            let critical = builder.clone().extension(oid, true, value.clone()).self_signed().pem();
            let plain = builder.extension(oid, false, value).self_signed().pem();
            let message = format!("the {name} is marked critical, and Go refuses to read such a certificate");
            assert_eq!(messages(&RULE, critical), [message]);
            assert!(findings(&RULE, plain).is_empty(), "{name}");
        }
    }
}
