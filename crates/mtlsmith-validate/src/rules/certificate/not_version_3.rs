//! `not-version-3`: a certificate is of X.509 version 1 or 2.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A certificate is of X.509 version 1 or 2.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands X.509v3. Older versions carry no extensions, so nothing in the certificate says that it
    /// is a CA; OpenSSL writes version 1 when it signs a request without an extension section that it was told to use.
    ///
    /// ## How to fix
    /// Issue the CA again with extensions: critical Basic Constraints with `CA:TRUE` and critical Key Usage with
    /// `keyCertSign`. With the same key and name, the client certificates below it stay good.
    pub(super) static RULE = {
        code: "CA-001",
        name: "not-version-3",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("CA certificates: the certificates must be X.509v3"),
            rfc5280("section 4.1.2.1: the version is 3 when extensions are used"),
        ],
        message: "the certificate is X.509 version {version}; Temporal Cloud takes version 3 only",
        help: "issue it again with extensions: openssl x509 -in ca.pem -signkey ca.key -days 365 -extfile ca.ext -out \
               new.pem, where ca.ext says basicConstraints=critical,CA:TRUE and keyUsage=critical,keyCertSign,cRLSign",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (certificate.version() != 3).then(|| Draft::new().fact("version", certificate.version()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn of_version(version: u8) -> String {
        testkit::CertificateBuilder::new().subject("O=acme,CN=old").version(version).self_signed().pem()
    }

    #[test]
    fn flags_version_1_and_2() {
        for version in [1, 2] {
            let sentence =
                format!("the certificate is X.509 version {version}; Temporal Cloud takes version 3 only");
            assert_eq!(messages(&RULE, of_version(version)), [sentence]);
        }
    }

    #[test]
    fn accepts_version_3() {
        assert!(findings(&RULE, of_version(3)).is_empty());
    }
}
