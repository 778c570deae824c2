//! What Go's `encoding/pem` delivers, step by step in the same order of decisions (Go 1.26, `pem.Decode`).
//!
//! The behaviour is checked against a Go toolchain where one is installed, see `testdata/oracle`.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use memchr::arch::all::packedpair::HeuristicFrequencyRank;
use memchr::memchr;
use memchr::memmem;
use memchr::memrchr;

pub(super) const BEGIN: &[u8] = b"-----BEGIN ";
pub(super) const END: &[u8] = b"-----END ";
pub(super) const DASHES: &[u8] = b"-----";

/// Go's `base64.StdEncoding`: padding demanded, unused bits of the last character not looked at.
pub(super) static BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// A block as Go delivers it.
#[derive(Debug)]
pub(super) struct Delivered {
    /// Offset of the first hyphen of the BEGIN line.
    pub(super) begin: usize,
    pub(super) label: Range<usize>,
    pub(super) headers: usize,
    /// The base64 text, headers left out.
    pub(super) base64: Range<usize>,
    pub(super) content: Vec<u8>,
    /// Are all lines of the base64 text but the last exactly 64 characters long, with LF behind them and nothing else?
    pub(super) regular: bool,
    /// Where Go goes on: behind the newline of the END line.
    pub(super) rest: usize,
}

/// Looks for a marker by its hyphens and blanks, since base64 text has all the letters and neither of the two.
pub(super) fn finder(marker: &'static [u8]) -> memmem::Finder<'static> {
    struct Base64Text;
    impl HeuristicFrequencyRank for Base64Text {
        fn rank(&self, byte: u8) -> u8 {
            if matches!(byte, b'-' | b' ') { 0 } else { u8::MAX }
        }
    }
    memmem::FinderBuilder::new().build_forward_with_ranker(Base64Text, marker)
}

/// Reads a text block by block.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    end: memmem::Finder<'static>,
    begin: memmem::Finder<'static>,
    at: usize,
}

enum Attempt {
    Delivered(Delivered),
    /// Not a block: look for the next END line from here.
    GoOn(usize),
    /// Go gives up on all that is left.
    Stop,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Reader { text, end: finder(b"\n-----END "), begin: finder(BEGIN), at: 0 }
    }

    /// The next block that Go delivers.
    pub(super) fn next_block(&mut self) -> Option<Delivered> {
        let mut from = self.at;
        loop {
            match self.attempt(from)? {
                Attempt::Delivered(block) => {
                    self.at = block.rest;
                    return Some(block);
                }
                Attempt::GoOn(next) => from = next,
                Attempt::Stop => return None,
            }
        }
    }

    /// Finds the first END line behind `from` and the last BEGIN before it, and reads what lies between.
    fn attempt(&self, from: usize) -> Option<Attempt> {
        let newline = from + self.end.find(self.text.get(from..)?)?;
        let trailer = newline + 1 + END.len();
        // Forward to the last one: searching backwards is many times slower.
        let Some(begin) = self.begin.find_iter(self.text.get(from..newline)?).last().map(|at| from + at)
        else {
            return Some(Attempt::GoOn(trailer));
        };
        if begin > from && self.text.get(begin - 1) != Some(&b'\n') {
            return Some(Attempt::GoOn(trailer));
        }
        let label_start = begin + BEGIN.len();
        let (label_line, mut body) = line(self.text, label_start);
        let Some(label) = label_line.strip_suffix(DASHES) else {
            return Some(continue_behind(trailer, body));
        };
        let mut headers = 0;
        loop {
            if body >= self.text.len() {
                return Some(Attempt::Stop);
            }
            let (header, next) = line(self.text, body);
            if memchr(b':', header).is_none() {
                break;
            }
            headers += 1;
            body = next;
        }
        if headers > 0 && newline < body {
            return Some(continue_behind(trailer, body));
        }
        let base64 = body..newline.max(body);
        let Some((content, regular)) = self.content(label, &base64, trailer) else {
            return Some(Attempt::GoOn(trailer));
        };
        let (_, rest) = line(self.text, trailer);
        let label = label_start..label_start + label.len();
        Some(Attempt::Delivered(Delivered { begin, label, headers, base64, content, regular, rest }))
    }

    /// The decoded content, when the END line repeats the label with nothing but blanks behind it.
    fn content(&self, label: &[u8], base64: &Range<usize>, trailer: usize) -> Option<(Vec<u8>, bool)> {
        let (_, after) = line(self.text, trailer);
        let behind = self.text.get(trailer..)?.strip_prefix(label)?.strip_prefix(DASHES)?;
        let (behind_line, _) = line(behind, 0);
        if !behind_line.is_empty() || after < trailer {
            return None;
        }
        let text = self.text.get(base64.clone())?;
        match decode_regular(text) {
            Some(content) => Some((content, true)),
            None => decode_base64(text).map(|content| (content, false)),
        }
    }
}

/// When header lines ran past the END line, Go gives up; else it goes on behind that line.
fn continue_behind(trailer: usize, body: usize) -> Attempt {
    if trailer < body { Attempt::Stop } else { Attempt::GoOn(trailer) }
}

/// The line at `start` without its end and trailing blanks, and the offset of the next line.
pub(super) fn line(text: &[u8], start: usize) -> (&[u8], usize) {
    let rest = text.get(start..).unwrap_or_default();
    let (content, next) = match memchr(b'\n', rest) {
        Some(at) => (rest.get(..at).unwrap_or_default(), start + at + 1),
        None => (rest, text.len()),
    };
    let content =
        if next > start + content.len() { content.strip_suffix(b"\r").unwrap_or(content) } else { content };
    (trim_end_blanks(content), next)
}

fn trim_end_blanks(mut content: &[u8]) -> &[u8] {
    while let [head @ .., b' ' | b'\t'] = content {
        content = head;
    }
    content
}

/// Decodes lines of exactly 64 characters, as nearly every tool writes them. Anything else is left to [`decode_base64`]: white space
/// in a wrong place is a character that base64 does not have, and so are bits that the last character leaves over.
fn decode_regular(text: &[u8]) -> Option<Vec<u8>> {
    let mut compact = Vec::with_capacity(text.len());
    for line in text.chunks(65) {
        match line.split_at_checked(64) {
            Some((line, [b'\n'])) => compact.extend_from_slice(line),
            Some((line, [])) => compact.extend_from_slice(line),
            Some(_) => return None,
            None => compact.extend_from_slice(line),
        }
    }
    let length = base64_simd::STANDARD.decode_inplace(&mut compact).ok()?.len();
    compact.truncate(length);
    Some(compact)
}

/// Decodes base64 as Go does: blanks and line ends anywhere, padding demanded.
pub(super) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(without_white_space(text).as_ref()).ok()
}

fn without_white_space(text: &[u8]) -> Cow<'_, [u8]> {
    if memrchr(b'\n', text).is_none() && memchr::memchr3(b' ', b'\t', b'\r', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut compact = Vec::with_capacity(text.len());
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or_default();
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let piece = rest.get(..length).unwrap_or_default();
        match piece.strip_suffix(b"\r").unwrap_or(piece) {
            plain if memchr::memchr3(b' ', b'\t', b'\r', plain).is_none() => compact.extend_from_slice(plain),
            blanks => compact.extend(blanks.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))),
        }
        start += length + 1;
    }
    Cow::Owned(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriage_return_belongs_to_a_newline_alone() {
        assert_eq!(line(b"ab\r\ncd", 0), (&b"ab"[..], 4));
        assert_eq!(line(b"ab \t\ncd", 0), (&b"ab"[..], 5));
        assert_eq!(line(b"ab\r", 0), (&b"ab\r"[..], 3));
        assert_eq!(line(b"ab", 2), (&b""[..], 2));
    }
}
