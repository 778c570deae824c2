//! `not-issued-by-bundle`: no CA of the bundle issued the client's certificate.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::refusal::refusals;

rule! {
    /// No CA of the bundle issued the certificate, and none that the client presents links it to one.
    ///
    /// ## Why it matters
    /// A client gets in through the CAs of its Namespace's bundle alone. The client sees "connection closed before server preface
    /// received" or "bad certificate", and nothing that names the CA.
    ///
    /// ## How to fix
    /// If the CA is missing from the bundle, add it. If the certificate belongs to another Namespace, issue one below a CA of this
    /// one. If an intermediate is missing, append it to the client's certificate file.
    pub(super) static RULE = {
        code: "CHN-009",
        name: "not-issued-by-bundle",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: issued by a CA of the Namespace's bundle"),
            go("crypto/tls/handshake_server.go, processCertsFromClient"),
        ],
        message: "the issuer of \"{name}\" is \"{issuer}\", and neither the bundle nor the client's file has a CA of that name; the bundle's are {cas}; refused by {by}",
        help: "add the CA to the bundle (mtlsmith bundle add bundle.pem ca.pem), or append the missing intermediate to the client's file",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let issuer = refusal.certificate.map(|certificate| certificate.issuer().to_string());
        let draft = refusal.draft().fact("issuer", issuer.unwrap_or_default()).fact("cas", cas(context));
        findings.add(refusal.subject(), draft);
    }
}

/// The CAs of the bundle, so that one sees whether the certificate belongs elsewhere.
fn cas(context: &ClientContext<'_>) -> String {
    let names = context.trust.bundle().certificates().map(|ca| format!("\"{}\"", ca.subject()));
    let mut names: Vec<String> = names.collect();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    match (names.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

/// How many CAs are named.
const NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn names_the_issuer_that_is_missing() {
        let (root, other) = (testkit::root("one"), testkit::root("two"));
        let leaf = testkit::leaf("worker", &other);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            [
                "the issuer of \"CN=worker,O=acme\" is \"CN=two,O=acme\", and neither the bundle nor the client's file has a CA of that name; the bundle's are \"CN=one,O=acme\"; refused by every server"
            ]
        );
        assert!(client_messages(&RULE, &[&leaf], &[&root, &other]).is_empty());
    }

    #[test]
    fn three_cas_of_the_bundle_are_named_and_the_others_counted() {
        let leaf = testkit::leaf("worker", &testkit::root("two"));
        let roots: Vec<testkit::Certificate> =
            (0..4).map(|number| testkit::root(&format!("ca {number}"))).collect();
        let all: Vec<&testkit::Certificate> = roots.iter().collect();
        let found = client_messages(&RULE, &[&leaf], &all);
        assert!(found[0].contains(
            "the bundle's are \"CN=ca 0,O=acme\", \"CN=ca 1,O=acme\", \"CN=ca 2,O=acme\" and 1 more;"
        ));
        let found = client_messages(&RULE, &[&leaf], &all[..3]);
        assert!(found[0].contains("\"CN=ca 2,O=acme\"; refused by every server"));
        assert!(client_messages(&RULE, &[&leaf], &[])[0].contains("the bundle's are none;"));
    }
}
