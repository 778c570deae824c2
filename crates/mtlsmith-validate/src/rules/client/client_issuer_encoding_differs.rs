//! `client-issuer-encoding-differs`: the issuer of the client's certificate is named like a CA, but in other bytes.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::look_alike;
use super::refusal::refusals;

rule! {
    /// The issuer of the client's certificate is named like a CA, but in other bytes.
    ///
    /// ## Why it matters
    /// Go links certificates by the bytes of their names. The same letters as UTF8String and as PrintableString, or in another
    /// case, are two names to it, while OpenSSL takes them for one. It happens when a CA is made again with another tool.
    ///
    /// ## How to fix
    /// Issue the client's certificate again with the CA's certificate of the bundle at hand, so that its name is copied.
    pub(super) static RULE = {
        code: "CHN-106",
        name: "client-issuer-encoding-differs",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509/verify.go, isValid: raw issuer and subject are compared byte for byte"),
            rfc5280("section 4.1.2.4: the issuer's name in the encoding of its own certificate"),
        ],
        message: "the issuer \"{issuer}\" of \"{name}\" reads like {other}, but is written in other bytes; refused by {by}",
        help: "issue it again with the CA of the bundle at hand: mtlsmith sign worker.csr --cn worker --ca-cert ca.pem --ca-key ca.key \
               > worker.pem",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let Some(certificate) = refusal.certificate else { continue };
        let Some((place, _)) = look_alike(context, certificate.issuer()) else { continue };
        let draft =
            refusal.draft().fact("issuer", certificate.issuer().to_string()).fact("other", place.to_string());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn another_case_of_letters_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").issuer_name("O=ACME,CN=one").signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(
            "the issuer \"CN=one,O=ACME\" of \"CN=worker,O=acme\" reads like CA certificate 1 of the bundle, but"
        ));
        let other = testkit::leaf("worker", &testkit::root("two"));
        assert!(client_messages(&RULE, &[&other], &[&root]).is_empty());
    }
}
