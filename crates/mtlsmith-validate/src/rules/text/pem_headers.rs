//! `pem-headers`: a block carries header lines.

use crate::finding::Draft;
use crate::pem::Block;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rfc7468;
use crate::rule::rule;

rule! {
    /// A block carries header lines such as `Proc-Type`.
    ///
    /// ## Why it matters
    /// Headers of RFC 1421 belong to encrypted keys. Go's certificate pool leaves out every block that has one, without a word, while
    /// Temporal's command-line tools take the certificate.
    ///
    /// ## How to fix
    /// Delete the lines with a colon and the blank line behind them, or let `mtlsmith bundle normalize` rewrite the file. If `DEK-Info` is
    /// among them the content is encrypted: hand in the certificate as it was before.
    pub(super) static RULE = {
        code: "BND-012",
        name: "pem-headers",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 cert_pool.go, AppendCertsFromPEM: blocks with headers are left out"), rfc("RFC 1421", "section 4.6: Proc-Type and DEK-Info", "https://www.rfc-editor.org/rfc/rfc1421"), rfc7468("section 2: no headers")],
        message: "the block on lines {first} to {last} carries header lines ({headers}), and Go's certificate pool takes blocks with none",
        help: "take the header lines out: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    if block.headers == 0 || block.is_private_key() {
        return None; // a key with headers is above all a key
    }
    let draft = Draft::new().fact("first", block.lines.first).fact("last", block.lines.last);
    Some(draft.fact("headers", block.headers))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn headed(headers: &str) -> String {
        testkit::root("a").pem().replacen("-----\n", &format!("-----\n{headers}"), 1)
    }

    #[test]
    fn header_lines_are_counted() {
        let found = messages(&RULE, headed("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"));
        assert!(found.len() == 1 && found[0].contains("carries header lines (2)"), "{found:?}");
        assert_eq!(findings(&RULE, headed("a:\n")).len(), 1);
    }

    #[test]
    fn attributes_before_the_block_are_no_headers() {
        let text = format!("Bag Attributes\n  friendlyName: a\n{}", testkit::root("a").pem());
        assert!(findings(&RULE, text).is_empty());
        assert!(findings(&RULE, headed("")).is_empty());
    }

    #[test]
    fn an_encrypted_key_is_left_to_the_rule_about_keys() {
        let key = testkit::Key::p256("ca a").traditional_pem();
        assert!(findings(&RULE, key.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1)).is_empty());
    }
}
