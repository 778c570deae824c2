//! `misplaced-wildcard`: a star where none may stand.

use super::CLOUD_API;
use crate::filters::Field;
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
    /// A wildcard stands where none may stand.
    ///
    /// ## Why it matters
    /// A value may hold one `*`, as its first or its last character, and not alone. Temporal Cloud refuses every other place.
    ///
    /// ## How to fix
    /// Keep one star at one end: `*.example.com` or `worker-*`. To ask nothing of a field, leave it out.
    pub(super) static RULE = {
        code: "FLT-004",
        name: "misplaced-wildcard",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: wildcards"), CLOUD_API],
        message: "filter {filter}: the wildcard in {field} '{value}' stands where none may stand",
        help: "{repair}",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    let value = pattern.value();
    // A star behind a leading dot is a case of its own: `leading-dot-wildcard`.
    let one_at_the_end = value.ends_with('*') && value.matches('*').count() == 1 && value.len() > 1;
    if pattern.kind() != PatternKind::Unusable || one_at_the_end {
        return None;
    }
    let repair = match value {
        "*" => "leave the field out: a field that is not set admits every value",
        _ => "keep one star, as the first or the last character",
    };
    Some(Draft::new().fact("repair", repair))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn a_star_at_one_end_passes() {
        for value in ["*.example.com", "Example Code*", "a", "*a", ".example.*"] {
            assert!(messages(&RULE, format!(r#"[{{"commonName":"{value}"}}]"#)).is_empty(), "{value}");
        }
    }

    #[test]
    fn any_other_place_does_not() {
        for value in ["*", "**", "*a*", "code.*.com", "a**"] {
            let found = messages(&RULE, format!(r#"[{{"organization":"{value}"}}]"#));
            assert_eq!(
                found,
                [format!("1: filter 1: the wildcard in organization '{value}' stands where none may stand")]
            );
        }
    }

    #[test]
    fn a_star_alone_is_better_left_out() {
        let help = |value: &str| {
            let text = format!(r#"[{{"organization":"{value}"}}]"#);
            crate::filters::rules::testing::findings(&RULE, text)[0].help()
        };
        assert!(help("*").contains("leave the field out"), "{}", help("*"));
        assert!(help("a*b").contains("keep one star"), "{}", help("a*b"));
    }
}
