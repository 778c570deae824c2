//! Would the client get in? The decision first, then the path, what stands against it, the filters, and what to do.

use super::columns;
use super::finding;
use super::layout::Standing;
use super::layout::Tone;
use super::layout::duration;
use super::layout::paint;
use super::layout::wrap;
use super::table;
use super::table::Cell;
use super::table::Column;
use super::table::Row;
use super::verdict;
use crate::Style;
use crate::client::Client;
use crate::client::Step;
use crate::client::found_in_words;
use crate::defuse;

/// The whole answer.
pub(super) fn page(client: &Client<'_>, style: &Style) -> String {
    let mut text = decision(client, style);
    text.push('\n');
    text.push_str(&aside(&format!("{}.", client.judged()), style));
    for table in [path(client, style), filters(client, style)] {
        if !table.is_empty() {
            text.push('\n');
            text.push_str(&table);
        }
    }
    text.push('\n');
    for finding in finding::render_all(client.document, style) {
        text.push_str(&finding);
        text.push_str("\n\n");
    }
    for note in client.notes() {
        text.push_str(&labelled("note", Tone::Careful, &note, style));
    }
    for next in client.next() {
        text.push_str(&labelled("next", Tone::Strong, &next, style));
    }
    text.push_str(&verdict::basis(client.report(), style));
    text
}

/// The decision in plain words.
pub(super) fn decision(client: &Client<'_>, style: &Style) -> String {
    let word = client.word();
    let words = client.words(|finding| finding::harmless(finding).message());
    let sentence = defuse::for_terminal(&format!("{word}{words}"));
    let lines = if style.detail == crate::Detail::Quiet {
        sentence
    } else {
        wrap(&sentence, columns(style)).join("\n")
    };
    lines.replacen(word, &paint(style, verdict::tone(client.report().verdict()), word), 1)
}

/// The certificates from the leaf to the root, each below the one that it signed; behind them what else the client sends.
fn path(client: &Client<'_>, style: &Style) -> String {
    let steps = client.steps();
    let mut rows: Vec<Row> = steps.iter().enumerate().map(|(depth, step)| row(step, depth)).collect();
    for index in client.beside() {
        let place = mtlsmith_validate::admission::Place::Presented(index);
        let name = client.certificate(place).map(|one| one.subject().to_string());
        let name = name.unwrap_or_else(|| "(unreadable)".to_owned());
        let cells = [name, client.short_origin(place), "not needed".to_owned()];
        let cells = cells.iter().map(|text| Cell::of(text).toned(Tone::Faint)).collect();
        rows.push(Row { cells, below: None });
    }
    if rows.is_empty() { String::new() } else { table::render(&PATH, &rows, style) }
}

fn row(step: &Step, depth: usize) -> Row {
    let indent = depth.saturating_sub(1) * 3;
    let branch = if depth == 0 { "" } else { "└─ " };
    let name = Cell::of(&format!("{}{branch}{}", " ".repeat(indent), step.name));
    let until = match step.ends_first {
        true => Cell::of(&step.until).toned(Tone::Careful),
        false => Cell::of(&step.until),
    };
    let left = match step.standing {
        None => Cell::default(),
        Some(Standing::Left(left)) => Cell::of(&duration(left)),
        Some(Standing::Over(_)) => Cell::of("expired").toned(Tone::Bad),
        Some(Standing::NotYet) => Cell::of("not yet").toned(Tone::Bad),
    };
    let below = step.trouble.clone().map(|trouble| (depth * 3, format!("✗ {trouble}")));
    Row { cells: vec![name, Cell::of(&step.origin), until, left], below }
}

fn filters(client: &Client<'_>, style: &Style) -> String {
    let rows = client.filter_rows();
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| {
            let line = row.line.map(|line| format!(" (line {line})")).unwrap_or_default();
            let found = Cell::of(&found_in_words(&row.found));
            let cells = vec![
                Cell::of(&format!("filter {}{line}", row.filter)),
                Cell::of(row.field),
                Cell::of(&format!("\"{}\"", row.wanted)),
                found.toned(if row.is_met { Tone::Good } else { Tone::Bad }),
            ];
            Row { cells, below: None }
        })
        .collect();
    if rows.is_empty() { String::new() } else { table::render(&FILTERS, &rows, style) }
}

/// Words beside the point.
fn aside(words: &str, style: &Style) -> String {
    let lines = wrap(&defuse::for_terminal(words), columns(style));
    lines.iter().map(|line| paint(style, Tone::Faint, line) + "\n").collect()
}

/// A sentence behind a word; a command in it has a line of its own when not everything fits into one.
fn labelled(label: &str, tone: Tone, sentence: &str, style: &Style) -> String {
    let room = columns(style).saturating_sub(label.len() + 2);
    let lines = finding::wrap_command(&defuse::for_terminal(sentence), room);
    let indent = " ".repeat(label.len() + 2);
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        match index {
            0 => text.push_str(&format!("{} {line}\n", paint(style, tone, &format!("{label}:")))),
            _ => text.push_str(&format!("{indent}{line}\n")),
        }
    }
    text
}

const PATH: [Column; 4] = [
    Column { heading: "path", at_least: Some(24) },
    Column { heading: "from", at_least: Some(20) },
    Column { heading: "until", at_least: None },
    Column { heading: "left", at_least: None },
];

const FILTERS: [Column; 4] = [
    Column { heading: "filter", at_least: None },
    Column { heading: "field", at_least: None },
    Column { heading: "wanted", at_least: Some(16) },
    Column { heading: "found", at_least: Some(16) },
];
