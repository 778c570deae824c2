//! The inventory as a page: every certificate on one axis of time, soonest end on top, and a table below.

use mtlsmith_validate::time::Timestamp;

use super::counted;
use super::escape::escape;
use super::head;
use super::time_line::Bar;
use super::time_line::Row;
use super::time_line::TimeLine;
use crate::InventoryEntry;
use crate::InventoryPage;

/// One self-contained page.
pub fn render(page: &InventoryPage<'_>) -> String {
    let mut text = head(&escape(page.title));
    let number = counted(page.entries.len(), "certificate");
    let over = page.entries.iter().filter(|entry| entry.effective_expiry <= page.now).count();
    let state = if over == 0 { "accepted" } else { "refused" };
    text.push_str(&format!(
        "<section class=\"document\">\n<header class=\"{state}\">\n<p class=\"file\"><bdi>{}</bdi></p>\n<h1>{}</h1>\n<p class=\"counts\">{number}{}</p>\n",
        escape(page.home),
        escape(page.title),
        if over == 0 { String::new() } else { format!(", {over} of them past their end") },
    ));
    text.push_str(&format!("<p class=\"quiet\">Shown for {}</p>\n</header>\n", page.now));
    if !page.entries.is_empty() {
        time_line(&mut text, page);
        table(&mut text, page);
    }
    text.push_str("</section>\n</main>\n</body>\n</html>\n");
    text
}

fn time_line(text: &mut String, page: &InventoryPage<'_>) {
    // More rows than anybody looks through are left to the table.
    let rows: Vec<Row> = page.entries.iter().take(ROWS_DRAWN).map(|entry| row(entry, page.now)).collect();
    let rest = page.entries.len().saturating_sub(rows.len());
    text.push_str("<h2>Until when each certificate works</h2>\n");
    let (label, end_label) = ("Validity of each certificate", "works until");
    TimeLine { label, end_label, now: page.now, now_label: "", rows }.write(text);
    let rest = if rest == 0 { String::new() } else { format!(" The table below has {rest} more.") };
    text.push_str(&format!(
        "<p class=\"legend\">A bar runs from the first second of a certificate to its last. It is pale where a CA above it has ended \
         already.{rest}</p>\n"
    ));
}

fn row(entry: &InventoryEntry, now: Timestamp) -> Row {
    let works = entry.effective_expiry.min(entry.not_after);
    let mut bars = Vec::new();
    if works < entry.not_after {
        bars.push(Bar { class: "pale", from: entry.not_before, to: entry.not_after });
    }
    bars.push(Bar::working(entry.not_before, works, now));
    Row {
        number: None,
        name: entry.name.clone(),
        title: format!("{}, {} to {}", entry.subject, entry.not_before.date(), works.date()),
        bars,
        mark: None,
        end: Some((works.date(), works <= now)),
    }
}

fn table(text: &mut String, page: &InventoryPage<'_>) {
    text.push_str(
        "<h2>Certificates</h2>\n<div class=\"wide\">\n<table class=\"certificates\">\n<thead><tr><th>Where</th><th>Subject</th>\
         <th>Generation</th><th>Issued by</th><th>Works until</th></tr></thead>\n<tbody>\n",
    );
    for entry in page.entries {
        let issuer = match &entry.authority {
            Some(name) => escape(name),
            None if entry.issuer == entry.subject => "itself".to_owned(),
            None => escape(&entry.issuer),
        };
        let class = if entry.effective_expiry <= page.now { "date bad" } else { "date" };
        text.push_str(&format!(
            "<tr><td><bdi>{}</bdi></td><td class=\"names\"><span class=\"subject\"><bdi>{}</bdi></span></td><td>{}</td>\
             <td><bdi>{issuer}</bdi></td><td class=\"{class}\">{}</td></tr>\n",
            escape(&entry.place),
            escape(&entry.subject),
            entry.generation,
            entry.effective_expiry,
        ));
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
}

/// As many certificates are drawn.
const ROWS_DRAWN: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_bring_no_markup() {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        let entry = InventoryEntry {
            place: "leaves/<b>".to_owned(),
            name: "<b>".to_owned(),
            is_authority: false,
            generation: 1,
            subject: "CN=<script>\u{202e}".to_owned(),
            issuer: "CN=<u>".to_owned(),
            authority: Some("\"><i>".to_owned()),
            not_before: now.plus(-86_400),
            not_after: now.plus(86_400 * 30),
            effective_expiry: now.plus(86_400 * 20),
        };
        let page = render(&InventoryPage {
            home: "/<home>",
            title: "Certificates in force",
            entries: &[entry],
            now,
        });
        for markup in ["<script>", "<i>", "<home>", "\u{202e}"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
        assert!(page.contains("bar pale") && page.contains("bar valid") && page.contains("2026-12-13"));
    }
}
