//! `client-extension-invalid`: openSSL calls a certificate of the client's chain invalid.

use crate::admission::ClientContext;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::openssl;
use super::refusal::refusals;

rule! {
    /// OpenSSL calls a certificate of the client's chain invalid.
    ///
    /// ## Why it matters
    /// A Key Usage without any bit, a path length on a certificate that is no CA, or a broken extension makes OpenSSL refuse the
    /// certificate as invalid. Go reads over some of these.
    ///
    /// ## How to fix
    /// Issue the certificate again without the contradiction.
    pub(super) static RULE = {
        code: "CHN-035",
        name: "client-extension-invalid",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            openssl("X509_V_ERR_INVALID_EXTENSION, EXFLAG_INVALID"),
            rfc5280("section 4.2.1.3: at least one bit; section 4.2.1.9: a path length is for CAs"),
        ],
        message: "\"{name}\" ({place}) {fault}; refused by {by}",
        help: "issue it again with a Key Usage that allows something, and with a path length on CA certificates only",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let draft = refusal.draft().fact("fault", refusal.fault.kind.to_string());
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::BasicConstraints;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_path_length_without_a_ca_is_told() {
        let root = testkit::root("one");
        let odd = |path_len| BasicConstraints { ca: false, path_len, critical: true };
        let with =
            |path_len| testkit::leaf_builder("worker").basic_constraints(odd(path_len)).signed_by(&root);
        assert_eq!(client_messages(&RULE, &[&with(Some(0))], &[&root]).len(), 1);
        assert!(client_messages(&RULE, &[&with(None)], &[&root]).is_empty());
    }
}
