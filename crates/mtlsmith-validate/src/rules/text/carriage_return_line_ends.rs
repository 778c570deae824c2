//! `carriage-return-line-ends`: lines end with carriage returns alone.

use crate::finding::Findings;
use crate::pem::Skipped;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// Lines end with carriage returns alone, and Go sees no line.
    ///
    /// ## Why it matters
    /// For Go a line ends with a line feed, with or without a carriage return before it. A file with the line ends of the old Mac is one
    /// single line, on which no BEGIN and no END can be recognised; other readers take it without complaint.
    ///
    /// ## How to fix
    /// Convert the line ends, or let `mtlsmith bundle normalize` rewrite the file.
    pub(super) static RULE = {
        code: "BND-007",
        name: "carriage-return-line-ends",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: a line ends with a line feed")],
        message: "the text ends lines with carriage returns alone, so Go passes over {lost} of its {blocks} blocks",
        help: "convert it: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    super::tell_skipped(context, &Skipped::CarriageReturnsOnly, findings);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_text_of_the_old_mac_is_one_finding() {
        let text = testkit::bundle(&[&testkit::root("a"), &testkit::root("b")]).replace('\n', "\r");
        let found = messages(&RULE, text);
        assert_eq!(
            found,
            ["the text ends lines with carriage returns alone, so Go passes over 2 of its 2 blocks"]
        );
    }

    #[test]
    fn carriage_returns_before_line_feeds_are_fine() {
        assert!(findings(&RULE, testkit::root("a").pem().replace('\n', "\r\n")).is_empty());
    }
}
