//! From the model to what the JSON looks like.

use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate;
use mtlsmith_validate::finding;
use mtlsmith_validate::graph;
use mtlsmith_validate::input::Form;
use mtlsmith_validate::pem;
use mtlsmith_validate::rule;

use super::convert_client;
use super::wire;
use crate::Document;
use crate::client::Client;
use crate::client::file_of;
use crate::place::lines_in_bundle;

/// One checked input.
pub(super) fn document(document: &Document<'_>) -> wire::Document {
    let report = document.report;
    let bundle = &report.bundle;
    wire::Document {
        name: document.name.to_owned(),
        verdict: verdict(report.verdict()),
        upload: report.client.is_none().then(|| upload(report.verdict())),
        client: Client::of(document).map(|client| convert_client::client(&client)),
        now: report.now.to_string(),
        ruleset: report.ruleset.to_string(),
        rules_run: report.rules_run,
        filters: filters(report.filters),
        form: form(bundle.form),
        base64_layers: bundle.base64_layers,
        bytes: bundle.bytes,
        canonical_bytes: bundle.canonical_bytes,
        canonical: bundle.is_canonical,
        effective_expiry: match Client::of(document) {
            Some(client) => client.until(),
            None => report.effective_expiry(),
        }
        .map(|time| time.to_string()),
        first_effective_expiry: report
            .first_effective_expiry()
            .filter(|_| report.client.is_none())
            .map(|(_, time)| time.to_string()),
        certificates: bundle.members.iter().map(|member| certificate(report, member)).collect(),
        findings: report.findings.iter().map(|found| finding(document, found)).collect(),
        counts: wire::Counts {
            error: report.count(rule::Severity::Error),
            warning: report.count(rule::Severity::Warning),
            notice: report.count(rule::Severity::Notice),
        },
        spent: wire::Spent {
            signatures: report.budget.signatures_spent(),
            steps: report.budget.steps_spent(),
            exhausted: report.budget.is_exhausted(),
        },
    }
}

pub(super) fn verdict(verdict: mtlsmith_validate::Verdict) -> wire::Verdict {
    match verdict {
        mtlsmith_validate::Verdict::Accepted => wire::Verdict::Accepted,
        mtlsmith_validate::Verdict::AcceptedButUnusable => wire::Verdict::AcceptedButUnusable,
        mtlsmith_validate::Verdict::Refused => wire::Verdict::Refused,
    }
}

fn upload(verdict: mtlsmith_validate::Verdict) -> wire::Upload {
    match verdict {
        mtlsmith_validate::Verdict::Accepted | mtlsmith_validate::Verdict::AcceptedButUnusable => {
            wire::Upload::Accepted
        }
        mtlsmith_validate::Verdict::Refused => wire::Upload::Refused,
    }
}

fn filters(filters: CertificateFilters) -> wire::Filters {
    let count = match filters {
        CertificateFilters::NotStated => None,
        CertificateFilters::None => Some(0),
        CertificateFilters::Present(count) => Some(count),
    };
    wire::Filters { stated: count.is_some(), count }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Pem => "pem",
        Form::DerCertificate => "der-certificate",
        Form::Pkcs7 => "pkcs7",
        Form::Pkcs12 => "pkcs12",
        Form::DerPrivateKey => "der-private-key",
        Form::DerCertificateRequest => "der-certificate-request",
        Form::Utf16 => "utf-16",
        Form::BrokenArmour => "broken-armour",
        Form::Empty => "empty",
        _ => "unknown",
    }
}

fn certificate(report: &Report, member: &Member) -> wire::Certificate {
    let read = member.certificate();
    let node = report.graph.node(member.index);
    let time = |of: fn(&certificate::Certificate) -> mtlsmith_validate::time::Timestamp| {
        read.map(|c| of(c).to_string())
    };
    wire::Certificate {
        number: member.number(),
        lines: lines(report.bundle.lines(member.index)),
        role: node.map_or(wire::Role::Unreadable, |node| role(node.role)),
        readable: read.is_some(),
        problem: member.content.as_ref().err().map(|problem| problem.to_string()),
        delivered: member.delivered,
        subject: read.map(|certificate| certificate.subject().to_string()),
        issuer: read.map(|certificate| certificate.issuer().to_string()),
        serial: read
            .map(|certificate| certificate.serial().iter().map(|byte| format!("{byte:02x}")).collect()),
        key: read.map(|certificate| certificate.key().to_string()),
        signature_algorithm: read.map(|certificate| certificate.signature_algorithm().to_string()),
        not_before: time(certificate::Certificate::not_before),
        not_after: time(certificate::Certificate::not_after),
        effective_expiry: node.and_then(|node| node.effective_expiry).map(|time| time.to_string()),
        sha1: read.map(certificate::Certificate::sha1_hex),
        sha256: read.map(certificate::Certificate::sha256_hex),
        link: node.map_or(wire::Link::Missing, |node| link(&node.link)),
        issuers: node.iter().flat_map(|node| node.link.issuers()).map(|issuer| issuer + 1).collect(),
        duplicate_of: node.and_then(|node| node.duplicate_of).map(|earlier| earlier + 1),
    }
}

fn role(role: graph::Role) -> wire::Role {
    match role {
        graph::Role::Root => wire::Role::Root,
        graph::Role::Intermediate => wire::Role::Intermediate,
        graph::Role::EndEntity => wire::Role::EndEntity,
        graph::Role::Unreadable => wire::Role::Unreadable,
    }
}

fn link(link: &graph::Link) -> wire::Link {
    match link {
        graph::Link::Signed(_) => wire::Link::Signed,
        graph::Link::Unchecked(_) => wire::Link::Unchecked,
        graph::Link::WrongKey(_) => wire::Link::WrongKey,
        graph::Link::Missing => wire::Link::Missing,
        graph::Link::NotReached => wire::Link::NotReached,
    }
}

fn lines(lines: Option<pem::Lines>) -> Option<wire::Lines> {
    lines.map(|pem::Lines { first, last }| wire::Lines { first, last })
}

fn finding(document: &Document<'_>, finding: &finding::Finding) -> wire::Finding {
    let related = |(about, label): &(finding::Subject, &'static str)| wire::Related {
        subject: subject(document, *about),
        label,
    };
    wire::Finding {
        code: finding.rule.code,
        name: finding.rule.name,
        severity: severity(finding.rule.severity),
        effect: effect(finding.rule.effect),
        evidence: evidence(finding.rule.evidence),
        message: finding.message(),
        help: finding.help(),
        subject: subject(document, finding.subject),
        related: finding.related.iter().map(related).collect(),
        facts: finding.facts.iter().map(|(name, value)| (*name, fact(value))).collect(),
    }
}

fn severity(severity: rule::Severity) -> wire::Severity {
    match severity {
        rule::Severity::Error => wire::Severity::Error,
        rule::Severity::Warning => wire::Severity::Warning,
        rule::Severity::Notice => wire::Severity::Notice,
    }
}

fn effect(effect: rule::Effect) -> wire::Effect {
    match effect {
        rule::Effect::Upload => wire::Effect::Upload,
        rule::Effect::Connect => wire::Effect::Connect,
        rule::Effect::Operation => wire::Effect::Operation,
    }
}

fn evidence(evidence: rule::Evidence) -> wire::Evidence {
    match evidence {
        rule::Evidence::Documented => wire::Evidence::Documented,
        rule::Evidence::Observed => wire::Evidence::Observed,
        rule::Evidence::FormerlyDocumented => wire::Evidence::FormerlyDocumented,
        rule::Evidence::Inferred => wire::Evidence::Inferred,
        rule::Evidence::Recommended => wire::Evidence::Recommended,
    }
}

fn subject(document: &Document<'_>, subject: finding::Subject) -> wire::Subject {
    let (kind, number) = match subject {
        finding::Subject::Bundle => (wire::SubjectKind::Bundle, None),
        finding::Subject::Block(index) => (wire::SubjectKind::Block, Some(index + 1)),
        finding::Subject::Certificate(index) => (wire::SubjectKind::Certificate, Some(index + 1)),
        finding::Subject::Key => (wire::SubjectKind::Key, None),
        finding::Subject::Trusted(index) => (wire::SubjectKind::Trusted, Some(index + 1)),
        finding::Subject::Line(line) => (wire::SubjectKind::Line, Some(line)),
    };
    let report = document.report;
    let found = report.lines(subject).or_else(|| lines_in_bundle(report, subject));
    let file = Some(file_of(document, subject)).filter(|file| *file != document.name).map(str::to_owned);
    wire::Subject { kind, number, file, lines: lines(found) }
}

fn fact(fact: &finding::Fact) -> wire::Fact {
    match fact {
        finding::Fact::Number(number) => wire::Fact::Number(*number),
        finding::Fact::Time(time) => wire::Fact::Time(time.to_string()),
        finding::Fact::Duration(seconds) => wire::Fact::Seconds(*seconds),
        finding::Fact::Text(text) => wire::Fact::Text(text.to_string()),
        other => wire::Fact::Text(other.to_string()),
    }
}
