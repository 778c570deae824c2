//! Everything in a text that looks like a block, and why Go passes over what it passes over.

use std::ops::Range;

use memchr::memmem;
use memchr::memrchr;

use super::BLOCKS_READ;
use super::Block;
use super::Body;
use super::LineCounter;
use super::Lines;
use super::Oddity;
use super::Scan;
use super::go;
use super::go::BEGIN;
use super::go::DASHES;
use super::go::END;

/// Why Go passes over something that looks like a block.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// A UTF-8 byte-order mark stands before the BEGIN line.
    ByteOrderMark,
    /// The BEGIN or END line is indented.
    Indented,
    /// The END line of one block and the BEGIN line of the next stand on one line.
    Glued,
    /// Lines end with carriage returns alone.
    CarriageReturnsOnly,
    /// Line ends are written as the two characters `\n`.
    EscapedNewlines,
    /// Six or more hyphens where five belong.
    ExtraHyphens,
    /// Other text before the BEGIN on its line.
    TextBeforeBegin,
    /// The BEGIN line does not close with five hyphens.
    UnfinishedBegin,
    /// No END line before the next BEGIN line or the end of the text.
    NoEnd,
    /// An END line with no BEGIN line before it.
    NoBegin,
    /// Other text before the END on its line.
    TextBeforeEnd,
    /// The END line names another label than the BEGIN line: this one.
    LabelMismatch(String),
    /// Other text behind the END on its line.
    TextAfterEnd,
    /// A character that base64 does not have, on this line of the text.
    BadCharacter {
        /// Counted from 1.
        line: usize,
    },
    /// The base64 text is cut off or wrongly padded.
    BadLength,
    /// The block itself is sound, but an earlier damage makes Go stop before it.
    BehindDamage,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Finds every block, lost ones included.
pub(super) fn survey(text: &[u8]) -> Scan {
    let mut surveyor = Surveyor::new(text);
    surveyor.run();
    let Surveyor { mut scan, .. } = surveyor;
    scan.byte_order_mark = text.starts_with(BYTE_ORDER_MARK);
    scan
}

struct Surveyor<'a> {
    text: &'a [u8],
    begins: memmem::Finder<'static>,
    ends: memmem::Finder<'static>,
    delivered: go::Reader<'a>,
    next_delivered: Option<go::Delivered>,
    lines: LineCounter<'a>,
    scan: Scan,
    /// Where the last recorded block ends.
    covered: usize,
}

impl<'a> Surveyor<'a> {
    fn new(text: &'a [u8]) -> Self {
        let mut delivered = go::Reader::new(text);
        let next_delivered = delivered.next_block();
        Surveyor {
            text,
            begins: memmem::Finder::new(BEGIN),
            ends: memmem::Finder::new(END),
            delivered,
            next_delivered,
            lines: LineCounter::new(text),
            scan: Scan::default(),
            covered: 0,
        }
    }

    fn run(&mut self) {
        let mut at = 0;
        let mut next_begin = self.find(true, at);
        let mut next_end = self.find(false, at);
        loop {
            if self.scan.blocks.len() == BLOCKS_READ {
                let rest = self.text.get(self.covered..).unwrap_or_default();
                self.scan.unread = self.begins.find_iter(rest).count();
                return;
            }
            match (next_begin, next_end) {
                (None, None) => break,
                (begin, Some(end)) if begin.is_none_or(|begin| end < begin) => {
                    self.lost(end, Some(end), Skipped::NoBegin);
                    at = self.covered;
                }
                (Some(begin), _) if self.next_delivered.as_ref().is_some_and(|block| block.begin == begin) => {
                    at = self.keep(begin);
                }
                (Some(begin), _) => {
                    let following = self.find(true, begin + BEGIN.len());
                    let end = next_end.filter(|&end| following.is_none_or(|following| end < following));
                    let why = self.why(begin, end);
                    self.lost(begin, end, why);
                    at = end.map_or(begin + BEGIN.len(), |end| end + END.len());
                }
                (None, Some(_)) => break, // not reached: the guard of the second arm takes this case
            }
            next_begin = next_begin.filter(|&begin| begin >= at).or_else(|| self.find(true, at));
            next_end = next_end.filter(|&end| end >= at).or_else(|| self.find(false, at));
        }
        let after = self.covered..self.text.len();
        self.scan.text_after = (!self.is_blank(&after)).then_some(after);
    }

    fn find(&self, begin: bool, from: usize) -> Option<usize> {
        let finder = if begin { &self.begins } else { &self.ends };
        finder.find(self.text.get(from..)?).map(|at| from + at)
    }

    /// Records the delivered block that starts here; the offset behind it.
    fn keep(&mut self, begin: usize) -> usize {
        let Some(block) = self.next_delivered.take() else { return begin + BEGIN.len() };
        self.next_delivered = self.delivered.next_block();
        let end = trim_line_end(self.text, block.rest);
        let base64 = self.text.get(block.base64.clone()).unwrap_or_default();
        let oddity = oddity(base64);
        let label = self.text.get(block.label).unwrap_or_default();
        let label = String::from_utf8_lossy(label).into_owned();
        self.record(begin..end, label, block.headers, Body::Delivered(block.content), oddity);
        block.rest
    }

    /// Records a block that Go does not deliver.
    fn lost(&mut self, begin: usize, end: Option<usize>, why: Skipped) {
        let stop = end.map_or(begin + BEGIN.len(), |end| end + END.len());
        let (_, next_line) = go::line(self.text, stop);
        let mut line_end = trim_line_end(self.text, next_line).max(stop);
        if let Some(glued) = self.begins.find(self.text.get(stop..line_end).unwrap_or_default()) {
            line_end = stop + glued;
        }
        let marker = if why == Skipped::NoBegin { END.len() } else { BEGIN.len() };
        let label = label_at(self.text, begin + marker);
        let recovered = end.filter(|_| is_recoverable(&why)).and_then(|end| self.recover(begin, end));
        self.record(begin..line_end, label, 0, Body::Skipped { why, recovered }, None);
    }

    fn record(&mut self, bytes: Range<usize>, label: String, headers: usize, body: Body, oddity: Option<Oddity>) {
        let before = self.covered..bytes.start;
        if !self.is_blank(&before) {
            self.scan.text_between.push(before);
        }
        self.covered = bytes.end;
        let first = self.lines.line_of(bytes.start);
        let lines = Lines { first, last: self.lines.line_of(bytes.end) };
        self.scan.blocks.push(Block { label, bytes, lines, headers, body, strict_reader_refuses: oddity });
    }

    fn is_blank(&self, range: &Range<usize>) -> bool {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let text = if range.start == 0 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text) } else { text };
        text.iter().all(u8::is_ascii_whitespace)
    }

    /// The first reason for which Go does not deliver the block from this BEGIN to this END.
    fn why(&self, begin: usize, end: Option<usize>) -> Skipped {
        if let Some(why) = why_not_a_begin_line(self.text, begin) {
            return why;
        }
        let Some(end) = end else { return Skipped::NoEnd };
        let before_end = line_before(self.text, end);
        if !before_end.is_empty() {
            return if before_end.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
                Skipped::Indented
            } else {
                Skipped::TextBeforeEnd
            };
        }
        let label = label_at(self.text, begin + BEGIN.len());
        let (end_line, _) = go::line(self.text, end + END.len());
        let Some(behind) = end_line.strip_prefix(label.as_bytes()).and_then(|rest| rest.strip_prefix(DASHES)) else {
            return Skipped::LabelMismatch(label_at(self.text, end + END.len()));
        };
        if !behind.is_empty() {
            return if self.begins.find(behind).is_some() { Skipped::Glued } else { Skipped::TextAfterEnd };
        }
        self.why_not_base64(begin, end)
    }

    fn why_not_base64(&self, begin: usize, end: usize) -> Skipped {
        let (_, start) = go::line(self.text, begin);
        let body = self.text.get(start..end).unwrap_or_default();
        if go::decode_base64(without_headers(body)).is_some() {
            return Skipped::BehindDamage;
        }
        let bad = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte));
        match without_headers(body).iter().position(bad) {
            Some(at) => {
                let offset = start + (body.len() - without_headers(body).len()) + at;
                let line = memchr::memchr_iter(b'\n', self.text.get(..offset).unwrap_or_default()).count() + 1;
                Skipped::BadCharacter { line }
            }
            None => Skipped::BadLength,
        }
    }

    /// The content of a block that is only wrongly framed.
    fn recover(&self, begin: usize, end: usize) -> Option<Vec<u8>> {
        let inside = self.text.get(begin + BEGIN.len()..end)?;
        let closing = memmem::find(inside, DASHES)? + DASHES.len();
        let mut body = inside.get(closing..)?.to_vec();
        while let Some(at) = memmem::find(&body, b"\\n") {
            body.splice(at..at + 2, *b"\n");
        }
        go::decode_base64(without_headers(body.trim_ascii_start()))
    }
}

/// Why this BEGIN is none for Go, from what stands around it on its line.
fn why_not_a_begin_line(text: &[u8], begin: usize) -> Option<Skipped> {
    let before = line_before(text, begin);
    if !before.is_empty() {
        let line_start = begin - before.len();
        let without_mark =
            if line_start == 0 { before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(before) } else { before };
        return Some(match without_mark {
            [] => Skipped::ByteOrderMark,
            blanks if blanks.iter().all(|byte| matches!(byte, b' ' | b'\t')) => Skipped::Indented,
            [.., b'\r'] => Skipped::CarriageReturnsOnly,
            [.., b'\\', b'n'] => Skipped::EscapedNewlines,
            other if memmem::find(other, END).is_some() => Skipped::Glued,
            [.., b'-'] => Skipped::ExtraHyphens,
            _ => Skipped::TextBeforeBegin,
        });
    }
    let (line, _) = go::line(text, begin + BEGIN.len());
    if memchr::memchr(b'\r', line).is_some() {
        return Some(Skipped::CarriageReturnsOnly);
    }
    if memmem::find(line, b"\\n").is_some() {
        return Some(Skipped::EscapedNewlines);
    }
    (!line.ends_with(DASHES) || memmem::find(line, END).is_some()).then_some(Skipped::UnfinishedBegin)
}

/// Is the content of a block lost for this reason still what its author meant?
fn is_recoverable(why: &Skipped) -> bool {
    !matches!(
        why,
        Skipped::NoEnd | Skipped::NoBegin | Skipped::BadCharacter { .. } | Skipped::BadLength | Skipped::LabelMismatch(_)
    )
}

/// What stands on the line before this offset.
fn line_before(text: &[u8], offset: usize) -> &[u8] {
    let before = text.get(..offset).unwrap_or_default();
    let start = memrchr(b'\n', before).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// The label that starts here and goes to the next five hyphens of the line.
fn label_at(text: &[u8], start: usize) -> String {
    let (line, _) = go::line(text, start);
    let label = line.get(..memmem::find(line, DASHES).unwrap_or(line.len())).unwrap_or_default();
    String::from_utf8_lossy(label.get(..64).unwrap_or(label)).into_owned()
}

/// The base64 text behind header lines.
fn without_headers(body: &[u8]) -> &[u8] {
    let mut start = 0;
    while start < body.len() {
        let (line, next) = go::line(body, start);
        if memchr::memchr(b':', line).is_none() {
            break;
        }
        start = next;
    }
    body.get(start..).unwrap_or_default()
}

/// The end of the line that ends before `next_line`, its newline left out.
fn trim_line_end(text: &[u8], next_line: usize) -> usize {
    let line = text.get(..next_line).unwrap_or_default();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

fn oddity(base64: &[u8]) -> Option<Oddity> {
    let mut start = 0;
    while start < base64.len() {
        let rest = base64.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if memchr::memchr2(b' ', b'\t', line).is_some() {
            return Some(Oddity::Blanks);
        }
        if line.is_empty() {
            return Some(Oddity::BlankLine);
        }
        if line.len() > 76 {
            return Some(Oddity::LongLine);
        }
        start += length + 1;
    }
    None
}
