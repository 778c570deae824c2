//! One finding as annotate-snippets draws it: the sentence, the place, the reason, the repair.

use std::borrow::Cow;
use std::collections::BTreeSet;

use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::layout::wrap;
use super::layout::wrap_markdown;
use super::place::Place;
use super::place::Source;
use super::place::harmless_label;
use crate::Detail;
use crate::Document;
use crate::Style;
use crate::defuse;

/// Every finding, in the order of the report. The reason of a rule is told once, unless everything is asked for.
pub(super) fn render_all(document: &Document<'_>, style: &Style) -> Vec<String> {
    let text = Bundle::text(document.input);
    let name = defuse::shown(document.name, columns(style).saturating_sub(16));
    let source = Source { name, text: &text, report: document.report };
    let mut told = BTreeSet::new();
    let findings = document.report.findings.iter();
    findings.map(|finding| render(&source, finding, told.insert(finding.rule.code), style)).collect()
}

fn render(source: &Source<'_>, finding: &Finding, first_of_rule: bool, style: &Style) -> String {
    let columns = columns(style);
    let rule = finding.rule;
    let place = source.place(finding);
    let sentences = harmless(finding);
    let title_columns = columns.saturating_sub(rule.severity.as_str().len() + rule.code.len() + 4);
    let message = defuse::for_terminal(&sentences.message());
    let title = level(rule.severity).primary_title(wrap(&message, title_columns).join("\n")).id(rule.code);

    let mut group = place.draw(&source.name, columns, Group::with_title(title));
    let indent = place.indent() + 3;
    for Note { name, lines } in
        notes(rule, &place, first_of_rule, style.detail, columns.saturating_sub(indent))
    {
        group = group.element(Level::NOTE.with_name(name).message(lines.join("\n")));
    }
    let help = with_file_name(&defuse::for_terminal(&sentences.help()), &source.name);
    if !help.is_empty() {
        let lines = wrap_command(&help, columns.saturating_sub(indent + 6));
        group = group.element(Level::HELP.message(lines.join("\n")));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.hyperlink(false).term_width(columns).render(&[group]);
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Notice => Level::INFO.with_name("notice"),
    }
}

/// The finding with its texts cut to a length that a sentence can bear.
fn harmless(finding: &Finding) -> Finding {
    let mut cut = finding.clone();
    for (name, fact) in &mut cut.facts {
        if let Fact::Text(Cow::Owned(text)) = fact {
            *text = if *name == "label" { harmless_label(text) } else { defuse::shown(text, FACT_COLUMNS) };
        }
    }
    cut
}

/// A few lines below the picture, under a name.
struct Note {
    name: &'static str,
    lines: Vec<String>,
}

impl Note {
    /// Each text is a paragraph of its own.
    fn of(name: &'static str, texts: &[String], columns: usize) -> Self {
        let room = columns.saturating_sub(name.len() + 2);
        Note { name, lines: texts.iter().flat_map(|text| wrap(text, room)).collect() }
    }

    fn markdown(name: &'static str, text: &str, columns: usize) -> Self {
        Note { name, lines: wrap_markdown(text, columns.saturating_sub(name.len() + 2)) }
    }
}

fn notes(
    rule: &'static Rule,
    place: &Place,
    first_of_rule: bool,
    detail: Detail,
    columns: usize,
) -> Vec<Note> {
    let mut notes: Vec<Note> =
        place.unshown.iter().map(|name| Note::of("note", std::slice::from_ref(name), columns)).collect();
    let why = rule.section("Why it matters");
    if detail == Detail::Verbose {
        notes.push(Note::markdown("why", &why, columns));
        notes.push(Note::markdown("fix", &rule.section("How to fix"), columns));
        notes.push(Note::of("rule", &[standing(rule)], columns));
        for cite in rule.cites {
            let texts = [format!("{}, {}", cite.document, cite.place), cite.url.to_owned()];
            notes.push(Note::of("source", &texts, columns));
        }
    } else if first_of_rule {
        notes.push(Note::of("note", &[opening(&why)], columns));
    }
    notes.retain(|note| note.lines.iter().any(|line| !line.is_empty()));
    notes
}

/// `expired; it stops the upload; evidence: observed; since 2022-08-01`.
fn standing(rule: &Rule) -> String {
    let effect = match rule.effect {
        Effect::Upload => "it stops the upload",
        Effect::Connect => "it stops clients below the certificate",
        Effect::Operation => "it stops nothing",
    };
    format!("{}; {effect}; evidence: {}; since {}", rule.name, rule.evidence.as_str(), rule.since)
}

/// As many whole sentences from the start of a text as are quickly read, one at least; none from the second paragraph on.
fn opening(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let mut taken = String::new();
    for sentence in sentences(paragraph) {
        if !taken.is_empty() && defuse::width(&taken) + defuse::width(&sentence) >= OPENING_COLUMNS {
            break;
        }
        if !taken.is_empty() {
            taken.push(' ');
        }
        taken.push_str(&sentence);
    }
    taken
}

/// A sentence ends with a full stop before a capital letter.
fn sentences(paragraph: &str) -> Vec<String> {
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let capital = |word: &&str| word.starts_with(|letter: char| letter.is_uppercase());
    let sentences = words.chunk_by(|word, next| !(word.ends_with(['.', '!', '?']) && capital(next)));
    sentences.map(|words| words.join(" ")).collect()
}

/// The text with the placeholder `FILE` of its commands replaced, when the name can stand in a shell as it is.
fn with_file_name(text: &str, name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | '/');
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return text.to_owned();
    }
    let words: Vec<&str> = text.split(' ').map(|word| if word == "FILE" { name } else { word }).collect();
    words.join(" ")
}

/// Wraps a text with a command in it: the command gets lines of its own when not everything fits into one, and is broken before
/// options alone, as a shell allows it, so that it can be copied.
fn wrap_command(text: &str, columns: usize) -> Vec<String> {
    if defuse::width(text) <= columns {
        return vec![text.to_owned()];
    }
    let start = COMMANDS.iter().filter_map(|command| text.find(&format!(": {command} "))).min();
    let Some((prose, command)) = start.map(|at| text.split_at(at + 1)) else { return wrap(text, columns) };
    let end = [", ", "; "].iter().filter_map(|end| command.find(end)).min().unwrap_or(command.len());
    let (command, behind) = command.split_at(end);
    let mut lines = wrap(prose, columns);
    lines.extend(broken_before_options(command.trim_start(), columns));
    let behind = behind.trim_start_matches([',', ';', ' ']);
    if !behind.is_empty() {
        lines.extend(wrap(behind, columns));
    }
    lines
}

/// A command in lines that a shell puts together again.
fn broken_before_options(command: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for (index, part) in command.split(" -").enumerate() {
        let part = if index == 0 { part.to_owned() } else { format!("-{part}") };
        let fits = defuse::width(&current) + 1 + defuse::width(&part) + 2 <= columns;
        if current.is_empty() {
            current = part;
        } else if fits {
            current = format!("{current} {part}");
        } else {
            lines.push(format!("{current} \\"));
            current = format!("  {part}");
        }
    }
    lines.push(current);
    lines
}

/// What a repair may start with.
const COMMANDS: [&str; 5] = ["mtlsmith", "openssl", "iconv", "tcld", "temporal"];

/// How much of a reason is told where the whole of it was not asked for: three to four lines.
const OPENING_COLUMNS: usize = 320;

/// How much of one text from a certificate a sentence can bear.
const FACT_COLUMNS: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opening_ends_with_a_sentence() {
        assert_eq!(
            sentences("Go 1.24 refuses\nit, e.g. here. Then more."),
            ["Go 1.24 refuses it, e.g. here.", "Then more."]
        );
        assert_eq!(opening("No full stop\n\nNext"), "No full stop");
        let long = format!("{} end. {} end.", "A".repeat(200), "B".repeat(200));
        assert_eq!(opening(&long), format!("{} end.", "A".repeat(200)));
    }

    #[test]
    fn commands_keep_a_line_and_get_the_file_name() {
        let help = with_file_name(
            "rewrite the file: mtlsmith bundle normalize FILE --output ca.pem",
            "certs/bundle.pem",
        );
        assert_eq!(
            wrap_command(&help, 60),
            ["rewrite the file:", "mtlsmith bundle normalize certs/bundle.pem --output ca.pem"]
        );
        assert_eq!(
            wrap_command(&help, 52),
            ["rewrite the file:", "mtlsmith bundle normalize certs/bundle.pem \\", "  --output ca.pem"]
        );
        assert_eq!(
            wrap_command("sign it anew: openssl x509 -in a.pem -out b.pem, where a.pem is old", 40),
            ["sign it anew:", "openssl x509 -in a.pem -out b.pem", "where a.pem is old"]
        );
        assert_eq!(with_file_name("add FILE", "a b.pem"), "add FILE");
        assert_eq!(with_file_name("add FILE", "-rf"), "add FILE");
    }
}
