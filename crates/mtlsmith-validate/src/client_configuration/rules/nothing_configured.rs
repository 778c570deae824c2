//! `nothing-configured`: the file says nothing about a client of Temporal.

use super::environment_reference;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The file says nothing about a client of Temporal.
    ///
    /// ## Why it matters
    /// Nothing was found that could be checked: no profile, no TEMPORAL_ variable that a client reads, no Secret, no Connection.
    /// A check of the wrong file tells nothing about the right one.
    ///
    /// ## How to fix
    /// Name the file that the worker reads; of a container that is the manifest with its environment.
    pub(super) static RULE = {
        code: "CFG-505",
        name: "nothing-configured",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Connection variables")],
        message: "the file says nothing about a client of Temporal, so nothing was checked",
        help: "name the file that the worker reads",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    let configuration = context.configuration;
    let says_something = configuration.clients.iter().any(|client| {
        !client.settings.is_empty()
            || client.certificate_secret.is_some()
            || client.api_key_secret.is_some()
            || client.has_other_credentials
    });
    if !says_something && configuration.secrets.is_empty() && configuration.oddities.is_empty() {
        findings.of_place(None, Draft::new());
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
    fn a_file_without_a_setting_is_flagged() {
        for text in ["OTHER=1\n", "kind: Service\n", "[profile.default]\n", "kind: Deployment\nspec: {}\n"] {
            assert_eq!(messages(&RULE, text).len(), 1, "{text}");
        }
    }

    #[test]
    fn one_setting_is_enough() {
        assert!(messages(&RULE, "TEMPORAL_ADDRESS=localhost:7233\n").is_empty());
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }

    #[test]
    fn other_credentials_are_something() {
        assert!(messages(&RULE, "[profile.default.oauth]\nclient_id = \"x\"\n").is_empty());
        assert_eq!(messages(&RULE, "[profile.default]\n").len(), 1);
    }

    #[test]
    fn a_connection_that_names_a_secret_alone_says_something() {
        let connection = |spec: &str| {
            let head = "apiVersion: temporal.io/v1alpha1\nkind: Connection\n";
            let text = format!("{head}metadata: {{name: c}}\nspec: {{{spec}}}\n");
            messages(&RULE, &text).len()
        };
        assert_eq!(connection("mutualTLSSecretRef: {name: tls}"), 0);
        assert_eq!(connection("apiKeySecretRef: {name: key}"), 0);
        assert_eq!(connection(""), 1);
    }
}
