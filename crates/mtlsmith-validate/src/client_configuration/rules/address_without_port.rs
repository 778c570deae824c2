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
    /// The address has no port.
    ///
    /// ## Why it matters
    /// Temporal listens on 7233. Without a port some SDKs refuse the address and others try 443, where the connection hangs until
    /// its deadline.
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
        message: "{client} cannot connect: the address {address} has no port",
        help: "write {address}:7233",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let (Some(setting), Some(address)) = (client.setting(Item::Address), client.address()) else { return };
    let is_cloud = client.endpoint().is_some_and(Endpoint::is_cloud);
    // Of a scheme such as dns:/// nobody knows here what stands behind it.
    let is_host = address.scheme.is_none() && is_host_name(address.host);
    if (is_cloud || is_host) && address.port.is_none_or(str::is_empty) {
        findings.of_setting(client, setting, Draft::new().fact("address", shown(address.host)));
    }
}

/// Is it surely a host? What else may stand in the place of an address, such as a secret, is not repeated.
fn is_host_name(text: &str) -> bool {
    let is_of_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.split('.').all(|label| (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_of_label))
}

/// Names of hosts in use are shorter than this, and secrets are longer.
const LONGEST_LABEL: usize = 30;

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
            ["2: profile default cannot connect: the address orders.a1b2c.tmprl.cloud has no port"]
        );
        assert_eq!(messages(&RULE, &profile("orders.a1b2c.tmprl.cloud:", NAMESPACE, "")).len(), 1);
    }

    #[test]
    fn a_server_of_ones_own_needs_a_port_too() {
        assert_eq!(
            messages(&RULE, &profile("temporal", "default", "")),
            ["2: profile default cannot connect: the address temporal has no port"]
        );
    }

    #[test]
    fn a_port_passes_and_so_does_what_is_no_host() {
        for address in [
            ADDRESS,
            "temporal:7233",
            "[::1]:7233",
            "dns:///temporal",
            "${HOST}",
            "tmprl_AKeyThatStandsInTheWrongPlace",
        ] {
            assert!(messages(&RULE, &profile(address, NAMESPACE, "")).is_empty(), "{address}");
        }
    }

    #[test]
    fn labels_of_hosts_have_up_to_thirty_small_letters_digits_and_hyphens() {
        let flagged = |host: &str| !messages(&RULE, &profile(host, "default", "")).is_empty();
        for host in ["temporal-1", "7", "front-end.temporal.svc", &"a".repeat(30)] {
            assert!(flagged(host), "{host}");
        }
        for other in ["temporal_1", "tempOral", "temporal..svc", &"a".repeat(31)] {
            assert!(!flagged(other), "{other}");
        }
    }
}
