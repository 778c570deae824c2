//! `well-known-ca-client-auth`: public CAs no longer issue client certificates.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::public_ca;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// Public CAs no longer issue certificates for TLS clients.
    ///
    /// ## Why it matters
    /// Since 2026 the certificates of public CAs are for TLS servers only, because the root programme of Chrome asks for it:
    /// Let's Encrypt left clientAuth out of its default profile on 2026-02-11, and other CAs followed. A TLS server written in
    /// Go refuses a client certificate whose Extended Key Usage lists serverAuth alone, so the next renewal of a client
    /// certificate locks the worker out.
    ///
    /// ## How to fix
    /// Move to a private CA before the client certificates of today have to be renewed.
    pub(super) static RULE = {
        code: "CA-028",
        name: "well-known-ca-client-auth",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            Cite {
                document: "Chrome Root Program Policy",
                place: "dedicated TLS server authentication hierarchies",
                url: "https://g.co/chrome/root-policy",
            },
            Cite {
                document: "Let's Encrypt",
                place: "Ending TLS Client Authentication Certificate Support in 2026",
                url: "https://letsencrypt.org/2025/05/14/ending-tls-client-authentication",
            },
            go(
                "crypto/x509 verify.go, checkChainForKeyUsage; crypto/tls handshake_server.go asks for clientAuth",
            ),
        ],
        message: "the certificate {tie} the public CA \"{ca}\", and public CAs stopped issuing certificates for TLS \
                  clients in 2026",
        help: "move to a private CA before the client certificates of today are renewed",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, member: usize, _: &Certificate) -> Option<Draft> {
    let public = public_ca::behind(context, member)?;
    Some(Draft::new().fact("tie", public.tie.words()).fact("ca", public.root.subject().to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::CertificateFilters;
    use crate::rules::testing::findings;
    use crate::rules::testing::findings_with;

    fn public_root() -> String {
        testkit::pem_block("CERTIFICATE", &webpki_root_certs::TLS_SERVER_ROOT_CERTS[0])
    }

    #[test]
    fn a_public_ca_is_flagged_with_filters_and_without() {
        for filters in [CertificateFilters::NotStated, CertificateFilters::Present(1)] {
            let found = findings_with(&RULE, public_root(), testkit::NOW, filters);
            assert!(
                found[0]
                    .message()
                    .ends_with("public CAs stopped issuing certificates for TLS clients in 2026")
            );
        }
    }

    #[test]
    fn a_private_ca_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
