//! `referenced-file-missing`: a file that a setting names cannot be read.

use super::GO_SDK;
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
    /// A file that a setting names cannot be read.
    ///
    /// ## Why it matters
    /// The client ends when it starts, or connects without a certificate. Relative paths count from the folder in which the
    /// program runs, not from that of the file.
    ///
    /// ## How to fix
    /// Put the file there, or write the path where it is. Run the check as the user and in the folder of the worker.
    pub(super) static RULE = {
        code: "CFG-206",
        name: "referenced-file-missing",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, environment_reference("TLS variables")],
        message: "{key} of {client} names {path}, and there {problem}",
        help: "put the file there, or write the path where it is",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for unread in context.unread {
        let Some(client) = context.configuration.clients.get(unread.client) else { continue };
        let problem = match &unread.problem {
            FileProblem::Missing => "is no file".to_owned(),
            FileProblem::Unreadable(reason) => format!("is a file that cannot be read: {reason}"),
            FileProblem::NotLookedAt => continue,
        };
        if client.origin.is_here() {
            let draft = Draft::new().fact("key", shown(&unread.key)).fact("path", shown(&unread.path));
            findings.of_client(client, Some(unread.place.clone()), draft.fact("problem", problem));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_path_that_leads_nowhere_is_flagged() {
        let text = profile(ADDRESS, NAMESPACE, "");
        assert_eq!(
            messages_with(&RULE, &text, &[("/tls/tls.crt", "x")]),
            ["6: client_key_path of profile default names /tls/tls.key, and there is no file"]
        );
    }

    #[test]
    fn files_that_are_there_pass_and_those_of_containers_are_not_looked_for() {
        let text = profile(ADDRESS, NAMESPACE, "");
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", "x"), ("/tls/tls.key", "y")]).is_empty());
        assert!(messages_with(&RULE, "TEMPORAL_TLS_CLIENT_CERT_PATH=/c\n", &[]).is_empty());
    }
}
