//! The report on a client configuration for people at a terminal: who connects, what is wrong, whether their certificates get in.

use std::borrow::Cow;

use mtlsmith_validate::Verdict;
use mtlsmith_validate::client_configuration::ConfigurationFinding;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::NotDecided;
use mtlsmith_validate::client_configuration::Origin;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::finding::wrap_command;
use super::layout::Tone;
use super::layout::count;
use super::layout::list;
use super::layout::paint;
use super::layout::wrap;
use super::listing;
use super::listing::FACT_COLUMNS;
use super::listing::KEY_COLUMNS;
use super::listing::Listed;
use super::listing::Page;
use super::verdict::tone;
use crate::Detail;
use crate::Style;
use crate::configuration::Answer;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;
use crate::configuration::word;
use crate::defuse;
use crate::help::with_file_name;

/// The reports on files of settings; the verdicts alone when little is asked for.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>], style: &Style) -> String {
    let pages: Vec<String> = checked.iter().map(|checked| page(checked, style)).collect();
    pages.join(if style.detail == Detail::Quiet { "" } else { "\n" })
}

fn page(checked: &CheckedConfiguration<'_>, style: &Style) -> String {
    let report = checked.report;
    let meaning = match report.verdict() {
        Verdict::Refused => format!("as it stands {} cannot connect.", refused(report)),
        _ => defuse::for_terminal(&checked.meaning()),
    };
    let page = Page {
        name: checked.name,
        contents: contents(report),
        listed: checked.told().into_iter().map(listed).collect(),
        aside: answers(checked, style),
        verdict: report.verdict(),
        word: word(report.verdict()),
        meaning,
        rules_run: report.rules_run,
        ruleset: checked.ruleset,
        now: (!report.judged.is_empty()).then_some(checked.now),
    };
    listing::render(page, style)
}

/// The finding with its texts cut to what a sentence can bear.
pub fn harmless_configuration_finding(finding: &ConfigurationFinding) -> ConfigurationFinding {
    let mut harmless = finding.clone();
    for (_, fact) in &mut harmless.facts {
        if let Fact::Text(Cow::Owned(text)) = fact {
            *text = defuse::shown(text, FACT_COLUMNS);
        }
    }
    harmless
}

fn listed(told: Told<'_>) -> Listed {
    let variable = told.variable().map(|name| format!("variable {}", defuse::shown(name, KEY_COLUMNS)));
    let owner = told.client.map(|client| defuse::shown(client, KEY_COLUMNS));
    let within = told.within.as_ref().map(|within| match owner {
        Some(owner) => format!("{} (of {owner})", within.words()),
        None => within.words(),
    });
    Listed {
        rule: told.rule,
        line: told.line(),
        origin: variable,
        within,
        message: told.message,
        help: told.help,
    }
}

/// What becomes of each client's certificate, and how to have the rest decided.
fn answers(checked: &CheckedConfiguration<'_>, style: &Style) -> String {
    let answers = checked.answers();
    let mut text: String = answers.iter().map(|answer| line(answer, style)).collect();
    let is_open = |answer: &Answer<'_>| {
        answer.verdict != Verdict::Refused && answer.not_decided == Some(NotDecided::NoBundle)
    };
    if answers.iter().any(is_open) {
        let options = checked.trust.unwrap_or("--bundle ca.pem --filters filters.json");
        let clients = &checked.report.configuration.clients;
        let is_environment = clients.iter().all(|client| client.origin == Origin::Process);
        let settings = match is_environment && !clients.is_empty() {
            true => "--env".to_owned(),
            false => with_file_name("FILE", checked.name),
        };
        let command = format!("to have it decided: mtlsmith config check {settings} {options}");
        let lines = wrap_command(&format!("help: {command}"), columns(style));
        let lines = lines.join("\n").replacen("help:", &paint(style, Tone::Strong, "help:"), 1);
        text.push_str(&format!("{lines}\n"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// `profile default (worker.pem): admitted until …`.
fn line(answer: &Answer<'_>, style: &Style) -> String {
    let owner = defuse::shown(answer.owner, KEY_COLUMNS);
    let file = end_of_path(answer.certificate);
    let words = match (answer.verdict, answer.refused_by) {
        // The finding stands above.
        (Verdict::Refused, Some(rule)) => format!(": {} {}", rule.code, rule.name),
        _ => defuse::for_terminal(&answer.words),
    };
    let lines = wrap(&format!("{owner} ({file}): {}{words}", answer.word), columns(style)).join("\n");
    let tone = match answer.word {
        "not decided" => Tone::Careful,
        _ => tone(answer.verdict),
    };
    let word = format!("): {}", answer.word);
    lines.replacen(&word, &format!("): {}", paint(style, tone, answer.word)), 1) + "\n"
}

/// The path, of a long one its end: that is what tells certificates apart.
fn end_of_path(path: &str) -> String {
    let harmless = defuse::for_terminal(path);
    if defuse::width(&harmless) <= KEY_COLUMNS {
        return harmless;
    }
    let cuts = harmless.match_indices('/').map(|(at, _)| harmless.get(at..).unwrap_or_default());
    let fitting = cuts.into_iter().find(|rest| defuse::width(rest) < KEY_COLUMNS);
    fitting.map_or_else(|| defuse::shown(path, KEY_COLUMNS), |rest| format!("…{rest}"))
}

/// `a client configuration in TOML: profile default and profile staging`.
fn contents(report: &ConfigurationReport) -> String {
    let configuration = &report.configuration;
    let Some(form) = configuration.form else { return "not recognised".to_owned() };
    let clients = configuration.clients.iter().map(|client| client.name.clone());
    let secrets = configuration.secrets.iter().map(|secret| format!("Secret {}", secret.shown_name()));
    let mut names: Vec<String> =
        clients.chain(secrets).map(|name| defuse::shown(&name, KEY_COLUMNS)).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    names.truncate(NAMES_SHOWN);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.retain(|name| name != "the environment");
    if names.is_empty() { form.as_str().to_owned() } else { format!("{}: {}", form.as_str(), list(&names)) }
}

/// The clients with errors, by name.
fn refused(report: &ConfigurationReport) -> String {
    let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    let mut names: Vec<String> = Vec::new();
    let of_settings = errors.filter_map(|finding| finding.client.as_deref());
    let judged = report.judged.iter().filter(|judged| judged.verdict() == Verdict::Refused);
    let of_certificates = judged.filter_map(|judged| report.files.get(judged.files));
    for name in of_settings.chain(of_certificates.map(|files| files.owner.as_str())) {
        let name = defuse::shown(name, KEY_COLUMNS);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0 => "a client".to_owned(),
        1..=NAMES_SHOWN => list(&names),
        number => count(number, "client"),
    }
}

/// As many clients and Secrets are named in the header.
const NAMES_SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::client_configuration::ConfigurationCheck;
    use mtlsmith_validate::profile::NEWEST_RULESET;
    use mtlsmith_validate::time::Timestamp;

    use super::*;

    const STYLE: Style = Style { color: false, columns: 100, detail: Detail::Normal };

    fn text(configuration: &str, style: &Style) -> String {
        let report = ConfigurationCheck::default().run("temporal.toml", configuration.as_bytes());
        let now = Timestamp::from_unix(testkit::NOW);
        render(
            &[CheckedConfiguration {
                name: "temporal.toml",
                report: &report,
                ruleset: NEWEST_RULESET,
                now,
                trust: None,
            }],
            style,
        )
    }

    const SHORT_NAME: &str = "[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\nnamespace = \"orders\"\napi_key = \"k\"\n";

    #[test]
    fn a_finding_names_its_line_and_its_repair() {
        let text = text(SHORT_NAME, &STYLE);
        assert!(
            text.starts_with("temporal.toml  a client configuration in TOML: profile default\n\n"),
            "{text}"
        );
        assert!(text.contains("error[CFG-002]: profile default asks for the Namespace orders;"), "{text}");
        assert!(text.contains("--> temporal.toml:3") && text.contains("help: write orders.a1b2c"), "{text}");
        assert!(text.contains("\nrefused: as it stands profile default cannot connect.\n"), "{text}");
    }

    #[test]
    fn a_clean_file_has_a_header_and_a_verdict() {
        let text = text(&SHORT_NAME.replace("\"orders\"", "\"orders.a1b2c\""), &STYLE);
        assert!(text.contains("\n\naccepted: ") && text.contains("no findings; judged by "), "{text}");
    }

    #[test]
    fn the_verdict_alone_is_one_line() {
        let quiet = Style { detail: Detail::Quiet, ..STYLE };
        assert_eq!(text(SHORT_NAME, &quiet), "temporal.toml: refused (1 error)\n");
    }

    #[test]
    fn of_a_long_path_the_end_is_shown() {
        let long = format!("/srv/{}/namespaces/a.b/leaves/billing/current/tls.crt", "x".repeat(40));
        let end = end_of_path(&long);
        assert!(end.starts_with("…/") && end.ends_with("/leaves/billing/current/tls.crt"), "{end}");
        assert!(defuse::width(&end) <= KEY_COLUMNS, "{end}");
        assert_eq!(end_of_path("tls/worker.pem"), "tls/worker.pem");
        assert!(defuse::width(&end_of_path(&"y".repeat(99))) <= KEY_COLUMNS);
    }

    #[test]
    fn every_line_keeps_to_the_columns() {
        for columns in [80, 140] {
            let configuration = SHORT_NAME.replace("default", "a-profile-with-a-name-of-some-length");
            let text = text(
                &format!("{configuration}[profile.b]\n[profile.c]\n[profile.d]\n"),
                &Style { columns, ..STYLE },
            );
            assert_eq!(text.lines().find(|line| line.chars().count() > columns), None, "{text}");
        }
    }

    #[test]
    fn no_escape_of_the_file_reaches_the_terminal() {
        let text = text("[profile.\"a\\u001b[31m\"]\nnope = 1\n[\"\\u001b]0;x\\u0007\"]\n", &STYLE);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
    }
}
