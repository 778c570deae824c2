//! `placeholder-left`: a value still has the placeholder of the documentation.

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
    /// A value still has the placeholder of the documentation.
    ///
    /// ## Why it matters
    /// What stands between angle brackets in documentation is to be replaced. Left as it is, no host, Namespace or file has that
    /// name.
    ///
    /// ## How to fix
    /// Put your own value in its place.
    pub(super) static RULE = {
        code: "CFG-601",
        name: "placeholder-left",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Connection variables")],
        message: "{key} still has a placeholder: {value}",
        help: "put your own value in its place",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in &client.settings {
        let Some(text) = setting.text() else { continue };
        let has_placeholder = text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
        if has_placeholder {
            findings.of_setting(client, setting, Draft::new().fact("value", shown(text)));
        }
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
    fn angle_brackets_are_flagged_where_they_stand() {
        let found = messages(
            &RULE,
            &profile("<namespace>.<account>.tmprl.cloud:7233", NAMESPACE, "server_name = \"<x>\""),
        );
        assert_eq!(
            found,
            [
                "2: address still has a placeholder: <namespace>.<account>.tmprl.cloud:7233",
                "7: server_name still has a placeholder: <x>"
            ]
        );
    }

    #[test]
    fn filled_values_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }
}
