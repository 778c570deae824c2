//! `base64-in-data-setting`: a setting for PEM holds base64 of PEM.

use super::environment_reference;
use super::go_tls;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Value;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A setting for PEM holds base64 of PEM.
    ///
    /// ## Why it matters
    /// The settings for data take PEM as it is; no SDK decodes base64 around it. It is mostly copied from a Secret of
    /// Kubernetes, where the values are encoded.
    ///
    /// ## How to fix
    /// Decode it once, as base64 -d does.
    pub(super) static RULE = {
        code: "CFG-307",
        name: "base64-in-data-setting",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair: failed to find any PEM data"), environment_reference("TEMPORAL_TLS_CLIENT_CERT_DATA")],
        message: "{key} of {client} holds base64 of PEM; no SDK decodes it",
        help: "decode it once: base64 -d",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_data()) {
        let Value::Hidden(secret) = &setting.value else { continue };
        if secret.expose().trim_ascii_start().starts_with(b"LS0tLS1CRUdJTi") {
            findings.of_setting(client, setting, Draft::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn base64_of_pem_is_flagged() {
        assert_eq!(messages(&RULE, "TEMPORAL_TLS_CLIENT_CERT_DATA=LS0tLS1CRUdJTiBDRVJU\n").len(), 1);
    }

    #[test]
    fn pem_passes() {
        let text = "TEMPORAL_TLS_CLIENT_CERT_DATA=\"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\"\n";
        assert!(messages(&RULE, text).is_empty());
    }
}
