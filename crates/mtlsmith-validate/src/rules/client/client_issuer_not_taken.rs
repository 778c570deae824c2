//! `client-issuer-not-taken`: the CA that issued the client's certificate is there, but servers do not take it.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::namesakes;
use super::refusal::refusals;

rule! {
    /// The CA that issued the client's certificate is there, but servers do not take it.
    ///
    /// ## Why it matters
    /// Go passes over a certificate that it cannot read, or that stands under another label than CERTIFICATE, without a word. The
    /// CA is in the file and yet not in the pool, so the client looks as if nobody had issued it.
    ///
    /// ## How to fix
    /// Check the bundle: the rules about it say what is wrong with the CA. Then upload a CA that can be read, and issue the
    /// client's certificate below it.
    pub(super) static RULE = {
        code: "CHN-037",
        name: "client-issuer-not-taken",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/cert_pool.go, AppendCertsFromPEM: blocks and certificates that it cannot read are passed over")],
        message: "the issuer of \"{name}\" is {ca}, \"{issuer}\", which cannot be read or is passed over; refused by {by}",
        help: "see what is wrong with the CA: mtlsmith bundle check bundle.pem",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let Some(certificate) = refusal.certificate else { continue };
        let Some((place, ca)) = namesakes(context, certificate.issuer()).next() else { continue };
        let draft = refusal.draft().fact("ca", place.to_string()).fact("issuer", ca.subject().to_string());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;
    use crate::rules::testing::said;

    #[test]
    fn a_ca_that_go_cannot_read_is_told_once() {
        let root = testkit::root_builder("one").key(Key::from_spki(spki::secp256k1())).self_signed();
        let leaf = testkit::leaf("worker", &root);
        let report = client_report(leaf.pem(), &[&root], |_| ());
        let found = said(&RULE, &report);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("the issuer of \"CN=worker,O=acme\" is CA certificate 1 of the bundle, \"CN=one,O=acme\", which"),
            "{found:?}"
        );
        assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
        let other = testkit::root("two");
        assert!(client_messages(&RULE, &[&leaf], &[&other]).is_empty());
    }
}
