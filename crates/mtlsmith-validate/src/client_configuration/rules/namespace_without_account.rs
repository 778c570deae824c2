//! `namespace-without-account`: the Namespace is named without its account.

use super::GO_GUIDE;
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
    /// The Namespace is named without its account.
    ///
    /// ## Why it matters
    /// On Temporal Cloud a Namespace is called NAME.ACCOUNT. The short name alone is not found, and the server answers that the
    /// request is not authorized. A sample in Temporal's own documentation shows the short name.
    ///
    /// ## How to fix
    /// Write the whole name, as the page of the Namespace shows it.
    pub(super) static RULE = {
        code: "CFG-002",
        name: "namespace-without-account",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("the Namespace Id"), GO_GUIDE],
        message: "{client} asks for the Namespace {namespace}; on Temporal Cloud its name is {wanted}",
        help: "write {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Namespace) else { return };
    let Some(namespace) = setting.text().filter(|_| client.endpoint().is_some_and(Endpoint::is_cloud)) else {
        return;
    };
    if namespace.contains('.') {
        return;
    }
    let account = match client.endpoint() {
        Some(Endpoint::Namespace { account, .. }) => account,
        _ => "ACCOUNT",
    };
    let wanted = format!("{}.{}", shown(namespace), shown(account));
    findings.of_setting(
        client,
        setting,
        Draft::new().fact("namespace", shown(namespace)).fact("wanted", wanted),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn the_short_name_is_flagged_with_the_long_one() {
        assert_eq!(
            messages(&RULE, &profile(ADDRESS, "orders", "")),
            ["3: profile default asks for the Namespace orders; on Temporal Cloud its name is orders.a1b2c"]
        );
    }

    #[test]
    fn the_long_name_passes_and_so_does_a_server_of_ones_own() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &profile("localhost:7233", "default", "")).is_empty());
    }
}
