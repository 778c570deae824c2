//! `intermediate-not-presented`: the client may have left out an intermediate CA.

use crate::admission::ClientContext;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// The client may have left out an intermediate CA.
    ///
    /// ## Why it matters
    /// A server joins a client's certificate to the bundle with what the client sends along. With the root alone in the bundle, the
    /// CA between has to come from the client, and many tools write the client's certificate without it.
    ///
    /// ## How to fix
    /// Append the certificate of the issuing CA to the client's file, or add it to the bundle.
    pub(super) static RULE = {
        code: "CHN-010",
        name: "intermediate-not-presented",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc("RFC 8446", "section 4.4.2: each certificate should certify the one before it", "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2"),
            go("crypto/tls/handshake_server.go, processCertsFromClient: certificates behind the first are intermediates"),
        ],
        message: "if the issuer \"{issuer}\" is an intermediate below a CA of the bundle, its certificate is missing: the client \
                  presents {count} in all",
        help: "append the certificate of \"{issuer}\" to the client's file: cat worker.pem issuing.pem > chain.pem",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, &super::not_issued_by_bundle::RULE) {
        let Some(certificate) = refusal.certificate.filter(|certificate| !certificate.is_self_issued())
        else {
            continue;
        };
        let draft = Draft::new()
            .fact("issuer", certificate.issuer().to_string())
            .fact("count", context.presented.len());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_missing_intermediate_is_suspected() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("issuing", &root);
        let leaf = testkit::leaf("worker", &issuing);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            [
                "if the issuer \"CN=issuing,O=acme\" is an intermediate below a CA of the bundle, its certificate is missing: the client presents 1 in all"
            ]
        );
        assert!(client_messages(&RULE, &[&leaf, &issuing], &[&root]).is_empty());
        assert!(client_messages(&RULE, &[&leaf], &[&root, &issuing]).is_empty());
    }

    #[test]
    fn a_root_of_its_own_misses_nothing() {
        let other = testkit::root("other");
        assert!(client_messages(&RULE, &[&other], &[&testkit::root("one")]).is_empty());
    }
}
