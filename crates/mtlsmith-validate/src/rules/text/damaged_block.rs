//! `damaged-block`: a block is damaged, and Go passes over it.

use crate::finding::Draft;
use crate::finding::Fact;
use crate::pem::Block;
use crate::pem::Skipped;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;
rule! {
    /// A block is damaged, and Go passes over it.
    ///
    /// ## Why it matters
    /// Go skips what it cannot read and goes on with the next block. Temporal's tools notice a damaged block only when it is the last one;
    /// any other is missing from the upload without a word.
    ///
    /// ## How to fix
    /// Copy the block anew from its source. Where only its BEGIN or END line is wrong, `mtlsmith bundle normalize` puts it right.
    pub(super) static RULE = {
        code: "BND-009",
        name: "damaged-block",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: a block that cannot be read is passed over"), official_tool("tcld app/ca.go: what is left behind the last block must be blank", "https://github.com/temporalio/tcld")],
        message: "the block on line {line} is damaged, and Go passes over it: {reason}",
        help: "{repair}",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let (reason, repair) = reason_and_repair(block.skipped()?)?;
    let at_its_end = block.skipped() == Some(&Skipped::NoBegin);
    let line = if at_its_end { block.lines.last } else { block.lines.first };
    Some(Draft::new().fact("line", line).fact("reason", reason).fact("repair", repair))
}

/// `None` for the reasons that have a rule of their own.
fn reason_and_repair(why: &Skipped) -> Option<(Fact, &'static str)> {
    let (reason, repair) = match why {
        Skipped::NoEnd => ("no END line follows it", COPY),
        Skipped::NoBegin => ("it ends without having begun", COPY),
        Skipped::BadLength => ("its base64 text is cut off or wrongly padded", COPY),
        Skipped::BadCharacter { line } => {
            return Some((
                Fact::from(format!("line {line} holds a character that base64 does not have")),
                COPY,
            ));
        }
        Skipped::UnfinishedBegin => ("its BEGIN line does not close with five hyphens", REFRAME),
        Skipped::UnfinishedEnd => ("its END line does not close with five hyphens", REFRAME),
        Skipped::ExtraHyphens => ("its BEGIN or END line has more than five hyphens on a side", REFRAME),
        Skipped::TextBeforeBegin => ("other text stands before BEGIN on its line", REFRAME),
        Skipped::TextAfterBegin => ("other text stands behind BEGIN on its line", REFRAME),
        Skipped::TextBeforeEnd => ("other text stands before END on its line", REFRAME),
        Skipped::TextAfterEnd => ("other text stands behind END on its line", REFRAME),
        Skipped::BehindDamage => {
            ("it is sound, but Go loses its place in the damage before it", "repair what is wrong above it")
        }
        _ => return None,
    };
    Some((Fact::from(reason), repair))
}

const COPY: &str = "copy the block anew from its source, every line of it";
const REFRAME: &str =
    "write BEGIN and END on lines of their own: mtlsmith bundle normalize FILE --output new.pem";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    /// What is said about one certificate after a change to its text.
    fn said(change: impl FnOnce(String) -> String) -> Vec<String> {
        messages(&RULE, format!("{}{}", change(testkit::root("a").pem()), testkit::root("b").pem()))
    }

    #[test]
    fn a_missing_end_line_is_told_with_the_line_of_begin() {
        let found = said(|pem| pem.replace("-----END CERTIFICATE-----\n", ""));
        assert_eq!(found, ["the block on line 1 is damaged, and Go passes over it: no END line follows it"]);
    }

    #[test]
    fn a_missing_begin_line_is_told_with_the_line_of_end() {
        let line = testkit::root("a").pem().lines().count() - 1;
        let found = said(|pem| pem.replace("-----BEGIN CERTIFICATE-----\n", ""));
        assert_eq!(
            found,
            [format!(
                "the block on line {line} is damaged, and Go passes over it: it ends without having begun"
            )]
        );
    }

    #[test]
    fn a_bad_character_is_told_with_its_line() {
        let found = said(|pem| pem.replacen("\nMII", "\nM*I", 1));
        assert_eq!(
            found,
            [
                "the block on line 1 is damaged, and Go passes over it: line 2 holds a character that base64 does not have"
            ]
        );
    }

    #[test]
    fn every_other_damage_is_told_with_its_reason() {
        let cases: [(&str, &str, &str); 9] = [
            ("\nMII", "\nMI", "is cut off or wrongly padded"),
            ("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE---", "BEGIN line does not close"),
            ("END CERTIFICATE-----", "END CERTIFICATE--", "END line does not close"),
            ("-----BEGIN", "------BEGIN", "more than five hyphens"),
            ("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE------", "more than five hyphens"),
            ("-----BEGIN", "ca: -----BEGIN", "before BEGIN"),
            ("BEGIN CERTIFICATE-----\n", "BEGIN CERTIFICATE----- ", "behind BEGIN"),
            ("-----END", "=-----END", "before END"),
            ("END CERTIFICATE-----", "END CERTIFICATE----- # a", "behind END"),
        ];
        for (from, to, reason) in cases {
            let found = said(|pem| pem.replacen(from, to, 1));
            assert!(found.len() == 1 && found[0].contains(reason), "{to:?}: {found:?}");
        }
    }

    #[test]
    fn a_sound_block_that_go_loses_behind_header_lines_is_flagged() {
        // For Go the END line of an empty block is a header line when its label has a colon, and all the rest is lost.
        let text = format!("-----BEGIN A:B-----\n-----END A:B-----\n{}", testkit::root("a").pem());
        let found = messages(&RULE, text);
        assert!(found.len() == 2 && found[1].contains("Go loses its place"), "{found:?}");
    }

    #[test]
    fn the_content_is_not_repeated() {
        let found = findings(&RULE, testkit::root("a").pem().replace("-----END CERTIFICATE-----\n", ""));
        assert!(!format!("{:?}", found[0].facts).contains("MII"));
    }

    #[test]
    fn damage_with_a_rule_of_its_own_is_left_to_it() {
        assert!(said(|pem| pem.replace("-----BEGIN", " -----BEGIN")).is_empty());
        assert!(said(|pem| pem.trim_end().to_owned()).is_empty());
        assert!(said(|pem| pem.replace("END CERTIFICATE", "END X509 CERTIFICATE")).is_empty());
    }

    #[test]
    fn sound_blocks_are_fine() {
        assert!(said(|pem| pem).is_empty());
    }
}
