//! `text-after-last-block`: text follows the last block.

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
use crate::rule::rule;

use super::line_of;

rule! {
    /// Text follows the last block.
    ///
    /// ## Why it matters
    /// tcld and the Terraform provider read block after block and refuse the bundle when anything but blanks is left, because it may be a
    /// damaged certificate. The newer command line of Temporal Cloud ignores it in silence.
    ///
    /// ## How to fix
    /// Delete the text or move it before the first block; `mtlsmith bundle normalize` leaves it out.
    pub(super) static RULE = {
        code: "BND-008",
        name: "text-after-last-block",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld app/ca.go: what is left behind the last block must be blank", "https://github.com/temporalio/tcld"), official_tool("Terraform provider internal/types/encoded_ca.go", "https://github.com/temporalio/terraform-provider-temporalcloud")],
        message: "{bytes} bytes of text follow the last block, which ends on line {line}; tcld and Terraform refuse them",
        help: "delete the text, or: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let scan = &context.bundle.scan;
    let (Some(after), Some(last)) = (&scan.text_after, scan.blocks.last()) else { return };
    let draft = Draft::new().fact("bytes", after.len()).fact("line", last.lines.last);
    findings.add(Subject::Line(line_of(context, after.start)), draft);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_comment_at_the_end_is_flagged() {
        let pem = testkit::root("a").pem();
        let line = pem.lines().count();
        let sentence = format!(
            "13 bytes of text follow the last block, which ends on line {line}; tcld and Terraform refuse them"
        );
        assert_eq!(messages(&RULE, format!("{pem}\n# the CA of a\n\n")), [sentence]);
    }

    #[test]
    fn it_is_about_the_line_on_which_the_text_begins() {
        let pem = testkit::root("a").pem();
        let text = format!("{pem}\n \n  # the CA of a\n# more\n");
        let line = pem.lines().count() + 3;
        for text in [text.clone(), testkit::base64_line(text.as_bytes())] {
            assert_eq!(findings(&RULE, text)[0].subject, Subject::Line(line));
        }
        let glued = format!("{}# glued", pem.trim_end());
        let found = findings(&RULE, &glued);
        assert!(found.iter().all(|found| found.subject == Subject::Line(pem.lines().count())), "{found:?}");
    }

    #[test]
    fn blanks_at_the_end_are_fine() {
        assert!(findings(&RULE, format!("{} \t\r\n\n\u{a0}\u{b}", testkit::root("a").pem())).is_empty());
    }

    #[test]
    fn text_before_the_last_block_is_another_matter() {
        let text = format!("# one\n{}# two\n{}", testkit::root("a").pem(), testkit::root("b").pem());
        assert!(findings(&RULE, text).is_empty());
    }
}
