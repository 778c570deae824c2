//! `filters-not-json`: a text that is no JSON.

use super::TCLD;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// The text is no JSON.
    ///
    /// ## Why it matters
    /// Every official tool reads filters from JSON and refuses anything else.
    ///
    /// ## How to fix
    /// Repair the text at the place named: JSON has no comments, no trailing commas, and double quotes alone.
    pub(super) static RULE = {
        code: "FLT-203",
        name: "filters-not-json",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD, rfc("RFC 8259", "section 2: the grammar", "https://www.rfc-editor.org/rfc/rfc8259")],
        message: "the text is no JSON: {problem} (line {line}, column {column})",
        help: "repair the text at that place",
        check: Check::FilterSet(check),
    }
}

fn check(context: &FilterContext<'_>, findings: &mut FilterFindings<'_>) {
    let Some(fault) = context.reading.fault else { return };
    let draft = Draft::new()
        .fact("problem", fault.problem)
        .fact("line", fault.line)
        .fact("column", fault.column)
        .fact("offset", fault.offset);
    findings.add(None, Some(fault.line), draft);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn json_passes() {
        assert!(messages(&RULE, r#"{"filters":[]}"#).is_empty());
    }

    #[test]
    fn the_place_is_told() {
        let found = messages(&RULE, "{\n \"filters\": [,]}");
        assert_eq!(found, ["2: the text is no JSON: a character that begins no value (line 2, column 14)"]);
    }
}
