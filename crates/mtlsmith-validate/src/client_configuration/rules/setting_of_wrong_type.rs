//! `setting-of-wrong-type`: a value of temporal.toml has the wrong type.

use super::GO_SDK;
use super::RUST_CORE;
use super::tell_oddities;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::client_configuration::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A value of temporal.toml has the wrong type.
    ///
    /// ## Why it matters
    /// Clients refuse the whole file when a text stands where true or false is wanted, or a number where a text is wanted.
    ///
    /// ## How to fix
    /// Write text in quotes, and true or false without.
    pub(super) static RULE = {
        code: "CFG-305",
        name: "setting-of-wrong-type",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE],
        message: "{key} has a value of the wrong type; it must be {wanted}",
        help: "write {wanted}",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::WrongType { key, wanted } = kind else { return None };
        Some(Draft::new().fact("key", shown(key)).fact("wanted", *wanted))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn wrong_types_are_flagged() {
        let text = "[profile.a]\naddress = 7233\n[profile.a.tls]\ndisabled = \"true\"\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "2: address has a value of the wrong type; it must be text in quotes",
                "4: disabled has a value of the wrong type; it must be true or false, without quotes"
            ]
        );
    }

    #[test]
    fn right_types_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "disabled = false")).is_empty());
    }
}
