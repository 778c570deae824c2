//! The inventory at a terminal: a table that fits it.

use mtlsmith_validate::time::Timestamp;

use super::columns;
use super::layout::Standing;
use super::layout::Tone;
use super::layout::count;
use super::layout::duration;
use super::layout::paint;
use super::table;
use super::table::Cell;
use super::table::Column;
use super::table::Row;
use crate::Detail;
use crate::InventoryEntry;
use crate::InventoryPage;
use crate::Style;
use crate::defuse;

/// The table, with the heading above it and what ends first below; for a quiet user the names alone.
pub fn render(page: &InventoryPage<'_>, style: &Style) -> String {
    if style.detail == Detail::Quiet {
        return page
            .entries
            .iter()
            .map(|entry| format!("{}\n", defuse::for_terminal(&entry.place)))
            .collect();
    }
    let number = count(page.entries.len(), "certificate");
    let room = columns(style).saturating_sub(defuse::width(page.title) + number.len() + 6).max(16);
    let mut text =
        format!("{}  {number}, {}\n", paint(style, Tone::Strong, page.title), defuse::shown(page.home, room));
    if page.entries.is_empty() {
        return text;
    }
    text.push('\n');
    let rows: Vec<Row> = page.entries.iter().map(|entry| row(entry, page.now)).collect();
    text.push_str(&table::render(&COLUMNS, &rows, style));
    if page.entries.iter().any(InventoryEntry::ends_early) {
        let note =
            "until is the last second at which a certificate works; * a CA above it ends before it does.";
        let lines = super::layout::wrap(note, columns(style)).join("\n");
        text.push_str(&format!("\n{}\n", paint(style, Tone::Faint, &lines)));
    }
    text
}

fn row(entry: &InventoryEntry, now: Timestamp) -> Row {
    let standing = Standing::of(entry.not_before, entry.effective_expiry, now);
    let (left, tone) = match standing {
        Standing::Over(since) => (format!("ended {} ago", duration(since)), Some(Tone::Bad)),
        Standing::NotYet => (format!("from {}", entry.not_before.date()), Some(Tone::Careful)),
        Standing::Left(left) => (duration(left), is_due(entry, now).then_some(Tone::Careful)),
    };
    let toned = |cell: Cell| match tone {
        Some(tone) => cell.toned(tone),
        None => cell,
    };
    let mark = if entry.ends_early() { " *" } else { "" };
    let cells = vec![
        Cell::of(&entry.name).toned(Tone::Strong),
        Cell::of(if entry.is_authority { "CA" } else { "client" }),
        Cell::of(&entry.generation.to_string()),
        Cell::of(&entry.subject),
        Cell::of(&(entry.effective_expiry.date() + mark)),
        toned(Cell::of(&left)),
    ];
    Row { cells, below: None }
}

/// Is more than two thirds of its life over?
fn is_due(entry: &InventoryEntry, now: Timestamp) -> bool {
    let life = entry.effective_expiry.since(entry.not_before);
    now.since(entry.not_before) > life / 3 * 2
}

const COLUMNS: [Column; 6] = [
    Column { heading: "name", at_least: Some(24) },
    Column { heading: "kind", at_least: None },
    Column { heading: "no.", at_least: None },
    Column { heading: "subject", at_least: Some(12) },
    Column { heading: "until", at_least: None },
    Column { heading: "left", at_least: None },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn page(columns: usize) -> String {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        let entry = |name: &str, days: i64, authority: bool| InventoryEntry {
            place: format!("namespaces/orders.a1b2c/leaves/{name}"),
            name: format!("orders.a1b2c/{name}"),
            is_authority: authority,
            generation: 2,
            subject: "CN=orders.a1b2c,OU=a unit with a long name,O=acme".to_owned(),
            issuer: "CN=ca".to_owned(),
            authority: None,
            not_before: now.plus(-10 * 86_400),
            not_after: now.plus((days + 1) * 86_400),
            effective_expiry: now.plus(days * 86_400),
        };
        let entries = [entry("worker", 20, false), entry("late", 2, false), entry("gone", -3, true)];
        let page = InventoryPage { home: "/state", title: "Certificates in force", entries: &entries, now };
        render(&page, &Style { color: false, columns, detail: Detail::Normal })
    }

    #[test]
    fn the_table_fits_the_terminal_and_tells_what_is_left() {
        for columns in [80, 100, 140] {
            let text = page(columns);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
            assert!(text.contains("2026-12-13 *") && text.contains("20 days"), "{text}");
            assert!(text.contains("ended 3 days ago"), "{text}");
        }
    }
}
