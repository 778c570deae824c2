//! `client-key-too-large`: an RSA key that the client presents is larger than 8,192 bits.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::path::PathFaultKind;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::refusals;

rule! {
    /// An RSA key that the client presents is larger than 8,192 bits.
    ///
    /// ## Why it matters
    /// Checking a signature with a giant key costs a server more than asking costs the client, so Go refuses certificates with RSA
    /// keys above 8,192 bits in handshakes.
    ///
    /// ## How to fix
    /// Make a key on P-256, or RSA with 3,072 bits, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "CHN-030",
        name: "client-key-too-large",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls/handshake_client.go: maxRSAKeySize, CVE-2023-29409")],
        message: "the RSA key of \"{name}\" ({place}) has {bits} bits, and 8,192 is the limit in handshakes; refused by {by}",
        help: "make another key: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let PathFaultKind::KeyTooLarge(bits) = &refusal.fault.kind else { continue };
        let draft = refusal.draft().fact("bits", *bits);
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
    fn the_limit_is_allowed_and_one_bit_more_is_not() {
        let root = testkit::root("one");
        let with =
            |bits| testkit::leaf_builder("worker").key(Key::from_spki(spki::rsa_bits(bits))).signed_by(&root);
        assert!(client_messages(&RULE, &[&with(8192)], &[&root]).is_empty());
        assert!(client_messages(&RULE, &[&with(8193)], &[&root])[0].contains("has 8,193 bits"));
    }
}
