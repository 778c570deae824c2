//! `unknown-temporal-variable`: a variable looks like a setting of a client, but no client reads it.

use super::environment_reference;
use super::tell_oddities;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::client_configuration::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A variable looks like a setting of a client, but no client reads it.
    ///
    /// ## Why it matters
    /// Clients look variables up by their exact names. A variable beside that does nothing, and the client connects without what
    /// it says.
    ///
    /// ## How to fix
    /// Use the name that the finding shows.
    pub(super) static RULE = {
        code: "CFG-105",
        name: "unknown-temporal-variable",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TLS variables")],
        message: "no client reads the variable {name}",
        help: "call it {meant}",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::UnknownVariable { name, meant } = kind else { return None };
        Some(Draft::new().fact("name", shown(name)).fact("meant", *meant))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn near_misses_are_flagged_with_what_was_meant() {
        let text = "TEMPORAL_TLS_CLIENT_CERT=/tls/tls.crt\nTEMPORAL_HOST_URL=x:7233\n";
        assert_eq!(messages(&RULE, text).len(), 2);
        assert_eq!(
            advice(&RULE, text),
            ["call it TEMPORAL_TLS_CLIENT_CERT_PATH", "call it TEMPORAL_ADDRESS"]
        );
    }

    #[test]
    fn variables_of_the_program_pass() {
        assert!(messages(&RULE, "TEMPORAL_TASK_QUEUE=orders\nTEMPORAL_ADDRESS=x:7233\n").is_empty());
    }
}
