//! What a person reads first: one line for each certificate, with the part it plays and until when it works.

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::graph::Node;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::input::Form;

use super::columns;
use super::layout::Standing;
use super::layout::Tone;
use super::layout::count;
use super::layout::duration;
use super::layout::pad;
use super::layout::paint;
use super::layout::wrap;
use crate::Document;
use crate::Style;
use crate::defuse;

/// The header line with the file's name, and the table.
pub(super) fn render(document: &Document<'_>, style: &Style) -> String {
    let mut text = header(document, style);
    let mut rows: Vec<Row> =
        document.report.bundle.members.iter().map(|member| Row::of(document, member)).collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table(&mut rows, style));
    }
    text
}

/// The name of the file, what it holds, and how its lines are counted when it was wrapped.
pub(crate) fn header(document: &Document<'_>, style: &Style) -> String {
    let bundle = &document.report.bundle;
    let name = defuse::shown(document.name, columns(style).saturating_sub(HEADER_ROOM).max(12));
    let certificates = certificates(bundle);
    let mut text =
        format!("{}  {certificates}, {}\n", paint(style, Tone::Strong, &name), count(bundle.bytes, "byte"));
    if let Some(note) = wrapping(document) {
        let lines = wrap(&note, columns(style));
        text.push_str(&paint(style, Tone::Faint, &lines.join("\n")));
        text.push('\n');
    }
    text
}

/// `2,000 certificates, 64 of them read`: behind the last block that is read, BEGIN lines are only counted.
pub(crate) fn certificates(bundle: &Bundle) -> String {
    let read = bundle.members.len();
    let all = count(read + bundle.scan.unread, "certificate");
    if bundle.scan.unread == 0 { all } else { format!("{all}, {} of them read", Fact::from(read)) }
}

/// How the lines of the file are counted, when it is not PEM text as it lies there.
pub(crate) fn wrapping(document: &Document<'_>) -> Option<String> {
    let bundle = &document.report.bundle;
    let times = if bundle.base64_layers > 1 { " twice" } else { "" };
    match (bundle.form, bundle.base64_layers) {
        (Form::Pem, 0) => None,
        (Form::Pem, _) => {
            Some(format!("The file is base64{times} over PEM text; line numbers count in the decoded text."))
        }
        (Form::DerCertificate, 0) => Some("The file is DER, so there are no lines to point at.".to_owned()),
        (Form::DerCertificate, _) => {
            Some(format!("The file is base64{times} over DER, so there are no lines to point at."))
        }
        _ => None,
    }
}

/// `root`, `intermediate`, `end-entity` or `unreadable`.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Root => "root",
        Role::Intermediate => "intermediate",
        Role::EndEntity => "end-entity",
        Role::Unreadable => "unreadable",
    }
}

/// The subject of a member, harmless; what stands against reading it when there is none.
pub(crate) fn member_name(member: &Member) -> String {
    match &member.content {
        Ok(certificate) if certificate.subject().is_empty() => "(empty subject)".to_owned(),
        Ok(certificate) => defuse::for_terminal(&certificate.subject().to_string()),
        Err(unparsable) => format!("({unparsable})"),
    }
}

/// A cell of the table.
#[derive(Debug, Default)]
struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Self {
        Cell { text: text.into(), tone: None }
    }

    fn toned(tone: Tone, text: impl Into<String>) -> Self {
        Cell { text: text.into(), tone: Some(tone) }
    }
}

/// One certificate; its cells in the order of [`HEADINGS`].
struct Row {
    cells: [Cell; COLUMNS],
}

impl Row {
    fn of(document: &Document<'_>, member: &Member) -> Self {
        let node = document.report.graph.node(member.index);
        let role = match node.map(|node| node.role) {
            None | Some(Role::Unreadable) => Cell::toned(Tone::Bad, role_name(Role::Unreadable)),
            Some(role) => Cell::plain(role_name(role)),
        };
        let (key, until, left) = match member.certificate() {
            None => Default::default(),
            Some(certificate) => (
                Cell::plain(certificate.key().to_string()),
                Cell::plain(certificate.not_after().date()),
                left(Standing::of(certificate.not_before(), certificate.not_after(), document.report.now)),
            ),
        };
        let number = Cell::plain(member.number().to_string());
        let works = node.map(|node| works_until(document, member, node)).unwrap_or_default();
        Row { cells: [number, role, Cell::plain(member_name(member)), key, until, left, works] }
    }
}

fn left(standing: Standing) -> Cell {
    match standing {
        Standing::Over(_) => Cell::toned(Tone::Bad, "expired"),
        Standing::NotYet => Cell::toned(Tone::Bad, "not yet"),
        Standing::Left(seconds) => Cell::plain(duration(seconds)),
    }
}

/// Until when a chain through the certificate works, where that is not simply its own end.
fn works_until(document: &Document<'_>, member: &Member, node: &Node) -> Cell {
    let Some(certificate) = member.certificate() else { return Cell::default() };
    if !member.delivered {
        return Cell::toned(Tone::Bad, "not seen");
    }
    if let Some(earlier) = node.duplicate_of {
        return Cell::toned(Tone::Careful, format!("same as {}", earlier + 1));
    }
    match node.effective_expiry {
        None => Cell::toned(Tone::Bad, "no chain"),
        Some(expiry) if expiry == certificate.not_after() => Cell::default(),
        Some(expiry) if expiry <= document.report.now => Cell::toned(Tone::Bad, expiry.date()),
        Some(expiry) => Cell::toned(Tone::Careful, expiry.date()),
    }
}

fn table(rows: &mut [Row], style: &Style) -> String {
    let widths = widths(rows, columns(style));
    let room = widths.get(SUBJECT).copied().unwrap_or_default();
    if rows.iter().filter_map(|row| row.cells.get(SUBJECT)).any(|cell| defuse::width(&cell.text) > room) {
        for cell in rows.iter_mut().filter_map(|row| row.cells.get_mut(SUBJECT)) {
            cell.text = common_name(&cell.text).to_owned();
        }
    }
    let headings = HEADINGS.map(Cell::plain);
    let mut text = paint(style, Tone::Faint, &line(&headings, &widths, None));
    text.push('\n');
    for row in &*rows {
        text.push_str(&line(&row.cells, &widths, Some(style)));
        text.push('\n');
    }
    text
}

/// The widest cell of each column, 0 for a column without any; the subject takes what is left.
fn widths(rows: &[Row], columns: usize) -> [usize; COLUMNS] {
    let mut widths = [0; COLUMNS];
    for (index, (width, heading)) in widths.iter_mut().zip(HEADINGS).enumerate() {
        let cells = rows.iter().filter_map(|row| row.cells.get(index));
        let widest = cells.map(|cell| defuse::width(&cell.text)).max().unwrap_or(0);
        *width = if widest == 0 { 0 } else { widest.max(defuse::width(heading)) };
    }
    // The name of an unusual key gives way before the subject does.
    if let (true, Some(key)) = (subject_room(&widths, columns) < SUBJECT_AT_LEAST, widths.get_mut(KEY)) {
        *key = (*key).min(KEY_AT_LEAST);
    }
    let room = subject_room(&widths, columns).max(SUBJECT_AT_LEAST);
    if let Some(subject) = widths.get_mut(SUBJECT) {
        *subject = (*subject).min(room);
    }
    widths
}

/// What the other columns leave to the subject.
fn subject_room(widths: &[usize; COLUMNS], columns: usize) -> usize {
    let others = widths.iter().enumerate().filter(|(index, width)| *index != SUBJECT && **width > 0);
    let taken: usize = others.map(|(_, width)| width + GAP).sum();
    columns.saturating_sub(taken + GAP)
}

fn line(cells: &[Cell; COLUMNS], widths: &[usize; COLUMNS], style: Option<&Style>) -> String {
    let mut text = String::new();
    let mut owed = 0; // blanks are written only when something follows, so that no line ends in them
    for (index, (cell, &width)) in cells.iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0)
    {
        let fitted = defuse::fit(&cell.text, width);
        let padding = width.saturating_sub(defuse::width(&fitted));
        let (before, after) = if RIGHT.contains(&index) { (padding, 0) } else { (0, padding) };
        owed += GAP + before;
        if fitted.is_empty() {
            owed += after;
            continue;
        }
        text.push_str(&pad("", owed));
        match (cell.tone, style) {
            (Some(tone), Some(style)) => text.push_str(&paint(style, tone, &fitted)),
            _ => text.push_str(&fitted),
        }
        owed = after;
    }
    text
}

/// The common name of a subject such as `CN=worker,O=acme`, which says most where not all of it fits; other subjects as they are.
fn common_name(subject: &str) -> &str {
    let Some(common) = subject.strip_prefix("CN=") else { return subject };
    let mut escaped = false;
    let end = common.find(|letter| {
        let ends = matches!(letter, ',' | '+') && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    end.and_then(|end| common.get(..end)).unwrap_or(common)
}

const COLUMNS: usize = 7;
const HEADINGS: [&str; COLUMNS] = ["#", "role", "subject", "key", "until", "left", "effective"];

/// The column that gives way when the terminal is narrow.
const SUBJECT: usize = 2;
const SUBJECT_AT_LEAST: usize = 16;

/// Wide enough for `RSA 16384`; longer names belong to keys that nobody accepts.
const KEY: usize = 3;
const KEY_AT_LEAST: usize = 10;

/// Blanks before each column.
const GAP: usize = 2;

/// Columns of numbers: `#` and `left`.
const RIGHT: [usize; 2] = [0, 5];

/// What stands behind the name in the header.
const HEADER_ROOM: usize = 34;
