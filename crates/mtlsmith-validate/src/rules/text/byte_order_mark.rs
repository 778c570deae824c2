//! `byte-order-mark`: the text starts with a UTF-8 byte-order mark.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::pem::Body;
use crate::pem::Skipped;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// A byte-order mark hides the first certificate from Go.
    ///
    /// ## Why it matters
    /// Some Windows editors write the bytes `EF BB BF` at the start of a file. Temporal's tools are Go programs, and Go finds a
    /// BEGIN line only at the start of the text or of a line: the first certificate is passed over without a word, while OpenSSL
    /// reads the file as if nothing were wrong.
    ///
    /// ## How to fix
    /// Save the file as UTF-8 without byte-order mark, or let `mtlsmith bundle normalize` rewrite it.
    pub(super) static RULE = {
        code: "BND-005",
        name: "byte-order-mark",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: a BEGIN line stands at offset 0 or behind a newline")],
        message: "a byte-order mark before the first certificate makes Temporal's tools pass over it in silence",
        help: "rewrite the file without it: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let hidden =
        context.bundle.scan.blocks.iter().position(
            |block| matches!(&block.body, Body::Skipped { why, .. } if *why == Skipped::ByteOrderMark),
        );
    if let Some(block) = hidden {
        findings.add(Subject::Block(block), Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;

    #[test]
    fn a_mark_before_begin_is_flagged_at_the_block() {
        let found = findings(&RULE, format!("\u{feff}{}", testkit::root("a").pem()));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, Subject::Block(0));
    }

    #[test]
    fn a_mark_before_other_text_hides_nothing() {
        assert!(findings(&RULE, format!("\u{feff}our bundle\n{}", testkit::root("a").pem())).is_empty());
    }

    #[test]
    fn plain_text_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
