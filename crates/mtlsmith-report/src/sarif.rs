//! SARIF 2.1.0, the format of code scanning: the rules with their texts, and each finding with its place.

pub(crate) mod configuration;
mod wire;

use std::collections::BTreeMap;

use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Evidence;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::rules;

use crate::Document;
use crate::client::Client;
use crate::client::file_of;
use crate::defuse;
use crate::json;
use crate::manual::anchor;
use crate::place::counting_note;
use crate::place::lines_in_file;

/// The documents as one run. A clean run has no results, which closes the alerts of earlier ones.
pub(crate) fn render(documents: &[Document<'_>]) -> String {
    log(properties(documents), |rules| {
        documents.iter().flat_map(|document| results(document, rules)).collect()
    })
}

/// One run with every rule.
fn log(
    properties: Option<wire::RunProperties>,
    results: impl FnOnce(&[&'static Rule]) -> Vec<wire::Result>,
) -> String {
    let rules: Vec<&'static Rule> = rules::all().collect();
    let results = results(&rules);
    json::pretty(&wire::Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [wire::Run {
            tool: wire::Tool {
                driver: wire::Driver {
                    name: "mtlsmith",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.iter().map(|rule| described(rule)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            properties,
            results,
        }],
    })
}

/// The decisions about clients, which have a place in no result.
fn properties(documents: &[Document<'_>]) -> Option<wire::RunProperties> {
    let clients: Vec<wire::Client> = documents
        .iter()
        .filter_map(Client::of)
        .map(|client| wire::Client {
            file: client.document.name.to_owned(),
            decision: client.word(),
            until: client.until().map(|time| time.to_string()),
            sentence: plain(&format!("{}{}", client.word(), client.words(Finding::message))),
        })
        .collect();
    (!clients.is_empty()).then_some(wire::RunProperties { clients })
}

fn described(rule: &Rule) -> wire::Rule {
    let why = rule.section("Why it matters");
    let fix = rule.section("How to fix");
    let mut sources = String::new();
    for cite in rule.cites {
        sources.push_str(&format!("\n- [{}, {}]({})", cite.document, cite.place, cite.url));
    }
    wire::Rule {
        id: rule.code,
        name: rule.name,
        short_description: wire::Text::of(rule.summary()),
        full_description: wire::Text::of(&why),
        help_uri: rule.cites.first().map(|cite| cite.url),
        help: wire::Help {
            text: format!("{why}\n\n{fix}"),
            markdown: format!(
                "{why}\n\n## How to fix\n{fix}\n\n## Sources{sources}\n\nSee {RULES_PAGE}#{}.\n",
                anchor(rule)
            ),
        },
        default_configuration: wire::Configuration { level: level(rule.severity) },
        properties: wire::RuleProperties {
            tags: ["temporal-cloud", "mtls", rule.effect.as_str()],
            precision: precision(rule.evidence),
            problem_severity: problem_severity(rule.severity),
        },
    }
}

/// The page of all rules, within the repository of mtlsmith. SARIF wants an absolute address in `helpUri`, so that holds the first
/// source of the rule, and the page is named in the text.
const RULES_PAGE: &str = "docs/rules.md";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "recommendation",
    }
}

/// How sure code scanning may be that an alert is right.
fn precision(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Documented | Evidence::Observed => "very-high",
        Evidence::Inferred | Evidence::Recommended => "high",
        Evidence::FormerlyDocumented => "medium",
    }
}

fn results(document: &Document<'_>, rules: &[&'static Rule]) -> Vec<wire::Result> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let note = counting_note(document);
    let mut results = Vec::with_capacity(document.report.findings.len());
    for finding in &document.report.findings {
        let identity = identity(document.report, finding);
        let times = seen.entry(identity.clone()).or_default();
        *times += 1;
        results.push(wire::Result {
            rule_id: finding.rule.code,
            rule_index: rules.iter().position(|rule| std::ptr::eq(*rule, finding.rule)),
            level: level(finding.rule.severity),
            message: wire::Text::of(&plain(&format!(
                "{}\nhelp: {}{note}",
                finding.message(),
                finding.help()
            ))),
            locations: [location(document, finding.subject, None, None)],
            related_locations: related(document, finding),
            partial_fingerprints: wire::Fingerprints {
                primary_location_line_hash: format!("{identity}:{times}"),
            },
        });
    }
    results
}

/// What stays the same when the file is wrapped or ordered anew: the certificate's bytes and the rule.
fn identity(report: &Report, finding: &Finding) -> String {
    let certificate = match (finding.subject, &report.client) {
        (Subject::Trusted(index), Some(client)) => client.trust.bundle().certificate(index),
        (subject, _) => member(report, subject).and_then(|member| report.bundle.certificate(member)),
    };
    let about = match (certificate, finding.subject) {
        (Some(certificate), _) => certificate.sha256_hex(),
        (None, Subject::Bundle) => "bundle".to_owned(),
        (None, Subject::Block(_)) => "block".to_owned(),
        (None, Subject::Certificate(_)) => "certificate".to_owned(),
        (None, Subject::Line(_)) => "text".to_owned(),
        (None, Subject::Key) => "key".to_owned(),
        (None, Subject::Trusted(_)) => "trusted".to_owned(),
    };
    format!("{about}/{}", finding.rule.code)
}

/// The member that a finding is about, directly or by its block.
fn member(report: &Report, subject: Subject) -> Option<usize> {
    match subject {
        Subject::Bundle | Subject::Line(_) | Subject::Key | Subject::Trusted(_) => None,
        Subject::Block(block) => report.bundle.members.iter().position(|member| member.block == Some(block)),
        Subject::Certificate(member) => Some(member),
    }
}

fn related(document: &Document<'_>, finding: &Finding) -> Vec<wire::Location> {
    let related = finding.related.iter().zip(1..);
    related
        .map(|((subject, label), id)| location(document, *subject, Some(id), Some(wire::Text::of(label))))
        .collect()
}

/// A finding without a place of its own belongs to the file, which code scanning shows at line 1.
fn location(
    document: &Document<'_>,
    subject: Subject,
    id: Option<usize>,
    message: Option<wire::Text>,
) -> wire::Location {
    let (start_line, end_line) =
        lines_in_file(document, subject).map_or((1, 1), |lines| (lines.first, lines.last));
    let artifact_location = artifact(file_of(document, subject));
    let region = wire::Region { start_line, end_line };
    wire::Location { id, physical_location: wire::PhysicalLocation { artifact_location, region }, message }
}

/// A path as a URI: relative to the root of the checkout, or absolute with its scheme.
fn artifact(name: &str) -> wire::ArtifactLocation {
    let path = name.replace('\\', "/");
    let path = path.trim_start_matches("./");
    if path.starts_with('/') {
        return wire::ArtifactLocation {
            uri: format!("file://{}", percent_encoded(path)),
            uri_base_id: None,
        };
    }
    if path.as_bytes().get(1..3) == Some(b":/") {
        let (drive, rest) = path.split_at(2);
        return wire::ArtifactLocation {
            uri: format!("file:///{drive}{}", percent_encoded(rest)),
            uri_base_id: None,
        };
    }
    let path = if path == "<stdin>" { "stdin" } else { path };
    wire::ArtifactLocation { uri: percent_encoded(path), uri_base_id: Some("%SRCROOT%") }
}

/// Everything but letters, digits, `-._~` and `/` (RFC 3986 section 2.3) as `%XX`.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Text in which nothing is a link: SARIF reads `[text](target)` in messages as one unless the brackets are escaped
/// (section 3.11.6). What cannot be seen is written out.
fn plain(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(defuse::for_terminal).collect();
    lines.join("\n").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests;
