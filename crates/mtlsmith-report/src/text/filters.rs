//! The report on certificate filters for people at a terminal: what the file holds, the findings in the style of rustc, the verdict.

use std::borrow::Cow;

use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::filters::FilterFinding;
use mtlsmith_validate::filters::FilterReport;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::finding::level;
use super::finding::notes;
use super::finding::wrap_command;
use super::layout::Tone;
use super::layout::count;
use super::layout::paint;
use super::layout::wrap;
use super::place::Place;
use crate::Detail;
use crate::Style;
use crate::defuse;
use crate::verdict::word;

/// The report on one file of filters, judged by the rules of a day; the verdict alone when little is asked for.
pub fn render(name: &str, report: &FilterReport, ruleset: Date, style: &Style) -> String {
    let verdict = paint(style, tone(report.verdict()), word(report.verdict()));
    if style.detail == Detail::Quiet {
        return format!("{}: {verdict} ({})\n", defuse::for_terminal(name), counts(report));
    }
    let shown = defuse::shown(name, columns(style).saturating_sub(HEADER_ROOM).max(12));
    let set = &report.set;
    let number = count(set.filters.len(), "filter");
    let mut text = format!("{}  {number}, {}\n\n", paint(style, Tone::Strong, &shown), set.shape.as_str());
    let mut findings: Vec<&FilterFinding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
    for finding in findings {
        text.push_str(&draw(&shown, finding, style));
        text.push_str("\n\n");
    }
    let sentence =
        wrap(&format!("{}: {}", word(report.verdict()), meaning(report)), columns(style)).join("\n");
    text.push_str(&sentence.replacen(word(report.verdict()), &verdict, 1));
    text.push('\n');
    let basis = format!("{}; judged by {} of {ruleset}.", counts(report), count(report.rules_run, "rule"));
    text.push_str(&paint(style, Tone::Faint, &basis));
    text.push('\n');
    text
}

/// The finding with its texts cut to what a sentence can bear. Of keys that are no names nothing is repeated: a file that was named
/// by mistake may hold anything.
pub fn harmless_filter_finding(finding: &FilterFinding) -> FilterFinding {
    let mut harmless = finding.clone();
    for (name, fact) in &mut harmless.facts {
        let Fact::Text(Cow::Owned(text)) = fact else { continue };
        let is_key = matches!(*name, "key" | "what" | "found");
        *text = match is_key {
            true if !text.chars().all(is_of_a_name) => {
                format!("… ({})", count(text.chars().count(), "character"))
            }
            true => defuse::shown(text, KEY_COLUMNS),
            false => defuse::shown(text, FACT_COLUMNS),
        };
    }
    harmless
}

fn draw(name: &str, finding: &FilterFinding, style: &Style) -> String {
    let columns = columns(style);
    let rule = finding.rule;
    let harmless = harmless_filter_finding(finding);
    let title_columns = columns.saturating_sub(rule.severity.as_str().len() + rule.code.len() + 4);
    let message = wrap(&defuse::for_terminal(&harmless.message()), title_columns).join("\n");
    let place = Place::of_line(finding.line);
    let title = level(rule.severity).primary_title(message).id(rule.code);
    let mut group = place.draw(name, columns, Group::with_title(title));
    let room = columns.saturating_sub(place.indent() + 3);
    for note in notes(rule, &place, style.detail, room) {
        group = group.element(Level::NOTE.with_name(note.name).message(note.lines.join("\n")));
    }
    let help = defuse::for_terminal(&harmless.help());
    if !help.is_empty() {
        group = group.element(Level::HELP.message(wrap_command(&help, room.saturating_sub(6)).join("\n")));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.hyperlink(false).term_width(columns).render(&[group]);
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n")
}

fn meaning(report: &FilterReport) -> &'static str {
    match report.verdict() {
        Verdict::Accepted if report.set.filters.is_empty() => {
            "nothing known keeps Temporal Cloud from taking it, and without filters every certificate of the CAs passes."
        }
        Verdict::Accepted => "nothing known keeps Temporal Cloud from taking these filters.",
        Verdict::AcceptedButUnusable => {
            "Temporal Cloud would take these filters, but certificates that are meant could not pass."
        }
        Verdict::Refused => "Temporal Cloud or its tools would not take these filters as they are.",
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Accepted => Tone::Good,
        Verdict::AcceptedButUnusable => Tone::Careful,
        Verdict::Refused => Tone::Bad,
    }
}

fn counts(report: &FilterReport) -> String {
    let severities = [Severity::Error, Severity::Warning, Severity::Notice].into_iter();
    let told: Vec<String> = severities
        .map(|severity| (report.count(severity), severity))
        .filter(|(number, _)| *number > 0)
        .map(|(number, severity)| count(number, severity.as_str()))
        .collect();
    if told.is_empty() { "no findings".to_owned() } else { told.join(", ") }
}

/// Letters of a key, and of the words and marks in which the library names several.
fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.,` ".contains(letter) && letter != '\n'
}

/// What stands beside the name in the header.
const HEADER_ROOM: usize = 44;

/// How much of a key is told.
const KEY_COLUMNS: usize = 60;

/// How much of a value a sentence can bear.
const FACT_COLUMNS: usize = 240;

#[cfg(test)]
mod tests {
    use mtlsmith_validate::filters::check_filters;
    use mtlsmith_validate::profile::NEWEST_RULESET;

    use super::*;

    const STYLE: Style = Style { color: false, columns: 100, detail: Detail::Normal };

    fn text(filters: &str, style: &Style) -> String {
        render("filters.json", &check_filters(filters.as_bytes(), NEWEST_RULESET), NEWEST_RULESET, style)
    }

    #[test]
    fn a_clean_file_has_a_header_and_a_verdict() {
        let text = text(r#"{"filters":[{"commonName":"worker-*"}]}"#, &STYLE);
        assert!(text.starts_with("filters.json  1 filter, an object with `filters`\n\naccepted: "), "{text}");
        assert!(text.contains("no findings; judged by "), "{text}");
    }

    #[test]
    fn a_finding_names_its_line_and_its_repair() {
        let text = text("{\"filters\":[\n  {}]}", &STYLE);
        assert!(text.contains("error[FLT-002]: filter 1 sets no field"), "{text}");
        assert!(
            text.contains("--> filters.json:2") && text.contains("help: set at least one field"),
            "{text}"
        );
        assert!(text.contains("\nrefused: "), "{text}");
    }

    #[test]
    fn the_verdict_alone_is_one_line() {
        let quiet = Style { detail: Detail::Quiet, ..STYLE };
        assert_eq!(text(r#"[{"commonName":" a"}]"#, &quiet).lines().count(), 1);
        assert!(
            text(r#"[{"commonName":" a"}]"#, &quiet).starts_with("filters.json: accepted but unusable (")
        );
    }

    #[test]
    fn of_a_key_that_is_no_name_nothing_is_repeated() {
        for key in ["-----BEGIN PRIVATE KEY-----\nMHcCAQEE", "a/b+c=", "\u{1b}[2J"] {
            for filters in [serde_json::json!({ key: 1 }), serde_json::json!([{ key: 1 }])] {
                let text = text(&filters.to_string(), &STYLE);
                assert!(text.contains("FLT-") && !text.contains(key) && !text.contains("MHcC"), "{text}");
            }
        }
    }
}
