//! `no-credentials`: a client of Temporal Cloud has neither a certificate nor an API key.

use super::temporal_namespaces;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Origin;
use crate::client_configuration::keys::variable_of;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A client of Temporal Cloud has neither a certificate nor an API key.
    ///
    /// ## Why it matters
    /// Temporal Cloud lets nobody in without one. The server answers that a certificate is required, or closes the connection.
    /// The credentials may come from somewhere else, such as the program itself.
    ///
    /// ## How to fix
    /// Set a client certificate and its key, or an API key.
    pub(super) static RULE = {
        code: "CFG-706",
        name: "no-credentials",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Use of certificates"), temporal_namespaces("Access Namespaces: authentication")],
        message: "{client} connects to Temporal Cloud with neither a certificate nor an API key",
        help: "set {certificate} and {key}, or an API key",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let has_legacy = client.settings.iter().any(|setting| setting.is_legacy && setting.is_set());
    let has_any =
        client.has_certificate() || client.has_api_key() || client.has_other_credentials || has_legacy;
    let Some(setting) = client.setting(Item::Address).filter(|_| client.is_for_cloud()) else { return };
    if has_any || client.is_partial {
        return;
    }
    let (certificate, key) = match client.origin {
        Origin::Profile => ("client_cert_path", "client_key_path"),
        Origin::Connection => ("mutualTLSSecretRef", "its Secret"),
        Origin::ProxyUpstream => ("tls.cert", "tls.key"),
        Origin::Process | Origin::EnvironmentFile | Origin::Container => {
            (variable_of(Item::CertificatePath), variable_of(Item::KeyPath))
        }
    };
    let draft = Draft::new().fact("certificate", certificate);
    let place = Some(setting.place.clone());
    findings.of_client(client, place, draft.fact("key", key));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_client_without_credentials_is_flagged() {
        let text = format!("TEMPORAL_ADDRESS={ADDRESS}\n");
        assert_eq!(
            messages(&RULE, &text),
            ["1: the environment connects to Temporal Cloud with neither a certificate nor an API key"]
        );
    }

    #[test]
    fn any_credentials_pass_and_so_does_a_server_of_ones_own() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &format!("TEMPORAL_ADDRESS={ADDRESS}\nTEMPORAL_API_KEY=k\n")).is_empty());
        assert!(messages(&RULE, "TEMPORAL_ADDRESS=localhost:7233\n").is_empty());
    }
}
