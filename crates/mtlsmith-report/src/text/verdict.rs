//! What would become of the bundle, in plain words, and what the answer rests on.

use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::layout::Tone;
use super::layout::count;
use super::layout::paint;
use super::layout::wrap;
use crate::Document;
use crate::Style;
use crate::client::Client;
use crate::defuse;
use crate::verdict::meaning;
use crate::verdict::reason;
use crate::verdict::remark;
use crate::verdict::word;

/// The verdict with its reasons, the counts, and what was judged by.
pub(super) fn render(document: &Document<'_>, style: &Style) -> String {
    let report = document.report;
    let word = word(report.verdict());
    let sentence = format!("{word}: {}", sentence(report));
    let lines = wrap(&sentence, columns(style)).join("\n");
    let mut text = lines.replacen(word, &paint(style, tone(report.verdict()), word), 1);
    text.push('\n');
    text + &basis(report, style)
}

/// The counts, what was judged by, and whether that was all.
pub(super) fn basis(report: &Report, style: &Style) -> String {
    let mut text = String::new();
    let basis = format!("{}; judged for {} by the rules of {}.", counts(report), report.now, report.ruleset);
    for line in wrap(&basis, columns(style)) {
        text.push_str(&paint(style, Tone::Faint, &line));
        text.push('\n');
    }
    if let Some(warning) = exhausted(report) {
        text.push_str(&paint(style, Tone::Careful, &wrap(&warning, columns(style)).join("\n")));
        text.push('\n');
    }
    text
}

/// The verdict in one line.
pub(super) fn line(document: &Document<'_>, style: &Style) -> String {
    let report = document.report;
    if let Some(client) = Client::of(document) {
        return format!(
            "{}: {}\n",
            defuse::for_terminal(document.name),
            super::client::decision(&client, style)
        );
    }
    let name = defuse::for_terminal(document.name);
    let word = paint(style, tone(report.verdict()), word(report.verdict()));
    let reason = reason(report).map(|reason| format!(", {reason}")).unwrap_or_default();
    format!("{name}: {word}{reason} ({})\n", counts(report))
}

/// One line about all documents together.
pub(super) fn total(documents: &[Document<'_>], style: &Style) -> String {
    let verdicts = [Verdict::Accepted, Verdict::AcceptedButUnusable, Verdict::Refused];
    let parts = verdicts.into_iter().filter_map(|verdict| {
        let number = documents.iter().filter(|document| document.report.verdict() == verdict).count();
        (number > 0).then(|| format!("{number} {}", paint(style, tone(verdict), word(verdict))))
    });
    let parts: Vec<String> = parts.collect();
    let severities: Vec<String> = SEVERITIES
        .into_iter()
        .map(|severity| {
            let number = documents.iter().map(|document| document.report.count(severity)).sum();
            count(number, severity.as_str())
        })
        .collect();
    format!("{}: {}; {}.\n", count(documents.len(), "bundle"), parts.join(", "), severities.join(", "))
}

pub(super) fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Accepted => Tone::Good,
        Verdict::AcceptedButUnusable => Tone::Careful,
        Verdict::Refused => Tone::Bad,
    }
}

fn sentence(report: &Report) -> String {
    let joint = match report.verdict() {
        Verdict::Accepted => "; ",
        Verdict::AcceptedButUnusable => " ",
        Verdict::Refused => ", ",
    };
    let remark = remark(report).map(|remark| format!("{joint}{remark}")).unwrap_or_default();
    format!("{}{remark}.", meaning(report.verdict()))
}

fn counts(report: &Report) -> String {
    let counts = SEVERITIES.into_iter().filter(|&severity| report.count(severity) > 0);
    let counts: Vec<String> =
        counts.map(|severity| count(report.count(severity), severity.as_str())).collect();
    if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") }
}

fn exhausted(report: &Report) -> Option<String> {
    let budget = &report.budget;
    budget.is_exhausted().then(|| {
        format!(
            "The check stopped at its limit of work, after {} and {}: there may be more to find.",
            count(budget.signatures_spent(), "signature check"),
            count(budget.steps_spent(), "path step")
        )
    })
}

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Notice];
