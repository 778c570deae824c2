//! `foreign-block`: a block of the bundle is no certificate.

use crate::finding::Draft;
use crate::pem::Block;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// A block of the bundle is labelled as something else than a certificate.
    ///
    /// ## Why it matters
    /// Temporal's tools put the contents of all blocks together, whatever their labels, and then read certificates from that: anything
    /// else makes the upload fail. Go's own certificate pool takes blocks labelled `CERTIFICATE` alone, so what is labelled otherwise may
    /// count for one and not for the other.
    ///
    /// ## How to fix
    /// Take the block out, or turn it into a certificate: a request has to be signed by its CA, a PKCS#7 container to be unpacked
    /// (`openssl pkcs7 -print_certs`), a `TRUSTED CERTIFICATE` to be written without its trust settings (`openssl x509 -in FILE`).
    pub(super) static RULE = {
        code: "BND-011",
        name: "foreign-block",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld app/ca.go and cloud-cli internal/cert/ca.go: every block is read as a certificate", "https://github.com/temporalio/cloud-cli"), go("crypto/x509 cert_pool.go, AppendCertsFromPEM: blocks labelled CERTIFICATE alone")],
        message: "the block on lines {first} to {last} is labelled \"{label}\", and a bundle holds blocks labelled \"CERTIFICATE\" alone",
        help: "{instead}",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    let label = block.label.as_str();
    if matches!(label, "CERTIFICATE" | "X509 CERTIFICATE") || block.is_private_key() {
        return None;
    }
    let known = instead(label);
    // What stands in a damaged BEGIN line is no label unless it is a known one.
    if block.skipped().is_some() && known.is_none() {
        return None;
    }
    let draft = Draft::new()
        .fact("first", block.lines.first)
        .fact("last", block.lines.last)
        .fact("label", block.shown_label());
    Some(draft.fact("instead", known.unwrap_or_else(|| instead_of_unknown(label))))
}

/// What to do about a label that is in use.
fn instead(label: &str) -> Option<&'static str> {
    Some(match label {
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            "a request becomes a certificate when its CA signs it; put the certificate of that CA here"
        }
        "TRUSTED CERTIFICATE" => {
            "write it without OpenSSL's trust settings: openssl x509 -in FILE -out new.pem"
        }
        "PKCS7" | "CMS" => "unpack it: openssl pkcs7 -print_certs -in FILE -out new.pem",
        "X509 CRL" => "delete the block: a bundle holds no revocation lists, and Temporal Cloud reads none",
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "EC PUBLIC KEY" => {
            "put the CA certificate here that binds this key to a name"
        }
        "EC PARAMETERS" | "DH PARAMETERS" | "X9.42 DH PARAMETERS" | "DSA PARAMETERS" => {
            "delete the block; openssl ecparam -genkey leaves it out with -noout"
        }
        "ATTRIBUTE CERTIFICATE" => {
            "delete the block: an attribute certificate has no key and can issue nothing"
        }
        _ => return None,
    })
}

fn instead_of_unknown(label: &str) -> &'static str {
    if label.trim().eq_ignore_ascii_case("CERTIFICATE") {
        return "write the label in capitals and without blanks, as CERTIFICATE, on the BEGIN and the END line";
    }
    "delete the block, or label it CERTIFICATE on both lines if it holds a certificate"
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_request_is_flagged_with_what_it_lacks() {
        let found = findings(&RULE, testkit::pem_block("CERTIFICATE REQUEST", b"request"));
        assert_eq!(
            found[0].message(),
            "the block on lines 1 to 3 is labelled \"CERTIFICATE REQUEST\", and a bundle holds blocks labelled \"CERTIFICATE\" alone"
        );
        assert!(found[0].help().contains("when its CA signs it"));
    }

    #[test]
    fn each_known_label_has_a_help_of_its_own() {
        for (label, part) in [
            ("NEW CERTIFICATE REQUEST", "when its CA signs it"),
            ("TRUSTED CERTIFICATE", "openssl x509 -in FILE"),
            ("PKCS7", "-print_certs"),
            ("X509 CRL", "revocation"),
            ("PUBLIC KEY", "binds this key"),
            ("EC PARAMETERS", "-noout"),
            ("DH PARAMETERS", "-noout"),
            ("ATTRIBUTE CERTIFICATE", "no key"),
            ("certificate", "in capitals"),
            ("CERTIFICATE ", "without blanks"),
            ("SOMETHING", "delete the block"),
            ("", "delete the block"),
        ] {
            let found = findings(&RULE, testkit::pem_block(label, testkit::root("a").der()));
            assert!(found.len() == 1 && found[0].help().contains(part), "{label}: {found:?}");
        }
    }

    #[test]
    fn a_known_label_is_seen_in_a_damaged_block_and_damage_is_no_label() {
        let request = testkit::pem_block("CERTIFICATE REQUEST", b"request");
        assert_eq!(findings(&RULE, format!(" {request}")).len(), 1);
        assert!(
            findings(&RULE, testkit::root("a").pem().replace("BEGIN CERTIFICATE--", "BEGIN CERTIFICATE"))
                .is_empty()
        );
    }

    #[test]
    fn a_label_without_end_is_cut() {
        let found = messages(&RULE, testkit::pem_block(&"A".repeat(5_000), b"x"));
        assert!(found[0].len() < 300);
    }

    #[test]
    fn certificates_and_keys_are_left_to_other_rules() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        assert!(findings(&RULE, testkit::pem_block("X509 CERTIFICATE", testkit::root("a").der())).is_empty());
        assert!(findings(&RULE, testkit::Key::p256("ca a").pkcs8_pem()).is_empty());
    }
}
