//! `own-ca-as-server-root`: the CA of one's own client certificates is given as the CA of the server.

use super::SAMPLES_252;
use super::environment_reference;
use crate::bundle::Bundle;
use crate::certificate::Certificate;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The CA of one's own client certificates is given as the CA of the server.
    ///
    /// ## Why it matters
    /// The certificate of Temporal Cloud's server comes from a public CA. A client that trusts only its own CA refuses it:
    /// UnknownIssuer, CERTIFICATE_VERIFY_FAILED, unable to get local issuer certificate. Earlier samples showed it so.
    ///
    /// ## How to fix
    /// Leave the setting out for Temporal Cloud. The CA of the client certificates belongs into the bundle of the Namespace, and
    /// nowhere into a client.
    pub(super) static RULE = {
        code: "CFG-004",
        name: "own-ca-as-server-root",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[SAMPLES_252, environment_reference("TEMPORAL_TLS_SERVER_CA_CERT_PATH")],
        message: "{key} of {client} leads to {subject}, the CA of its own client certificates; the server's certificate comes from a public CA",
        help: "drop {key}",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for loaded in context.loaded {
        let client = loaded.client.and_then(|index| context.configuration.clients.get(index));
        let (Some(client), Some(server_ca)) = (client, &loaded.server_ca) else { continue };
        let own = loaded.certificate.as_deref().into_iter().chain(context.bundle);
        let Some(subject) = own_ca(server_ca, &own.collect::<Vec<_>>()) else { continue };
        if let Some(setting) = client.first_of(&[Item::ServerCaData, Item::ServerCaPath])
            && (client.is_for_cloud() || client.address().is_none())
        {
            findings.of_setting(client, setting, Draft::new().fact("subject", subject));
        }
    }
}

/// The first CA that is among one's own, or has issued one of them.
fn own_ca(server_ca: &Bundle, own: &[&Bundle]) -> Option<String> {
    let is_own = |ca: &&Certificate| {
        own.iter().flat_map(|bundle| bundle.certificates()).any(|certificate| {
            certificate.der() == ca.der()
                || (!ca.subject().is_empty() && certificate.issuer().links_to(ca.subject()))
        })
    };
    server_ca.certificates().find(is_own).map(|ca| ca.subject().to_string())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::ConfigurationCheck;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::profile;
    use crate::client_configuration::rules::testing::sentences;

    const SERVER_CA: &str = "server_ca_cert_path = \"/tls/ca.crt\"";

    fn client_files() -> (String, String) {
        let root = mtlsmith_testkit::root("acme clients");
        let leaf = mtlsmith_testkit::leaf_builder("worker").signed_by(&root);
        (leaf.pem(), root.pem())
    }

    #[test]
    fn the_issuer_of_the_client_certificate_is_flagged() {
        let (leaf, root) = client_files();
        let text = profile(ADDRESS, NAMESPACE, SERVER_CA);
        let found = messages_with(&RULE, &text, &[("/tls/tls.crt", &leaf), ("/tls/ca.crt", &root)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("7: server_ca_cert_path of profile default leads to "), "{found:?}");
        assert!(found[0].contains("acme clients"), "{found:?}");
    }

    #[test]
    fn a_member_of_the_bundle_is_flagged_without_the_certificate() {
        let (_, root) = client_files();
        let text = format!(
            "[profile.a]\naddress = \"{ADDRESS}\"\n[profile.a.tls]\nserver_ca_cert_data = \"\"\"\n{root}\"\"\"\n"
        );
        let check = ConfigurationCheck { bundle: Some(root.as_bytes()), ..ConfigurationCheck::default() };
        assert_eq!(sentences(&RULE, &check.run("", text.as_bytes()).findings).len(), 1);
    }

    #[test]
    fn another_ca_and_a_server_of_ones_own_pass() {
        let (leaf, root) = client_files();
        let other = mtlsmith_testkit::root("another").pem();
        let text = profile(ADDRESS, NAMESPACE, SERVER_CA);
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", &leaf), ("/tls/ca.crt", &other)]).is_empty());
        let text = profile("temporal.internal:7233", "default", SERVER_CA);
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", &leaf), ("/tls/ca.crt", &root)]).is_empty());
    }
}
