//! `mismatched-labels`: BEGIN and END of a block name different labels.

use crate::finding::Draft;
use crate::pem::Block;
use crate::pem::Skipped;
use crate::pem::shown_label;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc7468;
use crate::rule::rule;

rule! {
    /// BEGIN and END of a block name different labels.
    ///
    /// ## Why it matters
    /// Go passes over such a block without a word, and so do Temporal's tools. Often one block was pasted into another.
    ///
    /// ## How to fix
    /// Write the same label on both lines, or copy the block anew from its source.
    pub(super) static RULE = {
        code: "BND-109",
        name: "mismatched-labels",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: the END line repeats the label"), rfc7468("section 3: the labels must be the same")],
        message: "the block begins as \"{begin}\" on line {line} and ends as \"{end}\", and Go passes over it",
        help: "write the same label on both lines, CERTIFICATE for a certificate; if two blocks were cut together, copy both anew",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let Some(Skipped::LabelMismatch(end)) = block.skipped() else { return None };
    if block.is_private_key() {
        return None; // it has to go in any case, and the other label may be a part of the key
    }
    let draft = Draft::new().fact("begin", block.shown_label()).fact("line", block.lines.first);
    Some(draft.fact("end", shown_label(end)))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn both_labels_are_named() {
        let pem = testkit::root("a").pem().replace("BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE");
        assert_eq!(
            messages(&RULE, pem),
            [
                "the block begins as \"TRUSTED CERTIFICATE\" on line 1 and ends as \"CERTIFICATE\", and Go passes over it"
            ]
        );
    }

    #[test]
    fn one_letter_is_enough() {
        let pem = testkit::root("a").pem();
        assert_eq!(findings(&RULE, pem.replace("END CERTIFICATE", "END CERTIFICATES")).len(), 1);
        assert_eq!(findings(&RULE, pem.replace("END CERTIFICATE", "END Certificate")).len(), 1);
    }

    #[test]
    fn any_label_that_stands_twice_is_fine() {
        assert!(findings(&RULE, testkit::pem_block("X509 CRL", b"list")).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn a_private_key_is_left_to_its_own_rule() {
        let text = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END SECRETSECRET-----\n";
        assert!(findings(&RULE, text).is_empty());
    }
}
