//! `data-in-path-setting`: a setting for a path holds PEM.

use super::GO_SDK;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
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
    /// A setting for a path holds PEM.
    ///
    /// ## Why it matters
    /// The client tries to open a file of that name, finds none, and may print the name, which is a private key, into its log.
    ///
    /// ## How to fix
    /// Move it to the setting for data. If it was a private key and anything printed it, make a new one.
    pub(super) static RULE = {
        code: "CFG-107",
        name: "data-in-path-setting",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK],
        message: "{key} of {client} holds PEM, but it is a setting for a path",
        help: "use {data} for it",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_path()) {
        if setting.text().is_some_and(holds_pem) {
            let data = match setting.key.strip_suffix("_PATH") {
                Some(front) => format!("{front}_DATA"),
                None => setting.key.replace("_path", "_data"),
            };
            findings.of_setting(client, setting, Draft::new().fact("data", shown(&data)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn pem_in_a_path_is_flagged_and_not_repeated() {
        let text = "TEMPORAL_TLS_CLIENT_KEY_PATH=\"-----BEGIN PRIVATE KEY-----\nMHcCAQEE\n-----END PRIVATE KEY-----\"\n";
        assert_eq!(
            messages(&RULE, text),
            ["1: TEMPORAL_TLS_CLIENT_KEY_PATH of the environment holds PEM, but it is a setting for a path"]
        );
        assert_eq!(advice(&RULE, text), ["use TEMPORAL_TLS_CLIENT_KEY_DATA for it"]);
    }

    #[test]
    fn paths_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }
}
