//! `client-certificate-not-yet-valid`: the client's certificate is not valid yet.

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
    /// The client's certificate is not valid yet.
    ///
    /// ## Why it matters
    /// Servers refuse a certificate before its first second. A clock that runs ahead where certificates are issued is the usual
    /// cause.
    ///
    /// ## How to fix
    /// Wait, correct the clock of the issuer, or issue the certificate with an earlier beginning.
    pub(super) static RULE = {
        code: "EE-107",
        name: "client-certificate-not-yet-valid",
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
        message: "the client's certificate \"{name}\" is not valid before {from}; refused by {by}",
        help: "wait until {from}, or issue it with a beginning some minutes in the past",
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
    fn the_second_that_counts_is_the_first() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").not_before(testkit::NOW).signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());

        assert_eq!(
            client_messages_at(&RULE, &[&leaf], &[&root], testkit::NOW - 1),
            [
                "the client's certificate \"CN=worker,O=acme\" is not valid before 2026-06-15T00:00:00Z; refused by every server"
            ]
        );
    }
}
