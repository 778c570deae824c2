//! `end-entity-not-version-3`: the client's certificate is of X.509 version 1 or 2.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate is of X.509 version 1 or 2.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands X.509v3. Older versions carry no extensions, so nothing says what the certificate may be used for, and
    /// names in the request are lost. `openssl x509 -req` of OpenSSL 3.0 writes version 1 unless it is told of extensions, even when
    /// its configuration file has a section of them that no option names.
    ///
    /// ## How to fix
    /// Issue the certificate again with extensions; the CA and its bundle stay as they are.
    pub(super) static RULE = {
        code: "EE-001",
        name: "end-entity-not-version-3",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: the certificate must be X.509v3"),
            rfc5280("section 4.1.2.1: the version is 3 when extensions are used"),
        ],
        message: "the client's certificate is X.509 version {version}; Temporal Cloud takes version 3 only",
        help: "issue it again, with extensions: mtlsmith sign worker.csr --cn worker --ca-cert ca.pem --ca-key ca.key > worker.pem",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    (leaf.version() != 3).then(|| Draft::new().fact("version", leaf.version()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn flags_version_1_and_accepts_version_3() {
        let root = testkit::root("one");
        let old = testkit::CertificateBuilder::new().subject("O=acme,CN=worker").version(1).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&old], &[&root]),
            ["the client's certificate is X.509 version 1; Temporal Cloud takes version 3 only"]
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
