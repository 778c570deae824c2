//! `blocks-not-read`: the text holds more blocks than are read.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::temporal_limits;

rule! {
    /// The text holds more blocks than are read.
    ///
    /// ## Why it matters
    /// A Namespace takes 16 certificates. The check reads the first 64 blocks, which is enough to say what to drop, and only counts the
    /// others: nothing is known about them.
    ///
    /// ## How to fix
    /// Split the file, and keep the CA certificates that client certificates really chain to.
    pub(super) static RULE = {
        code: "BND-121",
        name: "blocks-not-read",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: 16 CA certificates"), temporal_limits("Certificates: 16 CA certificates per Namespace")],
        message: "the text holds {blocks} blocks, and the check stopped behind the first {read}",
        help: "split the file; a Namespace takes {limit} certificates",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let scan = &context.bundle.scan;
    if scan.unread == 0 {
        return;
    }
    let draft = Draft::new()
        .fact("blocks", scan.blocks.len() + scan.unread)
        .fact("read", scan.blocks.len())
        .fact("limit", context.profile.limits.certificates);
    findings.add(Subject::Bundle, draft);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn blocks(count: usize) -> String {
        testkit::pem_block("CERTIFICATE", b"junk").repeat(count)
    }

    #[test]
    fn sixty_four_blocks_are_read() {
        assert!(findings(&RULE, blocks(64)).is_empty());
    }

    #[test]
    fn the_sixty_fifth_is_counted() {
        let sentence = "the text holds 65 blocks, and the check stopped behind the first 64";
        assert_eq!(messages(&RULE, blocks(65)), [sentence]);
        assert_eq!(
            findings(&RULE, blocks(65))[0].help(),
            "split the file; a Namespace takes 16 certificates"
        );
    }
}
