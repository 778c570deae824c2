//! A rollover as a page: what to do on top, then the steps, and everybody on one axis of time.

use mtlsmith_validate::time::Timestamp;

use super::axis::Axis;
use super::escape::escape;
use super::escape::escape_to_fit;
use super::layout::whole;
use crate::Progress;
use crate::RolloverPage;

/// One self-contained page.
pub fn render(page: &RolloverPage) -> String {
    let state = if page.is_well { "accepted" } else { "accepted-but-unusable" };
    let mut text = format!(
        "<section class=\"document\">\n<header class=\"{state}\">\n<p class=\"file\"><bdi>{}</bdi></p>\n<h1>{}</h1>\n<p class=\"counts\">{}</p>\n",
        escape(&page.namespace),
        escape(&page.stage),
        escape(&page.next),
    );
    if let Some(command) = &page.command {
        text.push_str(&format!("<p><code>{}</code></p>\n", escape(command)));
    }
    text.push_str(&format!(
        "<p class=\"quiet\">Shown for {}</p>\n</header>\n<h2>Steps</h2>\n<ol>\n",
        page.now
    ));
    for step in &page.steps {
        let (class, word) = match step.progress {
            Progress::Done => ("quiet", " (done)"),
            Progress::Now => ("warn", " (now)"),
            Progress::Ahead => ("", ""),
        };
        text.push_str(&format!("<li class=\"{class}\">{}{word}</li>\n", escape(&step.what)));
    }
    text.push_str("</ol>\n");
    time_line(&mut text, page);
    table(&mut text, page);
    text.push_str("</section>\n");
    super::page(&format!("{}: rollover", escape(&page.namespace)), &text)
}

struct Line<'a> {
    name: &'a str,
    until: Option<Timestamp>,
    class: &'static str,
}

fn time_line(text: &mut String, page: &RolloverPage) {
    let authorities = page.authorities.iter().map(|authority| Line {
        name: &authority.name,
        until: Some(authority.until),
        class: if authority.is_live { "valid" } else { "pale" },
    });
    let leaves = page.leaves.iter().take(ROWS_DRAWN).map(|leaf| Line {
        name: &leaf.name,
        until: leaf.works_until,
        class: if leaf.is_in_the_way { "future" } else { "valid" },
    });
    let lines: Vec<Line<'_>> = authorities.chain(leaves).collect();
    let ends: Vec<Timestamp> = lines.iter().filter_map(|line| line.until).collect();
    let axis = Axis::over(&ends, page.now, LEFT, CHART);
    let floor = TOP + whole(lines.len()) * ROW;
    text.push_str(&format!(
        "<h2>Until when each one works</h2>\n<div class=\"wide\">\n<svg class=\"validity\" role=\"img\" aria-label=\"Until when each one \
         works\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n",
        height = floor + BOTTOM,
    ));
    for tick in axis.ticks() {
        let x = tick.x;
        text.push_str(&format!(
            "<path class=\"grid\" d=\"M{x} {TOP}V{floor}\"/><text class=\"tick\" x=\"{x}\" y=\"16\">{}</text>\n",
            tick.label
        ));
    }
    let now = axis.x(page.now);
    for (line, row) in lines.iter().zip(0..) {
        let y = TOP + row * ROW;
        let base = y + 16;
        text.push_str(&format!(
            "<g><text class=\"name\" x=\"0\" y=\"{base}\">{}</text>",
            escape_to_fit(line.name, LEFT - 20, 12)
        ));
        match line.until {
            Some(until) => {
                let (width, top, class) = ((axis.x(until) - now).max(2), y + 7, line.class);
                text.push_str(&format!(
                    "<rect class=\"bar {class}\" x=\"{now}\" y=\"{top}\" width=\"{width}\" height=\"10\" rx=\"2\"/>\
                     <text class=\"date\" x=\"{WIDTH}\" y=\"{base}\">{}</text></g>\n",
                    until.date()
                ));
            }
            None => text
                .push_str(&format!("<text class=\"date bad\" x=\"{WIDTH}\" y=\"{base}\">down</text></g>\n")),
        }
    }
    text.push_str(&format!(
        "<path class=\"now\" d=\"M{now} {TOP}V{}\"/><text class=\"now\" x=\"{now}\" y=\"{}\">{}</text>\n</svg>\n</div>\n",
        floor + 4,
        floor + 17,
        page.now.date(),
    ));
}

fn table(text: &mut String, page: &RolloverPage) {
    text.push_str(
        "<h2>Leaves</h2>\n<div class=\"wide\">\n<table class=\"certificates\">\n<thead><tr><th>Leaf</th><th>Works until</th>\
         <th>Standing</th></tr></thead>\n<tbody>\n",
    );
    for leaf in &page.leaves {
        let (class, until) = match leaf.works_until {
            Some(until) => ("date", until.to_string()),
            None => ("date bad", "down".to_owned()),
        };
        text.push_str(&format!(
            "<tr><td><bdi>{}</bdi></td><td class=\"{class}\">{until}</td><td>{}</td></tr>\n",
            escape(&leaf.name),
            escape(&leaf.standing),
        ));
    }
    text.push_str("</tbody>\n</table>\n</div>\n<h2>Ahead</h2>\n<ul>\n");
    for (at, what) in &page.moments {
        text.push_str(&format!("<li><time>{at}</time> {}</li>\n", escape(what)));
    }
    text.push_str("</ul>\n");
}

/// As many leaves are drawn.
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
    use crate::RolloverLeaf;

    #[test]
    fn foreign_names_bring_no_markup() {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        let leaf = RolloverLeaf {
            name: "<script>\u{202e}".to_owned(),
            works_until: None,
            standing: "<i>".to_owned(),
            is_in_the_way: true,
        };
        let page = render(&RolloverPage {
            namespace: "<b>".to_owned(),
            stage: "<u>".to_owned(),
            is_well: true,
            next: "<p onclick>".to_owned(),
            command: Some("<code>".to_owned()),
            steps: Vec::new(),
            authorities: Vec::new(),
            leaves: vec![leaf],
            moments: vec![(now, "<em>".to_owned())],
            now,
        });
        for markup in ["<script>", "<i>", "<b>", "<u>", "<p onclick>", "<em>", "\u{202e}"] {
            assert!(!page.contains(markup), "{markup} in {page}");
        }
        assert!(page.contains(">down<"));
    }
}
