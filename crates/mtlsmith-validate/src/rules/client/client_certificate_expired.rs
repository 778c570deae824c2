//! `client-certificate-expired`: the client's certificate has expired.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::refusal::tell;

rule! {
    /// The client's certificate has expired.
    ///
    /// ## Why it matters
    /// A client with an expired certificate cannot connect, and its workflows stand still. Temporal sends no mail about client
    /// certificates.
    ///
    /// ## How to fix
    /// Issue a new certificate; the CA and its bundle stay as they are.
    pub(super) static RULE = {
        code: "EE-007",
        name: "client-certificate-expired",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Expiration"),
            TCLD_406,
            go("crypto/x509/verify.go, isValid: both ends of the validity count as valid"),
        ],
        message: "the client's certificate \"{name}\" expired at {until}; refused by {by}",
        help: "issue a new certificate, and have it renewed when two thirds of its lifetime are over",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_messages_at;

    #[test]
    fn the_second_that_counts_is_the_one_behind_the_last() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").not_after(testkit::NOW).signed_by(&root);
        assert!(client_messages_at(&RULE, &[&leaf], &[&root], testkit::NOW - 1).is_empty());
        let last = client_messages(&RULE, &[&leaf], &[&root]);
        assert!(
            last[0].ends_with("refused by an OpenSSL-family server"),
            "Go counts the last second as valid"
        );
        assert_eq!(
            client_messages_at(&RULE, &[&leaf], &[&root], testkit::NOW + 1),
            [
                "the client's certificate \"CN=worker,O=acme\" expired at 2026-06-15T00:00:00Z; refused by every server"
            ]
        );
    }

    #[test]
    fn every_server_refuses_an_expired_client_whatever_else_it_comes_upon_first() {
        let leaf =
            testkit::leaf_builder("worker").not_after(testkit::NOW - 1).signed_by(&testkit::root("one"));
        let found = client_messages(&RULE, &[&leaf], &[&testkit::root("other")]);
        assert!(found[0].ends_with("; refused by every server"), "{found:?}");
    }
}
