//! One self-contained page: no script, no file beside it, nothing that it loads. Every text that comes from a certificate or a file
//! name goes through [`escape`], which leaves no markup in it and nothing unseen.

mod axis;
mod card;
mod certificates;
mod chains;
mod client;
pub(crate) mod configuration;
pub(crate) mod escape;
pub(crate) mod inventory;
mod layout;
mod prose;
pub(crate) mod rollover;
mod time_line;
mod validity;

pub(crate) use escape::escape as escaped;

use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::rule::Severity;

use crate::Document;
use crate::client::Client;
use crate::text::certificates as certificates_counted;
use crate::text::wrapping;
use crate::verdict::meaning;
use crate::verdict::remark;
use crate::verdict::word;
use escape::escape;

/// The documents as one page.
pub(crate) fn render(documents: &[Document<'_>]) -> String {
    let mut page = head(&title(documents));
    if documents.len() > 1 {
        overview(&mut page, documents);
    }
    for (document, number) in documents.iter().zip(1..) {
        section(&mut page, document, number);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// Everything up to the content.
/// A page around what stands in its `main` element.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!("{}{body}</main>\n</body>\n</html>\n", head(title))
}

fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        title,
        include_str!("html/style.css"),
    )
}

fn title(documents: &[Document<'_>]) -> String {
    match documents {
        [document] => format!("{}: {}", escape(document.name), verdict_word(document)),
        _ => format!("mtlsmith: {}", counted(documents.len(), "file")),
    }
}

/// Every file with its verdict, when there are several.
fn overview(page: &mut String, documents: &[Document<'_>]) {
    page.push_str("<nav class=\"overview\">\n<table>\n<thead><tr><th>File</th><th>Verdict</th><th>Findings</th></tr></thead>\n<tbody>\n");
    for (document, number) in documents.iter().zip(1..) {
        let verdict = document.report.verdict();
        page.push_str(&format!(
            "<tr><td><a href=\"#document-{number}\"><bdi>{}</bdi></a></td><td class=\"{}\">{}</td><td>{}</td></tr>\n",
            escape(document.name),
            verdict.as_str(),
            verdict_word(document),
            counts(document),
        ));
    }
    page.push_str("</tbody>\n</table>\n</nav>\n");
}

/// A page about what is in one file: its chains, and a section that the caller has written.
pub(crate) fn inspection(document: &Document<'_>, more: &str) -> String {
    let mut page = head(&escape(document.name));
    page.push_str(&format!(
        "<section class=\"document inspection\">\n<header class=\"accepted\">\n<p class=\"file\">What is in the file</p>\n<h1><bdi>{}</bdi></h1>\n",
        escape(document.name)
    ));
    let bundle = &document.report.bundle;
    let (certificates, bytes) = (certificates_counted(bundle), Fact::from(bundle.bytes));
    page.push_str(&format!("<p class=\"counts\">{certificates}, {bytes} bytes</p>\n</header>\n"));
    if !document.report.bundle.members.is_empty() {
        in_pictures(&mut page, document.report);
    }
    page.push_str(more);
    page.push_str("</section>\n</main>\n</body>\n</html>\n");
    page
}

fn in_pictures(page: &mut String, report: &Report) {
    page.push_str("<h2>Chains</h2>\n");
    chains::write(page, report);
    page.push_str("<h2>Validity</h2>\n");
    validity::write(page, report);
    page.push_str("<h2>Certificates</h2>\n");
    certificates::write(page, report);
}

fn section(page: &mut String, document: &Document<'_>, number: usize) {
    let verdict = document.report.verdict();
    let client = Client::of(document);
    let headline = match &client {
        Some(client) => capitalised(client.word()),
        None => capitalised(meaning(verdict)),
    };
    page.push_str(&format!(
        "<section class=\"document\" id=\"document-{number}\">\n<header class=\"{}\">\n<p class=\"file\"><bdi>{}</bdi></p>\n<h1>{headline}</h1>\n",
        verdict.as_str(),
        escape(document.name),
    ));
    match (&client, remark(document.report)) {
        (Some(client), _) => client::reason(page, client),
        (None, Some(remark)) => {
            page.push_str(&format!("<p class=\"reason\">{}.</p>\n", escape(&capitalised(&remark))))
        }
        (None, None) => {}
    }
    page.push_str(&format!("<p class=\"counts\">{}</p>\n", counts(document)));
    if let Some(note) = wrapping(document) {
        page.push_str(&format!("<p class=\"quiet\">{}</p>\n", escape(&note)));
    }
    about(page, document);
    page.push_str("</header>\n");
    if let Some(client) = &client {
        client::write(page, client);
        card::write(page, document);
        client::after(page, client);
        page.push_str("</section>\n");
        return;
    }
    card::write(page, document);
    if !document.report.bundle.members.is_empty() {
        in_pictures(page, document.report);
    }
    page.push_str("</section>\n");
}

fn verdict_word(document: &Document<'_>) -> &'static str {
    let verdict = document.report.verdict();
    if document.report.client.is_some() { crate::client::word(verdict) } else { word(verdict) }
}

/// What was judged, when, and by which rules.
fn about(page: &mut String, document: &Document<'_>) {
    let report = document.report;
    let (bytes, canonical) = (Fact::from(report.bundle.bytes), Fact::from(report.bundle.canonical_bytes));
    let size = if report.bundle.is_canonical {
        format!("{bytes} bytes, in canonical form")
    } else {
        format!("{bytes} bytes, {canonical} in canonical form")
    };
    page.push_str("<dl class=\"about\">\n");
    for (term, value) in [
        ("Judged for", report.now.to_string()),
        ("Rules of", report.ruleset.to_string()),
        ("Holds", certificates_counted(&report.bundle)),
        ("Size", size),
        ("Rules run", report.rules_run.to_string()),
    ] {
        page.push_str(&format!("<div><dt>{term}</dt><dd>{value}</dd></div>\n"));
    }
    page.push_str("</dl>\n");
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `2 errors, 1 warning`; severities without a finding are left out.
fn counts(document: &Document<'_>) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Notice, "notice")];
    let counts = kinds.map(|(severity, noun)| (document.report.count(severity), noun));
    let said: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    if said.is_empty() { "no findings".to_owned() } else { said.join(", ") }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
