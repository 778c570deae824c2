//! `glued-blocks`: the END of one block and the BEGIN of the next stand on one line.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
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
use crate::rule::thread;

rule! {
    /// Two blocks share a line, and Go sees neither.
    ///
    /// ## Why it matters
    /// Joining files of which the first has no newline at its end gives `-----END CERTIFICATE----------BEGIN CERTIFICATE-----`. Go takes
    /// that for neither an END nor a BEGIN line and passes over both certificates without a word; OpenSSL and others keep one or both.
    ///
    /// ## How to fix
    /// Put each BEGIN on a line of its own, or let `mtlsmith bundle normalize` rewrite the file. When joining files, write a newline after
    /// each.
    pub(super) static RULE = {
        code: "BND-106",
        name: "glued-blocks",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("encoding/pem, Decode: an END line holds nothing behind it, a BEGIN line nothing before it"), thread("temporalio/documentation pull request 1816: start on a new line", "https://github.com/temporalio/documentation/pull/1816")],
        message: "{place} the END of one block and the BEGIN of the next, and Go passes over both: {lost}",
        help: "put each BEGIN on a line of its own: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let blocks = &context.bundle.scan.blocks;
    let mut index = 0;
    while let Some(block) = blocks.get(index) {
        if !is_glued(block) {
            index += 1;
            continue;
        }
        let count = glued_from(blocks.get(index..).unwrap_or_default());
        findings.add(Subject::Block(index), draft(context, index, count));
        index += count;
    }
}

fn is_glued(block: &Block) -> bool {
    block.skipped() == Some(&Skipped::Glued)
}

/// How many blocks hang together, each sharing a line with the next.
fn glued_from(blocks: &[Block]) -> usize {
    let hangs_on = |(block, next): &(&Block, &Block)| is_glued(next) && next.lines.first == block.lines.last;
    1 + blocks.iter().zip(blocks.iter().skip(1)).take_while(hangs_on).count()
}

fn draft(context: &Context<'_>, first: usize, count: usize) -> Draft {
    let blocks = context.bundle.scan.blocks.iter().enumerate().skip(first).take(count);
    let shared: Vec<String> =
        blocks.clone().take(count.max(2) - 1).map(|(_, block)| block.lines.last.to_string()).collect();
    let place = if shared.len() > 1 { "lines" } else { "line" };
    let hold = if shared.len() > 1 { "hold" } else { "holds" };
    let mut lost: Vec<String> =
        blocks.take(NAMED).map(|(index, block)| name(context, index, block)).collect();
    if count > NAMED {
        lost.push(format!("{} more", count - NAMED));
    }
    let mut draft = Draft::new()
        .fact(
            "place",
            format!(
                "{place} {} {hold}",
                shared.get(..shared.len().min(NAMED)).unwrap_or_default().join(", ")
            ),
        )
        .fact("lost", lost.join(", "))
        .fact("blocks", count);
    for index in (first + 1..first + count).take(NAMED) {
        draft = draft.related(Subject::Block(index), "glued to it");
    }
    draft
}

/// What is lost with this block.
fn name(context: &Context<'_>, index: usize, block: &Block) -> String {
    match context.bundle.members.iter().find(|member| member.block == Some(index)) {
        None => format!("the block that begins on line {}", block.lines.first),
        Some(member) => match member.certificate() {
            None => format!("certificate {}", member.number()),
            Some(certificate) => format!("certificate {} \"{}\"", member.number(), certificate.subject()),
        },
    }
}

/// How many of the glued blocks are named.
const NAMED: usize = 8;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn glued(names: &[&str]) -> String {
        names.iter().map(|name| testkit::root(name).pem().trim_end().to_owned()).collect()
    }

    #[test]
    fn both_certificates_are_named() {
        let line = testkit::root("a").pem().lines().count();
        let sentence = format!(
            "line {line} holds the END of one block and the BEGIN of the next, and Go passes over both: \
             certificate 1 \"CN=a,O=acme\", certificate 2 \"CN=b,O=acme\""
        );
        assert_eq!(messages(&RULE, glued(&["a", "b"])), [sentence]);
    }

    #[test]
    fn three_in_a_row_are_one_finding_and_two_pairs_are_two() {
        let found = findings(&RULE, glued(&["a", "b", "c"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].related.len(), 2);
        assert!(found[0].message().starts_with("lines "));
        let found = findings(&RULE, format!("{}\n{}", glued(&["a", "b"]), glued(&["c", "d"])));
        assert_eq!(
            found.iter().map(|finding| finding.subject).collect::<Vec<_>>(),
            [Subject::Block(0), Subject::Block(2)]
        );
    }

    #[test]
    fn nine_glued_blocks_are_named_up_to_the_eighth() {
        let names: Vec<String> = (0..9).map(|index| format!("ca {index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = messages(&RULE, glued(&names));
        assert!(
            found.len() == 1 && found[0].ends_with("certificate 8 \"CN=ca 7,O=acme\", 1 more"),
            "{found:?}"
        );
    }

    #[test]
    fn a_missing_newline_at_the_very_end_is_fine() {
        assert!(findings(&RULE, glued(&["a"])).is_empty());
    }

    #[test]
    fn eight_glued_blocks_are_all_named() {
        let names: Vec<String> = (0..8).map(|index| format!("ca {index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = messages(&RULE, glued(&names));
        assert!(found[0].ends_with("certificate 8 \"CN=ca 7,O=acme\""), "{found:?}");
        assert!(found[0].contains(" hold the END of one block"), "{found:?}");
    }
}
