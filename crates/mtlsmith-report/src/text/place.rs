//! Where in the file a finding is: the BEGIN line of its block (the END line where BEGIN is missing), and nothing else of the file.
//!
//! The lines between are blanked before the renderer sees them, so what lies in a private key or an unknown block cannot be shown.

use annotate_snippets::Annotation;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Element;
use annotate_snippets::Group;
use annotate_snippets::Origin;
use annotate_snippets::Snippet;
use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::pem::Block;
use mtlsmith_validate::pem::Skipped;

use super::member_name;
use crate::client::whole;
use crate::defuse;
use crate::place::lines_in_bundle;

/// A file whose BEGIN lines can be shown.
pub(super) struct Source<'a> {
    /// The name, harmless.
    pub(super) name: String,
    pub(super) text: &'a [u8],
    pub(super) report: &'a Report,
}

/// The place of a finding, ready to be drawn.
pub(super) struct Place {
    lines: Vec<Line>,
    /// Line and column of the finding, for when no line can be drawn; text outside of the blocks has no column and is never drawn.
    at: Option<(usize, Option<usize>)>,
    /// The certificates of the finding that no line shows, such as `certificate 3: CN=x (same key)`.
    pub(super) unshown: Vec<String>,
}

/// One line of the file, with what is to be said about it.
struct Line {
    number: usize,
    shown: Shown,
    label: String,
    kind: AnnotationKind,
}

/// What may be shown of a line, in the columns where it stands.
struct Shown {
    text: String,
    /// Bytes of `text` to point at.
    from: usize,
    to: usize,
}

impl Source<'_> {
    /// The place of a finding.
    pub(super) fn place(&self, finding: &Finding) -> Place {
        let column = self.block_of(finding.subject).and_then(|block| self.column(block));
        let line = self.report.line(finding.subject).or_else(|| self.line_in_bundle(finding.subject));
        let at = line.map(|line| (line, column));
        let mut place = Place { lines: Vec::new(), at, unshown: Vec::new() };
        self.add(&mut place, finding.subject, None);
        for &(subject, relation) in &finding.related {
            self.add(&mut place, subject, Some(relation));
        }
        place.lines.sort_by_key(|line| line.number);
        place
    }

    /// The line of the Namespace's bundle, of which nothing can be shown here.
    fn line_in_bundle(&self, subject: Subject) -> Option<usize> {
        lines_in_bundle(self.report, subject).map(|lines| lines.first)
    }

    fn add(&self, place: &mut Place, subject: Subject, relation: Option<&'static str>) {
        let name = self.subject_name(subject);
        let parts: Vec<String> = relation.map(str::to_owned).into_iter().chain(name).collect();
        let label = parts.join(": ");
        let related = place.lines.iter().filter(|line| line.kind == AnnotationKind::Context).count();
        let block = self.block_of(subject).filter(|_| relation.is_none() || related < RELATED_SHOWN);
        let number = self.report.line(subject);
        let number = number.filter(|number| place.lines.iter().all(|line| line.number != *number));
        let shown = block.and_then(|block| Some((number?, self.marker_line(block)?)));
        match shown {
            Some((number, shown)) => {
                let kind = if relation.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
                place.lines.push(Line { number, shown, label, kind });
            }
            None if !matches!(subject, Subject::Bundle | Subject::Line(_)) && !label.is_empty() => {
                place.unshown.push(defuse::fit(&label, UNSHOWN_COLUMNS))
            }
            None => {}
        }
    }

    /// `certificate 2: CN=acme`; the BEGIN line of any other block says what it is.
    fn subject_name(&self, subject: Subject) -> Option<String> {
        let name = self.member_of(subject).map(member_name);
        match subject {
            Subject::Key => None,
            Subject::Trusted(_) => Some(format!("{}: {}", self.place_name(subject), name?)),
            _ => Some(format!("certificate {}: {}", self.member_of(subject)?.number(), name?)),
        }
    }

    /// `certificate 3, CN=acme, line 31`: a place within a sentence.
    pub(super) fn place_in_words(&self, subject: Subject) -> String {
        let name = self.member_of(subject).map(|member| defuse::fit(&member_name(member), NAME_COLUMNS));
        let line = self.report.line(subject).filter(|_| !matches!(subject, Subject::Line(_)));
        let line = line.map(|line| format!("line {line}"));
        let parts: Vec<String> = [Some(self.place_name(subject)), name, line].into_iter().flatten().collect();
        parts.join(", ")
    }

    /// `certificate 3`, or else `block 4`, `line 31`.
    pub(super) fn place_name(&self, subject: Subject) -> String {
        match (self.member_of(subject), subject) {
            (_, Subject::Trusted(index)) => format!("CA certificate {} of the bundle", index + 1),
            (Some(member), _) => format!("certificate {}", member.number()),
            (None, Subject::Certificate(index)) => format!("certificate {}", index + 1),
            (None, Subject::Block(index)) => format!("block {}", index + 1),
            (None, Subject::Line(line)) => format!("line {line}"),
            (None, Subject::Bundle) => whole(self.report).to_owned(),
            (None, Subject::Key) => "the private key".to_owned(),
        }
    }

    /// The certificate that a subject is, directly or by its block.
    fn member_of(&self, subject: Subject) -> Option<&Member> {
        let members = &self.report.bundle.members;
        match subject {
            Subject::Bundle | Subject::Line(_) | Subject::Key => None,
            Subject::Trusted(index) => self.report.client.as_ref()?.trust.bundle().members.get(index),
            Subject::Certificate(index) => members.get(index),
            Subject::Block(index) => members.iter().find(|member| member.block == Some(index)),
        }
    }

    fn block_of(&self, subject: Subject) -> Option<&Block> {
        let index = match subject {
            Subject::Bundle | Subject::Line(_) | Subject::Key | Subject::Trusted(_) => return None,
            Subject::Block(index) => index,
            Subject::Certificate(member) => self.report.bundle.members.get(member)?.block?,
        };
        self.report.bundle.scan.blocks.get(index)
    }

    /// The offset of the marker that stands for a block: its BEGIN, or the END of a block whose BEGIN is missing.
    fn marker_at(&self, block: &Block) -> usize {
        let ends_only = block.skipped() == Some(&Skipped::NoBegin);
        let text = self.text.get(block.bytes.clone()).filter(|_| ends_only).unwrap_or_default();
        let end = text.windows(LONE_END.len()).rposition(|window| window == LONE_END.as_bytes());
        block.bytes.start + end.unwrap_or(0)
    }

    /// The column in which the marker of a block begins, in characters from 1; `None` when it is far out.
    fn column(&self, block: &Block) -> Option<usize> {
        Some(String::from_utf8_lossy(self.line_before(block)?).chars().count() + 1)
    }

    /// What stands before the marker of a block on its line. No more is looked at than helps: a line may be as long as the file, and
    /// have many markers.
    fn line_before(&self, block: &Block) -> Option<&[u8]> {
        let marker = self.marker_at(block);
        let start = marker.saturating_sub(COLUMNS_COUNTED);
        let before = self.text.get(start..marker)?;
        match before.iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => before.get(newline + 1..),
            None if start == 0 => Some(before),
            None => None,
        }
    }

    /// The line of a block's marker. What stands before the marker is kept when it is punctuation or the END of another block,
    /// and else replaced by blanks; `None` when it is so long that pointing behind it helps nobody.
    fn marker_line(&self, block: &Block) -> Option<Shown> {
        let before = self.line_before(block).filter(|before| before.len() <= BEFORE_SHOWN)?;
        let before = String::from_utf8_lossy(before);
        let at = self.marker_at(block);
        let read = self.text.len().min(at.saturating_add(LINE_READ));
        let marker = marker(block, self.text.get(at..read)?);
        let kept = self.kept_before(block, &before);
        let hidden = before.get(..before.len() - kept.len()).unwrap_or_default().chars().count();
        let mut text = " ".repeat(hidden.saturating_sub(1));
        if hidden > 0 {
            text.push('…');
        }
        let behind_hidden = text.len();
        text.push_str(&defuse::for_terminal(kept));
        // The byte-order mark and its like are what is wrong with the line, so they are pointed at too.
        let from = if hidden == 0 && !kept.is_empty() { behind_hidden } else { text.len() };
        text.push_str(&defuse::for_terminal(&marker.text));
        let to = text.len();
        if marker.more {
            text.push('…');
        }
        Some(Shown { text, from, to })
    }

    /// What may be shown of the text before a marker on its line: marks and blanks, or the END of the block before.
    fn kept_before<'b>(&self, block: &Block, before: &'b str) -> &'b str {
        let in_base64 = |letter: char| letter.is_alphanumeric() || matches!(letter, '+' | '/' | '=');
        let end = before.rfind(LONE_END).and_then(|at| before.get(at..)).unwrap_or_default();
        let label = end.strip_prefix(LONE_END).and_then(|rest| rest.strip_suffix("-----"));
        let blocks = &self.report.bundle.scan.blocks;
        let previous = blocks.iter().take_while(|other| !std::ptr::eq(*other, block)).last();
        if label.is_some_and(|label| previous.is_some_and(|previous| previous.shown_label() == label)) {
            return end;
        }
        if before.contains(in_base64) || before.chars().count() > MARKS_SHOWN { "" } else { before }
    }
}

/// The BEGIN (or lone END) at the start of a block.
struct Marker {
    text: String,
    /// Does more text follow on the line?
    more: bool,
}

/// Draws the marker, of which `line` is the start of the text. Of its label only what is in use is shown, and never what follows it:
/// what stands in the place of a label may be a line of a key.
fn marker(block: &Block, line: &[u8]) -> Marker {
    let line = line.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let behind_hyphens = line.trim_start_matches('-');
    let word = [BEGIN, END].into_iter().find(|word| behind_hyphens.starts_with(word)).unwrap_or_default();
    let hyphens = (line.len() - behind_hyphens.len()).min(MARKS_SHOWN);
    let opening = format!("{}{word}", "-".repeat(hyphens));
    let behind = behind_hyphens.strip_prefix(word).unwrap_or_default();
    let shown = block.shown_label();
    if shown != block.label.trim() {
        return Marker { text: format!("{opening}{shown}-----"), more: false };
    }
    let (label, rest) = behind.split_at(behind.find('-').unwrap_or(behind.len()));
    if label.trim() != shown {
        return Marker { text: format!("{opening}{shown}"), more: true };
    }
    let closing: String = rest.chars().take_while(|&letter| letter == '-').take(MARKS_SHOWN).collect();
    let more = rest.get(closing.len()..).is_some_and(|rest| !rest.trim().is_empty());
    Marker { text: format!("{opening}{}{closing}", label.trim_end()), more }
}

impl Place {
    /// A line of a file of which nothing is shown, or the file as a whole.
    pub(super) fn of_line(line: Option<usize>) -> Self {
        Place { lines: Vec::new(), at: line.map(|line| (line, None)), unshown: Vec::new() }
    }

    /// Digits of the highest line number, which is how far the drawing is indented.
    pub(super) fn indent(&self) -> usize {
        self.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1)
    }

    /// Adds the place to what is drawn below the title, in so many columns.
    pub(super) fn draw<'a>(&'a self, name: &'a str, columns: usize, group: Group<'a>) -> Group<'a> {
        let (Some(first), Some(last)) = (self.lines.first(), self.lines.last()) else {
            let origin = Origin::path(name);
            return group.element(match self.at {
                Some((line, Some(column))) => origin.line(line).char_column(column),
                Some((line, None)) => origin.line(line),
                None => origin,
            });
        };
        let columns = columns.saturating_sub(self.indent() + 4);
        if last.number - first.number <= LINES_IN_ONE {
            return group.element(snippet(name, columns, &self.lines));
        }
        let (primary, context): (Vec<_>, Vec<_>) =
            self.lines.iter().partition(|line| line.kind == AnnotationKind::Primary);
        group.elements(
            primary
                .into_iter()
                .chain(context)
                .map(|line| Element::from(snippet(name, columns, std::slice::from_ref(line)))),
        )
    }
}

/// The lines in one picture; those between are empty and folded away.
fn snippet<'a>(name: &'a str, columns: usize, lines: &[Line]) -> Snippet<'a, Annotation<'a>> {
    let first = lines.first().map_or(1, |line| line.number);
    let mut source = String::new();
    let mut at = first;
    let mut annotations = Vec::new();
    for line in lines {
        while at < line.number {
            source.push('\n');
            at += 1;
        }
        let start = source.len();
        source.push_str(&line.shown.text);
        let span = start + line.shown.from..start + line.shown.to;
        let room = columns.saturating_sub(defuse::width(&line.shown.text)).max(LABEL_AT_LEAST);
        annotations.push(line.kind.span(span).label(defuse::fit(&line.label, room)));
    }
    Snippet::source(source).line_start(first).path(name).annotations(annotations)
}

const BEGIN: &str = "BEGIN ";
const END: &str = "END ";
const LONE_END: &str = "-----END ";

/// As much of a line as is looked at for its marker.
const LINE_READ: usize = 256;

/// As many hyphens or other marks are shown.
const MARKS_SHOWN: usize = 40;

/// A label is not cut below this, however long its line.
const LABEL_AT_LEAST: usize = 16;

/// Bytes before a BEGIN up to which its column is counted.
const COLUMNS_COUNTED: usize = 4_096;

/// Columns before a BEGIN up to which its line is drawn.
const BEFORE_SHOWN: usize = 400;

/// Related certificates with a line of their own; the others are named in a note.
const RELATED_SHOWN: usize = 3;

/// Lines that one picture may span; the lines between cost a byte each.
const LINES_IN_ONE: usize = 5_000;

/// Where a certificate is named within a line, its subject is cut to this.
const NAME_COLUMNS: usize = 36;

/// Where a certificate is named in a note, a subject is cut to this.
const UNSHOWN_COLUMNS: usize = 100;
