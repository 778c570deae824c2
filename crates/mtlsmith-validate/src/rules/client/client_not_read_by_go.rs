//! `client-not-read-by-go`: Go cannot read a certificate that the client presents.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::certificate::ParseRefusal;
use crate::certificate::go_parse_refusals;
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
    /// Go cannot read a certificate that the client presents.
    ///
    /// ## Why it matters
    /// Go is stricter than OpenSSL: a name, time, key or extension that is not written by the book makes it refuse the whole
    /// certificate, and with it the handshake. A URI or IP address in the Subject Alternative Name is the usual case.
    ///
    /// ## How to fix
    /// Issue the certificate again without the fault that is named.
    pub(super) static RULE = {
        code: "EE-014",
        name: "client-not-read-by-go",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseCertificate"),
            go("crypto/tls/handshake_server.go, processCertsFromClient: failed to parse client certificate"),
        ],
        message: "{place} cannot be read by Go: {reason}; refused by {by}",
        help: "issue it again with this repaired: {reason}",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let draft =
            refusal.draft().fact("reason", refusal.certificate.map_or("it is no certificate", reason));
        findings.add(refusal.subject(), draft);
    }
}

/// What stops Go, in words.
fn reason(certificate: &Certificate) -> &'static str {
    match go_parse_refusals(certificate).next() {
        None => "something follows the certificate in its block",
        Some(ParseRefusal::NegativeSerial) => "the serial number is negative",
        Some(ParseRefusal::AlgorithmsDiffer) => "it names two signature algorithms",
        Some(ParseRefusal::AlgorithmParameters(_)) => "an algorithm identifier is broken",
        Some(ParseRefusal::Issuer(_)) => "the issuer's name is not written by the book",
        Some(ParseRefusal::Subject(_)) => "the subject is not written by the book",
        Some(ParseRefusal::Time) => "a time is not written as RFC 5280 demands",
        Some(ParseRefusal::RsaWithoutNull) => "the RSA key is written without the NULL parameters",
        Some(ParseRefusal::Curve) => "the key is on a curve that Go does not know",
        Some(ParseRefusal::Point) => "the key has a point that is compressed or not on its curve",
        Some(ParseRefusal::DuplicateExtension) => "it has an extension twice",
        Some(ParseRefusal::TooManyExtensions) => "it has more extensions than are read",
        Some(ParseRefusal::Critical(_)) => "a key identifier or access address is marked critical",
        Some(ParseRefusal::Key(problem)) => problem,
        Some(ParseRefusal::Extension(fault)) => fault.0,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::Name;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::StringType;
    use mtlsmith_testkit::oid;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;

    fn sentences(builder: &testkit::CertificateBuilder) -> Vec<String> {
        let root = testkit::root("one");
        client_messages(&RULE, &[&builder.signed_by(&root)], &[&root])
    }

    #[test]
    fn a_broken_alternative_name_is_told() {
        let builder = testkit::leaf_builder("worker");
        let short = builder.clone().alternative_name(GeneralName::IpRaw(vec![1, 2, 3]));
        let found = sentences(&short);
        assert!(
            found[0].starts_with("certificate 1 of the client's file cannot be read by Go: "),
            "{found:?}"
        );
        assert!(sentences(&builder).is_empty());
        assert!(sentences(&builder.uri("spiffe://acme/worker")).is_empty());
    }

    #[test]
    fn each_kind_of_fault_has_its_words() {
        let builder = testkit::leaf_builder("worker");
        for (builder, words) in [
            (builder.clone().serial(&[0x80]), "the serial number is negative"),
            (builder.clone().trailing(&[0]), "something follows the certificate in its block"),
            (
                builder.clone().inner_signature_algorithm(SignatureAlgorithm::EcdsaSha384),
                "two signature algorithms",
            ),
            (builder.clone().key(Key::from_spki(spki::ec_compressed_p256())), "a point that is compressed"),
            (builder.clone().key(Key::from_spki(spki::secp256k1())), "a curve that Go does not know"),
            (builder.clone().key(Key::from_spki(spki::rsa_without_null())), "without the NULL"),
            (builder.clone().extension(oid::KEY_USAGE, true, vec![3, 2, 7, 0x80]), "an extension twice"),
            (
                builder.clone().no_ski().extension(oid::SUBJECT_KEY_IDENTIFIER, true, vec![4, 1, 1]),
                "marked critical",
            ),
            (
                builder.clone().subject(Name::new().attribute(
                    oid::COMMON_NAME,
                    StringType::Printable,
                    b"a@b",
                )),
                "the subject",
            ),
        ] {
            let found = sentences(&builder);
            assert!(found.len() == 1 && found[0].contains(words), "{words}: {found:?}");
        }
    }

    #[test]
    fn that_other_servers_may_read_it_differently_is_not_said_as_well() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").serial(&[0x80]).signed_by(&root);
        let report = client_report(leaf.pem(), &[&root], |_| ());
        let names: Vec<&str> = report.findings.iter().map(|finding| finding.rule.name).collect();
        assert_eq!(names, ["client-not-read-by-go"]);
        let netscape = &[2, 16, 840, 1, 113_730, 1, 1];
        let leaf = testkit::leaf_builder("worker").extension(netscape, false, vec![3, 2, 7, 128]);
        assert!(sentences(&leaf).is_empty(), "Go reads it, and others may not");
    }

    #[test]
    fn an_intermediate_that_is_no_certificate_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let broken = root.with_der(root.der()[..100].to_vec());
        assert!(
            client_messages(&RULE, &[&leaf, &broken], &[&root])[0]
                .contains("certificate 2 of the client's file")
        );
    }
}
