//! `ca-on-path-not-yet-valid`: a CA above the client's certificate is not valid yet.

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
    /// A CA above the client's certificate is not valid yet.
    ///
    /// ## Why it matters
    /// A chain works only while all of it is valid, roots included: Temporal refuses the bundle at upload, and servers the client.
    ///
    /// ## How to fix
    /// Roll over to a CA that is valid, and issue the client's certificate below it.
    pub(super) static RULE = {
        code: "CHN-213",
        name: "ca-on-path-not-yet-valid",
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
        message: "the CA \"{name}\" ({place}) is not valid before {from}; refused by {by}",
        help: "upload a CA that is valid, and issue the client's certificate below it",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn the_ca_is_named_and_not_the_client() {
        let root = testkit::root_builder("one").not_before(testkit::NOW + 1).self_signed();
        let leaf = testkit::leaf_builder("worker")
            .not_before(testkit::NOW - 100)
            .not_after(testkit::NOW + 100)
            .signed_by(&root);
        let found = client_messages(&RULE, &[&leaf], &[&root]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the CA \"CN=one,O=acme\" (CA certificate 1 of the bundle) is not valid before 2026-06-15T00:00:01Z; refused by every server"), "{found:?}");
        let root = testkit::root_builder("one").not_before(testkit::NOW).self_signed();
        let leaf = testkit::leaf("worker", &root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }

    #[test]
    fn the_client_itself_is_another_rules() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").not_before(testkit::NOW + 1).signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }
}
