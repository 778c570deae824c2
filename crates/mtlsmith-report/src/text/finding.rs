//! One finding as annotate-snippets draws it: the sentence, the place, the reason, the repair.

use std::borrow::Cow;

use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::layout::list;
use super::layout::wrap;
use super::layout::wrap_markdown;
use super::place::Place;
use super::place::Source;
use crate::Detail;
use crate::Document;
use crate::Style;
use crate::client::file_of;
use crate::defuse;
use crate::help::Repair;
use crate::help::is_in_help_alone;
use crate::help::parts;
use crate::help::with_file_name;

/// Every finding, errors first and notices last, within that in the order of the report. A rule that found several things is drawn
/// once, with the others as lines below; where everything is asked for, each finding is drawn.
pub(super) fn render_all(document: &Document<'_>, style: &Style) -> Vec<String> {
    let text = Bundle::text(document.input);
    let name = defuse::shown(document.name, columns(style).saturating_sub(16));
    let source = Source { name, text: &text, report: document.report };
    let groups = groups(document.report, style.detail);
    groups.iter().map(|findings| render(document, &source, findings, style)).collect()
}

/// The findings that are drawn together, at least one in each group.
fn groups(report: &Report, detail: Detail) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in &report.findings {
        let same = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| std::ptr::eq(first.rule, finding.rule))
        };
        match groups.iter_mut().find(same).filter(|_| detail != Detail::Verbose) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.first().map(|first| first.rule.severity)));
    groups
}

fn render(document: &Document<'_>, source: &Source<'_>, findings: &[&Finding], style: &Style) -> String {
    let Some((finding, others)) = findings.split_first() else { return String::new() };
    let columns = columns(style);
    let rule = finding.rule;
    let place = source.place(finding);
    let sentences = harmless(finding);
    let title_columns = columns.saturating_sub(rule.severity.as_str().len() + rule.code.len() + 4);
    let message = defuse::for_terminal(&sentences.message());
    let title = level(rule.severity).primary_title(wrap(&message, title_columns).join("\n")).id(rule.code);

    let file = match file_of(document, finding.subject) {
        file if file == document.name => source.name.clone(),
        file => defuse::shown(file, columns.saturating_sub(16)),
    };
    let mut group = place.draw(&file, columns, Group::with_title(title));
    let room = columns.saturating_sub(place.indent() + 3);
    for Note { name, lines } in notes(rule, &place, style.detail, room) {
        group = group.element(Level::NOTE.with_name(name).message(lines.join("\n")));
    }
    let help = with_file_name(&defuse::for_terminal(&sentences.help()), document.name);
    if !help.is_empty() {
        let lines = wrap_command(&help, room.saturating_sub(6));
        group = group.element(Level::HELP.message(lines.join("\n")));
    }
    for Note { name, lines } in also(source, &message, others, room) {
        group = group.element(Level::NOTE.with_name(name).message(lines.join("\n")));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.hyperlink(false).term_width(columns).render(&[group]);
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// What else the rule found: a line each with its place, and with its sentence where that is another one than the first. Of notices
/// the places alone are told, in one line.
fn also(source: &Source<'_>, message: &str, others: &[&Finding], columns: usize) -> Vec<Note> {
    let shown = others.iter().take(ALSO_SHOWN);
    let mut texts: Vec<String> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for finding in shown {
        let own = defuse::for_terminal(&harmless(finding).message());
        match finding.rule.severity {
            Severity::Notice => places.push(source.place_name(finding.subject)),
            _ if own == message => texts.push(source.place_in_words(finding.subject)),
            _ => texts.push(format!("{}: {own}", source.place_in_words(finding.subject))),
        }
    }
    let more = others.len().saturating_sub(ALSO_SHOWN);
    let more = (more > 0).then(|| format!("{more} more"));
    if places.is_empty() {
        texts.extend(more.map(|more| format!("and {more}")));
    } else {
        places.extend(more);
        texts.push(list(&merged(places)));
    }
    texts.iter().map(|text| Note::of("also", std::slice::from_ref(text), columns)).collect()
}

/// `certificate 2`, `certificate 3` as `certificates 2`, `3`, when all places are certificates.
fn merged(places: Vec<String>) -> Vec<String> {
    let numbers = places.iter().filter_map(|place| place.strip_prefix("certificate "));
    let numbers: Vec<String> = numbers.map(str::to_owned).collect();
    let others = places.iter().filter(|place| !place.starts_with("certificate ")).cloned();
    match numbers.split_first() {
        Some((first, rest)) if !rest.is_empty() => {
            let first = format!("certificates {first}");
            std::iter::once(first).chain(rest.iter().cloned()).chain(others).collect()
        }
        _ => places,
    }
}

pub(super) fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Notice => Level::INFO.with_name("notice"),
    }
}

/// The finding with its texts cut to a length that a sentence can bear.
pub(crate) fn harmless(finding: &Finding) -> Finding {
    let mut cut = finding.clone();
    for (name, fact) in &mut cut.facts {
        if let Fact::Text(Cow::Owned(text)) = fact {
            let columns = if is_in_help_alone(finding.rule, name) { REPAIR_COLUMNS } else { FACT_COLUMNS };
            *text = defuse::shown(text, columns);
        }
    }
    cut
}

/// A few lines below the picture, under a name.
pub(super) struct Note {
    pub(super) name: &'static str,
    pub(super) lines: Vec<String>,
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

pub(super) fn notes(rule: &'static Rule, place: &Place, detail: Detail, columns: usize) -> Vec<Note> {
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
    } else if rule.severity != Severity::Notice {
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

/// Wraps a text with a command in it: the command gets lines of its own when not everything fits into one, and is broken before
/// options alone, as a shell allows it, so that it can be copied.
pub(super) fn wrap_command(text: &str, columns: usize) -> Vec<String> {
    if defuse::width(text) <= columns {
        return vec![text.to_owned()];
    }
    let Repair { before, command, behind } = Repair::of(text);
    let mut lines = wrap(before, columns);
    lines.extend(command.iter().flat_map(|command| broken_before_options(command, columns)));
    if !behind.is_empty() {
        lines.extend(wrap(behind, columns));
    }
    lines
}

/// A command in lines that a shell puts together again.
pub(super) fn broken_before_options(command: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for part in parts(command) {
        let fits = defuse::width(&current) + 1 + defuse::width(part) + 2 <= columns;
        if current.is_empty() {
            current = part.to_owned();
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

/// How much of a reason is told where the whole of it was not asked for: three to four lines.
const OPENING_COLUMNS: usize = 320;

/// As many further findings of a rule are told one by one.
const ALSO_SHOWN: usize = 8;

/// How much of a repair is told: a command that names every certificate of a full bundle by its fingerprint.
const REPAIR_COLUMNS: usize = 2_000;

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
    }
}
