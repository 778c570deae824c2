//! Settings as a page: each file with its verdict, whether its certificates get in, and the findings.

use super::capitalised;
use super::card;
use super::client;
use super::counted;
use super::escape::escape;
use super::page;
use super::prose::line;
use super::prose::prose;
use super::prose::repair;
use crate::configuration::Answer;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;
use crate::configuration::word;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::rule::Severity;

/// The files as one page.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>]) -> String {
    let title = match checked {
        [file] => format!("{}: {}", escape(file.name), word(file.report.verdict())),
        _ => format!("mtlsmith: {}", counted(checked.len(), "file")),
    };
    let mut body = String::new();
    for file in checked {
        section(&mut body, file);
    }
    page(&title, &body)
}

fn section(body: &mut String, file: &CheckedConfiguration<'_>) {
    let verdict = file.report.verdict();
    let meaning = match verdict {
        Verdict::Refused => "As it stands a client cannot connect.".to_owned(),
        _ => capitalised(&file.meaning()),
    };
    body.push_str(&format!(
        "<section class=\"document\">\n<header class=\"{}\">\n<p class=\"file\"><bdi>{}</bdi></p>\n<h1>{}</h1>\n\
         <p class=\"reason\">{}</p>\n<p class=\"counts\">{}</p>\n<dl class=\"about\">\n\
         <div><dt>Judged for</dt><dd>{}</dd></div>\n<div><dt>Rules of</dt><dd>{}</dd></div>\n\
         <div><dt>Rules run</dt><dd>{}</dd></div>\n</dl>\n</header>\n",
        verdict.as_str(),
        escape(file.name),
        capitalised(word(verdict)),
        line(&meaning),
        counts(file),
        file.now,
        file.ruleset,
        file.report.rules_run,
    ));
    answers(body, &file.answers());
    file.with_clients(|owner, decided| {
        if let Some(decided) = decided {
            body.push_str(&format!("<h2><bdi>{}</bdi></h2>\n", escape(owner)));
            client::write(body, decided);
        }
    });
    body.push_str("<h2>Findings</h2>\n");
    let mut told = file.told();
    told.sort_by_key(|told| std::cmp::Reverse(told.rule.severity));
    if told.is_empty() {
        body.push_str("<p class=\"none\">None.</p>\n");
    }
    for told in &told {
        finding(body, told);
    }
    body.push_str("</section>\n");
}

fn counts(file: &CheckedConfiguration<'_>) -> String {
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Notice, "notice")];
    let said = kinds.map(|(severity, noun)| counted(file.report.count(severity), noun));
    said.join(", ")
}

fn answers(body: &mut String, answers: &[Answer<'_>]) {
    if answers.is_empty() {
        return;
    }
    body.push_str(
        "<h2>Certificates</h2>\n<table>\n<thead><tr><th>Client</th><th>Certificate</th><th>Gets in</th></tr></thead>\n<tbody>\n",
    );
    for answer in answers {
        let class = match (answer.word, answer.verdict) {
            ("not decided", _) => "warn",
            (_, Verdict::Accepted) => "good",
            (_, Verdict::AcceptedButUnusable) => "warn",
            (_, Verdict::Refused) => "bad",
        };
        body.push_str(&format!(
            "<tr><td><bdi>{}</bdi></td><td><bdi>{}</bdi></td><td class=\"{class}\">{}</td></tr>\n",
            escape(answer.owner),
            escape(answer.certificate),
            line(&format!("{}{}", answer.word, answer.words)),
        ));
    }
    body.push_str("</tbody>\n</table>\n");
}

fn finding(body: &mut String, told: &Told<'_>) {
    let (rule, severity) = (told.rule, told.rule.severity.as_str());
    let place = match (told.line(), told.variable()) {
        (Some(number), _) => format!("line {number}"),
        (None, Some(variable)) => format!("variable {}", escape(variable)),
        (None, None) => "the file".to_owned(),
    };
    body.push_str(&format!(
        "<article class=\"finding {severity}\">\n<p class=\"heading\"><span class=\"badge\">{severity}</span> \
         <span class=\"code\">{}</span> <span class=\"rule\">{}</span> <span class=\"place\">{place}</span></p>\n\
         <p class=\"message\">{}</p>\n",
        rule.code,
        rule.name,
        line(&told.message),
    ));
    if let Some(within) = &told.within {
        body.push_str(&format!("<p class=\"quiet\"><bdi>{}</bdi></p>\n", escape(&within.words())));
    }
    if !told.help.is_empty() {
        body.push_str(&format!("<p class=\"help\">{}</p>\n", repair(&told.help)));
    }
    body.push_str("<details>\n<summary>Why, sources</summary>\n");
    body.push_str(&format!("<h3>Why it matters</h3>\n{}", prose(&rule.section("Why it matters"))));
    body.push_str(&format!("<h3>How to fix</h3>\n{}", prose(&rule.section("How to fix"))));
    card::sources(body, rule);
    body.push_str("</details>\n</article>\n");
}
