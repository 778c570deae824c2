//! `configuration-too-large`: there is more of the file than is read.

use super::KUBERNETES_SECRETS;
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
    /// There is more of the file than is read.
    ///
    /// ## Why it matters
    /// Files of more than 1 MiB, nested more than 64 levels deep, with more than 200,000 values or 20,000 behind aliases are no
    /// client configurations; Kubernetes stores no object larger than 1 MiB. What was not read has not been checked.
    ///
    /// ## How to fix
    /// Name the file of one client or one manifest.
    pub(super) static RULE = {
        code: "CFG-605",
        name: "configuration-too-large",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[KUBERNETES_SECRETS],
        message: "the file was not read to its end: {reason}",
        help: "check its parts one by one",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::TooLarge(reason) = kind else { return None };
        Some(Draft::new().fact("reason", *reason))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not() {
        let text = |length: usize| format!("TEMPORAL_ADDRESS=a:1{}", "\n".repeat(length - 20));
        assert!(messages(&RULE, &text(1024 * 1024)).is_empty());
        assert_eq!(
            messages(&RULE, &text(1024 * 1024 + 1)),
            ["the file was not read to its end: it is larger than 1 MiB"]
        );
    }

    #[test]
    fn aliases_are_limited() {
        let text = |aliases: usize| {
            let secret = "{kind: Secret, metadata: {name: x}, data: {}}";
            format!("kind: List\nitems:\n- &a {secret}\n{}", "- *a\n".repeat(aliases))
        };
        assert!(messages(&RULE, &text(100)).is_empty());
        assert_eq!(
            messages(&RULE, &text(10_000)),
            ["2226: the file was not read to its end: its aliases lead to more than 20,000 values"]
        );
    }

    #[test]
    fn depth_is_limited() {
        assert_eq!(messages(&RULE, &"[\n".repeat(100)).len(), 1);
    }
}
