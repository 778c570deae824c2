//! `legacy-variable`: a variable is one of the old ones that the temporal CLI alone reads.

use super::CLI;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::keys::variable_of;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A variable is one of the old ones that the temporal CLI alone reads.
    ///
    /// ## Why it matters
    /// The SDKs do not know TEMPORAL_TLS_CERT, TEMPORAL_TLS_KEY and TEMPORAL_TLS_CA. The CLI connects with them, a worker in the
    /// same environment does not.
    ///
    /// ## How to fix
    /// Use the new name, which both read.
    pub(super) static RULE = {
        code: "CFG-008",
        name: "legacy-variable",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Legacy TLS variables"), CLI],
        message: "only the temporal CLI reads {key}; the SDKs pass over it",
        help: "call it {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.is_legacy && setting.is_set()) {
        findings.of_setting(client, setting, Draft::new().fact("wanted", variable_of(setting.item)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn old_variables_are_flagged_with_the_new_ones() {
        let text = "TEMPORAL_TLS_CERT=/c\nTEMPORAL_TLS_KEY=/k\nTEMPORAL_TLS_CA_DATA=x\n";
        assert_eq!(messages(&RULE, text).len(), 3);
        assert_eq!(
            advice(&RULE, text),
            [
                "call it TEMPORAL_TLS_CLIENT_CERT_PATH",
                "call it TEMPORAL_TLS_CLIENT_KEY_PATH",
                "call it TEMPORAL_TLS_SERVER_CA_CERT_DATA"
            ]
        );
    }

    #[test]
    fn new_variables_pass() {
        assert!(messages(&RULE, "TEMPORAL_TLS_CLIENT_CERT_PATH=/c\nTEMPORAL_TLS_CERT=\n").is_empty());
    }
}
