//! `address-without-port`: the address of Temporal Cloud has no port.

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
    /// The address of Temporal Cloud has no port.
    ///
    /// ## Why it matters
    /// Temporal Cloud listens on 7233. Without a port some SDKs refuse the address and others try 443, where the connection
    /// hangs until its deadline.
    ///
    /// ## How to fix
    /// Write the port behind the host: NAME.ACCOUNT.tmprl.cloud:7233.
    pub(super) static RULE = {
        code: "CFG-201",
        name: "address-without-port",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: endpoints")],
        message: "{client} connects to {address} without a port",
        help: "write {address}:7233",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let (Some(setting), Some(address)) = (client.setting(Item::Address), client.address()) else { return };
    let is_cloud = client.endpoint().is_some_and(Endpoint::is_cloud);
    if is_cloud && address.port.is_none_or(str::is_empty) {
        findings.of_setting(client, setting, Draft::new().fact("address", shown(address.host)));
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
    fn a_host_alone_is_flagged() {
        assert_eq!(
            messages(&RULE, &profile("orders.a1b2c.tmprl.cloud", NAMESPACE, "")),
            ["2: profile default connects to orders.a1b2c.tmprl.cloud without a port"]
        );
        assert_eq!(messages(&RULE, &profile("orders.a1b2c.tmprl.cloud:", NAMESPACE, "")).len(), 1);
    }

    #[test]
    fn a_port_passes_and_so_does_a_server_of_ones_own() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &profile("temporal", "default", "")).is_empty());
    }
}
