//! Settings in a GitHub job: annotations at the lines of the settings, and the summary of the step.

use mtlsmith_validate::rule::Severity;

use super::SEVERITIES;
use super::counted;
use super::data;
use super::markdown;
use super::property;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;
use crate::configuration::word;
use crate::defuse;

/// One command for each finding, then one line for each certificate and each file, then the totals.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>]) -> String {
    let mut output = String::new();
    for file in checked {
        output.extend(file.told().iter().map(|told| command(file.name, told)));
    }
    for file in checked {
        let name = defuse::for_terminal(file.name);
        for answer in file.answers() {
            let sentence =
                format!("{} ({}): {}{}", answer.owner, answer.certificate, answer.word, answer.words);
            output.push_str(&format!("mtlsmith: {name}: {}\n", defuse::for_terminal(&sentence)));
        }
        output.push_str(&format!("mtlsmith: {name}: {}\n", word(file.report.verdict())));
    }
    output.push_str(&format!("mtlsmith: {}\n", totals(checked)));
    output
}

/// The verdicts as a table, the certificates, and the findings of each file.
pub fn step_summary(checked: &[CheckedConfiguration<'_>]) -> String {
    let mut output = format!("## mtlsmith: {}\n\n", totals(checked));
    output.push_str("| File | Verdict | Errors | Warnings | Notices |\n| --- | --- | ---: | ---: | ---: |\n");
    for file in checked {
        let [errors, warnings, notices] = SEVERITIES.map(|severity| file.report.count(severity));
        let (name, verdict) = (markdown(file.name), word(file.report.verdict()));
        output.push_str(&format!("| {name} | {verdict} | {errors} | {warnings} | {notices} |\n"));
    }
    for file in checked {
        let (answers, told) = (file.answers(), file.told());
        if !answers.is_empty() || !told.is_empty() {
            output.push_str(&format!("\n### {}\n", markdown(file.name)));
        }
        if !answers.is_empty() {
            output.push_str("\n| Client | Certificate | Gets in |\n| --- | --- | --- |\n");
        }
        for answer in answers {
            let sentence = markdown(&format!("{}{}", answer.word, answer.words));
            let (owner, certificate) = (markdown(answer.owner), markdown(answer.certificate));
            output.push_str(&format!("| {owner} | {certificate} | {sentence} |\n"));
        }
        if !told.is_empty() {
            output.push_str(
                "\n| Line | Rule | Severity | Finding | What to do |\n| ---: | --- | --- | --- | --- |\n",
            );
        }
        output.extend(told.iter().map(row));
    }
    output
}

fn row(told: &Told<'_>) -> String {
    let line = told.line().map(|line| line.to_string()).unwrap_or_default();
    let (rule, severity) = (told.rule, told.rule.severity.as_str());
    let (message, help) = (markdown(&sentence(told)), markdown(&told.help));
    format!("| {line} | {} {} | {severity} | {message} | {help} |\n", rule.code, rule.name)
}

fn command(name: &str, told: &Told<'_>) -> String {
    let level = told.rule.severity.as_str();
    let title = property(&format!("{} ({})", told.rule.name, told.rule.code));
    let region = told.line().map(|line| format!(",line={line},endLine={line}")).unwrap_or_default();
    let place = told.line().map(|line| format!(":{line}")).unwrap_or_default();
    let shown = defuse::for_terminal(name);
    let message = defuse::for_terminal(&sentence(told));
    let help = defuse::for_terminal(&told.help);
    let text = data(&format!("{shown}{place}: {} {message}\n  help: {help}", told.rule.code));
    format!("::{level} title={title},file={}{region}::{text}\n", property(name))
}

/// The sentence, and the place to which the setting leads.
fn sentence(told: &Told<'_>) -> String {
    let variable = told.variable().map(|name| format!(" (variable {name})")).unwrap_or_default();
    let within = told.within.as_ref().map(|within| format!(" ({})", within.words())).unwrap_or_default();
    format!("{}{within}{variable}", told.message)
}

fn totals(checked: &[CheckedConfiguration<'_>]) -> String {
    let of = |severity: Severity| checked.iter().map(|file| file.report.count(severity)).sum::<usize>();
    let [errors, warnings, notices] = SEVERITIES.map(of);
    let [errors, warnings, notices] =
        [counted(errors, "error"), counted(warnings, "warning"), counted(notices, "notice")];
    format!("{errors}, {warnings}, {notices} in {}", counted(checked.len(), "file"))
}
