//! `wrong-server-name`: the server name is not one by which Temporal Cloud knows the Namespace.

use super::connectivity;
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
    /// The server name is not one by which Temporal Cloud knows the Namespace.
    ///
    /// ## Why it matters
    /// With a client certificate the server name is the endpoint of the Namespace, or that of the active region for a Namespace
    /// in several. By any other name the server presents another certificate, or looks into the bundle of another Namespace.
    ///
    /// ## How to fix
    /// Set the name of the Namespace's endpoint, without a port, or drop the setting when the address has it already.
    pub(super) static RULE = {
        code: "CFG-110",
        name: "wrong-server-name",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[connectivity("Update DNS or clients to use private connectivity: TLS server name")],
        message: "{client} asks for the server {server_name}; with a client certificate that is {wanted}",
        help: "write {wanted}, or the endpoint of the active region",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::ServerName) else { return };
    let Some(server_name) = setting.text().filter(|_| client.is_for_cloud() && client.has_certificate())
    else {
        return;
    };
    if client.has_api_key() || server_name.contains([':', '/', '<']) {
        return;
    }
    let namespace = client.text(Item::Namespace).filter(|namespace| namespace.contains('.'));
    let is_right = match Endpoint::of_host(server_name) {
        Endpoint::Region => true,
        Endpoint::Namespace { name, account } => {
            namespace.is_none_or(|namespace| namespace.eq_ignore_ascii_case(&format!("{name}.{account}")))
        }
        _ => false,
    };
    if !is_right {
        let wanted = format!("{}.tmprl.cloud", namespace.map_or("NAME.ACCOUNT".to_owned(), shown));
        let draft = Draft::new().fact("server_name", shown(server_name)).fact("wanted", wanted);
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

    fn named(server_name: &str) -> String {
        profile("10.0.0.5:7233", NAMESPACE, &format!("server_name = \"{server_name}\""))
    }

    #[test]
    fn other_names_are_flagged() {
        for server_name in
            ["us-east-1.aws.api.temporal.io", "payments.a1b2c.tmprl.cloud", "temporal.internal"]
        {
            assert_eq!(messages(&RULE, &named(server_name)).len(), 1, "{server_name}");
        }
    }

    #[test]
    fn the_namespace_and_regions_pass() {
        for server_name in ["orders.a1b2c.tmprl.cloud", "aws-us-east-1.region.tmprl.cloud"] {
            assert!(messages(&RULE, &named(server_name)).is_empty(), "{server_name}");
        }
        let own = profile("temporal.internal:7233", "default", "server_name = \"temporal.internal\"");
        assert!(messages(&RULE, &own).is_empty());
    }

    #[test]
    fn a_name_that_has_another_fault_is_told_by_that() {
        let named =
            |server_name: &str| profile(ADDRESS, NAMESPACE, &format!("server_name = \"{server_name}\""));
        assert_eq!(messages(&RULE, &named("other.a1b2c.tmprl.cloud")).len(), 1);
        for server_name in
            ["<namespace>.tmprl.cloud", "https://other.a1b2c.tmprl.cloud", "other.a1b2c.tmprl.cloud:7233"]
        {
            assert!(messages(&RULE, &named(server_name)).is_empty(), "{server_name}");
        }
    }
}
