//! The page about one file that is no bundle, such as settings or filters: a header, the findings in the style of rustc, the verdict.

use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::columns;
use super::finding::level;
use super::finding::notes;
use super::finding::wrap_command;
use super::layout::Tone;
use super::layout::count;
use super::layout::paint;
use super::layout::wrap;
use super::place::Place;
use super::verdict::tone;
use crate::Detail;
use crate::Style;
use crate::defuse;

/// What stands on the page.
pub(super) struct Page<'a> {
    /// The file, as the user calls it.
    pub(super) name: &'a str,
    /// What it holds.
    pub(super) contents: String,
    pub(super) listed: Vec<Listed>,
    /// What stands between the findings and the verdict.
    pub(super) aside: String,
    pub(super) verdict: Verdict,
    /// The verdict in one word or a few.
    pub(super) word: &'static str,
    /// What it means, with its full stop.
    pub(super) meaning: String,
    pub(super) rules_run: usize,
    pub(super) ruleset: Date,
    /// The time for which it was judged, where that counts.
    pub(super) now: Option<Timestamp>,
}

/// A finding on the page.
pub(super) struct Listed {
    pub(super) rule: &'static Rule,
    /// The line of the file.
    pub(super) line: Option<usize>,
    /// What to point at in place of the file.
    pub(super) origin: Option<String>,
    /// A place in another file.
    pub(super) within: Option<String>,
    /// The sentence, its values cut to what it can bear.
    pub(super) message: String,
    /// What to do; empty when there is nothing to say.
    pub(super) help: String,
}

/// The page; the verdict alone when little is asked for.
pub(super) fn render(mut page: Page<'_>, style: &Style) -> String {
    let verdict = paint(style, tone(page.verdict), page.word);
    let counts = counts(&page.listed);
    if style.detail == Detail::Quiet {
        return format!("{}: {verdict} ({counts})\n", defuse::for_terminal(page.name));
    }
    let shown = defuse::shown(page.name, columns(style).saturating_sub(HEADER_ROOM).max(12));
    let header = wrap(&format!("{shown}  {}", page.contents), columns(style)).join("\n");
    let mut text = header.replacen(&shown, &paint(style, Tone::Strong, &shown), 1) + "\n\n";
    page.listed.sort_by_key(|listed| std::cmp::Reverse(listed.rule.severity));
    let mut told: Vec<&str> = Vec::new();
    for listed in &page.listed {
        // A reason is told once, with the first finding of its rule.
        let is_first = !told.contains(&listed.rule.code);
        told.push(listed.rule.code);
        text.push_str(&draw(&shown, listed, is_first, style));
        text.push_str("\n\n");
    }
    text.push_str(&page.aside);
    let sentence = wrap(&format!("{}: {}", page.word, page.meaning), columns(style)).join("\n");
    text.push_str(&sentence.replacen(page.word, &verdict, 1));
    text.push('\n');
    let now = page.now.map(|now| format!(" for {now}")).unwrap_or_default();
    let (rules, ruleset) = (count(page.rules_run, "rule"), page.ruleset);
    let basis = wrap(&format!("{counts}; judged{now} by {rules} of {ruleset}."), columns(style));
    text.extend(basis.iter().map(|line| paint(style, Tone::Faint, line) + "\n"));
    text
}

fn draw(name: &str, listed: &Listed, is_first: bool, style: &Style) -> String {
    let columns = columns(style);
    let rule = listed.rule;
    let title_columns = columns.saturating_sub(rule.severity.as_str().len() + rule.code.len() + 4);
    let message = wrap(&defuse::for_terminal(&listed.message), title_columns).join("\n");
    let place = Place::of_line(listed.line);
    let origin = listed.origin.as_deref().unwrap_or(name);
    let title = level(rule.severity).primary_title(message).id(rule.code);
    let mut group = place.draw(origin, columns, Group::with_title(title));
    let room = columns.saturating_sub(place.indent() + 3);
    if let Some(within) = &listed.within {
        let within = wrap(&defuse::for_terminal(within), room.saturating_sub(6)).join("\n");
        group = group.element(Level::NOTE.with_name("file").message(within));
    }
    if is_first || style.detail == Detail::Verbose {
        for note in notes(rule, &place, style.detail, room) {
            group = group.element(Level::NOTE.with_name(note.name).message(note.lines.join("\n")));
        }
    }
    let help = defuse::for_terminal(&listed.help);
    if !help.is_empty() {
        group = group.element(Level::HELP.message(wrap_command(&help, room.saturating_sub(6)).join("\n")));
    }
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.hyperlink(false).term_width(columns).render(&[group]);
    let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// `2 errors, 1 notice`.
fn counts(listed: &[Listed]) -> String {
    let of = |severity| listed.iter().filter(|listed| listed.rule.severity == severity).count();
    let told: Vec<String> = [Severity::Error, Severity::Warning, Severity::Notice]
        .into_iter()
        .map(|severity| (of(severity), severity))
        .filter(|(number, _)| *number > 0)
        .map(|(number, severity)| count(number, severity.as_str()))
        .collect();
    if told.is_empty() { "no findings".to_owned() } else { told.join(", ") }
}

/// What stands beside the name in the header.
const HEADER_ROOM: usize = 44;

/// How much of the name of a key, a variable or a client is told.
pub(super) const KEY_COLUMNS: usize = 60;

/// How much of a value a sentence can bear.
pub(super) const FACT_COLUMNS: usize = 240;
