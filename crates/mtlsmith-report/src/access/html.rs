//! The matrix as one self-contained page.

use mtlsmith_validate::admission::Access;
use mtlsmith_validate::finding::Fact;

use super::AccessMatrix;
use crate::html::escape::escape;
use crate::html::page;

/// The matrix as a page: the conclusion, the leaks, the table. A table of more than 40,000 cells is left out, since no browser shows
/// it well; the Namespaces behind each certificate are listed then.
pub fn render(matrix: &AccessMatrix) -> String {
    let word = if matrix.is_tight() { "Tight" } else { "Leaking" };
    let verdict = if matrix.is_tight() { "accepted" } else { "refused" };
    let mut body = format!(
        "<section class=\"document\">\n<header class=\"{verdict}\">\n<p class=\"file\">Who gets in where</p>\n<h1>{word}</h1>\n\
         <p class=\"reason\">{}</p>\n<p class=\"counts\">{} certificates before {} Namespaces, decided for {}</p>\n</header>\n",
        escape(&matrix.conclusion()),
        matrix.clients.len(),
        matrix.namespaces.len(),
        matrix.now,
    );
    leaks(&mut body, matrix);
    body.push_str("<h2>Access</h2>\n");
    match matrix.clients.len() * matrix.namespaces.len() {
        0..=CELLS_SHOWN => table(&mut body, matrix),
        _ => list(&mut body, matrix),
    }
    body.push_str("</section>\n");
    page(&format!("Access: {}", word.to_lowercase()), &body)
}

fn leaks(body: &mut String, matrix: &AccessMatrix) {
    if matrix.is_tight() {
        return;
    }
    body.push_str("<h2>Leaks</h2>\n<table>\n<thead><tr><th>What</th><th>Opens</th></tr></thead>\n<tbody>\n");
    let mut row = |what: &str, opens: &str| {
        body.push_str(&format!(
            "<tr><td><bdi>{}</bdi></td><td class=\"bad\">{}</td></tr>\n",
            escape(what),
            escape(opens)
        ));
    };
    for client in matrix.leaks().take(LEAKS_SHOWN) {
        let names = matrix.names(client.opens(), NAMES_SHOWN);
        row(&format!("{}: {}", client.file, client.subject), &names);
    }
    for ca in matrix.open_cas().take(LEAKS_SHOWN) {
        let names = matrix.names(ca.without_filters.iter().copied(), NAMES_SHOWN);
        row(
            &format!(
                "Any certificate below the CA {}, which stands in {} bundles",
                ca.subject,
                ca.namespaces.len()
            ),
            &names,
        );
    }
    body.push_str("</tbody>\n</table>\n");
    left_out(body, matrix.leaks().count(), LEAKS_SHOWN, "certificates that open more than one Namespace");
    left_out(body, matrix.open_cas().count(), LEAKS_SHOWN, "CAs that are shared without filters");
}

/// How many rows were left out of a table.
fn left_out(body: &mut String, all: usize, shown: usize, what: &str) {
    let more = all.saturating_sub(shown);
    if more > 0 {
        let more = Fact::from(more);
        body.push_str(&format!(
            "<p class=\"quiet\">{more} more {what} are left out here; --format json has them all.</p>\n"
        ));
    }
}

fn table(body: &mut String, matrix: &AccessMatrix) {
    body.push_str("<div class=\"wide\">\n<table class=\"access\">\n<thead><tr><th>Certificate</th>");
    for namespace in &matrix.namespaces {
        let filters = match namespace.filters {
            0 => "no filters".to_owned(),
            1 => "1 filter".to_owned(),
            many => format!("{many} filters"),
        };
        body.push_str(&format!("<th><bdi>{}</bdi><br/>{filters}</th>", escape(&namespace.name)));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for client in &matrix.clients {
        body.push_str(&format!(
            "<tr><td><bdi>{}</bdi><br/><span class=\"quiet\"><bdi>{}</bdi></span></td>",
            escape(&client.subject),
            escape(&client.file)
        ));
        for access in &client.row {
            let (class, word) = cell(*access);
            body.push_str(&format!("<td class=\"{class}\">{word}</td>"));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody>\n</table>\n</div>\n");
}

fn list(body: &mut String, matrix: &AccessMatrix) {
    body.push_str("<table>\n<thead><tr><th>Certificate</th><th>Opens</th></tr></thead>\n<tbody>\n");
    for client in matrix.clients.iter().take(ROWS_SHOWN) {
        let opens = client.opens().take(2).count();
        let class = ["quiet", "good", "bad"].get(opens).copied().unwrap_or_default();
        body.push_str(&format!(
            "<tr><td><bdi>{}</bdi><br/><span class=\"quiet\"><bdi>{}</bdi></span></td><td class=\"{class}\">{}</td></tr>\n",
            escape(&client.subject),
            escape(&client.file),
            escape(&matrix.names(client.opens(), NAMES_SHOWN))
        ));
    }
    body.push_str("</tbody>\n</table>\n");
    left_out(body, matrix.clients.len(), ROWS_SHOWN, "certificates");
}

fn cell(access: Access) -> (&'static str, &'static str) {
    match access {
        Access::Admitted => ("good", "admitted"),
        Access::Contested => ("warn", "contested"),
        Access::Filtered => ("quiet", "filtered"),
        Access::Refused => ("bad", "refused"),
        Access::NoChain => ("quiet", "\u{2013}"),
    }
}

const CELLS_SHOWN: usize = 40_000;
const NAMES_SHOWN: usize = 20;
const LEAKS_SHOWN: usize = 200;

/// A list of more rows is no page that anybody reads.
const ROWS_SHOWN: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::super::testing::matrix;

    #[test]
    fn the_page_has_a_cell_for_each_pair_and_no_foreign_markup() {
        let page = super::render(&matrix());
        for word in ["<h1>Leaking</h1>", ">admitted<", ">contested<", ">filtered<", ">refused<", "&lt;b&gt;"]
        {
            assert!(page.contains(word), "{word} is missing");
        }
        assert!(!page.contains("<b>") && !page.contains('\u{1b}'));
    }
}
