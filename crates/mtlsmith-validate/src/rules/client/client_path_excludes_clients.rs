//! `client-path-excludes-clients`: an Extended Key Usage on the client's path leaves TLS clients out.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::openssl;
use super::refusal::refusals;

rule! {
    /// An Extended Key Usage on the client's path leaves TLS clients out.
    ///
    /// ## Why it matters
    /// Servers ask for clientAuth of every certificate that lists purposes, CAs included. OpenSSL does not take anyExtendedKeyUsage
    /// for it, nor an empty list.
    ///
    /// ## How to fix
    /// Issue the certificate again with clientAuth among its purposes; for a CA, best without the extension.
    pub(super) static RULE = {
        code: "CHN-024",
        name: "client-path-excludes-clients",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509/verify.go, checkChainForKeyUsage: nested, the root included"),
            openssl("purpose sslclient: clientAuth in every certificate that lists purposes; anyExtendedKeyUsage does not count"),
        ],
        message: "the Extended Key Usage of \"{name}\" ({place}) is {usages}, which does not let clients in; refused by {by}",
        help: "issue it again with extendedKeyUsage=clientAuth, or a CA without the extension",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let usage = refusal.certificate.and_then(|certificate| certificate.extended_key_usage()?.get());
        let usages = usage.map(|usage| usage.names().join(", ")).filter(|names| !names.is_empty());
        let usages = usages.unwrap_or_else(|| "empty".to_owned());
        let draft = refusal.draft().fact("usages", usages);
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_intermediate_for_servers_is_told() {
        let root = testkit::root("one");
        let issuing =
            testkit::intermediate_builder("issuing").extended_key_usage(&[oid::SERVER_AUTH]).signed_by(&root);
        let leaf = testkit::leaf("worker", &issuing);
        let found = client_messages(&RULE, &[&leaf], &[&root, &issuing]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("\"CN=issuing,O=acme\" (CA certificate 2 of the bundle) is serverAuth, which")
        );
        let issuing =
            testkit::intermediate_builder("issuing").extended_key_usage(&[oid::CLIENT_AUTH]).signed_by(&root);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &issuing)], &[&root, &issuing]).is_empty());
    }

    #[test]
    fn the_leafs_own_is_another_rules() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").extended_key_usage(&[oid::SERVER_AUTH]).signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }
}
