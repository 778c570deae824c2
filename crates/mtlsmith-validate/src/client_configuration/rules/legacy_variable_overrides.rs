//! `legacy-variable-overrides`: an old variable and the new one for the same thing have different values.

use super::CLI;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// An old variable and the new one for the same thing have different values.
    ///
    /// ## Why it matters
    /// The temporal CLI takes the old one, the SDKs the new one. A test with the CLI then says nothing about the worker.
    ///
    /// ## How to fix
    /// Drop the old variable.
    pub(super) static RULE = {
        code: "CFG-108",
        name: "legacy-variable-overrides",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Legacy TLS variables"), CLI],
        message: "{key} overrides {other} in the temporal CLI, and only there",
        help: "drop {key}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.is_legacy && setting.is_set()) {
        if let Some(other) = client.setting(setting.item).filter(|other| other.value != setting.value) {
            findings.of_setting(client, setting, Draft::new().fact("other", shown(&other.key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn different_values_are_flagged() {
        let text = "TEMPORAL_TLS_CERT=/old\nTEMPORAL_TLS_CLIENT_CERT_PATH=/new\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "1: TEMPORAL_TLS_CERT overrides TEMPORAL_TLS_CLIENT_CERT_PATH in the temporal CLI, and only there"
            ]
        );
    }

    #[test]
    fn the_same_value_twice_passes() {
        assert!(messages(&RULE, "TEMPORAL_TLS_CERT=/c\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\n").is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS_CERT=/c\n").is_empty());
    }

    #[test]
    fn an_old_variable_that_is_empty_overrides_nothing() {
        assert!(messages(&RULE, "TEMPORAL_TLS_CERT=\nTEMPORAL_TLS_CLIENT_CERT_PATH=/new\n").is_empty());
    }
}
