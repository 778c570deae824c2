//! `client-path-too-complex`: there are more possible chains above the client's certificate than servers follow.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// There are more possible chains above the client's certificate than servers follow.
    ///
    /// ## Why it matters
    /// Go gives up after 100 issuers considered for one certificate. Many CAs of the same name and cross-signed CAs make each of
    /// them a fork.
    ///
    /// ## How to fix
    /// Give each CA a name of its own, and take those that nobody uses out of the bundle.
    pub(super) static RULE = {
        code: "CHN-032",
        name: "client-path-too-complex",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/verify.go: maxChainSignatureChecks is 100")],
        message: "the search for a chain above \"{name}\" ({place}) ran into its limit; refused by {by}",
        help: "give each CA a name of its own, and take unused ones out of the bundle",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        findings.add(refusal.subject(), refusal.draft());
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_hundred_namesakes_are_too_many() {
        let signer = testkit::root_builder("ca").key(Key::p256("signer")).self_signed();
        let namesake = |number: usize| {
            testkit::root_builder("ca")
                .key(Key::p256(&format!("namesake {}", number % 4)))
                .serial(&[1, u8::try_from(number).unwrap()])
                .no_ski()
        };
        let others: Vec<testkit::Certificate> =
            (0..60).map(|number| namesake(number).self_signed()).collect();
        let middle: Vec<testkit::Certificate> = others
            .iter()
            .map(|other| {
                testkit::intermediate_builder("middle")
                    .ca(None)
                    .key(Key::p256("middle"))
                    .no_aki()
                    .signed_by(other)
            })
            .collect();
        let leaf = testkit::leaf("worker", &middle[0]);
        let bundle: Vec<&testkit::Certificate> =
            middle.iter().chain(&others).chain([&signer]).take(64).collect();
        let found = client_messages(&RULE, &[&leaf], &bundle);
        assert!(found.len() <= 1);
    }
}
