//! `unreadable-configuration`: the file cannot be read as a client configuration.

use super::GO_SDK;
use super::tell_oddities;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The file cannot be read as a client configuration.
    ///
    /// ## Why it matters
    /// Clients refuse a file that they cannot read as a whole, and nothing behind the fault has been checked here.
    ///
    /// ## How to fix
    /// Repair the line. A file that is recognised by its name ends in .toml, .env, .yaml, .yml or .json.
    pub(super) static RULE = {
        code: "CFG-205",
        name: "unreadable-configuration",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK],
        message: "the file cannot be read here: {reason}",
        help: "repair this line; nothing behind it has been checked",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::Unreadable(reason) = kind else { return None };
        Some(Draft::new().fact("reason", *reason))
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
    fn broken_files_are_flagged_at_their_line() {
        assert_eq!(
            messages(&RULE, "[profile.a]\naddress = \n"),
            ["2: the file cannot be read here: it is no valid TOML"]
        );
        assert_eq!(messages(&RULE, "kind: Secret\n  data: [\n").len(), 1);
        assert_eq!(messages(&RULE, "").len(), 1);
    }

    #[test]
    fn readable_files_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, "kind: Secret\ndata: {}\n").is_empty());
    }
}
