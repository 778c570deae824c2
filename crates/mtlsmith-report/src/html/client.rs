//! Would the client get in? The path as boxes from the leaf to the root, the filters field by field, what else is to be known.

use mtlsmith_validate::admission::View;

use super::capitalised;
use super::escape::escape;
use super::prose::line;
use super::prose::repair;
use crate::client::Client;
use crate::client::Step;
use crate::client::fault_in_words;
use crate::client::found_in_words;
use crate::limits::cut;
use crate::text::layout::Standing;
use crate::text::layout::duration;

/// The decision behind its word, and what was judged.
pub(super) fn reason(page: &mut String, client: &Client<'_>) {
    let words = client.words(|finding| finding.message());
    let words = words.trim_start_matches([' ', ':', ',']);
    page.push_str(&format!(
        "<p class=\"reason\">{}.</p>\n<p class=\"quiet\">{}.</p>\n",
        line(&capitalised(words)),
        escape(&client.judged())
    ));
}

/// What stands before the findings: the path and the filters.
pub(super) fn write(page: &mut String, client: &Client<'_>) {
    path(page, client);
    filters(page, client);
}

/// What stands behind the findings: what kinds of servers say, notes, and what to do next.
pub(super) fn after(page: &mut String, client: &Client<'_>) {
    servers(page, client);
    page.push_str("<h2>What to do</h2>\n<ul>\n");
    for next in client.next() {
        page.push_str(&format!("<li>{}</li>\n", repair(&capitalised(&next))));
    }
    page.push_str("</ul>\n");
    let notes = client.notes();
    if !notes.is_empty() {
        page.push_str("<h2>Notes</h2>\n<ul>\n");
        for note in notes {
            page.push_str(&format!("<li>{}</li>\n", repair(&capitalised(&note))));
        }
        page.push_str("</ul>\n");
    }
}

fn path(page: &mut String, client: &Client<'_>) {
    let steps = client.steps();
    if steps.is_empty() {
        return;
    }
    page.push_str("<h2>Path</h2>\n<ol class=\"path\">\n");
    for step in &steps {
        let class = if step.trouble.is_some() { " class=\"error\"" } else { "" };
        let trouble = step.trouble.as_ref().map(|trouble| format!("<p class=\"bad\">{}</p>", line(trouble)));
        page.push_str(&format!(
            "<li{class}><p class=\"subject\"><bdi>{}</bdi></p><p class=\"quiet\"><bdi>{}</bdi></p><p class=\"{}\">{}</p>{}</li>\n",
            escape(&cut(&step.name)),
            escape(&step.origin),
            if matches!(step.standing, Some(Standing::Left(_))) { "date" } else { "date bad" },
            end(step),
            trouble.unwrap_or_default(),
        ));
    }
    page.push_str(
        "</ol>\n<p class=\"legend\">Each certificate was signed with the key of the next one.</p>\n",
    );
}

fn end(step: &Step) -> String {
    let first = if step.ends_first { ", which ends the path" } else { "" };
    match step.standing {
        None => String::new(),
        Some(Standing::Left(left)) => format!("until {}, {} left{first}", step.until, duration(left)),
        Some(Standing::Over(ago)) => format!("expired {}, {} ago", step.until, duration(ago)),
        Some(Standing::NotYet) => format!("not yet valid, until {}", step.until),
    }
}

fn filters(page: &mut String, client: &Client<'_>) {
    let rows = client.filter_rows();
    if rows.is_empty() {
        return;
    }
    page.push_str(
        "<h2>Certificate filters</h2>\n<div class=\"wide\">\n<table>\n<thead><tr><th>Filter</th><th>Field</th><th>Wanted</th>\
         <th>Found</th></tr></thead>\n<tbody>\n",
    );
    for row in rows {
        let place = row.line.map(|number| format!(" <span class=\"quiet\">line {number}</span>"));
        page.push_str(&format!(
            "<tr><td>{}{}</td><td>{}</td><td><bdi>{}</bdi></td><td class=\"{}\"><bdi>{}</bdi></td></tr>\n",
            row.filter,
            place.unwrap_or_default(),
            row.field,
            escape(&cut(&row.wanted)),
            if row.is_met { "good" } else { "bad" },
            escape(&found_in_words(&row.found)),
        ));
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

/// What each kind of server makes of the chain, when they do not all admit.
fn servers(page: &mut String, client: &Client<'_>) {
    let opinions = client.answer.decision.opinions();
    if opinions.is_empty() {
        return;
    }
    page.push_str("<h2>Servers</h2>\n<table>\n<tbody>\n");
    for opinion in opinions {
        let (class, word) = match &opinion.view {
            View::Admits(_) => ("good", "verifies the chain"),
            View::Refuses(_) => ("bad", "refuses"),
            View::Varies(..) => ("bad", "may verify it or refuse"),
        };
        let why = opinion.view.fault().map(|fault| {
            format!(
                ": <bdi>{}</bdi> {}",
                escape(&client.origin(fault.at)),
                line(&fault_in_words(&fault.kind))
            )
        });
        let server = capitalised(&opinion.server.to_string());
        page.push_str(&format!(
            "<tr><td>{server}</td><td class=\"{class}\">{word}{}</td></tr>\n",
            why.unwrap_or_default()
        ));
    }
    page.push_str("</tbody>\n</table>\n");
}
