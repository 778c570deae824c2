//! `line-not-understood`: a line mentions a variable of Temporal and could not be read as an assignment.

use super::environment_reference;
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
    /// A line mentions a variable of Temporal and could not be read as an assignment.
    ///
    /// ## Why it matters
    /// Assignments are read as NAME=value, as shells write them (export, declare -x, set, $env:NAME =), and as systemd does
    /// (Environment=). What stands in another line has not been checked, and a program may not see it either.
    ///
    /// ## How to fix
    /// Write NAME=value in a line of its own.
    pub(super) static RULE = {
        code: "CFG-905",
        name: "line-not-understood",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Connection variables")],
        message: "{name} is mentioned here, but the line sets nothing that could be read; it was not checked",
        help: "write {name}=value in a line of its own",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::NotUnderstood { name } = kind else { return None };
        Some(Draft::new().fact("name", shown(name)))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn a_mention_that_sets_nothing_is_flagged() {
        let text = "A=1\nTEMPORAL_ADDRESS: x\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "2: TEMPORAL_ADDRESS is mentioned here, but the line sets nothing that could be read; it was not checked"
            ]
        );
        assert_eq!(advice(&RULE, text), ["write TEMPORAL_ADDRESS=value in a line of its own"]);
    }

    #[test]
    fn assignments_comments_and_uses_pass() {
        let text = "export TEMPORAL_ADDRESS=x\n# TEMPORAL_NAMESPACE\necho $TEMPORAL_NAMESPACE ${TEMPORAL_TLS}\n\
            unset TEMPORAL_TLS\nexport TEMPORAL_ADDRESS\n";
        assert!(messages(&RULE, text).is_empty());
    }
}
