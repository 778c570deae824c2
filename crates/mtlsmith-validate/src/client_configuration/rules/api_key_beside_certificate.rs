//! `api-key-beside-certificate`: a client has both an API key and a client certificate.

use super::WORKER_CONTROLLER;
use super::temporal_namespaces;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A client has both an API key and a client certificate.
    ///
    /// ## Why it matters
    /// A Namespace takes one or the other; both at once are a pre-release feature that Temporal turns on on request. Which of
    /// the two counts depends on the endpoint.
    ///
    /// ## How to fix
    /// Keep the credentials that the Namespace is set up for.
    pub(super) static RULE = {
        code: "CFG-009",
        name: "api-key-beside-certificate",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: authentication"), WORKER_CONTROLLER],
        message: "{client} has both an API key and a client certificate",
        help: "keep the one that the Namespace is set up for",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::ApiKey) else { return };
    if client.certificate().is_some() {
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
    fn both_at_once_are_flagged() {
        let text = "TEMPORAL_API_KEY=k\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\nTEMPORAL_TLS_CLIENT_KEY_PATH=/k\n";
        assert_eq!(
            messages(&RULE, text),
            ["1: the environment has both an API key and a client certificate"]
        );
    }

    #[test]
    fn one_of_them_passes() {
        assert!(messages(&RULE, "TEMPORAL_API_KEY=k\n").is_empty());
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }
}
