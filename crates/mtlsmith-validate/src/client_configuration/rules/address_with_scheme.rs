//! `address-with-scheme`: the address starts with a scheme such as https.

use super::GO_SDK;
use super::RUST_CORE;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The address starts with a scheme such as https.
    ///
    /// ## Why it matters
    /// SDKs want a host and a port. Go takes the scheme for a part of the host and never connects.
    ///
    /// ## How to fix
    /// Write the host and the port alone.
    pub(super) static RULE = {
        code: "CFG-401",
        name: "address-with-scheme",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE],
        message: "{client} has the address {address}; an address is a host and a port, without {scheme}://",
        help: "write {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let (Some(setting), Some(address)) = (client.setting(Item::Address), client.address()) else { return };
    if let Some(scheme) = address.scheme {
        let wanted = format!("{}:{}", address.host, address.port.unwrap_or("7233"));
        let text = setting.text().map(shown).unwrap_or_default();
        let draft =
            Draft::new().fact("address", text).fact("scheme", shown(scheme)).fact("wanted", shown(&wanted));
        findings.of_setting(client, setting, draft);
    }
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
    fn a_scheme_is_flagged() {
        let text = profile("https://orders.a1b2c.tmprl.cloud:7233", NAMESPACE, "");
        assert_eq!(messages(&RULE, &text).len(), 1);
        assert_eq!(advice(&RULE, &text), ["write orders.a1b2c.tmprl.cloud:7233"]);
    }

    #[test]
    fn host_and_port_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }
}
