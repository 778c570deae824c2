//! `address-of-another-namespace`: the address is the endpoint of another Namespace than the one that is asked for.

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
use crate::rule::temporal_certificates;

rule! {
    /// The address is the endpoint of another Namespace than the one that is asked for.
    ///
    /// ## Why it matters
    /// Each Namespace has an endpoint of its own, a CA bundle of its own and certificate filters of its own. A client that
    /// knocks at the door of one Namespace and asks for another is told that its request is not authorized.
    ///
    /// ## How to fix
    /// Let the address and the Namespace name the same one.
    pub(super) static RULE = {
        code: "CFG-501",
        name: "address-of-another-namespace",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Access Namespaces: endpoints"), temporal_certificates("Manage CA certificates")],
        message: "{client} connects to the endpoint of {endpoint}, but asks for the Namespace {namespace}",
        help: "write {namespace}.tmprl.cloud:7233 as the address, or {endpoint} as the Namespace",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Address) else { return };
    let Some(Endpoint::Namespace { name, account }) = client.endpoint() else { return };
    let Some(namespace) = client.text(Item::Namespace).filter(|namespace| namespace.contains('.')) else {
        return;
    };
    let endpoint = format!("{name}.{account}");
    if !endpoint.eq_ignore_ascii_case(namespace) {
        let draft = Draft::new().fact("endpoint", shown(&endpoint)).fact("namespace", shown(namespace));
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
    fn another_namespace_is_flagged() {
        let text = profile(ADDRESS, "payments.a1b2c", "");
        assert_eq!(
            messages(&RULE, &text),
            [
                "2: profile default connects to the endpoint of orders.a1b2c, but asks for the Namespace payments.a1b2c"
            ]
        );
    }

    #[test]
    fn the_same_namespace_passes_whatever_the_case() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &profile("ORDERS.a1b2c.tmprl.cloud:7233", NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, &profile(ADDRESS, "orders", "")).is_empty());
    }
}
