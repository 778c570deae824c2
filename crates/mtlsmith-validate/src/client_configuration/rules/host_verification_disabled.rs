//! `host-verification-disabled`: the name in the server's certificate is not verified.

use super::RUST_CORE;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Value;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The name in the server's certificate is not verified.
    ///
    /// ## Why it matters
    /// Whoever stands between the client and the server can then read and change everything. The SDKs on the Rust core pass over
    /// the setting, so the same file behaves differently from SDK to SDK.
    ///
    /// ## How to fix
    /// Drop it. Where the name does not fit, set the server name.
    pub(super) static RULE = {
        code: "CFG-011",
        name: "host-verification-disabled",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"), RUST_CORE],
        message: "{client} does not verify the name of the server",
        help: "drop {key}; where the name does not fit, set the server name",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::DisableHostVerification) else { return };
    let is_on = match &setting.value {
        Value::Switch(switch) => *switch,
        Value::Text(text) => text == "1" || text.eq_ignore_ascii_case("true"),
        Value::Hidden(_) | Value::Elsewhere => false,
    };
    if is_on {
        findings.of_setting(client, setting, Draft::new());
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
    fn the_setting_is_flagged_when_it_is_on() {
        let text = profile(ADDRESS, NAMESPACE, "disable_host_verification = true");
        assert_eq!(messages(&RULE, &text), ["7: profile default does not verify the name of the server"]);
        assert_eq!(messages(&RULE, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=TRUE\n").len(), 1);
    }

    #[test]
    fn the_setting_passes_when_it_is_off() {
        assert!(
            messages(&RULE, &profile(ADDRESS, NAMESPACE, "disable_host_verification = false")).is_empty()
        );
        assert!(messages(&RULE, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=0\n").is_empty());
    }
}
