//! `switch-variable-not-boolean`: a variable that must be true or false has another value.

use super::GO_SDK;
use super::RUST_CORE;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A variable that must be true or false has another value.
    ///
    /// ## Why it matters
    /// Clients know true, false, 1 and 0. Anything else they pass over in silence, so that TLS=yes turns nothing on.
    ///
    /// ## How to fix
    /// Write `true` or `false`, in lower case.
    pub(super) static RULE = {
        code: "CFG-012",
        name: "switch-variable-not-boolean",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TEMPORAL_TLS"), GO_SDK, RUST_CORE],
        message: "{key} of {client} is neither true nor false, so clients pass over it",
        help: "write true or false",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_switch()) {
        let Some(text) = setting.text().filter(|text| !text.is_empty() && !text.contains("${")) else {
            continue;
        };
        let is_known = ["1", "0"].contains(&text)
            || ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if !is_known {
            findings.of_setting(client, setting, Draft::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn other_words_are_flagged() {
        for value in ["yes", "on", "enabled", "2", "t"] {
            assert_eq!(messages(&RULE, &format!("TEMPORAL_TLS={value}\n")).len(), 1, "{value}");
        }
    }

    #[test]
    fn the_four_words_pass_in_any_case() {
        for value in ["true", "TRUE", "False", "1", "0", ""] {
            assert!(messages(&RULE, &format!("TEMPORAL_TLS={value}\n")).is_empty(), "{value}");
        }
    }
}
