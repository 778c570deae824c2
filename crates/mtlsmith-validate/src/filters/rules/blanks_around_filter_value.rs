//! `blanks-around-filter-value`: blanks at the ends of a value.

use super::TCLD;
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

rule! {
    /// A value has blanks at its ends.
    ///
    /// ## Why it matters
    /// The tools send the value as it is, blanks included. A certificate hardly ever has them, so the filter admits nobody.
    ///
    /// ## How to fix
    /// Take the blanks away.
    pub(super) static RULE = {
        code: "FLT-007",
        name: "blanks-around-filter-value",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD],
        message: "filter {filter}: {field} '{value}' has blanks at its ends, so no usual certificate passes",
        help: "write '{trimmed}'",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    let value = pattern.value();
    let trimmed = value.trim();
    if trimmed.len() == value.len() || pattern.is_blank() {
        return None; // nothing but blanks is another fault
    }
    Some(Draft::new().fact("trimmed", trimmed.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::findings;
    use crate::filters::rules::testing::messages;

    #[test]
    fn blanks_within_a_value_pass() {
        for value in ["Example Code*", "acme *", "  ", ""] {
            assert!(messages(&RULE, format!(r#"[{{"commonName":"{value}"}}]"#)).is_empty(), "{value}");
        }
    }

    #[test]
    fn blanks_at_the_ends_do_not() {
        for value in ["acme ", " acme", "\u{a0}acme"] {
            let found = findings(&RULE, format!(r#"[{{"commonName":"{value}"}}]"#));
            assert_eq!(found[0].help(), "write 'acme'");
        }
    }
}
