//! The report on certificate filters for people at a terminal.

use std::borrow::Cow;

use mtlsmith_validate::Verdict;
use mtlsmith_validate::filters::FilterFinding;
use mtlsmith_validate::filters::FilterReport;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::rule::Date;

use super::layout::count;
use super::listing;
use super::listing::FACT_COLUMNS;
use super::listing::KEY_COLUMNS;
use super::listing::Listed;
use super::listing::Page;
use crate::Style;
use crate::defuse;
use crate::verdict::word;

/// The report on one file of filters, judged by the rules of a day; the verdict alone when little is asked for.
pub fn render(name: &str, report: &FilterReport, ruleset: Date, style: &Style) -> String {
    let set = &report.set;
    let verdict = report.verdict();
    let page = Page {
        name,
        contents: format!("{}, {}", count(set.filters.len(), "filter"), set.shape.as_str()),
        listed: report.findings.iter().map(listed).collect(),
        aside: String::new(),
        verdict,
        word: word(verdict),
        meaning: meaning(report).to_owned(),
        rules_run: report.rules_run,
        ruleset,
        now: None,
    };
    listing::render(page, style)
}

fn listed(finding: &FilterFinding) -> Listed {
    let harmless = harmless_filter_finding(finding);
    Listed {
        rule: finding.rule,
        line: finding.line,
        origin: None,
        within: None,
        message: harmless.message(),
        help: harmless.help(),
    }
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

/// Letters of a key, and of the words and marks in which the library names several.
fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.,` ".contains(letter) && letter != '\n'
}

#[cfg(test)]
mod tests {
    use mtlsmith_validate::filters::check_filters;
    use mtlsmith_validate::profile::NEWEST_RULESET;

    use super::*;
    use crate::Detail;

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
