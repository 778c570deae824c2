//! What would become of the bundle, in plain words, and what the answer rests on.

use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::layout::Tone;
use super::layout::count;
use super::layout::duration;
use super::layout::list;
use super::layout::paint;
use super::layout::wrap;
use crate::Document;
use crate::Style;
use crate::defuse;

/// The verdict with its reasons, the counts, and what was judged by.
pub(super) fn render(document: &Document<'_>, style: &Style) -> String {
    let report = document.report;
    let word = word(report.verdict());
    let sentence = format!("{word}: {}", sentence(report));
    let lines = wrap(&sentence, columns(style)).join("\n");
    let mut text = lines.replacen(word, &paint(style, tone(report.verdict()), word), 1);
    text.push('\n');
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
    let name = defuse::for_terminal(document.name);
    let word = paint(style, tone(report.verdict()), word(report.verdict()));
    let culprits = match report.verdict() {
        Verdict::Accepted => String::new(),
        Verdict::AcceptedButUnusable => format!(", because of {}", culprits(report, Effect::Connect)),
        Verdict::Refused => format!(", because of {}", culprits(report, Effect::Upload)),
    };
    format!("{name}: {word}{culprits} ({})\n", counts(report))
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

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::AcceptedButUnusable => "accepted but unusable",
        Verdict::Refused => "refused",
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Accepted => Tone::Good,
        Verdict::AcceptedButUnusable => Tone::Careful,
        Verdict::Refused => Tone::Bad,
    }
}

fn sentence(report: &Report) -> String {
    match report.verdict() {
        Verdict::Accepted => {
            let mut sentence = "nothing known keeps Temporal Cloud from taking this bundle".to_owned();
            if let Some(expiry) = report.effective_expiry().filter(|&expiry| expiry > report.now) {
                let left = duration(expiry.since(report.now));
                sentence.push_str(&format!(
                    "; clients below it can connect until {} ({left} left)",
                    expiry.date()
                ));
            }
            sentence + "."
        }
        Verdict::AcceptedButUnusable => format!(
            "Temporal Cloud would take this bundle, but clients could not connect because of {}.",
            culprits(report, Effect::Connect)
        ),
        Verdict::Refused => {
            let culprits = culprits(report, Effect::Upload);
            format!("Temporal Cloud or its tools would not take this bundle as it is, because of {culprits}.")
        }
    }
}

/// What the errors with this effect are about: `certificates 2 and 3 and BND-002 (too many certificates)`.
fn culprits(report: &Report, effect: Effect) -> String {
    let errors =
        report.findings.iter().filter(|f| f.rule.severity == Severity::Error && f.rule.effect == effect);
    let mut certificates: Vec<usize> = Vec::new();
    let mut lines: Vec<usize> = Vec::new();
    let mut whole: Vec<String> = Vec::new();
    for finding in errors {
        match (member(report, finding.subject), report.lines(finding.subject)) {
            (Some(number), _) => certificates.push(number),
            (None, Some(at)) => lines.push(at.first),
            (None, None) if finding.rule.name == SAYS_THE_SAME => {}
            (None, None) => {
                whole.push(format!("{} ({})", finding.rule.code, finding.rule.name.replace('-', " ")))
            }
        }
    }
    let mut parts = Vec::new();
    parts.extend(numbered("certificate", "certificates", certificates));
    parts.extend(numbered("the block at line", "the blocks at lines", lines));
    whole.dedup();
    parts.extend(whole);
    list(&parts)
}

/// The number of the certificate that a finding is about.
fn member(report: &Report, subject: Subject) -> Option<usize> {
    let members = &report.bundle.members;
    match subject {
        Subject::Bundle => None,
        Subject::Certificate(index) => Some(index + 1),
        Subject::Block(block) => {
            members.iter().find(|member| member.block == Some(block)).map(|member| member.number())
        }
    }
}

fn numbered(one: &str, several: &str, mut numbers: Vec<usize>) -> Option<String> {
    numbers.sort_unstable();
    numbers.dedup();
    let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let what = if words.len() == 1 { one } else { several };
    (!words.is_empty()).then(|| format!("{what} {}", list(&words)))
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

/// The rule that says for the bundle what the verdict says anyway.
const SAYS_THE_SAME: &str = "whole-bundle-refused";

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Notice];
