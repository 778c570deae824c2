//! `no-client-certificate`: the client presents no certificate.

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
    /// The client presents no certificate.
    ///
    /// ## Why it matters
    /// A Namespace with mTLS admits nobody without a certificate. A file without one, such as a key or a request, stops most SDKs
    /// when they load it.
    ///
    /// ## How to fix
    /// Hand in the certificate that the CA issued, as PEM; a request (CSR) has to be signed first.
    pub(super) static RULE = {
        code: "EE-101",
        name: "no-client-certificate",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls, X509KeyPair: failed to find certificate PEM data")],
        message: "there is no certificate to present",
        help: "hand in the client's certificate as PEM: itself first, then the intermediates above it",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    if context.presented.is_empty() {
        findings.add(Subject::Bundle, Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_empty_file_is_told_and_refused() {
        let root = testkit::root("one");
        assert_eq!(client_messages(&RULE, &[], &[&root]), ["there is no certificate to present"]);
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
