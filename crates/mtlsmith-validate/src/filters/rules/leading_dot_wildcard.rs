//! `leading-dot-wildcard`: a star behind a value that begins with a dot.

use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::Pattern;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A value begins with a dot and ends with a star.
    ///
    /// ## Why it matters
    /// Temporal lists `.example.*` among the invalid values, although it follows the rule that the same page states. Whether it
    /// is refused is not known, so it is not to be relied on.
    ///
    /// ## How to fix
    /// Write `example.*` to match what begins so, or `*.example.com` to match what ends so.
    pub(super) static RULE = {
        code: "FLT-005",
        name: "leading-dot-wildcard",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters: invalid examples")],
        message: "filter {filter}: {field} '{value}' begins with a dot and ends with a star, which is documented as invalid",
        help: "write the value without its leading dot, or with the star in front of it",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    let value = pattern.value();
    let invalid = value.starts_with('.') && value.ends_with('*') && value.matches('*').count() == 1;
    invalid.then(Draft::new)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    #[test]
    fn a_dot_or_a_star_alone_passes() {
        for value in [".example", "example.*", "*.example", ".a*b*"] {
            assert!(messages(&RULE, format!(r#"[{{"commonName":"{value}"}}]"#)).is_empty(), "{value}");
        }
    }

    #[test]
    fn both_do_not() {
        let found = messages(&RULE, r#"[{"commonName":".example.*"}]"#);
        assert!(found[0].contains("'.example.*' begins with a dot and ends with a star"), "{found:?}");
    }
}
