//! `escaped-line-ends`: line ends are written as the two characters `\n`.

use crate::finding::Findings;
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
    /// Line ends are spelled as the two characters `\n`.
    ///
    /// ## Why it matters
    /// Text that went through JSON, an environment variable or a template often keeps its line ends escaped. The file is then one single
    /// line, on which Go recognises neither BEGIN nor END.
    ///
    /// ## How to fix
    /// Unescape the text where it is made, such as with `printf '%b'` or `jq -r`, or let `mtlsmith bundle normalize` rewrite the file.
    pub(super) static RULE = {
        code: "BND-107",
        name: "escaped-line-ends",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: a line ends with a line feed")],
        message: "the text spells its line ends as the two characters \\n, so Go passes over {lost} of its {blocks} blocks",
        help: "write real line ends where the text is made, or: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    super::tell_skipped(context, &Skipped::EscapedNewlines, findings);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_text_out_of_json_is_one_finding() {
        let text = testkit::bundle(&[&testkit::root("a"), &testkit::root("b")]).replace('\n', "\\n");
        let found = messages(&RULE, text);
        assert_eq!(
            found,
            ["the text spells its line ends as the two characters \\n, so Go passes over 2 of its 2 blocks"]
        );
    }

    #[test]
    fn the_certificate_is_still_read_behind_them() {
        let text = testkit::root("a").pem().replace('\n', "\\n");
        assert!(crate::bundle::Bundle::read(text.as_bytes()).members[0].certificate().is_some());
    }

    #[test]
    fn real_line_ends_are_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
