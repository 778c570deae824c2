//! A rollover as a page: what to do on top, then the steps, and everybody on one axis of time.

use mtlsmith_validate::time::Timestamp;

use super::escape::escape;
use super::time_line::Bar;
use super::time_line::Row;
use super::time_line::TimeLine;
use crate::Lapse;
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
    for command in [&page.before, &page.command].into_iter().flatten() {
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

fn time_line(text: &mut String, page: &RolloverPage) {
    let authorities = page.authorities.iter().map(|authority| {
        row(
            page.now,
            &format!("{} {}", authority.side, authority.name),
            Some(authority.until),
            if authority.is_live { "valid" } else { "pale" },
            Lapse::Down,
        )
    });
    let leaves = page.leaves.iter().take(ROWS_DRAWN).map(|leaf| {
        let class = if leaf.is_in_the_way { "future" } else { "valid" };
        row(page.now, &leaf.name, leaf.works_until, class, leaf.lapse)
    });
    let rows = authorities.chain(leaves).collect();
    text.push_str("<h2>Until when each one works</h2>\n");
    let label = "Until when each one works";
    TimeLine { label, end_label: "works until", now: page.now, now_label: "", rows }.write(text);
}

/// What lies ahead of one; nothing when it does not work any more.
fn row(now: Timestamp, name: &str, until: Option<Timestamp>, class: &'static str, lapse: Lapse) -> Row {
    let none = || (lapse.as_str().to_owned(), lapse == Lapse::Down);
    Row {
        number: None,
        name: name.to_owned(),
        title: String::new(),
        bars: until.map(|until| Bar { class, from: now, to: until.max(now) }).into_iter().collect(),
        mark: None,
        end: Some(until.map_or_else(none, |until| (until.date(), false))),
    }
}

fn table(text: &mut String, page: &RolloverPage) {
    text.push_str(
        "<h2>Leaves</h2>\n<div class=\"wide\">\n<table class=\"certificates\">\n<thead><tr><th>Leaf</th><th>Works until</th>\
         <th>Standing</th></tr></thead>\n<tbody>\n",
    );
    for leaf in &page.leaves {
        let (class, until) = match leaf.works_until {
            Some(until) => ("date", until.to_string()),
            None if leaf.lapse == Lapse::Down => ("date bad", leaf.lapse.as_str().to_owned()),
            None => ("date", leaf.lapse.as_str().to_owned()),
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
            lapse: Lapse::Down,
            standing: "<i>".to_owned(),
            is_in_the_way: true,
        };
        let page = render(&RolloverPage {
            namespace: "<b>".to_owned(),
            stage: "<u>".to_owned(),
            is_well: true,
            next: "<p onclick>".to_owned(),
            before: None,
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
