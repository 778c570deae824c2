//! Settings in SARIF: the line of the setting is the place of a result, the file to which it leads a place beside it.

use std::collections::BTreeMap;

use mtlsmith_validate::rule::Rule;

use super::artifact;
use super::level;
use super::log;
use super::plain;
use super::wire;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;

/// The files as one run.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>]) -> String {
    let clients: Vec<wire::Client> = checked
        .iter()
        .flat_map(|checked| checked.answers().into_iter().map(|answer| (checked.name, answer)))
        .map(|(name, answer)| wire::Client {
            file: format!("{name}: {}", answer.owner),
            decision: answer.word,
            until: answer.until.map(|time| time.to_string()),
            sentence: plain(&format!("{}{}", answer.word, answer.words)),
        })
        .collect();
    let properties = (!clients.is_empty()).then_some(wire::RunProperties { clients });
    log(properties, |rules| checked.iter().flat_map(|checked| results(checked, rules)).collect())
}

fn results(checked: &CheckedConfiguration<'_>, rules: &[&'static Rule]) -> Vec<wire::Result> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let told = checked.told().into_iter();
    told.map(|told| {
        let identity = format!("{}/{}", told.client.unwrap_or("settings"), told.rule.code);
        let times = seen.entry(identity.clone()).or_default();
        *times += 1;
        let identity = format!("{identity}:{times}");
        result(checked.name, told, rules, identity)
    })
    .collect()
}

fn result(name: &str, told: Told<'_>, rules: &[&'static Rule], identity: String) -> wire::Result {
    let line = told.line().unwrap_or(1);
    let variable = told.variable().map(|name| format!("\nvariable: {name}")).unwrap_or_default();
    let within = told.within.as_ref();
    let words = within.map(|within| format!("\nfile: {}", within.words())).unwrap_or_default();
    let text = format!("{}{words}{variable}\nhelp: {}", told.message, told.help);
    let related = within
        .filter(|within| within.is_file)
        .map(|within| location(&within.file, within.line.unwrap_or(1), Some((1, within.what.as_str()))));
    wire::Result {
        rule_id: told.rule.code,
        rule_index: rules.iter().position(|rule| std::ptr::eq(*rule, told.rule)),
        level: level(told.rule.severity),
        message: wire::Text::of(&plain(&text)),
        locations: [location(name, line, None)],
        related_locations: related.into_iter().collect(),
        partial_fingerprints: wire::Fingerprints { primary_location_line_hash: identity },
    }
}

fn location(file: &str, line: usize, related: Option<(usize, &str)>) -> wire::Location {
    wire::Location {
        id: related.map(|(id, _)| id),
        physical_location: wire::PhysicalLocation {
            artifact_location: artifact(file),
            region: wire::Region { start_line: line, end_line: line },
        },
        message: related.map(|(_, what)| wire::Text::of(&plain(what))),
    }
}
