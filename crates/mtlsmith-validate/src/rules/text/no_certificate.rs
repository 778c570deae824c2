//! `no-certificate`: nothing in the input is a PEM certificate.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::input::Form;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The input holds no PEM certificate.
    ///
    /// ## Why it matters
    /// A Namespace that uses mTLS needs at least one CA certificate, and Temporal's tools read PEM only. They answer other formats
    /// with "invalid certificate" or upload nothing.
    ///
    /// ## How to fix
    /// Hand in the CA certificate as PEM text. `mtlsmith bundle normalize` converts DER; `openssl pkcs7 -print_certs` unpacks a
    /// `.p7b` file, `openssl pkcs12 -cacerts -nokeys` a `.p12` file.
    pub(super) static RULE = {
        code: "BND-001",
        name: "no-certificate",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: the bundle is PEM text")],
        message: "the input holds no PEM certificate: it {looks_like}",
        help: "{command}",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let bundle = context.bundle;
    if bundle.form == Form::Pem && (!bundle.members.is_empty() || !bundle.scan.blocks.is_empty()) {
        return; // every block that is no certificate has a rule of its own
    }
    let (looks_like, command) = match bundle.form {
        Form::DerCertificate => {
            ("is a certificate in DER", "convert it: mtlsmith bundle normalize FILE --output new.pem")
        }
        Form::Pkcs7 => (
            "is a PKCS#7 container",
            "unpack it: openssl pkcs7 -inform DER -print_certs -in FILE -out new.pem",
        ),
        Form::Pkcs12 => (
            "is a PKCS#12 container, which may hold a private key",
            "take out the CA certificates alone: openssl pkcs12 -in FILE -cacerts -nokeys -out new.pem",
        ),
        Form::DerPrivateKey => (
            "is a private key in DER",
            "hand in the CA certificate instead, and keep the key where it is; if the key was uploaded or committed anywhere, replace the CA",
        ),
        Form::DerCertificateRequest => (
            "is a certificate request in DER",
            "hand in the CA certificate; a request is turned into a certificate by signing it",
        ),
        Form::Utf16 => ("is text in UTF-16", "save it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE > new.pem"),
        Form::BrokenArmour => (
            "mentions BEGIN CERTIFICATE without five plain hyphens on each side",
            "write the lines as -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----, with hyphens typed on a keyboard",
        ),
        Form::Empty => ("is empty", "check the path and the step that writes the file"),
        Form::Pem | Form::Unknown => (
            "is not in a format that holds certificates",
            "check the path; a bundle starts with -----BEGIN CERTIFICATE-----",
        ),
    };
    findings.add(Subject::Bundle, Draft::new().fact("looks_like", looks_like).fact("command", command));
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn one_certificate_is_enough() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn each_form_is_named_with_its_command() {
        for (input, part) in [
            (testkit::root("a").der().to_vec(), "is a certificate in DER"),
            (b" \n".to_vec(), "is empty"),
            (b"hello there".to_vec(), "is not in a format"),
            (b"\xff\xfe-\0".to_vec(), "UTF-16"),
            (vec![0x30, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00], "PKCS#12"),
            (vec![0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00], "private key in DER"),
        ] {
            let found = messages(&RULE, &input);
            assert!(found.len() == 1 && found[0].contains(part), "{found:?} does not say {part}");
            assert!(!findings(&RULE, &input)[0].help().is_empty());
        }
    }

    #[test]
    fn a_block_of_another_kind_has_a_rule_of_its_own() {
        assert!(findings(&RULE, testkit::pem_block("PRIVATE KEY", &[0x30, 0x00])).is_empty());
    }
}
