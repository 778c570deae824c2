//! Workflow commands, which GitHub Actions shows as annotations beside the file, and the summary of a step in Markdown.
//!
//! The runner obeys whatever looks like a command in the log, and a name in a certificate may look like one. So each command is one
//! line in which names are encoded, and plain lines begin with a word of ours and hold no `##[`, which older runners obey anywhere
//! and which [`defuse`] breaks up.

pub(crate) mod configuration;

use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::rule::Severity;

use crate::Document;
use crate::client::Client;
use crate::client::file_of;
use crate::defuse;
use crate::place::counting_note;
use crate::place::lines_in_file;

/// One command for each finding, then one line for each document, then the totals.
pub(crate) fn render(documents: &[Document<'_>]) -> String {
    let mut output = String::new();
    for document in documents {
        for finding in &document.report.findings {
            output.push_str(&command(document, finding));
        }
    }
    for document in documents {
        let name = defuse::for_terminal(document.name);
        let verdict = match Client::of(document) {
            Some(client) => decision(&client),
            None => document.report.verdict().as_str().to_owned(),
        };
        output.push_str(&format!("mtlsmith: {name}: {}\n", defuse::for_terminal(&verdict)));
    }
    output.push_str(&format!("mtlsmith: {}\n", totals(documents)));
    output
}

/// The verdicts as a table, and the findings of each document.
pub(crate) fn step_summary(documents: &[Document<'_>]) -> String {
    let mut output = format!("## mtlsmith: {}\n\n", totals(documents));
    output.push_str("| File | Verdict | Errors | Warnings | Notices |\n| --- | --- | ---: | ---: | ---: |\n");
    for document in documents {
        let [errors, warnings, notices] = SEVERITIES.map(|severity| document.report.count(severity));
        let name = markdown(document.name);
        let verdict = match Client::of(document) {
            Some(client) => markdown(&decision(&client)),
            None => document.report.verdict().as_str().to_owned(),
        };
        output.push_str(&format!("| {name} | {verdict} | {errors} | {warnings} | {notices} |\n"));
    }
    for document in documents.iter().filter(|document| !document.report.findings.is_empty()) {
        output.push_str(&format!("\n### {}\n\n", markdown(document.name)));
        output.push_str(
            "| Line | Rule | Severity | Finding | What to do |\n| ---: | --- | --- | --- | --- |\n",
        );
        for finding in &document.report.findings {
            output.push_str(&summary_row(document, finding));
        }
    }
    output
}

/// The decision about a client in one sentence.
fn decision(client: &Client<'_>) -> String {
    format!("{}{}", client.word(), client.words(Finding::message))
}

fn summary_row(document: &Document<'_>, finding: &Finding) -> String {
    let line =
        lines_in_file(document, finding.subject).map(|lines| lines.first.to_string()).unwrap_or_default();
    let rule = finding.rule;
    let (message, help) = (markdown(&finding.message()), markdown(&finding.help()));
    format!("| {line} | {} {} | {} | {message} | {help} |\n", rule.code, rule.name, rule.severity.as_str())
}

fn command(document: &Document<'_>, finding: &Finding) -> String {
    let rule = finding.rule;
    let level = rule.severity.as_str();
    let title = property(&format!("{} ({})", rule.name, rule.code));
    let file = file_of(document, finding.subject);
    let lines = lines_in_file(document, finding.subject);
    let region =
        lines.map(|lines| format!(",line={},endLine={}", lines.first, lines.last)).unwrap_or_default();
    let place = lines.map(|lines| format!(":{}", lines.first)).unwrap_or_default();
    let name = defuse::for_terminal(file);
    let file = property(file);
    let message = defuse::for_terminal(&finding.message());
    let help = defuse::for_terminal(&finding.help());
    let note = counting_note(document);
    let text = data(&format!("{name}{place}: {} {message}\n  help: {help}{note}", rule.code));
    format!("::{level} title={title},file={file}{region}::{text}\n")
}

fn totals(documents: &[Document<'_>]) -> String {
    let [errors, warnings, notices] =
        SEVERITIES.map(|severity| documents.iter().map(|document| document.report.count(severity)).sum());
    let [errors, warnings, notices] =
        [counted(errors, "error"), counted(warnings, "warning"), counted(notices, "notice")];
    format!("{errors}, {warnings}, {notices} in {}", counted(documents.len(), "file"))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Notice];

/// Text behind the `::` of a command. The percent sign goes first, or what follows would be encoded twice.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    let is_shown =
        |character: char| matches!(character, '\n' | '\r') || !defuse::is_obeyed_or_hidden(character);
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        if is_shown(character) {
            harmless.push(character);
        } else {
            harmless.extend(character.escape_default());
        }
    }
    data(&harmless).replace(':', "%3A").replace(',', "%2C")
}

/// Text as Markdown that means nothing but itself: every sign that Markdown, HTML or GitHub's links and mentions know becomes a
/// character reference, which is never markup.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in defuse::for_terminal(text).chars() {
        if character.is_ascii_punctuation() && !matches!(character, ',' | '=' | '\'') {
            escaped.push_str(&format!("&#{};", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::Format;
    use crate::testing;

    #[test]
    fn a_document_with_faults_is_written_as_stored() {
        testing::golden("github", &testing::rendered_sample(Format::Github));
    }

    #[test]
    fn a_finding_is_one_command_with_its_lines() {
        let old = testkit::root_builder("old").not_after(testkit::NOW - testkit::days(12)).self_signed();
        let output = testing::rendered(Format::Github, &[("certs/a,b:c%.pem", old.pem().into_bytes())]);
        let expired = output.lines().find(|line| line.contains("CA-022")).expect("it expired");
        let lines = old.pem().lines().count();
        assert!(expired.starts_with(&format!(
            "::error title=expired (CA-022),file=certs/a%2Cb%3Ac%25.pem,line=1,endLine={lines}::certs/a,b:c%25.pem:1: CA-022 the certificate expired 12 days ago"
        )), "{expired}");
        assert!(expired.contains("%0A  help: "), "{expired}");
    }

    /// How the runner finds commands: `::` at the start of a line, blanks passed over, or `##[` anywhere in a line that is no such command.
    fn commands(output: &str) -> Vec<&str> {
        output
            .split(['\n', '\r'])
            .filter(|line| line.trim_start().starts_with("::") || line.contains("##["))
            .collect()
    }

    #[test]
    fn a_name_injects_no_command() {
        let name = "x\n::add-mask::stolen\r##[add-mask]y.pem";
        let output = testing::rendered(Format::Github, &[(name, testing::hostile().into_bytes())]);
        assert!(output.contains("add-mask"), "the names are there: {output}");
        let found = commands(&output);
        assert_eq!(found.len(), testing::report(testing::hostile().as_bytes()).findings.len());
        for command in found {
            assert!(
                ["::error title=", "::warning title=", "::notice title="]
                    .iter()
                    .any(|start| command.starts_with(start))
            );
        }
    }

    #[test]
    fn values_are_encoded_once() {
        assert_eq!(data("50%\r\n::add-mask::x"), "50%25%0D%0A::add-mask::x");
        assert_eq!(property("a:b,c%0A\n"), "a%3Ab%2Cc%250A%0A");
    }

    #[test]
    fn totals_count_every_document() {
        let root = testkit::root("root").pem();
        let output = testing::rendered_sample(Format::Github);
        assert!(output.ends_with("mtlsmith: 3 errors, 0 warnings, 0 notices in 2 files\n"), "{output}");
        assert!(testing::rendered(Format::Github, &[("a", root.into_bytes())]).ends_with(" in 1 file\n"));
    }

    #[test]
    fn a_summary_shows_names_as_text() {
        let input = testing::hostile();
        let report = testing::report(input.as_bytes());
        let name = "a|b\n| <b>@team</b> [x](https://evil.example).pem";
        let summary =
            step_summary(&[Document { name, input: input.as_bytes(), report: &report, client: None }]);
        for markup in ["<script", "<b>", "<img", "](", "https://evil", "@team", "`"] {
            assert!(!summary.contains(markup), "{markup} in {summary}");
        }
        let rows = summary.lines().filter(|line| line.starts_with('|')).count();
        assert_eq!(rows, 3 + 2 + report.findings.len(), "{summary}");
        assert!(summary.contains("&#60;b&#62;&#64;team"), "{summary}");
    }
}
