//! `regional-endpoint-with-certificate`: a client with a certificate connects to a regional endpoint, which takes API keys alone.

use super::temporal_namespaces;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::address::Endpoint;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A client with a certificate connects to a regional endpoint, which takes API keys alone.
    ///
    /// ## Why it matters
    /// Temporal Cloud asks for client certificates on the endpoint of a Namespace. The regional endpoints under api.temporal.io
    /// are for API keys; a client certificate opens nothing there.
    ///
    /// ## How to fix
    /// Use the endpoint of the Namespace: NAME.ACCOUNT.tmprl.cloud:7233.
    pub(super) static RULE = {
        code: "CFG-001",
        name: "regional-endpoint-with-certificate",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: endpoints")],
        message: "{client} has a client certificate, but {address} is a regional endpoint, which takes API keys alone",
        help: "use the endpoint of the Namespace: {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Address) else { return };
    if client.endpoint() != Some(Endpoint::RegionalApi) || !client.has_certificate() || client.has_api_key() {
        return;
    }
    let namespace = client.text(Item::Namespace).filter(|namespace| namespace.contains('.'));
    let wanted = format!("{}.tmprl.cloud:7233", namespace.map_or("NAME.ACCOUNT".to_owned(), shown));
    let address = setting.text().map(shown).unwrap_or_default();
    findings.of_setting(client, setting, Draft::new().fact("address", address).fact("wanted", wanted));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_regional_endpoint_is_flagged_with_the_right_one() {
        let text = profile("us-east-1.aws.api.temporal.io:7233", NAMESPACE, "");
        let found = messages(&RULE, &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("2: profile default has a client certificate, but us-east-1.aws"),
            "{found:?}"
        );
        assert_eq!(
            advice(&RULE, &text),
            ["use the endpoint of the Namespace: orders.a1b2c.tmprl.cloud:7233"]
        );
    }

    #[test]
    fn the_endpoint_of_a_namespace_and_api_keys_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        let text = "TEMPORAL_ADDRESS=us-east-1.aws.api.temporal.io:7233\nTEMPORAL_API_KEY=k\n";
        assert!(messages(&RULE, text).is_empty());
    }

    #[test]
    fn an_api_key_belongs_to_the_regional_endpoint() {
        let address = "us-east-1.aws.api.temporal.io:7233";
        assert_eq!(messages(&RULE, &profile(address, NAMESPACE, "")).len(), 1);
        let with_key = format!(
            "[profile.default]\napi_key = \"x\"\n{}",
            profile(address, NAMESPACE, "").replacen("[profile.default]\n", "", 1)
        );
        assert!(messages(&RULE, &with_key).is_empty());
    }
}
