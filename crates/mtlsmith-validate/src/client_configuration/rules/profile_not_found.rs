//! `profile-not-found`: the profile that was asked for is not in the file.

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
    /// The profile that was asked for is not in the file.
    ///
    /// ## Why it matters
    /// A client that is told its profile ends with an error when the file has none of that name.
    ///
    /// ## How to fix
    /// Choose a profile of the file, or write the profile into it.
    pub(super) static RULE = {
        code: "CFG-405",
        name: "profile-not-found",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE],
        message: "the file has no profile {profile}; it has {known}",
        help: "choose one of its profiles with --profile or TEMPORAL_PROFILE",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::NoProfile { profile, known } = kind else { return None };
        Some(Draft::new().fact("profile", shown(profile)).fact("known", known.clone()))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::ConfigurationCheck;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::profile;
    use crate::client_configuration::rules::testing::sentences;

    fn of_profile(name: &str) -> Vec<String> {
        let check = ConfigurationCheck { profile: Some(name), ..ConfigurationCheck::default() };
        sentences(&RULE, &check.run("", profile(ADDRESS, NAMESPACE, "").as_bytes()).findings)
    }

    #[test]
    fn a_profile_that_is_not_there_is_flagged() {
        assert_eq!(of_profile("production"), ["the file has no profile production; it has default"]);
    }

    #[test]
    fn a_profile_that_is_there_passes() {
        assert!(of_profile("default").is_empty());
    }
}
