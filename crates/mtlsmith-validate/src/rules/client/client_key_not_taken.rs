//! `client-key-not-taken`: a server takes no key of the kind that the client presents.

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
    /// A server takes no key of the kind that the client presents.
    ///
    /// ## Why it matters
    /// A client proves itself with the key of its certificate. Go's TLS takes plain RSA, ECDSA and Ed25519 from clients; keys that
    /// are bound to RSA-PSS by their identifier are none of these.
    ///
    /// ## How to fix
    /// Make a key on P-256 or P-384, or plain RSA, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "CHN-031",
        name: "client-key-not-taken",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls/handshake_server.go, processCertsFromClient: RSA, ECDSA or Ed25519")],
        message: "the key of \"{name}\" ({place}) is {key}, which handshakes do not take from clients; refused by {by}",
        help: "make another key: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let key = refusal.certificate.map(|certificate| certificate.key().to_string()).unwrap_or_default();
        let draft = refusal.draft().fact("key", key);
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

    #[test]
    fn a_key_for_pss_alone_is_told() {
        let root = testkit::root("one");
        let with = |key| testkit::leaf_builder("worker").key(key).signed_by(&root);
        let found = client_messages(&RULE, &[&with(Key::from_spki(spki::rsa_pss_oid()))], &[&root]);
        assert!(found.len() == 1 && found[0].contains(" is RSA (PSS only), which"), "{found:?}");
        assert!(client_messages(&RULE, &[&with(Key::rsa2048("worker"))], &[&root]).is_empty());
    }

    #[test]
    fn what_the_leafs_own_rule_says_is_not_said_twice() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(Key::from_spki(spki::ed448())).signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }
}
