//! `text-between-blocks`: text stands before or between the blocks.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rfc7468;
use crate::rule::rule;

use super::line_of;

rule! {
    /// Text stands before or between the blocks.
    ///
    /// ## Why it matters
    /// All official tools skip such text when they read, and upload it as part of the bundle nevertheless, where it counts against the
    /// limit of 32 KB and shows up as a difference in Terraform plans.
    ///
    /// ## How to fix
    /// Nothing has to be done. `mtlsmith bundle normalize` writes the certificates alone.
    pub(super) static RULE = {
        code: "BND-108",
        name: "text-between-blocks",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld app/ca.go: text between blocks is uploaded too", "https://github.com/temporalio/tcld"), rfc7468("section 2: text before the boundaries")],
        message: "{bytes} bytes of text stand before or between the blocks, the first of them on line {line}",
        help: "to upload the certificates alone: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let scan = &context.bundle.scan;
    let Some(first) = scan.text_between.first() else { return };
    let line = line_of(context, first.start);
    let bytes: usize = scan.text_between.iter().map(ExactSizeIterator::len).sum();
    let draft = Draft::new().fact("bytes", bytes).fact("pieces", scan.text_between.len()).fact("line", line);
    findings.add(Subject::Line(line), draft);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn text_before_and_between_is_one_finding() {
        let text = format!("# one\n{}\n# four\n{}", testkit::root("a").pem(), testkit::root("b").pem());
        let found = messages(&RULE, text);
        assert_eq!(
            found,
            ["11 bytes of text stand before or between the blocks, the first of them on line 1"]
        );
    }

    #[test]
    fn it_is_about_the_line_on_which_the_first_text_begins() {
        let pem = testkit::root("a").pem();
        let text = format!("{pem}\n\n# two\n{}", testkit::root("b").pem());
        let found = findings(&RULE, text);
        assert_eq!(found[0].subject, Subject::Line(pem.lines().count() + 3));
    }

    #[test]
    fn what_is_left_of_a_damaged_block_is_not_taken_for_text() {
        let pem = testkit::root("a").pem();
        let damaged = pem.replace("-----END CERTIFICATE-----\n", "");
        assert!(findings(&RULE, format!("{damaged}{pem}")).is_empty());
        let damaged = pem.replace("-----BEGIN CERTIFICATE-----\n", "");
        assert!(findings(&RULE, format!("{pem}{damaged}{pem}")).is_empty());
    }

    #[test]
    fn blank_lines_between_blocks_are_fine() {
        assert!(
            findings(&RULE, format!("\n{}\n \n{}", testkit::root("a").pem(), testkit::root("b").pem()))
                .is_empty()
        );
    }
}
