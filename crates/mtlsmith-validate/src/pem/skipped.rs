//! Why Go passes over something that looks like a block: the first thing on its frame, or in it, that stops Go.

use memchr::memchr;
use memchr::memmem;
use memchr::memrchr;

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
    /// Other text behind the BEGIN on its line, such as all the rest of the block.
    TextAfterBegin,
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
    /// The END line does not close with five hyphens.
    UnfinishedEnd,
    /// Other text behind the END on its line.
    TextAfterEnd,
    /// A character that base64 does not have, on this line of the text.
    BadCharacter {
        /// Counted from 1.
        line: usize,
    },
    /// The base64 text is cut off, wrongly padded, or missing behind header lines.
    BadLength,
    /// The block itself is sound, but an earlier damage makes Go stop before it.
    BehindDamage,
}

impl Skipped {
    /// Is the content of a block lost for this reason still what its author meant?
    pub(super) fn leaves_content(&self) -> bool {
        !matches!(
            self,
            Skipped::NoEnd
                | Skipped::NoBegin
                | Skipped::BadCharacter { .. }
                | Skipped::BadLength
                | Skipped::LabelMismatch(_)
        )
    }
}

const PRIVATE_KEY: &[u8] = b"PRIVATE KEY";

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How far to look on a line around BEGIN and END. No label that anybody uses has 100 characters; the limit keeps a text that is one
/// long line from being looked at once for each of its blocks.
const LOOK: usize = 1024;

/// The first reason for which Go does not deliver the block from this BEGIN to this END, as far as its frame tells; `None` when the
/// frame is sound.
pub(super) fn why_by_frame(text: &[u8], begin: usize, end: Option<usize>) -> Option<Skipped> {
    if let Some(why) = why_by_text_before(text, begin) {
        return Some(why);
    }
    let begin_line = line_behind(text, begin + BEGIN.len());
    if let Some(why) = why_by_begin_line(begin_line) {
        return Some(why);
    }
    let Some(end) = end else { return Some(Skipped::NoEnd) };
    match why_by_text_before(text, end) {
        Some(Skipped::TextBeforeBegin | Skipped::ByteOrderMark | Skipped::Glued) => {
            return Some(Skipped::TextBeforeEnd);
        }
        Some(why) => return Some(why),
        None => {}
    }
    let label = begin_line.strip_suffix(DASHES).unwrap_or(begin_line);
    why_by_end_line(line_behind(text, end + END.len()), label)
}

/// What the text before a BEGIN or an END on its line is.
fn why_by_text_before(text: &[u8], marker: usize) -> Option<Skipped> {
    let before = line_before(text, marker);
    if before.is_empty() {
        return None;
    }
    let without_mark =
        if before.len() == marker { before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(before) } else { before };
    Some(match without_mark {
        [] => Skipped::ByteOrderMark,
        blanks if blanks.iter().all(|byte| matches!(byte, b' ' | b'\t')) => Skipped::Indented,
        [.., b'\r'] => Skipped::CarriageReturnsOnly,
        [.., b'\\', b'n'] => Skipped::EscapedNewlines,
        other if memmem::find(other, END).is_some() => Skipped::Glued,
        [.., b'-'] => Skipped::ExtraHyphens,
        _ => Skipped::TextBeforeBegin,
    })
}

/// What is wrong on the line behind `-----BEGIN `.
fn why_by_begin_line(line: &[u8]) -> Option<Skipped> {
    if memchr(b'\r', line).is_some() {
        return Some(Skipped::CarriageReturnsOnly);
    }
    if memmem::find(line, b"\\n").is_some() {
        return Some(Skipped::EscapedNewlines);
    }
    match (line.strip_suffix(DASHES), memmem::find(line, DASHES)) {
        (_, None) => Some(Skipped::UnfinishedBegin),
        (Some([.., b'-']), _) => Some(Skipped::ExtraHyphens),
        (Some(label), _) if memmem::find(label, END).is_none() => None,
        _ => Some(Skipped::TextAfterBegin),
    }
}

/// What is wrong on the line behind `-----END `.
fn why_by_end_line(line: &[u8], label: &[u8]) -> Option<Skipped> {
    let Some(behind) = line.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)) else {
        let closes = memmem::find(line, DASHES).is_some();
        return Some(if closes { Skipped::LabelMismatch(label_of(line)) } else { Skipped::UnfinishedEnd });
    };
    match behind {
        [] => None,
        [b'\r', ..] => Some(Skipped::CarriageReturnsOnly),
        [b'\\', b'n', ..] => Some(Skipped::EscapedNewlines),
        glued if memmem::find(glued, BEGIN).is_some() => Some(Skipped::Glued),
        [b'-', ..] => Some(Skipped::ExtraHyphens),
        _ => Some(Skipped::TextAfterEnd),
    }
}

/// The reason within a block whose frame is sound. `first_line` is the line of its BEGIN.
pub(super) fn why_by_content(text: &[u8], begin: usize, end: usize, first_line: usize) -> Skipped {
    let (label, start) = go::line(text, begin + BEGIN.len());
    let body = text.get(start..end).unwrap_or_default();
    let base64 = without_headers(body);
    // An empty block behind header lines is none for Go, which takes an END line with a colon in its label for a header too.
    if base64.is_empty() && (!body.is_empty() || memchr(b':', label).is_some()) {
        return Skipped::BadLength;
    }
    if go::decode_base64(base64).is_some() {
        return Skipped::BehindDamage;
    }
    let bad = |byte: &u8| !(is_base64(*byte) || matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    match base64.iter().position(bad) {
        Some(at) => {
            let before = text.get(begin..start + (body.len() - base64.len()) + at).unwrap_or_default();
            Skipped::BadCharacter { line: first_line + memchr::memchr_iter(b'\n', before).count() }
        }
        None => Skipped::BadLength,
    }
}

/// The content of a block that is only wrongly framed.
pub(super) fn recover(text: &[u8], begin: usize, end: usize) -> Option<Vec<u8>> {
    let label = begin + BEGIN.len();
    let line = line_behind(text, label);
    let start = match memmem::find(line, DASHES) {
        Some(closing) => label + closing,
        None => go::line(text, label).1, // the BEGIN line is not closed: the content starts on the next
    };
    let mut body = text.get(start..end)?;
    while let [b'-', behind @ ..] = body {
        body = behind;
    }
    let unescaped = unescaped(body);
    go::decode_base64(without_headers(unescaped.as_deref().unwrap_or(body).trim_ascii_start()))
}

/// The text with each written-out `\n` turned into a line end; `None` when there is none in it.
fn unescaped(body: &[u8]) -> Option<Vec<u8>> {
    let mut places = memmem::find_iter(body, b"\\n").peekable();
    places.peek()?;
    let mut out = Vec::with_capacity(body.len());
    let mut copied = 0;
    for place in places {
        out.extend_from_slice(body.get(copied..place)?);
        out.push(b'\n');
        copied = place + 2;
    }
    out.extend_from_slice(body.get(copied..)?);
    Some(out)
}

/// What stands on the line before this offset, the last [`LOOK`] bytes of it.
fn line_before(text: &[u8], offset: usize) -> &[u8] {
    let before = text.get(offset.saturating_sub(LOOK)..offset).unwrap_or_default();
    let start = memrchr(b'\n', before).map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// What stands on the line from this offset on, the first [`LOOK`] bytes of it, its end and trailing blanks left out.
fn line_behind(text: &[u8], offset: usize) -> &[u8] {
    let behind = text.get(offset..).unwrap_or_default();
    go::line(behind.get(..LOOK).unwrap_or(behind), 0).0
}

/// The label that starts here and goes to the next five hyphens of the line.
pub(super) fn label_at(text: &[u8], start: usize) -> String {
    label_of(line_behind(text, start))
}

/// On a damaged line of a private key, part of the key may stand where the label should be: it is cut off.
fn label_of(line: &[u8]) -> String {
    let label = line.get(..memmem::find(line, DASHES).unwrap_or(line.len())).unwrap_or_default();
    if let Some(at) = memmem::find(label, PRIVATE_KEY) {
        return String::from_utf8_lossy(
            label.get(at.saturating_sub(16)..at + PRIVATE_KEY.len()).unwrap_or_default(),
        )
        .into_owned();
    }
    String::from_utf8_lossy(label.get(..64).unwrap_or(label)).into_owned()
}

/// The base64 text behind header lines.
fn without_headers(body: &[u8]) -> &[u8] {
    let mut start = 0;
    while start < body.len() {
        let (line, next) = go::line(body, start);
        if memchr(b':', line).is_none() {
            break;
        }
        start = next;
    }
    body.get(start..).unwrap_or_default()
}

/// Does base64 have this character, its padding included?
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
