//! `not-a-namespace-endpoint`: the address is a host of Temporal Cloud, but not the endpoint of a Namespace.

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
    /// The address is a host of Temporal Cloud, but not the endpoint of a Namespace.
    ///
    /// ## Why it matters
    /// Workers and Clients connect to NAME.ACCOUNT.tmprl.cloud, or to the endpoint of a region. Other hosts under tmprl.cloud
    /// serve the control plane, the metrics or the web interface.
    ///
    /// ## How to fix
    /// Copy the endpoint from the page of the Namespace: NAME.ACCOUNT.tmprl.cloud:7233.
    pub(super) static RULE = {
        code: "CFG-101",
        name: "not-a-namespace-endpoint",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: endpoints")],
        message: "{client} connects to {address}, which is not the endpoint of a Namespace",
        help: "use NAME.ACCOUNT.tmprl.cloud:7233",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Address) else { return };
    if client.endpoint() == Some(Endpoint::OtherCloud) {
        let address = setting.text().map(shown).unwrap_or_default();
        findings.of_setting(client, setting, Draft::new().fact("address", address));
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
    fn the_control_plane_is_no_endpoint_of_a_namespace() {
        for address in
            ["saas-api.tmprl.cloud:443", "a1b2c.tmprl.cloud:7233", "web.orders.a1b2c.tmprl.cloud:7233"]
        {
            assert_eq!(messages(&RULE, &profile(address, NAMESPACE, "")).len(), 1, "{address}");
        }
    }

    #[test]
    fn endpoints_of_namespaces_and_regions_pass() {
        for address in [ADDRESS, "aws-us-east-1.region.tmprl.cloud:7233", "localhost:7233"] {
            assert!(messages(&RULE, &profile(address, NAMESPACE, "")).is_empty(), "{address}");
        }
    }
}
