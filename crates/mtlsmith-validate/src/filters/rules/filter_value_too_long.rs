//! `filter-value-too-long`: a value longer than names usually are.

use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::Pattern;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A value is longer than 255 bytes.
    ///
    /// ## Why it matters
    /// How long a value may be is not documented. A DNS name has at most 253 characters and a common name 64, so a longer value
    /// matches no usual certificate.
    ///
    /// ## How to fix
    /// Shorten the value; a star at its end stands for the rest.
    pub(super) static RULE = {
        code: "FLT-114",
        name: "filter-value-too-long",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate filters"), rfc5280("appendix A: upper bounds of names")],
        message: "filter {filter}: {field} has {bytes} bytes, and {limit} is the most to rely on",
        help: "shorten the value; a star at its end stands for the rest",
        check: Check::EachPattern(check),
    }
}

fn check(_: &Filter, _: Field, pattern: &Pattern) -> Option<Draft> {
    let bytes = pattern.value().len();
    (bytes > LIMIT).then(|| Draft::new().fact("bytes", bytes).fact("limit", LIMIT))
}

/// The longest value to rely on, in bytes.
const LIMIT: usize = 255;

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::filters::rules::testing::messages;

    fn long(bytes: usize) -> String {
        format!(r#"[{{"commonName":"{}"}}]"#, "a".repeat(bytes))
    }

    #[test]
    fn two_hundred_and_fifty_five_bytes_pass() {
        assert!(messages(&RULE, long(255)).is_empty());
    }

    #[test]
    fn one_more_does_not() {
        let found = messages(&RULE, long(256));
        assert_eq!(found, ["1: filter 1: commonName has 256 bytes, and 255 is the most to rely on"]);
    }
}
