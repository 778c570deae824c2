//! `server-name-not-a-host`: the server name has a port or a scheme.

use super::go_tls;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::address::Address;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The server name has a port or a scheme.
    ///
    /// ## Why it matters
    /// The server name is compared with the names in the server's certificate, which have neither. The handshake fails.
    ///
    /// ## How to fix
    /// Write the host alone.
    pub(super) static RULE = {
        code: "CFG-210",
        name: "server-name-not-a-host",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("Config.ServerName")],
        message: "{client} has the server name {server_name}; a server name is a host alone",
        help: "write {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::ServerName) else { return };
    let Some(server_name) = setting.text().filter(|text| text.contains([':', '/'])) else { return };
    if server_name.parse::<std::net::IpAddr>().is_ok() {
        return;
    }
    let wanted = shown(Address::of(server_name).host);
    findings.of_setting(
        client,
        setting,
        Draft::new().fact("server_name", shown(server_name)).fact("wanted", wanted),
    );
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
    fn a_port_is_flagged() {
        let text = profile(ADDRESS, NAMESPACE, &format!("server_name = \"{ADDRESS}\""));
        assert_eq!(messages(&RULE, &text).len(), 1);
        assert_eq!(advice(&RULE, &text), ["write orders.a1b2c.tmprl.cloud"]);
    }

    #[test]
    fn a_host_passes() {
        for server_name in ["orders.a1b2c.tmprl.cloud", "fd00::1"] {
            let text = profile(ADDRESS, NAMESPACE, &format!("server_name = \"{server_name}\""));
            assert!(messages(&RULE, &text).is_empty(), "{server_name}");
        }
    }
}
