//! Where in the file a finding is: the BEGIN line of its block, and nothing else of the file.
//!
//! The lines between are blanked before the renderer sees them, so what lies in a private key or an unknown block cannot be shown.

use annotate_snippets::Annotation;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Element;
use annotate_snippets::Group;
use annotate_snippets::Origin;
use annotate_snippets::Snippet;
use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::pem::Block;

use super::member_name;
use crate::defuse;

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
    /// Line and column of the finding, for when no line can be drawn.
    at: Option<(usize, usize)>,
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
        let at = self.block_of(finding.subject).map(|block| (block.lines.first, self.column(block)));
        let mut place = Place { lines: Vec::new(), at, unshown: Vec::new() };
        self.add(&mut place, finding.subject, None);
        for &(subject, relation) in &finding.related {
            self.add(&mut place, subject, Some(relation));
        }
        place.lines.sort_by_key(|line| line.number);
        place
    }

    fn add(&self, place: &mut Place, subject: Subject, relation: Option<&'static str>) {
        let name = self.subject_name(subject);
        let parts: Vec<String> = relation.map(str::to_owned).into_iter().chain(name).collect();
        let label = parts.join(": ");
        let related = place.lines.iter().filter(|line| line.kind == AnnotationKind::Context).count();
        let line = self.block_of(subject).filter(|_| relation.is_none() || related < RELATED_SHOWN);
        let line = line.filter(|block| place.lines.iter().all(|line| line.number != block.lines.first));
        let shown = line.and_then(|block| Some((block.lines.first, self.begin_line(block)?)));
        match shown {
            Some((number, shown)) => {
                let kind = if relation.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
                place.lines.push(Line { number, shown, label, kind });
            }
            None if subject != Subject::Bundle && !label.is_empty() => {
                place.unshown.push(defuse::fit(&label, UNSHOWN_COLUMNS))
            }
            None => {}
        }
    }

    /// `certificate 2: CN=acme`; the BEGIN line of any other block says what it is.
    fn subject_name(&self, subject: Subject) -> Option<String> {
        let members = &self.report.bundle.members;
        let member = match subject {
            Subject::Bundle => None,
            Subject::Certificate(index) => members.get(index),
            Subject::Block(index) => members.iter().find(|member| member.block == Some(index)),
        };
        member.map(|member| format!("certificate {}: {}", member.number(), member_name(member)))
    }

    fn block_of(&self, subject: Subject) -> Option<&Block> {
        let index = match subject {
            Subject::Bundle => return None,
            Subject::Block(index) => index,
            Subject::Certificate(member) => self.report.bundle.members.get(member)?.block?,
        };
        self.report.bundle.scan.blocks.get(index)
    }

    /// The column in which a block begins, in characters from 1.
    fn column(&self, block: &Block) -> usize {
        String::from_utf8_lossy(self.line_before(block)).chars().count() + 1
    }

    /// What stands before a block on its line.
    fn line_before(&self, block: &Block) -> &[u8] {
        let before = self.text.get(..block.bytes.start).unwrap_or_default();
        before.rsplit(|&byte| byte == b'\n').next().unwrap_or_default()
    }

    /// The line on which a block begins. What stands before the BEGIN is kept when it is punctuation or the END of another block,
    /// and else replaced by blanks; `None` when it is so long that pointing behind it helps nobody.
    fn begin_line(&self, block: &Block) -> Option<Shown> {
        let before = String::from_utf8_lossy(self.line_before(block));
        if before.len() > BEFORE_SHOWN {
            return None;
        }
        let rest = self.text.get(block.bytes.start..)?;
        let marker = marker(rest);
        let kept = kept_before(&before);
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
}

/// The BEGIN (or lone END) at the start of a block.
struct Marker {
    text: String,
    /// Does more text follow on the line?
    more: bool,
}

/// Reads the marker and never what follows it: a label that is not closed by hyphens ends where it stops looking like one.
fn marker(block: &[u8]) -> Marker {
    let line = block.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line.get(..LINE_READ).unwrap_or(line));
    let opening = if line.starts_with(END) { END } else { BEGIN };
    let behind = line.strip_prefix(opening).unwrap_or_default();
    let closed = behind.find("-----").map(|at| behind.split_at(at));
    if let Some((label, rest)) = closed
        && label.chars().count() <= LABEL_SHOWN
    {
        let rest = rest.strip_prefix("-----").unwrap_or_default();
        return Marker { text: format!("{opening}{label}-----"), more: !rest.trim().is_empty() };
    }
    let label = shown_label(behind);
    Marker { more: label.len() < behind.trim_end().len(), text: format!("{opening}{label}") }
}

/// The start of a label that looks like one: words in capitals. What was meant as a label may be a line of a key whose BEGIN is damaged.
fn shown_label(label: &str) -> String {
    let is_word = |word: &&str| {
        word.len() <= 12 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
    };
    let words: Vec<&str> = label.split(' ').take_while(is_word).take(5).collect();
    words.join(" ")
}

/// A label as a sentence can bear it: cut with `…` where it stops looking like one.
pub(crate) fn harmless_label(label: &str) -> String {
    let shown = shown_label(label);
    if shown == label { shown } else { format!("{shown}…") }
}

/// What may be shown of the text before a BEGIN on its line: marks and blanks, or the END of the block before.
fn kept_before(before: &str) -> &str {
    let in_base64 = |letter: char| letter.is_alphanumeric() || matches!(letter, '+' | '/' | '=');
    if before.ends_with("-----")
        && let Some(at) = before.rfind(END)
        && let Some(end) = before.get(at..)
        && end.len() <= LABEL_SHOWN
    {
        return end;
    }
    if before.contains(in_base64) || before.chars().count() > LABEL_SHOWN { "" } else { before }
}

impl Place {
    /// Digits of the highest line number, which is how far the drawing is indented.
    pub(super) fn indent(&self) -> usize {
        self.lines.iter().map(|line| line.number.to_string().len()).max().unwrap_or(1)
    }

    /// Adds the place to what is drawn below the title, in so many columns.
    pub(super) fn draw<'a>(&'a self, name: &'a str, columns: usize, group: Group<'a>) -> Group<'a> {
        let (Some(first), Some(last)) = (self.lines.first(), self.lines.last()) else {
            let origin = Origin::path(name);
            return group.element(match self.at {
                Some((line, column)) => origin.line(line).char_column(column),
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

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// As much of a line as is looked at for its marker.
const LINE_READ: usize = 256;

/// No label in use is longer.
const LABEL_SHOWN: usize = 40;

/// A label is not cut below this, however long its line.
const LABEL_AT_LEAST: usize = 16;

/// Columns before a BEGIN up to which its line is drawn.
const BEFORE_SHOWN: usize = 400;

/// Related certificates with a line of their own; the others are named in a note.
const RELATED_SHOWN: usize = 3;

/// Lines that one picture may span; the lines between cost a byte each.
const LINES_IN_ONE: usize = 5_000;

/// Where a certificate is named in a note, a subject is cut to this.
const UNSHOWN_COLUMNS: usize = 100;
