//! Everything in a text that looks like a block: those that Go delivers in their places, and between them those that it loses.

use std::ops::Range;

use memchr::memchr;
use memchr::memrchr;

use super::BLOCKS_READ;
use super::Block;
use super::Body;
use super::Lines;
use super::Oddity;
use super::Scan;
use super::go;
use super::go::BEGIN;
use super::go::END;
use super::places::LineCounter;
use super::places::Newlines;
use super::places::Occurrences;
use super::secret;
use super::skipped;
use super::skipped::BYTE_ORDER_MARK;
use super::skipped::Skipped;

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
    begins: Occurrences<'a>,
    ends: Occurrences<'a>,
    newlines: Newlines<'a>,
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
            begins: Occurrences::new(text, BEGIN),
            ends: Occurrences::new(text, END),
            newlines: Newlines::new(text),
            delivered,
            next_delivered,
            lines: LineCounter::new(text),
            scan: Scan::default(),
            covered: 0,
        }
    }

    fn run(&mut self) {
        let mut at = 0;
        while let Some(next) = self.block_from(at) {
            if self.scan.blocks.len() == BLOCKS_READ {
                self.scan.unread = self.begins.count_from(self.covered);
                if self.scan.unread > 0 {
                    return;
                }
                break;
            }
            at = self.take(next);
        }
        self.scan.text_after = self.core(self.covered..self.text.len());
        self.look_for_key(self.scan.text_after.clone());
    }

    /// The next thing from here on that looks like a block.
    fn block_from(&mut self, at: usize) -> Option<Found> {
        let end = self.ends.first_from(at);
        match self.begins.first_from(at) {
            Some(begin) if end.is_none_or(|end| begin < end) => {
                if self.next_delivered.as_ref().is_some_and(|block| block.begin == begin) {
                    return Some(Found::Delivered(begin));
                }
                let following = self.begins.first_from(begin + BEGIN.len());
                let end = end.filter(|&end| following.is_none_or(|following| end < following));
                Some(Found::Lost { begin, end })
            }
            _ => end.map(Found::EndAlone),
        }
    }

    /// Records a block; where to go on.
    fn take(&mut self, found: Found) -> usize {
        match found {
            Found::Delivered(begin) => return self.keep(begin),
            Found::Lost { begin, end } => {
                let frame = skipped::why_by_frame(self.text, begin, end);
                let why = match (frame, end) {
                    (Some(why), _) => why,
                    (None, None) => Skipped::NoEnd,
                    (None, Some(end)) => {
                        let first_line = self.lines.line_of(begin);
                        skipped::why_by_content(self.text, begin, end, first_line)
                    }
                };
                self.lose(begin, end, why);
            }
            Found::EndAlone(end) => {
                let label = skipped::label_at(self.text, end + END.len());
                let stop = self.frame_line_end(end + END.len());
                let start = self.base64_lines_before(end);
                let body = Body::Skipped { why: Skipped::NoBegin, recovered: None };
                self.record(start..stop, label, 0, body, None);
            }
        }
        self.covered
    }

    /// Records the delivered block that starts here; the offset behind it.
    fn keep(&mut self, begin: usize) -> usize {
        let Some(block) = self.next_delivered.take() else { return begin + BEGIN.len() };
        self.next_delivered = self.delivered.next_block();
        let end = trim_line_end(self.text, block.rest);
        let oddity = self.oddity(&block, end);
        let label = self.text.get(block.label).unwrap_or_default();
        let label = String::from_utf8_lossy(label).into_owned();
        self.record(begin..end, label, block.headers, Body::Delivered(block.content), oddity);
        block.rest
    }

    /// Records a block that Go does not deliver.
    fn lose(&mut self, begin: usize, end: Option<usize>, why: Skipped) {
        let label = skipped::label_at(self.text, begin + BEGIN.len());
        let stop = match end {
            Some(end) => self.frame_line_end(end + END.len()),
            None => {
                let line_end = self.frame_line_end(begin + BEGIN.len());
                self.base64_lines_behind(line_end)
            }
        };
        let recovered =
            end.filter(|_| why.leaves_content()).and_then(|end| skipped::recover(self.text, begin, end));
        let mut start = begin;
        while why == Skipped::ExtraHyphens && start > self.covered && self.text.get(start - 1) == Some(&b'-')
        {
            start -= 1;
        }
        self.record(start..stop, label, 0, Body::Skipped { why, recovered }, None);
    }

    fn record(
        &mut self,
        bytes: Range<usize>,
        label: String,
        headers: usize,
        body: Body,
        oddity: Option<Oddity>,
    ) {
        let before = self.core(self.covered..bytes.start);
        self.look_for_key(before.clone());
        self.scan.text_between.extend(before);
        self.covered = bytes.end;
        let first = self.lines.line_of(bytes.start);
        let lines = Lines { first, last: self.lines.line_of(bytes.end) };
        self.scan.blocks.push(Block { label, bytes, lines, headers, body, strict_reader_refuses: oddity });
    }

    fn look_for_key(&mut self, range: Option<Range<usize>>) {
        let Some(range) = range.filter(|_| self.scan.key_in_text.is_none()) else { return };
        if secret::text_holds_key(self.text.get(range.clone()).unwrap_or_default()) {
            self.scan.key_in_text = Some(self.lines.line_of(range.start));
        }
    }

    /// The end of the line on which a BEGIN or END marker stops here, or the next BEGIN on it.
    fn frame_line_end(&mut self, stop: usize) -> usize {
        let line_end = trim_line_end(self.text, self.newlines.line_behind(stop)).max(stop);
        self.begins.first_from(stop).map_or(line_end, |begin| begin.min(line_end))
    }

    /// The end of the lines of base64 that follow the line which ends here.
    fn base64_lines_behind(&mut self, line_end: usize) -> usize {
        let limit = self.begins.peek().unwrap_or(self.text.len());
        let mut stop = line_end;
        let mut next = self.newlines.line_behind(line_end);
        while next < limit {
            let (line, behind) = go::line(self.text, next);
            if line.is_empty() || !line.iter().all(|byte| skipped::is_base64(*byte)) {
                break;
            }
            stop = trim_line_end(self.text, behind);
            next = behind;
        }
        stop
    }

    /// The start of the lines of base64 before the line of an END that stands alone.
    fn base64_lines_before(&self, end: usize) -> usize {
        let mut start = end;
        let mut before = self.text.get(self.covered..end).unwrap_or_default();
        while let Some(above) = before.strip_suffix(b"\n") {
            let line_start = memrchr(b'\n', above).map_or(0, |at| at + 1);
            let line = above.get(line_start..).unwrap_or_default().trim_ascii_end();
            if line.is_empty() || !line.iter().all(|byte| skipped::is_base64(*byte)) {
                break;
            }
            start = self.covered + line_start;
            before = above.get(..line_start).unwrap_or_default();
        }
        start
    }

    /// A range without the blanks around its text; `None` when there is nothing else. Blanks are those of Go's `bytes.TrimSpace`,
    /// by which the official tools decide whether something follows the last block.
    fn core(&self, range: Range<usize>) -> Option<Range<usize>> {
        let text = self.text.get(range.clone())?;
        let text = if range.start == 0 { text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text) } else { text };
        let first = text.iter().position(|&byte| !is_blank(byte))?;
        let last = text.iter().rposition(|&byte| !is_blank(byte))?;
        let core = text.get(first..=last)?;
        let unicode_blank = core.first().is_some_and(|byte| *byte >= 0x80)
            && str::from_utf8(core).is_ok_and(|text| text.trim().is_empty());
        let start = range.end - text.len() + first;
        (!unicode_blank).then_some(start..start + core.len())
    }

    /// What a strict reader finds first in a block that Go delivers.
    fn oddity(&self, block: &go::Delivered, end: usize) -> Option<Oddity> {
        let blank_at_end = |line: &[u8]| matches!(line, [.., b' ' | b'\t']);
        let whole = self.text.get(block.begin..end).unwrap_or_default();
        let begin_line = whole.get(..memchr(b'\n', whole).unwrap_or(whole.len())).unwrap_or_default();
        if blank_at_end(begin_line.strip_suffix(b"\r").unwrap_or(begin_line)) || blank_at_end(whole) {
            return Some(Oddity::Blanks);
        }
        if block.regular {
            return None;
        }
        let base64 = self.text.get(block.base64.clone()).unwrap_or_default();
        let without_separator = base64.strip_prefix(b"\r\n").or_else(|| base64.strip_prefix(b"\n"));
        oddity(without_separator.filter(|_| block.headers > 0).unwrap_or(base64))
    }
}

/// Something that looks like a block.
enum Found {
    /// Go delivers it, from this BEGIN.
    Delivered(usize),
    /// A BEGIN, and the END that belongs to it if there is one before the next BEGIN.
    Lost { begin: usize, end: Option<usize> },
    /// An END without BEGIN.
    EndAlone(usize),
}

/// The end of the line that ends before `next_line`, its newline left out.
fn trim_line_end(text: &[u8], next_line: usize) -> usize {
    let line = text.get(..next_line).unwrap_or_default();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn oddity(base64: &[u8]) -> Option<Oddity> {
    if base64.is_empty() {
        return None;
    }
    for line in base64.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if memchr::memchr2(b' ', b'\t', line).is_some() {
            return Some(Oddity::Blanks);
        }
        if line.is_empty() {
            return Some(Oddity::BlankLine);
        }
        if line.len() > LONGEST_LINE {
            return Some(Oddity::LongLine);
        }
    }
    None
}

/// The longest line of MIME (RFC 2045 section 6.8), of which some readers make their limit; RFC 7468 section 2 writes 64.
const LONGEST_LINE: usize = 76;
