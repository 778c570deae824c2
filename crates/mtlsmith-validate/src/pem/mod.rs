//! The PEM scanner: bytes to blocks, with the place of each, never failing.
//!
//! Temporal's own tools are Go programs and read a bundle with `encoding/pem`, which passes over whatever it does not like without
//! a word. So the scanner answers two questions at once: which blocks Go delivers ([`Body::Delivered`]), and what else in the text
//! looks like a block and is lost on the way ([`Body::Skipped`], with the reason and, where it can be had, the content). Judging
//! what is inside a block is not for this module.

mod go;
mod places;
mod secret;
mod skipped;
mod survey;

use std::ops::Range;

use crate::input;

pub use skipped::Skipped;

/// How many blocks are read one by one; what comes behind is only counted. A bundle may hold 16 certificates (`Limits`), so four
/// times that leaves room to say which of them to drop.
pub const BLOCKS_READ: usize = 64;

/// Everything the scanner found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// The blocks in the order of the text, at most [`BLOCKS_READ`].
    pub blocks: Vec<Block>,
    /// How many BEGIN lines stand behind the last block that was read.
    pub unread: usize,
    /// Text before and between blocks, blanks around it and blank text left out: byte ranges.
    pub text_between: Vec<Range<usize>>,
    /// Text behind the last block, blanks around it left out; `None` too when blocks stayed unread.
    pub text_after: Option<Range<usize>>,
    /// The line on which text outside of all blocks starts that holds a private key, the first of them.
    pub key_in_text: Option<usize>,
    /// Does the text start with the UTF-8 byte-order mark `EF BB BF`?
    pub byte_order_mark: bool,
}

/// One PEM block, delivered or lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What stands between `-----BEGIN ` and `-----`; bytes that are not UTF-8 are replaced.
    pub label: String,
    /// From the first hyphen of the BEGIN line to the end of the END line, its newline left out. Where one of the two lines is
    /// missing, as far as the lines look like base64.
    pub bytes: Range<usize>,
    /// The lines of that range.
    pub lines: Lines,
    /// How many RFC 1421 header lines (`Proc-Type: 4,ENCRYPTED`) stand before the base64 text.
    pub headers: usize,
    /// What Go makes of it.
    pub body: Body,
    /// Go reads the block, but a stricter reader refuses it for this reason.
    pub strict_reader_refuses: Option<Oddity>,
}

/// What Go makes of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Go delivers the block with this content.
    Delivered(Vec<u8>),
    /// Go passes over the block without a word.
    Skipped {
        /// The first thing that stops Go.
        why: Skipped,
        /// The content, where a patient reader still gets at it.
        recovered: Option<Vec<u8>>,
    },
}

/// Something in a block that Go tolerates and RFC 7468 section 3 does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A blank line within the base64 text.
    BlankLine,
    /// Blanks within or behind the lines, those of BEGIN and END included.
    Blanks,
    /// A line of more than 76 characters, usually all of the base64 text in one.
    LongLine,
}

/// Line numbers, both counted from 1 and both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    /// The first line.
    pub first: usize,
    /// The last line.
    pub last: usize,
}

impl Block {
    /// The content that Go delivers, or what could be recovered of a block that Go passes over.
    pub fn content(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Delivered(der) => Some(der),
            Body::Skipped { recovered, .. } => recovered.as_deref(),
        }
    }

    /// Why Go passes over the block; `None` when Go delivers it.
    pub fn skipped(&self) -> Option<&Skipped> {
        match &self.body {
            Body::Delivered(_) => None,
            Body::Skipped { why, .. } => Some(why),
        }
    }

    /// Is this a private key of any kind, by its label or by its content?
    pub fn is_private_key(&self) -> bool {
        secret::announces_private_key(&self.label) || self.content().is_some_and(input::is_private_key)
    }

    /// The label as it may be shown: on a damaged line a part of a key may stand in its place, so only labels in use are repeated.
    pub fn shown_label(&self) -> String {
        secret::shown_label(&self.label)
    }
}

/// Go's `base64.StdEncoding`.
pub(crate) fn go_base64() -> &'static base64::engine::GeneralPurpose {
    &go::BASE64
}

/// A label as it may be shown, see [`Block::shown_label`].
pub(crate) fn shown_label(label: &str) -> String {
    secret::shown_label(label)
}

/// Finds every block in `text`. Never fails; costs time linear in the text.
///
/// ```
/// let scan = mtlsmith_validate::pem::scan(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
/// assert_eq!(scan.blocks[0].label, "CERTIFICATE");
/// assert_eq!(scan.blocks[0].content(), Some(&[0, 0, 0][..]));
/// ```
pub fn scan(text: &[u8]) -> Scan {
    survey::survey(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Why the first block of a text is not delivered.
    fn why(text: &str) -> Option<Skipped> {
        scan(text.as_bytes()).blocks[0].skipped().cloned()
    }

    #[test]
    fn what_stands_behind_the_hyphens_of_either_line_is_told_apart() {
        let ended = |behind: &str| why(&format!("-----BEGIN A-----\nAAAA\n-----END A-----{behind}"));
        assert_eq!(ended("\n"), None);
        assert_eq!(ended("\rfoo\n"), Some(Skipped::CarriageReturnsOnly));
        assert_eq!(ended("\\nfoo\n"), Some(Skipped::EscapedNewlines));
        assert_eq!(ended("-\n"), Some(Skipped::ExtraHyphens));
        assert_eq!(ended("foo\n"), Some(Skipped::TextAfterEnd));
        let one_line = "-----BEGIN A-----END A-----\nAAAA\n-----END A-----\n";
        assert_eq!(why(one_line), Some(Skipped::TextAfterBegin));
    }

    #[test]
    fn a_bad_character_is_told_by_its_line_behind_headers_too() {
        let bad = |line| Some(Skipped::BadCharacter { line });
        assert_eq!(why("-----BEGIN A-----\nAAAA\nA!AA\n-----END A-----\n"), bad(3));
        assert_eq!(why("one\ntwo\n-----BEGIN A-----\nAAAA\nA!AA\n-----END A-----\n"), bad(5));
        assert_eq!(why("-----BEGIN A-----\na: b\nc: d\n\nAAAA\nA!AA\n-----END A-----\n"), bad(6));
    }

    #[test]
    fn an_empty_block_is_delivered_unless_a_header_comes_before_its_end() {
        let empty =
            |body: &str, label: &str| why(&format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n"));
        assert_eq!(empty("", "A"), None);
        assert_eq!(empty("a: b\n\n", "A"), None);
        assert_eq!(empty("a: b\n", "A"), Some(Skipped::BadLength));
        assert_eq!(empty("", "A: B"), Some(Skipped::BadLength));
    }

    #[test]
    fn text_behind_the_last_block_that_is_read_is_looked_at_unless_blocks_follow() {
        let blocks =
            |count: usize| format!("{}# our key", "-----BEGIN A-----\nAAAA\n-----END A-----\n".repeat(count));
        let after = |count| {
            let scan = scan(blocks(count).as_bytes());
            (scan.blocks.len(), scan.unread, scan.text_after.is_some())
        };
        assert_eq!(after(BLOCKS_READ - 1), (BLOCKS_READ - 1, 0, true));
        assert_eq!(after(BLOCKS_READ), (BLOCKS_READ, 0, true));
        assert_eq!(after(BLOCKS_READ + 1), (BLOCKS_READ, 1, false));
    }

    #[test]
    fn a_lost_block_takes_its_hyphens_and_its_base64_along_and_no_more() {
        let block = |text: &str| {
            let scan = scan(text.as_bytes());
            (scan.blocks[0].bytes.clone(), scan.blocks[0].lines)
        };
        let (bytes, _) = block("ab--------BEGIN A-----\nAAAA\n-----END A-----\n");
        assert_eq!(bytes.start, 2);
        let (bytes, _) = block("--------BEGIN A-----\nAAAA\n-----END A-----\n");
        assert_eq!(bytes.start, 0);
        let (_, lines) = block("-----BEGIN A-----\nAAAA\nBBBB\nno base64!\nCCCC\n");
        assert_eq!(lines, Lines { first: 1, last: 3 });
        let (_, lines) = block("-----BEGIN A-----\nAAAA\n\nCCCC\n");
        assert_eq!(lines, Lines { first: 1, last: 2 });
    }

    #[test]
    fn blanks_behind_either_line_are_an_oddity() {
        let oddity = |text: &str| scan(text.as_bytes()).blocks[0].strict_reader_refuses;
        assert_eq!(oddity("-----BEGIN A-----\nAAAA\n-----END A-----\n"), None);
        assert_eq!(oddity("-----BEGIN A----- \nAAAA\n-----END A-----\n"), Some(Oddity::Blanks));
        assert_eq!(oddity("-----BEGIN A-----\nAAAA\n-----END A-----\t\n"), Some(Oddity::Blanks));
    }

    #[test]
    fn an_end_line_alone_behind_the_last_block_that_is_read_belongs_to_the_text_after() {
        let block = "-----BEGIN A-----\nAAAA\n-----END A-----\n";
        let scan = scan(format!("{}-----END A-----\n", block.repeat(BLOCKS_READ)).as_bytes());
        assert_eq!((scan.blocks.len(), scan.unread), (BLOCKS_READ, 0));
        let start = block.len() * BLOCKS_READ;
        assert_eq!(scan.text_after, Some(start..start + 15));
    }
}
