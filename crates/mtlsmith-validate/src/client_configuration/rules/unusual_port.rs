//! `unusual-port`: the address of Temporal Cloud has another port than 7233.

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
    /// The address of Temporal Cloud has another port than 7233.
    ///
    /// ## Why it matters
    /// Temporal Cloud documents port 7233 alone. With another one the connection hangs until its deadline, unless something in
    /// between forwards it.
    ///
    /// ## How to fix
    /// Write port 7233 behind the host name.
    pub(super) static RULE = {
        code: "CFG-301",
        name: "unusual-port",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: endpoints")],
        message: "{client} connects to port {port} of {host}; Temporal Cloud listens on 7233",
        help: "write {host}:7233",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let (Some(setting), Some(address)) = (client.setting(Item::Address), client.address()) else { return };
    let is_cloud = client.endpoint().is_some_and(|endpoint| {
        matches!(endpoint, Endpoint::Namespace { .. } | Endpoint::Region | Endpoint::RegionalApi)
    });
    if let Some(port) = address.port.filter(|port| is_cloud && !port.is_empty() && *port != "7233") {
        let draft = Draft::new().fact("port", shown(port)).fact("host", shown(address.host));
        findings.of_setting(client, setting, draft);
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
    fn another_port_is_flagged() {
        let found = messages(&RULE, &profile("orders.a1b2c.tmprl.cloud:443", NAMESPACE, ""));
        assert_eq!(
            found,
            [
                "2: profile default connects to port 443 of orders.a1b2c.tmprl.cloud; Temporal Cloud listens on 7233"
            ]
        );
    }

    #[test]
    fn the_port_of_temporal_cloud_passes() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &profile("localhost:8233", "default", "")).is_empty());
    }
}
