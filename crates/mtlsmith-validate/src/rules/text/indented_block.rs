//! `indented-block`: the BEGIN or END line of a block is indented.

use crate::finding::Draft;
use crate::pem::Block;
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
    /// A block is indented, and Go does not see it.
    ///
    /// ## Why it matters
    /// A block copied out of a YAML file keeps the indentation. Temporal's tools are Go programs, and Go passes over a block whose BEGIN
    /// or END line does not start with its hyphens, without a word.
    ///
    /// ## How to fix
    /// Remove the blanks before BEGIN and END, or let `mtlsmith bundle normalize` rewrite the file.
    pub(super) static RULE = {
        code: "BND-006",
        name: "indented-block",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: BEGIN and END stand at the start of a line")],
        message: "the block on lines {first} to {last} is indented, and Go finds BEGIN and END at the start of a line only",
        help: "remove the blanks: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let indented = block.skipped() == Some(&Skipped::Indented);
    indented.then(|| Draft::new().fact("first", block.lines.first).fact("last", block.lines.last))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_block_out_of_yaml_is_flagged() {
        let pem = testkit::root("a").pem();
        let indented = pem.replace("\n", "\n  ");
        let found = messages(&RULE, format!("ca:\n  {indented}"));
        let last = pem.lines().count() + 1;
        let sentence = format!(
            "the block on lines 2 to {last} is indented, and Go finds BEGIN and END at the start of a line only"
        );
        assert_eq!(found, [sentence]);
    }

    #[test]
    fn an_indented_end_line_is_enough() {
        let pem = testkit::root("a").pem().replace("-----END", "\t-----END");
        assert_eq!(findings(&RULE, pem).len(), 1);
    }

    #[test]
    fn indented_base64_is_read() {
        let pem = testkit::root("a").pem().replace("\nMII", "\n  MII");
        assert!(pem.contains("  MII") && findings(&RULE, pem).is_empty());
    }
}
