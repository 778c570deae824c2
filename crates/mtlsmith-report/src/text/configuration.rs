//! The report on a client configuration for people at a terminal: who connects, the findings in the style of rustc, the verdict.

use std::borrow::Cow;

use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::client_configuration::ConfigurationFinding;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::SettingPlace;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;

use super::columns;
use super::finding::level;
use super::finding::notes;
use super::finding::wrap_command;
use super::layout::Tone;
use super::layout::count;
use super::layout::list;
use super::layout::paint;
use super::layout::wrap;
use super::place::Place;
use crate::Detail;
use crate::Style;
use crate::defuse;
use crate::verdict::word;

/// The report on one file of settings, judged by the rules of a day; the verdict alone when little is asked for.
pub fn render(name: &str, report: &ConfigurationReport, ruleset: Date, style: &Style) -> String {
    let verdict = paint(style, tone(report), word(report.verdict()));
    if style.detail == Detail::Quiet {
        return format!("{}: {verdict} ({})\n", defuse::for_terminal(name), counts(report));
    }
    let shown = defuse::shown(name, columns(style).saturating_sub(HEADER_ROOM).max(12));
    let header = wrap(&format!("{shown}  {}", contents(report)), columns(style)).join("\n");
    let mut text = header.replacen(&shown, &paint(style, Tone::Strong, &shown), 1) + "\n\n";
    let mut findings: Vec<&ConfigurationFinding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
    let mut told: Vec<&str> = Vec::new();
    for finding in findings {
        // A reason is told once, with the first finding of its rule.
        let is_first = !told.contains(&finding.rule.code);
        told.push(finding.rule.code);
        text.push_str(&draw(&shown, finding, is_first, style));
        text.push_str("\n\n");
    }
    let sentence = wrap(&format!("{}: {}", word(report.verdict()), meaning(report)), columns(style));
    text.push_str(&sentence.join("\n").replacen(word(report.verdict()), &verdict, 1));
    text.push('\n');
    let basis = format!("{}; judged by {} of {ruleset}.", counts(report), count(report.rules_run, "rule"));
    text.push_str(&paint(style, Tone::Faint, &basis));
    text.push('\n');
    text
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

fn draw(name: &str, finding: &ConfigurationFinding, is_first: bool, style: &Style) -> String {
    let columns = columns(style);
    let rule = finding.rule;
    let harmless = harmless_configuration_finding(finding);
    let title_columns = columns.saturating_sub(rule.severity.as_str().len() + rule.code.len() + 4);
    let message = wrap(&defuse::for_terminal(&harmless.message()), title_columns).join("\n");
    let place = Place::of_line(finding.line());
    let origin = match &finding.place {
        Some(SettingPlace::Variable(variable)) => {
            format!("variable {}", defuse::shown(variable, KEY_COLUMNS))
        }
        _ => name.to_owned(),
    };
    let title = level(rule.severity).primary_title(message).id(rule.code);
    let mut group = place.draw(&origin, columns, Group::with_title(title));
    let room = columns.saturating_sub(place.indent() + 3);
    let notes = if is_first || style.detail == Detail::Verbose {
        notes(rule, &place, style.detail, room)
    } else {
        Vec::new()
    };
    for note in notes {
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

/// `a client configuration in TOML: profile default and profile staging`.
fn contents(report: &ConfigurationReport) -> String {
    let configuration = &report.configuration;
    let Some(form) = configuration.form else { return "not recognised".to_owned() };
    let clients = configuration.clients.iter().map(|client| client.name.clone());
    let secrets = configuration.secrets.iter().map(|secret| format!("Secret {}", secret.name));
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

fn meaning(report: &ConfigurationReport) -> String {
    let is_read = !report.configuration.clients.is_empty() || !report.configuration.secrets.is_empty();
    match report.verdict() {
        Verdict::Accepted if !is_read => "nothing was found that could be checked.".to_owned(),
        Verdict::Accepted => {
            let subject = if report.configuration.clients.len() == 1 { "the client" } else { "a client" };
            format!(
                "nothing in these settings keeps {subject} from connecting. The certificate itself is not judged here."
            )
        }
        _ => format!("as it stands {} cannot connect.", refused(report)),
    }
}

/// The clients with errors, by name.
fn refused(report: &ConfigurationReport) -> String {
    let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    let mut names: Vec<String> = Vec::new();
    for name in errors.filter_map(|finding| finding.client.as_deref()) {
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

fn tone(report: &ConfigurationReport) -> Tone {
    match report.verdict() {
        Verdict::Accepted => Tone::Good,
        Verdict::AcceptedButUnusable => Tone::Careful,
        Verdict::Refused => Tone::Bad,
    }
}

fn counts(report: &ConfigurationReport) -> String {
    let severities = [Severity::Error, Severity::Warning, Severity::Notice].into_iter();
    let told: Vec<String> = severities
        .map(|severity| (report.count(severity), severity))
        .filter(|(number, _)| *number > 0)
        .map(|(number, severity)| count(number, severity.as_str()))
        .collect();
    if told.is_empty() { "no findings".to_owned() } else { told.join(", ") }
}

/// What stands beside the name in the header.
const HEADER_ROOM: usize = 44;

/// How much of a name is told.
const KEY_COLUMNS: usize = 60;

/// How much of a value a sentence can bear.
const FACT_COLUMNS: usize = 240;

/// As many clients and Secrets are named in the header.
const NAMES_SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use mtlsmith_validate::client_configuration::ConfigurationCheck;
    use mtlsmith_validate::profile::NEWEST_RULESET;

    use super::*;

    const STYLE: Style = Style { color: false, columns: 100, detail: Detail::Normal };

    fn text(configuration: &str, style: &Style) -> String {
        let report = ConfigurationCheck::default().run("temporal.toml", configuration.as_bytes());
        render("temporal.toml", &report, NEWEST_RULESET, style)
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
