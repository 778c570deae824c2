//! The inventory as a page: every certificate on one axis of time, soonest end on top, and a table below.

use mtlsmith_validate::time::Timestamp;

use super::axis::Axis;
use super::counted;
use super::escape::escape;
use super::escape::escape_to_fit;
use super::head;
use super::layout::whole;
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
    let shown = page.entries.get(..page.entries.len().min(ROWS_DRAWN)).unwrap_or_default();
    let times: Vec<Timestamp> = shown.iter().flat_map(|entry| [entry.not_before, entry.not_after]).collect();
    let axis = Axis::over(&times, page.now, LEFT, CHART);
    let floor = TOP + whole(shown.len()) * ROW;
    text.push_str(&format!(
        "<h2>Until when each certificate works</h2>\n<div class=\"wide\">\n<svg class=\"validity\" role=\"img\" \
         aria-label=\"Validity of each certificate\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n",
        height = floor + BOTTOM,
    ));
    for tick in axis.ticks() {
        let x = tick.x;
        text.push_str(&format!(
            "<path class=\"grid\" d=\"M{x} {TOP}V{floor}\"/><text class=\"tick\" x=\"{x}\" y=\"16\">{}</text>\n",
            tick.label
        ));
    }
    text.push_str(&format!("<text class=\"date\" x=\"{WIDTH}\" y=\"16\">works until</text>\n"));
    for (entry, row) in shown.iter().zip(0..) {
        line(text, entry, &axis, page.now, TOP + row * ROW);
    }
    let now = axis.x(page.now);
    text.push_str(&format!(
        "<path class=\"now\" d=\"M{now} {TOP}V{}\"/><text class=\"now\" x=\"{now}\" y=\"{}\">{}</text>\n</svg>\n</div>\n",
        floor + 4,
        floor + 17,
        page.now.date(),
    ));
    let rest = page.entries.len().saturating_sub(shown.len());
    let rest = if rest == 0 { String::new() } else { format!(" The table below has {rest} more.") };
    text.push_str(&format!(
        "<p class=\"legend\">A bar runs from the first second of a certificate to its last. It is pale where a CA above it has ended \
         already.{rest}</p>\n"
    ));
}

fn line(text: &mut String, entry: &InventoryEntry, axis: &Axis, now: Timestamp, y: i64) {
    let base = y + 16;
    let works = entry.effective_expiry.min(entry.not_after);
    text.push_str(&format!(
        "<g><title>{}</title><text class=\"name\" x=\"0\" y=\"{base}\">{}</text>",
        escape(&format!("{}, {} to {}", entry.subject, entry.not_before.date(), works.date())),
        escape_to_fit(&entry.name, LEFT - 20, 12),
    ));
    let state = if works <= now {
        "over"
    } else if entry.not_before > now {
        "future"
    } else {
        "valid"
    };
    let mut bar = |class: &str, from: Timestamp, to: Timestamp| {
        let (left, right) = (axis.x(from), axis.x(to));
        let (top, width) = (y + 7, (right - left).max(2));
        text.push_str(&format!(
            "<rect class=\"bar {class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"10\" rx=\"2\"/>"
        ));
    };
    if works < entry.not_after {
        bar("pale", entry.not_before, entry.not_after);
    }
    bar(state, entry.not_before, works);
    let class = if works <= now { "date bad" } else { "date" };
    text.push_str(&format!(
        "<text class=\"{class}\" x=\"{WIDTH}\" y=\"{base}\">{}</text></g>\n",
        works.date()
    ));
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

const WIDTH: i64 = 1072;
const LEFT: i64 = 262;
const CHART: i64 = 700;
const TOP: i64 = 26;
const ROW: i64 = 24;
const BOTTOM: i64 = 22;

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
