//! `strict-readers-refuse`: a block is written in a way that strict readers refuse.

use crate::finding::Draft;
use crate::pem::Block;
use crate::pem::Oddity;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc;
use crate::rule::rfc7468;
use crate::rule::rule;

rule! {
    /// Go reads the block, and stricter readers may not.
    ///
    /// ## Why it matters
    /// Blank lines, blanks and very long lines within a block are allowed by Go, and so by Temporal's tools. Libraries of other languages
    /// read a blank line as the end of headers, or refuse lines that are not 64 characters long, so the same file may fail elsewhere.
    ///
    /// ## How to fix
    /// Let `mtlsmith bundle normalize` rewrite the file.
    pub(super) static RULE = {
        code: "BND-019",
        name: "strict-readers-refuse",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc7468("section 3: the strict form has 64 columns and no blanks"), rfc("RFC 1421", "section 4.4: a blank line ends the headers", "https://www.rfc-editor.org/rfc/rfc1421")],
        message: "the block on lines {first} to {last} has {oddity}: Go reads it, and readers that keep to RFC 7468 may not",
        help: "rewrite it: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let oddity = match block.strict_reader_refuses? {
        Oddity::BlankLine => "a blank line within its base64 text",
        Oddity::Blanks => "blanks within or behind its lines",
        Oddity::LongLine => "a line of more than 76 characters",
    };
    Some(Draft::new().fact("first", block.lines.first).fact("last", block.lines.last).fact("oddity", oddity))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with_columns(columns: usize) -> String {
        testkit::pem_block_with_columns("CERTIFICATE", testkit::root("a").der(), columns)
    }

    #[test]
    fn each_oddity_is_told() {
        let pem = testkit::root("a").pem();
        for (text, oddity) in [
            (pem.replacen("\nMII", "\n\nMII", 1), "a blank line"),
            (pem.replace("\n-----END", "\n\n-----END"), "a blank line"),
            (pem.replacen("\nMII", "\nM II", 1), "blanks within"),
            (pem.replace('\n', " \n"), "blanks within"),
            (pem.replace("-----\n", "-----\t\r\n"), "blanks within"),
            (with_columns(10_000), "more than 76"),
        ] {
            let found = messages(&RULE, &text);
            assert!(found.len() == 1 && found[0].contains(oddity), "{oddity}: {found:?}");
        }
    }

    #[test]
    fn seventy_six_columns_are_fine_and_one_more_is_told() {
        assert!(findings(&RULE, with_columns(76)).is_empty());
        assert_eq!(findings(&RULE, with_columns(77)).len(), 1);
    }

    #[test]
    fn line_feeds_with_and_without_carriage_returns_are_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem().replace('\n', "\r\n")).is_empty());
    }

    #[test]
    fn the_blank_line_behind_headers_belongs_there() {
        let headed = testkit::root("a").pem().replacen("-----\n", "-----\na: b\n\n", 1);
        assert!(findings(&RULE, headed).is_empty());
    }
}
