//! `overly-broad-filter`: a filter that asks for one character or less.

use crate::filters::Filter;
use crate::filters::Pattern;
use crate::filters::PatternKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A filter asks for one character or less.
    ///
    /// ## Why it matters
    /// A wildcard with a stem of one character admits a large part of all names, also of certificates that will only be issued
    /// one day.
    ///
    /// ## How to fix
    /// Write more of the name before the star, or set a second field.
    pub(super) static RULE = {
        code: "FLT-010",
        name: "overly-broad-filter",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters")],
        message: "filter {filter} asks for hardly anything: {filter_text}",
        help: "write more of the name, or set a second field",
        check: Check::EachFilter(check),
    }
}

fn check(filter: &Filter) -> Option<Draft> {
    if filter.admits_nobody() || !filter.patterns().all(|(_, pattern)| is_broad(pattern)) {
        return None;
    }
    Some(Draft::new().fact("filter_text", filter.to_string()))
}

/// A wildcard with at most one letter or digit beside it: `a*`, `*.`, `*-1`.
fn is_broad(pattern: &Pattern) -> bool {
    let telling = pattern.stem().chars().filter(|character| character.is_alphanumeric());
    pattern.kind() != PatternKind::Exact && telling.take(2).count() < 2
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn two_characters_a_whole_value_or_a_second_field_pass() {
        for text in [
            r#"[{"commonName":"ab*"}]"#,
            r#"[{"commonName":"a"}]"#,
            r#"[{"commonName":"a*","organization":"o"}]"#,
        ] {
            assert!(messages(&RULE, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn one_character_is_hardly_anything() {
        let text = r#"[{"commonName":"a*"},{"subjectAlternativeName":"*."},{"commonName":"a*","organization":"*-1"}]"#;
        let found = messages(&RULE, text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], "1: filter 1 asks for hardly anything: commonName=a*");
    }
}
