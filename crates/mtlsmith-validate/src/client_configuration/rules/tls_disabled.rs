//! `tls-disabled`: TLS is turned off for a client of Temporal Cloud.

use super::GO_SDK;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Setting;
use crate::client_configuration::Value;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// TLS is turned off for a client of Temporal Cloud.
    ///
    /// ## Why it matters
    /// Temporal Cloud speaks TLS alone. With TLS turned off the certificate beside it is not presented, and the server closes
    /// the connection: connection closed before server preface received. The key disabled in TOML is the inverse of the variable
    /// TEMPORAL_TLS.
    ///
    /// ## How to fix
    /// Drop the setting: TLS is on as soon as there is a certificate or an API key.
    pub(super) static RULE = {
        code: "CFG-112",
        name: "tls-disabled",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TEMPORAL_TLS"), GO_SDK],
        message: "{key} turns TLS off, but {client} {reason}",
        help: "drop {key}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let setting = client.first_of(&[Item::TlsDisabled, Item::Tls]);
    let Some(setting) = setting.filter(|setting| turns_off(setting)) else { return };
    let reason = match () {
        () if client.is_for_cloud() => "connects to Temporal Cloud, which speaks TLS alone",
        () if client.has_certificate() => "has a client certificate, which is then not presented",
        () => return,
    };
    findings.of_setting(client, setting, Draft::new().fact("reason", reason));
}

fn turns_off(setting: &Setting) -> bool {
    match (&setting.value, setting.item) {
        (Value::Switch(switch), Item::TlsDisabled) => *switch,
        (Value::Text(text), Item::Tls) => text == "0" || text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn tls_that_is_off_is_flagged() {
        assert_eq!(
            messages(&RULE, &profile(ADDRESS, NAMESPACE, "disabled = true")),
            [
                "7: disabled turns TLS off, but profile default connects to Temporal Cloud, which speaks TLS alone"
            ]
        );
        assert_eq!(messages(&RULE, "TEMPORAL_TLS=0\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\n").len(), 1);
    }

    #[test]
    fn tls_that_is_on_passes_and_a_server_of_ones_own_may_go_without() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "disabled = false")).is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS=1\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\n").is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS=false\nTEMPORAL_ADDRESS=localhost:7233\n").is_empty());
    }
}
