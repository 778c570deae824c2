//! `client-unhandled-critical-extension`: a certificate of the client's chain has a critical extension that servers do not handle.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::path::PathFaultKind;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// A certificate of the client's chain has a critical extension that servers do not handle.
    ///
    /// ## Why it matters
    /// "Critical" tells every reader to refuse a certificate whose extension it does not understand, and TLS servers do.
    ///
    /// ## How to fix
    /// Issue the certificate again without the extension, or with it not marked critical.
    pub(super) static RULE = {
        code: "CHN-027",
        name: "client-unhandled-critical-extension",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2: a critical extension that is not recognized"),
            go("crypto/x509/verify.go, isValid: UnhandledCriticalExtension"),
        ],
        message: "{place}, \"{name}\", has the critical extension {extension}; refused by {by}",
        help: "issue it again without extension {extension}, or with it not marked critical",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let (PathFaultKind::UnhandledCriticalExtension(kind) | PathFaultKind::UnknownCriticalExtension(kind)) =
            &refusal.fault.kind
        else {
            continue;
        };
        let draft = refusal.draft().fact("extension", kind.clone());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_unknown_critical_extension_is_told_wherever_it_stands() {
        let root = testkit::root("one");
        let odd = |builder: testkit::CertificateBuilder, critical| {
            builder.extension(oid::PRIVATE_EXTENSION, critical, der::null())
        };
        let leaf = odd(testkit::leaf_builder("worker"), true).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            [
                "certificate 1 of the client's file, \"CN=worker,O=acme\", has the critical extension 1.3.6.1.4.1.99999.1; refused by every server"
            ]
        );
        let root = odd(testkit::root_builder("one"), true).self_signed();
        assert!(
            client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root])[0].contains("of the bundle")
        );
        let root = testkit::root("one");
        let leaf = odd(testkit::leaf_builder("worker"), false).signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }
}
