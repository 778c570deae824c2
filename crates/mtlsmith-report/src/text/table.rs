//! Tables that fit the terminal: columns as wide as they have to be, and some that give way.

use super::columns;
use super::layout::Tone;
use super::layout::pad;
use super::layout::paint;
use crate::Style;
use crate::defuse;

/// A harmless text in a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl Cell {
    /// A text from outside, made harmless here.
    pub(crate) fn of(text: &str) -> Self {
        Cell { text: defuse::for_terminal(text), tone: None }
    }

    /// In a tone.
    pub(crate) fn toned(self, tone: Tone) -> Self {
        Cell { tone: Some(tone), ..self }
    }
}

/// A column: its heading, and down to how many columns of the terminal it may shrink.
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    pub(crate) at_least: Option<usize>,
}

/// A row: its cells, and a line in red that stands below it, indented by so much.
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    pub(crate) below: Option<(usize, String)>,
}

/// The table, indented by two; empty columns are left out.
pub(crate) fn render(table: &[Column], rows: &[Row], style: &Style) -> String {
    let widths = widths(table, rows, columns(style));
    let headings: Vec<Cell> =
        table.iter().map(|column| Cell::of(column.heading).toned(Tone::Faint)).collect();
    let mut text = line(&headings, &widths, style);
    for row in rows {
        text.push_str(&line(&row.cells, &widths, style));
        if let Some((indent, below)) = &row.below {
            let room = columns(style).saturating_sub(indent + GAP);
            for words in super::layout::wrap(&defuse::for_terminal(below), room) {
                text.push_str(&format!("{}{}\n", pad("", indent + GAP), paint(style, Tone::Bad, &words)));
            }
        }
    }
    text
}

fn widths(table: &[Column], rows: &[Row], room: usize) -> Vec<usize> {
    let natural = |(index, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|row| row.cells.get(index));
        match cells.map(|cell| defuse::width(&cell.text)).max().unwrap_or(0) {
            0 => 0,
            widest => widest.max(defuse::width(column.heading)),
        }
    };
    let mut widths: Vec<usize> = table.iter().enumerate().map(natural).collect();
    for (index, column) in table.iter().enumerate() {
        let taken: usize = widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
        let over = taken.saturating_sub(room);
        if let (Some(at_least), Some(width)) = (column.at_least, widths.get_mut(index)) {
            *width = width.saturating_sub(over).max(at_least.min(*width));
        }
    }
    widths
}

fn line(cells: &[Cell], widths: &[usize], style: &Style) -> String {
    let mut text = String::new();
    let mut owed = 0; // blanks are written only when something follows, so that no line ends in them
    for (cell, &width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        let fitted = defuse::fit(&cell.text, width);
        owed += GAP;
        if fitted.is_empty() {
            owed += width;
            continue;
        }
        text.push_str(&pad("", owed));
        text.push_str(&cell.tone.map_or_else(|| fitted.clone(), |tone| paint(style, tone, &fitted)));
        owed = width.saturating_sub(defuse::width(&fitted));
    }
    text.push('\n');
    text
}

/// Blanks before each column.
const GAP: usize = 2;
