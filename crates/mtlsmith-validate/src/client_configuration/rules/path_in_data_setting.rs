//! `path-in-data-setting`: a setting for data holds a path.

use super::GO_SDK;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Value;
use crate::client_configuration::files::holds_pem;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A setting for data holds a path.
    ///
    /// ## Why it matters
    /// The client takes the path for PEM and finds neither a certificate nor a key in it.
    ///
    /// ## How to fix
    /// Move it to the setting for a path.
    pub(super) static RULE = {
        code: "CFG-207",
        name: "path-in-data-setting",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK],
        message: "{key} of {client} holds a path, but it is a setting for the PEM itself",
        help: "use {path} for it",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_data()) {
        let Value::Hidden(secret) = &setting.value else { continue };
        let text = std::str::from_utf8(secret.expose()).unwrap_or_default().trim();
        let is_path = text.lines().count() == 1 && text.len() < LONGEST_PATH && text.contains(['/', '\\']);
        if is_path && !holds_pem(text) {
            let path = match setting.key.strip_suffix("_DATA") {
                Some(front) => format!("{front}_PATH"),
                None => setting.key.replace("_data", "_path"),
            };
            findings.of_setting(client, setting, Draft::new().fact("path", shown(&path)));
        }
    }
}

/// Base64 on one line has slashes too, and is longer.
const LONGEST_PATH: usize = 256;

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn a_path_is_flagged() {
        let text = "TEMPORAL_TLS_CLIENT_CERT_DATA=/tls/tls.crt\nTEMPORAL_TLS_CLIENT_KEY_DATA=/tls/tls.key\n";
        assert_eq!(messages(&RULE, text).len(), 2);
        assert_eq!(
            advice(&RULE, text),
            ["use TEMPORAL_TLS_CLIENT_CERT_PATH for it", "use TEMPORAL_TLS_CLIENT_KEY_PATH for it"]
        );
    }

    #[test]
    fn pem_passes_and_so_does_base64_of_the_same_length() {
        let text = "TEMPORAL_TLS_CLIENT_CERT_DATA=\"-----BEGIN CERTIFICATE-----\nAA/A\n-----END CERTIFICATE-----\"\n";
        assert!(messages(&RULE, text).is_empty());
        let last = format!("TEMPORAL_TLS_CLIENT_CERT_DATA=/{}\n", "a".repeat(254));
        let first = format!("TEMPORAL_TLS_CLIENT_CERT_DATA=/{}\n", "a".repeat(255));
        assert_eq!((messages(&RULE, &last).len(), messages(&RULE, &first).len()), (1, 0));
    }
}
