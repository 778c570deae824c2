//! `escaped-line-ends-in-data`: the PEM in a setting has a backslash and an n where lines end.

use super::go_tls;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Origin;
use crate::client_configuration::Value;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The PEM in a setting has a backslash and an n where lines end.
    ///
    /// ## Why it matters
    /// PEM needs real line ends. JSON and some readers of environment files make line ends of \\n; the environment itself,
    /// literal strings of TOML and most manifests do not.
    ///
    /// ## How to fix
    /// Write real line ends: a block with | in YAML, triple quotes in TOML.
    pub(super) static RULE = {
        code: "CFG-407",
        name: "escaped-line-ends-in-data",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair: failed to find any PEM data")],
        message: "{key} of {client} holds PEM with \\\\n in place of line ends",
        help: "write real line ends: | in YAML, triple quotes in TOML",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_data()) {
        let Value::Hidden(secret) = &setting.value else { continue };
        // What reads a file of variables may replace them, so such a file is not judged.
        let Ok(text) = std::str::from_utf8(secret.expose()) else { continue };
        let is_escaped = text.contains("-----\\n") && !text.trim().contains('\n');
        if is_escaped && client.origin != Origin::EnvironmentFile {
            findings.of_setting(client, setting, Draft::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const DATA: &str = "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----";

    #[test]
    fn escapes_in_a_literal_string_are_flagged() {
        let text = format!("[profile.a.tls]\nclient_cert_data = '{DATA}'\n");
        assert_eq!(messages(&RULE, &text).len(), 1, "{text}");
    }

    #[test]
    fn real_line_ends_pass() {
        assert!(messages(&RULE, &format!("[profile.a.tls]\nclient_cert_data = \"{DATA}\"\n")).is_empty());
        assert!(messages(&RULE, &format!("TEMPORAL_TLS_CLIENT_CERT_DATA=\"{DATA}\"\n")).is_empty());
    }
}
