//! `presented-chain-too-large`: the client presents more than anybody would verify.

use crate::admission::ClientContext;
use crate::admission::PRESENTED_BYTES;
use crate::admission::PRESENTED_CERTIFICATES;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The client presents more certificates than a handshake carries.
    ///
    /// ## Why it matters
    /// A client needs to present its own certificate and the CA certificates between it and the bundle, two or three in all. Each
    /// one more costs the server work before it knows who asks, so servers cut the handshake off.
    ///
    /// ## How to fix
    /// Keep the client's certificate and the intermediates above it in the file, in this order, and take everything else out.
    pub(super) static RULE = {
        code: "CHN-019",
        name: "presented-chain-too-large",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls/handshake_client.go: maxHandshakeCertificateMsg; crypto/x509/verify.go: maxChainSignatureChecks")],
        message: "the client presents {count} certificates of {bytes} bytes; at most {count_allowed} of {bytes_allowed} bytes are looked at",
        help: "keep the client's certificate and the intermediates above it, and take everything else out of the file",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let count = context.presented.len();
    let bytes: usize = context
        .presented
        .iter()
        .filter_map(|member| member.certificate())
        .map(Certificate::der)
        .map(<[u8]>::len)
        .sum();
    if count > PRESENTED_CERTIFICATES
        || bytes > PRESENTED_BYTES
        || context.presented.iter().any(|member| member.is_unread())
    {
        let draft = Draft::new()
            .fact("count", count)
            .fact("bytes", bytes)
            .fact("count_allowed", PRESENTED_CERTIFICATES)
            .fact("bytes_allowed", PRESENTED_BYTES);
        findings.add(Subject::Bundle, draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::admission::NamespaceTrust;
    use crate::admission::PRESENTED_BYTES;
    use crate::admission::presented;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::profile;
    use crate::time::Timestamp;

    #[test]
    fn the_limit_is_allowed_and_one_more_is_not() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let mut chain = vec![&leaf];
        chain.resize(32, &root);
        assert!(client_messages(&RULE, &chain, &[&root]).is_empty());
        chain.push(&root);
        assert_eq!(client_messages(&RULE, &chain, &[&root]).len(), 1);
    }

    /// A certificate that makes the chain of it and the leaf so many bytes long.
    fn filled_up(leaf: &testkit::Certificate, bytes: usize) -> testkit::Certificate {
        let of = |length: usize| {
            let builder = testkit::root_builder("large").key(testkit::Key::rsa2048("large"));
            builder.extension(testkit::oid::PRIVATE_EXTENSION, false, vec![0; length]).self_signed()
        };
        let overhead = of(70_000).der().len() - 70_000;
        of(bytes - leaf.der().len() - overhead)
    }

    #[test]
    fn as_many_bytes_as_allowed_are_fine_and_one_more_is_not() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let told = |bytes| client_messages(&RULE, &[&leaf, &filled_up(&leaf, bytes)], &[&root]).len();
        assert_eq!((told(PRESENTED_BYTES), told(PRESENTED_BYTES + 1)), (0, 1));
    }

    #[test]
    fn what_was_not_read_of_a_handshake_is_told_and_nothing_behind_it_is_kept() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let unread = |chain: &[&testkit::Certificate]| {
            let members = presented(chain.iter().map(|certificate| certificate.der()));
            let trust = NamespaceTrust::read(root.pem().as_bytes(), None, profile());
            let decision = trust.decide(&members, Timestamp::from_unix(testkit::NOW));
            let told = decision.findings().iter().any(|finding| std::ptr::eq(finding.rule, &RULE));
            (members.len(), members.iter().filter(|member| member.is_unread()).count(), told)
        };
        assert_eq!(unread(&[&leaf, &filled_up(&leaf, PRESENTED_BYTES)]), (2, 0, false));
        assert_eq!(unread(&[&leaf, &filled_up(&leaf, PRESENTED_BYTES + 1), &root]), (2, 1, true));
        assert_eq!(unread(&[&leaf; 32]), (32, 0, false));
        assert_eq!(unread(&[&leaf; 40]), (33, 1, true));
    }
}
