//! `repeated-variable`: a variable is set twice in the file.

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
    /// A variable is set twice in the file.
    ///
    /// ## Why it matters
    /// The last one counts. Whoever changes the first one changes nothing, and does not see why.
    ///
    /// ## How to fix
    /// Keep one of the two lines.
    pub(super) static RULE = {
        code: "CFG-705",
        name: "repeated-variable",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Connection variables")],
        message: "{name} is set here again; it was set in line {first}",
        help: "keep one of the two lines",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::Repeated { name, first } = kind else { return None };
        Some(Draft::new().fact("name", shown(name)).fact("first", *first))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn the_second_line_is_flagged() {
        let text = "TEMPORAL_ADDRESS=a:1\nOTHER=1\nTEMPORAL_ADDRESS=b:1\n";
        assert_eq!(messages(&RULE, text), ["3: TEMPORAL_ADDRESS is set here again; it was set in line 1"]);
    }

    #[test]
    fn one_line_each_passes_and_other_variables_are_none_of_ours() {
        assert!(messages(&RULE, "TEMPORAL_ADDRESS=a:1\nX=1\nX=2\n").is_empty());
    }
}
