//! The certificates as a table.

use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::graph::Node;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::rule::Severity;

use super::escape::escape;
use crate::limits::cut;

/// One row for each certificate.
pub(super) fn write(page: &mut String, report: &Report) {
    page.push_str(
        "<div class=\"wide\">\n<table class=\"certificates\">\n<thead><tr><th>No.</th><th>Subject and issuer</th><th>Role</th>\
         <th>Key, signature</th><th>Valid</th><th>Chain ends</th></tr></thead>\n<tbody>\n",
    );
    for member in &report.bundle.members {
        let severity = worst(report, member.index).map_or("", Severity::as_str);
        page.push_str(&format!("<tr class=\"{severity}\"><td class=\"number\">{}</td>", member.number()));
        match member.certificate() {
            Some(certificate) => row(page, report, member, certificate),
            None => unreadable(page, member),
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

/// The worst severity among the findings about a certificate or about its block.
pub(super) fn worst(report: &Report, member: usize) -> Option<Severity> {
    let block = report.bundle.members.get(member).and_then(|member| member.block);
    let about = |finding: &&Finding| match finding.subject {
        Subject::Certificate(index) => index == member,
        Subject::Block(index) => Some(index) == block,
        Subject::Bundle | Subject::Line(_) | Subject::Key | Subject::Trusted(_) => false,
    };
    report.findings.iter().filter(about).map(|finding| finding.rule.severity).max()
}

/// The name by which a certificate is called where there is little room: its last common name, or else the whole subject.
pub(super) fn short_name(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    let common = subject.common_names().last().filter(|name| !name.trim().is_empty());
    match common {
        Some(name) => cut(&name).into_owned(),
        None => full_name(&subject.to_string()),
    }
}

/// The part it plays, in words.
pub(super) fn role(node: Option<&Node>) -> &'static str {
    match node.map(|node| node.role) {
        Some(Role::Root) => "root",
        Some(Role::Intermediate) => "intermediate",
        Some(Role::EndEntity) => "end entity",
        Some(Role::Unreadable) | None => "unreadable",
    }
}

fn row(page: &mut String, report: &Report, member: &Member, certificate: &Certificate) {
    let node = report.graph.node(member.index);
    let serial: String = certificate.serial().iter().map(|byte| format!("{byte:02x}")).collect();
    page.push_str(&format!(
        "<td class=\"names\"><bdi class=\"subject\">{}</bdi>{}<details><summary>Serial number and fingerprints</summary><dl class=\"facts\">\
         <div><dt>serial</dt><dd>{serial}</dd></div><div><dt>SHA-1</dt><dd>{}</dd></div><div><dt>SHA-256</dt><dd>{}</dd></div></dl></details></td>",
        escape(&full_name(&certificate.subject().to_string())),
        issuer(certificate),
        certificate.sha1_hex(),
        certificate.sha256_hex(),
    ));
    page.push_str(&format!(
        "<td>{}{}</td><td>{}<br/><span class=\"quiet\">{}</span></td><td class=\"date\">{}<br/>{}</td><td class=\"date\">{}</td>",
        role(node),
        if member.delivered { "" } else { "<br/><span class=\"bad\">passed over by Go</span>" },
        escape(&certificate.key().to_string()),
        escape(&certificate.signature_algorithm().to_string()),
        certificate.not_before().date(),
        certificate.not_after().date(),
        works_until(report, node),
    ));
}

fn full_name(name: &str) -> String {
    if name.is_empty() { "no name".to_owned() } else { cut(name).into_owned() }
}

fn issuer(certificate: &Certificate) -> String {
    if certificate.is_self_issued() {
        return String::new();
    }
    format!(
        "<br/><span class=\"quiet\">issued by <bdi>{}</bdi></span>",
        escape(&full_name(&certificate.issuer().to_string()))
    )
}

fn works_until(report: &Report, node: Option<&Node>) -> String {
    match node.and_then(|node| node.effective_expiry) {
        Some(time) if time <= report.now => format!("<span class=\"bad\">{}</span>", time.date()),
        Some(time) => time.date(),
        None => "<span class=\"bad\">no chain to a root</span>".to_owned(),
    }
}

fn unreadable(page: &mut String, member: &Member) {
    let problem = member.content.as_ref().err().map(|problem| problem.to_string()).unwrap_or_default();
    page.push_str(&format!(
        "<td colspan=\"5\"><span class=\"bad\">cannot be read</span>: {}</td>",
        escape(&problem)
    ));
}
