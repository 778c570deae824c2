//! `client-certificate-label`: a certificate of the client's file bears a label that programs do not load.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Cite;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc7468;
use crate::rule::rule;

rule! {
    /// A certificate of the client's file bears another label than `CERTIFICATE`.
    ///
    /// ## Why it matters
    /// The Go SDK, the CLI and the SDKs on the Rust core (Python, TypeScript's NativeConnection, .NET, Ruby, Rust) load blocks labelled
    /// `CERTIFICATE` and pass over all others without a word: the worker ends when it starts, or sends its chain with a gap. OpenSSL's
    /// own tools read the other labels, so a local test does not show it.
    ///
    /// ## How to fix
    /// Write the certificate with today's label; `TRUSTED CERTIFICATE` is OpenSSL's own form and holds trust settings beside it.
    pub(super) static RULE = {
        code: "EE-020",
        name: "client-certificate-label",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/tls, X509KeyPair: blocks of the type CERTIFICATE alone; else \"failed to find \"CERTIFICATE\" PEM block\""),
            RUSTLS,
            rfc7468("section 5.1: the label CERTIFICATE; section 5.3: X509 CERTIFICATE and X.509 CERTIFICATE are obsolete"),
        ],
        message: "{what} is labelled \"{label}\", and Go, the CLI and the SDKs on the Rust core load blocks labelled \"CERTIFICATE\" alone",
        help: "write it with the label CERTIFICATE: {command}",
        check: Check::ClientFile(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for member in &context.bundle.members {
        let block = member.block.and_then(|block| context.bundle.scan.blocks.get(block));
        let label = match block.map(|block| block.label.trim()) {
            Some("X509 CERTIFICATE") => "X509 CERTIFICATE",
            Some("TRUSTED CERTIFICATE") => "TRUSTED CERTIFICATE",
            _ => continue,
        };
        let what = match member.index {
            0 => "the client's certificate".to_owned(),
            _ => format!("certificate {}, which the client is to send along,", member.number()),
        };
        let command = match label {
            "TRUSTED CERTIFICATE" => "openssl x509 -in FILE -out new.pem",
            _ => "mtlsmith bundle normalize FILE --output new.pem",
        };
        let draft = Draft::new().fact("what", what).fact("label", label).fact("command", command);
        findings.add(Subject::Certificate(member.index), draft);
    }
}

/// What reads PEM for rustls, and so for the SDKs on the Rust core.
const RUSTLS: Cite = Cite {
    document: "rustls-pki-types",
    place: "pem, SectionKind: CERTIFICATE is the one label of a certificate",
    url: "https://docs.rs/rustls-pki-types/latest/rustls_pki_types/pem/enum.SectionKind.html",
};

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::Verdict;
    use crate::rules::testing::client_report;
    use crate::rules::testing::said;

    /// What is said of a file, and what becomes of the client.
    fn judged(file: String) -> (Vec<String>, Verdict) {
        let report = client_report(file, &[&testkit::root("one")], |_| ());
        (said(&RULE, &report), report.verdict())
    }

    #[test]
    fn labels_that_programs_pass_over_keep_the_client_out() {
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        for label in ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"] {
            let (said, verdict) = judged(testkit::pem_block(label, leaf.der()));
            let wanted = format!("the client's certificate is labelled \"{label}\", and Go, ");
            assert!(said.len() == 1 && said[0].starts_with(&wanted), "{said:?}");
            assert_eq!(verdict, Verdict::Refused);
        }
    }

    #[test]
    fn a_certificate_of_the_chain_is_told_by_its_number() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("issuing", &root);
        let leaf = testkit::leaf("worker", &issuing);
        let file = leaf.pem() + &testkit::pem_block("X509 CERTIFICATE", issuing.der());
        let (said, _) = judged(file);
        assert!(
            said.len() == 1 && said[0].starts_with("certificate 2, which the client is to send"),
            "{said:?}"
        );
    }

    #[test]
    fn todays_label_and_bare_der_pass() {
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        assert_eq!(judged(leaf.pem()), (vec![], Verdict::Accepted));
        let report = client_report(leaf.der(), &[&testkit::root("one")], |_| ());
        assert!(said(&RULE, &report).is_empty());
    }
}
