//! `referenced-file-not-here`: a file that a variable names is not on this machine.

use super::environment_reference;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::FileProblem;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A file that a variable names is not on this machine.
    ///
    /// ## Why it matters
    /// A file of variables is often meant for a container or another machine. Here the path leads nowhere, so the certificate
    /// behind it has not been looked at.
    ///
    /// ## How to fix
    /// Run the check where the worker runs, or check the certificate by itself.
    pub(super) static RULE = {
        code: "CFG-306",
        name: "referenced-file-not-here",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TLS variables")],
        message: "{key} names {path}, which is not here; it has not been looked at",
        help: "run the check where the worker runs",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for unread in context.unread {
        let Some(client) = context.configuration.clients.get(unread.client) else { continue };
        if !client.origin.is_here() && unread.problem == FileProblem::Missing {
            let draft = Draft::new().fact("key", shown(&unread.key)).fact("path", shown(&unread.path));
            findings.of_client(client, Some(unread.place.clone()), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages_with;

    const TEXT: &str = "TEMPORAL_TLS_CLIENT_CERT_PATH=/c\nTEMPORAL_TLS_CLIENT_KEY_PATH=/k\n";

    #[test]
    fn what_was_not_looked_at_is_told() {
        assert_eq!(
            messages_with(&RULE, TEXT, &[("/c", "x")]),
            ["2: TEMPORAL_TLS_CLIENT_KEY_PATH names /k, which is not here; it has not been looked at"]
        );
    }

    #[test]
    fn files_that_are_here_are_not_mentioned() {
        assert!(messages_with(&RULE, TEXT, &[("/c", "x"), ("/k", "y")]).is_empty());
    }
}
