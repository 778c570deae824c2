//! `extended-key-usage-without-client-auth`: the Extended Key Usage of the client's certificate lacks clientAuth.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The Extended Key Usage of the client's certificate lacks clientAuth.
    ///
    /// ## Why it matters
    /// A certificate with this extension serves the purposes it lists and no other. TLS servers ask for clientAuth, and refuse a
    /// certificate that was made for a server.
    ///
    /// ## How to fix
    /// Issue the certificate again with extendedKeyUsage=clientAuth.
    pub(super) static RULE = {
        code: "EE-004",
        name: "extended-key-usage-without-client-auth",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/tls/handshake_server.go, processCertsFromClient: KeyUsages ExtKeyUsageClientAuth"),
            rfc5280("section 4.2.1.12: only the listed purposes"),
        ],
        message: "the Extended Key Usage of the client's certificate is {usages}, and servers ask clients for clientAuth",
        help: "issue it again: mtlsmith sign worker.csr --cn worker --ca-cert ca.pem --ca-key ca.key > worker.pem",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let usage = leaf.extended_key_usage()?.get()?;
    (!usage.go_allows_client()).then(|| Draft::new().fact("usages", usage.names().join(", ")))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(purposes: &[&[u64]]) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").extended_key_usage(purposes).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn a_server_certificate_is_refused() {
        assert_eq!(
            sentences(&[oid::SERVER_AUTH]),
            [
                "the Extended Key Usage of the client's certificate is serverAuth, and servers ask clients for clientAuth"
            ]
        );
        assert!(sentences(&[oid::SERVER_AUTH, oid::CLIENT_AUTH]).is_empty());
        assert!(sentences(&[oid::ANY_EXTENDED_KEY_USAGE]).is_empty());
    }
}
