//! `long-namespace-name`: the name of the Namespace is longer than Temporal documents.

use super::temporal_namespaces;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::address::DOCUMENTED_NAME;
use crate::client_configuration::address::LONGEST_NAME;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The name of the Namespace is longer than Temporal documents.
    ///
    /// ## Why it matters
    /// Temporal documents 39 characters for the name of a Namespace; the Terraform provider allows 64. A longer name than
    /// documented is often two names run together.
    ///
    /// ## How to fix
    /// Compare the name with the page of the Namespace.
    pub(super) static RULE = {
        code: "CFG-103",
        name: "long-namespace-name",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_namespaces("Namespace names: up to 39 characters")],
        message: "{client} asks for a Namespace whose name has {characters} characters; Temporal documents at most {limit}",
        help: "compare it with the page of the Namespace",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let Some(setting) = client.setting(Item::Namespace) else { return };
    let Some(namespace) = setting.text().filter(|_| client.is_for_cloud()) else { return };
    let name = namespace.split_once('.').map_or(namespace, |(name, _)| name);
    if name.len() > DOCUMENTED_NAME && name.len() <= LONGEST_NAME {
        let draft = Draft::new().fact("characters", name.len()).fact("limit", DOCUMENTED_NAME);
        findings.of_setting(client, setting, draft);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn forty_characters_are_flagged_and_thirty_nine_are_not() {
        let text = |length: usize| profile(ADDRESS, &format!("{}.a1b2c", "a".repeat(length)), "");
        assert!(messages(&RULE, &text(39)).is_empty());
        assert_eq!(messages(&RULE, &text(40)).len(), 1);
        assert_eq!(messages(&RULE, &text(64)).len(), 1);
        assert!(messages(&RULE, &text(65)).is_empty());
    }
}
