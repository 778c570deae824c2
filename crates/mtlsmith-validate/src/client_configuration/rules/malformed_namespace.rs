//! `malformed-namespace`: the Namespace has a name that no Namespace of Temporal Cloud can have.

use super::temporal_namespaces;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::address::LONGEST_NAME;
use crate::client_configuration::address::is_account;
use crate::client_configuration::address::is_namespace_name;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The Namespace has a name that no Namespace of Temporal Cloud can have.
    ///
    /// ## Why it matters
    /// The name of a Namespace has at least two lower-case letters, digits and hyphens, a letter first and no hyphen last;
    /// behind the dot stands an account of at least five letters and digits.
    ///
    /// ## How to fix
    /// Copy the name from the page of the Namespace.
    pub(super) static RULE = {
        code: "CFG-003",
        name: "malformed-namespace",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Namespace names")],
        message: "{client} asks for the Namespace {namespace}, which is no name of a Namespace: {reason}",
        help: "copy the name from the page of the Namespace; it looks like orders.a1b2c",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Namespace) else { return };
    let Some(namespace) = setting.text().filter(|_| client.is_for_cloud()) else { return };
    let Some((name, account)) = namespace.split_once('.') else { return };
    if namespace.contains('<') {
        return; // told as a placeholder
    }
    let reason = match () {
        () if account.contains('.') => "it has more than one dot",
        () if !is_account(account) => "the account behind the dot has at least five letters and digits",
        () if name.len() > LONGEST_NAME => "it is longer than 64 characters",
        () if !is_namespace_name(name) => {
            "it has lower-case letters, digits and hyphens, a letter first and no hyphen last"
        }
        () => return,
    };
    findings.of_setting(
        client,
        setting,
        Draft::new().fact("namespace", shown(namespace)).fact("reason", reason),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn names_that_cannot_be_are_flagged() {
        for namespace in
            ["Orders.a1b2c", "o.a1b2c", "orders.a1b2", "orders.a1-b2c", "orders.eu.a1b2c", "orders-.a1b2c"]
        {
            assert_eq!(messages(&RULE, &profile(ADDRESS, namespace, "")).len(), 1, "{namespace}");
        }
    }

    #[test]
    fn names_end_at_their_limits() {
        let (last, first) = (format!("{}.a1b2c", "a".repeat(64)), format!("{}.a1b2c", "a".repeat(65)));
        assert!(messages(&RULE, &profile(ADDRESS, &last, "")).is_empty());
        assert_eq!(messages(&RULE, &profile(ADDRESS, &first, "")).len(), 1);
        assert!(messages(&RULE, &profile(ADDRESS, "or.a1b2c", "")).is_empty());
        assert!(messages(&RULE, &profile("localhost:7233", "Any.Name", "")).is_empty());
    }

    #[test]
    fn each_reason_is_told_before_the_next() {
        let reason = |namespace: &str| messages(&RULE, &profile(ADDRESS, namespace, "")).concat();
        assert!(reason("a.b.c1d2e").contains("more than one dot"), "{}", reason("a.b.c1d2e"));
        let long = format!("{}.a1b2c", "a".repeat(65));
        assert!(reason(&long).contains("longer than 64 characters"), "{}", reason(&long));
        assert!(reason("Orders.a1b2c").contains("lower-case letters"), "{}", reason("Orders.a1b2c"));
    }
}
