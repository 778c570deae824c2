//! The findings, one card for each rule and the worst first: what it found and the repair at once, and behind a fold why it matters,
//! the sources and the values.

use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Rule;

use super::escape::escape;
use super::prose::line;
use super::prose::prose;
use super::prose::repair;
use crate::Document;
use crate::client::whole;
use crate::place::lines_in_bundle;

/// The section of all findings.
pub(super) fn write(page: &mut String, document: &Document<'_>) {
    page.push_str("<h2>Findings</h2>\n");
    if document.report.findings.is_empty() {
        page.push_str("<p class=\"none\">None.</p>\n");
    }
    for (rule, findings) in by_rule(document.report) {
        card(page, document.report, rule, &findings);
    }
}

/// The findings of each rule, the worst rules first, else in the order of the file.
fn by_rule(report: &Report) -> Vec<(&'static Rule, Vec<&Finding>)> {
    let mut groups: Vec<(&'static Rule, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        match groups.iter_mut().find(|(rule, _)| std::ptr::eq(*rule, finding.rule)) {
            Some((_, findings)) => findings.push(finding),
            None => groups.push((finding.rule, vec![finding])),
        }
    }
    groups.sort_by_key(|(rule, _)| std::cmp::Reverse(rule.severity));
    groups
}

fn card(page: &mut String, report: &Report, rule: &Rule, findings: &[&Finding]) {
    let severity = rule.severity.as_str();
    let where_it_is = match findings {
        [finding] => place(report, finding.subject),
        several => format!("{} times", several.len()),
    };
    page.push_str(&format!(
        "<article class=\"finding {severity}\">\n<p class=\"heading\"><span class=\"badge\">{severity}</span> \
         <span class=\"code\">{}</span> <span class=\"rule\">{}</span> <span class=\"place\">{where_it_is}</span></p>\n",
        rule.code, rule.name,
    ));
    match findings {
        [finding] => page.push_str(&format!("<p class=\"message\">{}</p>\n", line(&finding.message()))),
        several if all_same(several, Finding::message) => places(page, report, several),
        several => occurrences(page, report, several),
    }
    if let Some(help) = common_help(findings) {
        page.push_str(&format!("<p class=\"help\">{}</p>\n", repair(&help)));
    }
    page.push_str("<details>\n<summary>Why, sources, values</summary>\n");
    page.push_str(&format!("<h3>Why it matters</h3>\n{}", prose(&rule.section("Why it matters"))));
    page.push_str(&format!("<h3>How to fix</h3>\n{}", prose(&rule.section("How to fix"))));
    sources(page, rule);
    for finding in findings {
        values(page, report, finding, findings.len() > 1);
    }
    page.push_str("</details>\n</article>\n");
}

/// What to do, when it is the same for all.
fn common_help(findings: &[&Finding]) -> Option<String> {
    all_same(findings, Finding::help).then(|| findings.first().map(|finding| finding.help())).flatten()
}

fn all_same(findings: &[&Finding], text: fn(&Finding) -> String) -> bool {
    let Some((first, rest)) = findings.split_first() else { return true };
    let expected = text(first);
    rest.iter().all(|finding| text(finding) == expected)
}

/// One sentence, and all the places that it is true of.
fn places(page: &mut String, report: &Report, findings: &[&Finding]) {
    let message = findings.first().map(|finding| finding.message()).unwrap_or_default();
    let places: Vec<String> = findings.iter().map(|finding| place(report, finding.subject)).collect();
    page.push_str(&format!(
        "<p class=\"message\">{}</p>\n<p class=\"quiet\">{}</p>\n",
        line(&message),
        places.join("; "),
    ));
}

fn occurrences(page: &mut String, report: &Report, findings: &[&Finding]) {
    let one_help = common_help(findings).is_some();
    page.push_str("<dl class=\"occurrences\">\n");
    for finding in findings {
        page.push_str(&format!(
            "<div><dt>{}</dt><dd>{}",
            place(report, finding.subject),
            line(&finding.message())
        ));
        if !one_help {
            page.push_str(&format!("<br/><span class=\"help\">{}</span>", repair(&finding.help())));
        }
        page.push_str("</dd></div>\n");
    }
    page.push_str("</dl>\n");
}

pub(super) fn sources(page: &mut String, rule: &Rule) {
    page.push_str(&format!("<h3>Sources ({})</h3>\n<ul>\n", rule.evidence.as_str()));
    for cite in rule.cites {
        let (url, document, place) = (escape(cite.url), escape(cite.document), escape(cite.place));
        page.push_str(&format!("<li><a href=\"{url}\" rel=\"noreferrer\">{document}</a>, {place}</li>\n"));
    }
    page.push_str("</ul>\n");
}

fn values(page: &mut String, report: &Report, finding: &Finding, is_one_of_many: bool) {
    if finding.facts.is_empty() && finding.related.is_empty() {
        return;
    }
    let of = if is_one_of_many { format!(" of {}", place(report, finding.subject)) } else { String::new() };
    page.push_str(&format!("<h3>Values{of}</h3>\n<dl class=\"facts\">\n"));
    for (name, fact) in &finding.facts {
        let name = name.replace('_', " ");
        page.push_str(&format!(
            "<div><dt>{}</dt><dd><bdi>{}</bdi></dd></div>\n",
            escape(&name),
            escape(&fact.to_string())
        ));
    }
    for (subject, label) in &finding.related {
        page.push_str(&format!(
            "<div><dt>{}</dt><dd>{}</dd></div>\n",
            escape(label),
            place(report, *subject)
        ));
    }
    page.push_str("</dl>\n");
}

fn place(report: &Report, subject: Subject) -> String {
    let what = match subject {
        Subject::Bundle => whole(report).to_owned(),
        Subject::Block(index) => format!("block {}", index + 1),
        Subject::Key => "the private key".to_owned(),
        Subject::Trusted(index) => format!("CA certificate {} of the bundle", index + 1),
        Subject::Certificate(index) => format!("certificate {}", index + 1),
        Subject::Line(line) => return format!("line {line}"),
    };
    match report.lines(subject).or_else(|| lines_in_bundle(report, subject)) {
        Some(lines) => format!("{what}, lines {}–{}", lines.first, lines.last),
        None => what,
    }
}
