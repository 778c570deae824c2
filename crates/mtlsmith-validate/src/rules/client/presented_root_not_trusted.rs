//! `presented-root-not-trusted`: the client's chain ends in a root that is not in the bundle.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::openssl;
use super::refusal::tell;

rule! {
    /// The client's chain ends in a root that is not in the bundle.
    ///
    /// ## Why it matters
    /// The file is complete, from the client up to a root, but the Namespace trusts other roots. What a client presents can fill a
    /// gap below the bundle; it cannot add trust.
    ///
    /// ## How to fix
    /// Add the root to the Namespace's bundle, or have the client's certificate issued by a CA of the bundle.
    pub(super) static RULE = {
        code: "CHN-134",
        name: "presented-root-not-trusted",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: issued by a CA of the Namespace's bundle"),
            openssl("X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN"),
        ],
        message: "the chain ends in the root \"{name}\" ({place}), which is not in the bundle; refused by {by}",
        help: "add the root to the bundle: mtlsmith bundle add bundle.pem root.pem --output new.pem",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_root_of_the_clients_own_is_told() {
        let (root, other) = (testkit::root("one"), testkit::root("other"));
        let leaf = testkit::leaf("worker", &other);
        assert_eq!(
            client_messages(&RULE, &[&leaf, &other], &[&root]),
            [
                "the chain ends in the root \"CN=other,O=acme\" (certificate 2 of the client's file), which is not in the bundle; refused by every server"
            ]
        );
        assert!(client_messages(&RULE, &[&leaf, &other], &[&root, &other]).is_empty());
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty(), "nobody knows what stands above");
    }
}
