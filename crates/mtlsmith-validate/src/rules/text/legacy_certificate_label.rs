//! `legacy-certificate-label`: a certificate is labelled `X509 CERTIFICATE`.

use crate::finding::Draft;
use crate::pem::Block;
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
    /// A certificate bears the old label `X509 CERTIFICATE`.
    ///
    /// ## Why it matters
    /// Temporal's command-line tools and Terraform do not look at the label, so they take the certificate. Go's own certificate pool takes
    /// blocks labelled `CERTIFICATE` alone and would leave it out in silence.
    ///
    /// ## How to fix
    /// Write `CERTIFICATE` on both lines, or let `mtlsmith bundle normalize` do it.
    pub(super) static RULE = {
        code: "BND-111",
        name: "legacy-certificate-label",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 cert_pool.go, AppendCertsFromPEM: blocks labelled CERTIFICATE alone"), rfc7468("section 5.1: the label CERTIFICATE; section 5.3: X509 CERTIFICATE is obsolete")],
        message: "the block on lines {first} to {last} is labelled \"{label}\" instead of \"CERTIFICATE\"",
        help: "write today's label: mtlsmith bundle normalize FILE --output new.pem",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let legacy = block.label == "X509 CERTIFICATE";
    legacy.then(|| {
        Draft::new()
            .fact("first", block.lines.first)
            .fact("last", block.lines.last)
            .fact("label", "X509 CERTIFICATE")
    })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;

    #[test]
    fn the_old_label_is_flagged() {
        let found = findings(&RULE, testkit::pem_block("X509 CERTIFICATE", testkit::root("a").der()));
        assert_eq!(found.len(), 1);
        assert!(found[0].message().ends_with("is labelled \"X509 CERTIFICATE\" instead of \"CERTIFICATE\""));
    }

    #[test]
    fn todays_label_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
