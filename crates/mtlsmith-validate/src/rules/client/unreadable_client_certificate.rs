//! `unreadable-client-certificate`: the client's certificate cannot be read.

use crate::admission::ClientContext;
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
    /// The client's certificate cannot be read.
    ///
    /// ## Why it matters
    /// What cannot be read as a certificate cannot be presented: SDKs fail when they load the file, and servers cut the handshake
    /// off.
    ///
    /// ## How to fix
    /// Copy the certificate anew from where it was issued; if it is broken there as well, have it issued again.
    pub(super) static RULE = {
        code: "EE-201",
        name: "unreadable-client-certificate",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509, ParseCertificate")],
        message: "the client's certificate cannot be read: {field}: {problem}",
        help: "copy it anew from the CA that issued it",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let first = context.presented.first().filter(|member| !member.is_unread());
    if let Some(Err(why)) = first.map(|member| &member.content) {
        let draft = Draft::new().fact("field", why.field).fact("problem", why.problem);
        findings.add(Subject::Certificate(0), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_certificate_cut_off_is_told_with_the_field() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let broken = leaf.with_der(leaf.der()[..100].to_vec());
        let found = client_messages(&RULE, &[&broken], &[&root]);
        assert_eq!(found, ["the client's certificate cannot be read: certificate: the DER is broken"]);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
        assert!(
            client_messages(&RULE, &[&leaf, &broken], &[&root]).is_empty(),
            "only the first is the client's"
        );
    }
}
