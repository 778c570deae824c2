//! `private-endpoint-without-server-name`: the address is a private endpoint, and no name for the server's certificate is set.

use super::connectivity;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Origin;
use crate::client_configuration::address::Endpoint;
use crate::client_configuration::finding::shown;
use crate::client_configuration::keys::variable_of;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The address is a private endpoint, and no name for the server's certificate is set.
    ///
    /// ## Why it matters
    /// Behind AWS PrivateLink and Private Service Connect the server still presents the certificate of Temporal Cloud, and
    /// chooses the Namespace by the name that the client asks for. Without that name the handshake fails.
    ///
    /// ## How to fix
    /// Set the server name: NAME.ACCOUNT.tmprl.cloud, and for a Namespace in several regions that of the active region, such as
    /// aws-us-east-1.region.tmprl.cloud.
    pub(super) static RULE = {
        code: "CFG-010",
        name: "private-endpoint-without-server-name",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[connectivity("Update DNS or clients to use private connectivity")],
        message: "{client} connects to the private endpoint {address} without a server name",
        help: "set {key_wanted} to {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Address) else { return };
    let is_private = matches!(client.endpoint(), Some(Endpoint::Private | Endpoint::Ip));
    if !is_private
        || !client.is_for_cloud()
        || client.setting(Item::ServerName).is_some()
        || client.is_partial
    {
        return;
    }
    let namespace = client.text(Item::Namespace).map_or("NAME.ACCOUNT".to_owned(), shown);
    let wanted = match client.has_certificate() {
        true => format!("{namespace}.tmprl.cloud"),
        false => "the regional endpoint, such as us-east-1.aws.api.temporal.io".to_owned(),
    };
    let key = match client.origin {
        Origin::Profile => "server_name",
        Origin::Connection | Origin::ProxyUpstream => "tls.serverName",
        Origin::Process | Origin::EnvironmentFile | Origin::Container => variable_of(Item::ServerName),
    };
    let address = setting.text().map(shown).unwrap_or_default();
    let draft = Draft::new().fact("address", address).fact("wanted", wanted).fact("key_wanted", key);
    findings.of_setting(client, setting, draft);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    const PRIVATE: &str = "vpce-0123-abc.us-east-1.vpce.amazonaws.com:7233";

    #[test]
    fn private_endpoints_need_a_name() {
        for address in [PRIVATE, "10.0.0.5:7233"] {
            let text = profile(address, NAMESPACE, "");
            assert_eq!(messages(&RULE, &text).len(), 1, "{address}");
            assert_eq!(advice(&RULE, &text), ["set server_name to orders.a1b2c.tmprl.cloud"]);
        }
    }

    #[test]
    fn a_name_is_enough_and_a_server_of_ones_own_needs_none() {
        let text = profile(PRIVATE, NAMESPACE, "server_name = \"orders.a1b2c.tmprl.cloud\"");
        assert!(messages(&RULE, &text).is_empty());
        assert!(messages(&RULE, &profile("10.0.0.5:7233", "default", "")).is_empty());
        assert!(messages(&RULE, &profile("127.0.0.1:7233", NAMESPACE, "")).is_empty());
    }
}
