//! The manual of the rules, made from their declarations: `docs/rules.md` for readers, [`explain`] for terminals.

use std::fmt;
use std::fmt::Write;

use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Evidence;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::rules;
use mtlsmith_validate::rules::Group;

use crate::Style;
use crate::text::columns;
use crate::text::layout::Tone;
use crate::text::layout::paint;
use crate::text::layout::wrap;
use crate::text::layout::wrap_markdown;

/// The text of `docs/rules.md`.
pub fn manual() -> String {
    let mut text = String::new();
    let _ = write_manual(&mut text); // writing into a String cannot fail
    text
}

/// One rule for a reader at a terminal.
pub fn explain(rule: &Rule, style: &Style) -> String {
    let mut text = String::new();
    let _ = write_explanation(rule, style, &mut text); // writing into a String cannot fail
    text
}

fn write_manual(text: &mut String) -> fmt::Result {
    text.push_str(INTRODUCTION);
    for group in rules::GROUPS {
        write_contents(group, text)?;
    }
    for group in rules::GROUPS {
        write!(text, "\n## {}\n", group.title)?;
        for rule in group.rules {
            write_rule(rule, text)?;
        }
    }
    Ok(())
}

fn write_contents(group: &Group, text: &mut String) -> fmt::Result {
    write!(text, "\n### {} (`{}`)\n\n", group.title, group.prefix)?;
    text.push_str("| Code | Name | Severity | Effect | Summary |\n|---|---|---|---|---|\n");
    for rule in group.rules {
        let Rule { code, name, severity, effect, .. } = rule;
        let (severity, effect) = (severity.as_str(), effect.as_str());
        writeln!(
            text,
            "| [{code}](#{}) | {name} | {severity} | {effect} | {} |",
            anchor(rule),
            in_table(rule.summary())
        )?;
    }
    Ok(())
}

fn write_rule(rule: &Rule, text: &mut String) -> fmt::Result {
    write!(text, "\n### {}: {}\n\n{}\n\n", rule.code, rule.name, rule.summary())?;
    writeln!(
        text,
        "*{}, {}, {}; {}.*",
        rule.severity.as_str(),
        effect(rule.effect),
        evidence(rule.evidence),
        dates(rule)
    )?;
    for heading in SECTIONS {
        let section = rule.section(heading);
        if !section.is_empty() {
            write!(text, "\n**{heading}.** {section}\n")?;
        }
    }
    write!(text, "\n**Message.** {}\n", code(rule.message))?;
    write!(text, "\n**Help.** {}\n", code(rule.help))?;
    if !rule.cites.is_empty() {
        text.push_str("\n**Sources.**\n\n");
    }
    for cite in rule.cites {
        writeln!(text, "- [{}]({}), {}", cite.document, cite.url, cite.place)?;
    }
    Ok(())
}

/// What GitHub makes of the heading `CA-022: expired`.
pub(crate) fn anchor(rule: &Rule) -> String {
    format!("{}-{}", rule.code.to_ascii_lowercase(), rule.name)
}

/// A text as Markdown code, backticks in it or not.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn in_table(text: &str) -> String {
    text.replace('|', "\\|")
}

fn write_explanation(rule: &Rule, style: &Style, text: &mut String) -> fmt::Result {
    let columns = columns(style);
    let tone = match rule.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Careful,
        Severity::Notice => Tone::Strong,
    };
    let heading = format!("{}[{}]", rule.severity.as_str(), rule.code);
    writeln!(text, "{} {}", paint(style, tone, &heading), paint(style, Tone::Strong, rule.name))?;
    writeln!(text, "{}\n", wrap(rule.summary(), columns).join("\n"))?;
    let standing = format!("{}; {}; {}.", effect(rule.effect), evidence(rule.evidence), dates(rule));
    writeln!(text, "{}", wrap(&capitalised(&standing), columns).join("\n"))?;
    for heading in SECTIONS {
        let section = rule.section(heading);
        if !section.is_empty() {
            writeln!(text, "\n{}", paint(style, Tone::Strong, heading))?;
            write_indented(&wrap_markdown(&section, columns - INDENT.len()), text)?;
        }
    }
    writeln!(text, "\n{}", paint(style, Tone::Strong, "Message"))?;
    write_indented(&wrap(rule.message, columns - INDENT.len()), text)?;
    if !rule.cites.is_empty() {
        writeln!(text, "\n{}", paint(style, Tone::Strong, "Sources"))?;
    }
    for cite in rule.cites {
        write_indented(&wrap(&format!("{}, {}", cite.document, cite.place), columns - INDENT.len()), text)?;
        writeln!(text, "{INDENT}{INDENT}{}", paint(style, Tone::Faint, cite.url))?;
    }
    Ok(())
}

fn write_indented(lines: &[String], text: &mut String) -> fmt::Result {
    for line in lines {
        writeln!(text, "{}", format!("{INDENT}{line}").trim_end())?;
    }
    Ok(())
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Upload => "stops the upload or loses a part of it",
        Effect::Connect => "stops clients below the certificate",
        Effect::Operation => "stops nothing",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Documented => "documented by Temporal",
        Evidence::Observed => "observed: the server's rejection is public",
        Evidence::FormerlyDocumented => "formerly documented by Temporal",
        Evidence::Inferred => "inferred from Go's standard library or the official tools",
        Evidence::Recommended => "good practice",
    }
}

fn dates(rule: &Rule) -> String {
    match rule.until {
        Some(until) => format!("applies from {} to the day before {until}", rule.since),
        None => format!("applies since {}", rule.since),
    }
}

const SECTIONS: [&str; 2] = ["Why it matters", "How to fix"];

const INDENT: &str = "  ";

const INTRODUCTION: &str = "\
<!-- Generated from the rule declarations; run UPDATE=1 cargo test -p mtlsmith-report to refresh. -->

# The rules

Every rule by which `mtlsmith` judges a CA bundle for Temporal Cloud. `mtlsmith rules explain CODE` shows one of them at a
terminal. A code is never used again once its rule is retired.

**Severity.** A rule has one severity. An *error* is documented or observed to be refused, or certain to break a handshake. A
*warning* was documented once, or is known to trip people; nothing breaks today. A *notice* is good practice, or worth knowing.

**Effect.** *upload*: Temporal Cloud refuses the bundle, or the tools that upload it do, or they drop a part of it in silence.
*connect*: the bundle is taken, but client certificates below the certificate are refused. *operation*: nothing is refused; it
matters to the people who run it. Errors with the effect *upload* make the verdict `refused`, errors with the effect *connect* make
it `accepted-but-unusable`.

**Evidence.** *documented*: Temporal documents it today. *observed*: the server's own rejection has been seen in public. *formerly
documented*: Temporal documented it once, and nothing says that it changed. *inferred*: it follows from the code of Go's standard
library or of the official tools. *recommended*: good practice.

**Dates.** Each rule applies from a day and, once retired, up to another, so that a bundle can be judged by the rules of any day.

## Contents
";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;

    use mtlsmith_testkit::golden;

    use super::*;
    use crate::Detail;

    #[test]
    fn the_manual_in_docs_is_the_one_made_from_the_declarations() -> io::Result<()> {
        let path = golden::testdata().join("../docs/rules.md");
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::write(&path, manual())?;
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        let difference = golden::difference(&stored, &manual());
        assert_eq!(difference, None, "docs/rules.md is out of date; run this test with UPDATE=1");
        Ok(())
    }

    #[test]
    fn every_rule_has_its_section_and_its_line_in_the_contents() {
        let manual = manual();
        for rule in rules::all() {
            assert_eq!(manual.matches(&format!("\n### {}: {}\n", rule.code, rule.name)).count(), 1);
            assert_eq!(manual.matches(&format!("\n| [{}](#{}) |", rule.code, anchor(rule))).count(), 1);
        }
    }

    #[test]
    fn an_explanation_keeps_to_its_columns_and_names_every_source() {
        let style = Style { color: false, columns: 72, detail: Detail::Normal };
        for rule in rules::all() {
            let text = explain(rule, &style);
            assert!(rule.cites.iter().all(|cite| text.contains(cite.url)));
            let too_long = text
                .lines()
                .find(|line| line.contains(' ') && line.trim().contains(' ') && line.chars().count() > 72);
            assert_eq!(too_long, None);
            assert!(!text.contains('\u{1b}'));
        }
    }
}
