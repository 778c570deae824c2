//! OpenSSL as the judge of what this kit writes: it accepts the good certificates, refuses the broken ones,
//! and shows names and extensions as they were asked for. Without OpenSSL 3 on the PATH nothing is judged,
//! and the log says so.
#![allow(clippy::unwrap_used, reason = "the helpers of a test fail with the test")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::BasicConstraints;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Hash;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;
use mtlsmith_testkit::KeyUsage;
use mtlsmith_testkit::NOW;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_testkit::SignatureAlgorithm;
use mtlsmith_testkit::StringType;
use mtlsmith_testkit::der;
use mtlsmith_testkit::oid;
use mtlsmith_testkit::spki;

/// Runs `openssl` with this input; `None` when there is no OpenSSL 3.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    static IS_THERE: LazyLock<bool> = LazyLock::new(is_there);
    IS_THERE.then(|| run(arguments, input))
}

fn is_there() -> bool {
    let found = match Command::new("openssl").arg("version").output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => error.to_string(),
    };
    let fits = found.starts_with("OpenSSL 3");
    if !fits {
        mtlsmith_testkit::not_tested(&format!(
            "nothing was compared with OpenSSL 3, because `openssl version` gives: {}",
            found.trim()
        ));
    }
    fits
}

fn run(arguments: &[&str], input: &[u8]) -> (bool, String) {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input closes the pipe early; what it prints is judged all the same.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// A folder of its own for each call, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("mtlsmith-openssl-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn verify(root: &Certificate, between: &[&Certificate], leaf: &Certificate) -> Option<(bool, String)> {
    let folder = Folder::new();
    let root = folder.file("root.pem", &root.pem());
    let between = folder.file("between.pem", &testkit::bundle(between));
    let leaf = folder.file("leaf.pem", &leaf.pem());
    let now = NOW.to_string();
    let mut arguments =
        vec!["verify", "-attime", &now, "-purpose", "sslclient", "-x509_strict", "-check_ss_sig"];
    arguments.extend(["-CAfile", &root]);
    if fs::metadata(&between).unwrap().len() > 0 {
        arguments.extend(["-untrusted", &between]);
    }
    arguments.push(&leaf);
    openssl(&arguments, b"")
}

fn accepts(root: &Certificate, between: &[&Certificate], leaf: &Certificate) {
    if let Some((accepted, text)) = verify(root, between, leaf) {
        assert!(accepted, "{text}");
    }
}

fn refuses(root: &Certificate, between: &[&Certificate], leaf: &Certificate, because: &str) {
    if let Some((accepted, text)) = verify(root, between, leaf) {
        assert!(!accepted && text.contains(because), "wanted `{because}`, got: {text}");
    }
}

fn shows(certificate: &Certificate, expected: &[&str]) {
    let arguments =
        ["x509", "-inform", "DER", "-noout", "-text", "-nameopt", "RFC2253,-dn_rev,show_type,-esc_msb,utf8"];
    if let Some((success, text)) = openssl(&arguments, certificate.der()) {
        assert!(success, "{text}");
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in expected {
            assert!(squeezed.contains(part), "`{part}` is missing in:\n{text}");
        }
    }
}

#[test]
fn chains_of_every_signing_kind_verify() {
    for kind in KeyKind::SIGNING {
        let key = |name| Key::new(kind, name);
        let root = testkit::root_builder("root").key(key("root")).self_signed();
        let issuing = testkit::intermediate_builder("issuing").key(key("issuing")).signed_by(&root);
        let leaf = testkit::leaf_builder("worker").key(key("leaf")).signed_by(&issuing);
        accepts(&root, &[&issuing], &leaf);
        for certificate in [&root, &issuing, &leaf] {
            shows(certificate, &["Version: 3 (0x2)", "O=UTF8STRING:acme"]);
        }
    }
}

#[test]
fn good_certificates_show_what_they_promise() {
    let root = testkit::root("root");
    let leaf = testkit::leaf("Worker 1", &root);
    shows(
        &root,
        &[
            "Subject: O=UTF8STRING:acme,CN=UTF8STRING:root",
            "Not Before: Jan 1 00:00:00 2026 GMT Not After : Jan 1 00:00:00 2027 GMT",
            "Basic Constraints: critical CA:TRUE X509v3",
            "Key Usage: critical Certificate Sign, CRL Sign",
            "Subject Key Identifier:",
        ],
    );
    shows(&testkit::intermediate("issuing", &root), &["CA:TRUE, pathlen:0", "Authority Key Identifier:"]);
    shows(
        &leaf,
        &[
            "Basic Constraints: critical CA:FALSE",
            "Key Usage: critical Digital Signature",
            "TLS Web Client Authentication",
            "DNS:worker-1.acme.internal",
        ],
    );
}

#[test]
fn every_algorithm_that_can_be_made_verifies() {
    let rsa = || Key::rsa2048("algorithms");
    let pss = |hash, salt| SignatureAlgorithm::RsaPss { hash, salt };
    let cases = [
        (Key::p256("algorithms"), SignatureAlgorithm::EcdsaSha384),
        (Key::p256("algorithms"), SignatureAlgorithm::EcdsaSha512),
        (Key::p384("algorithms"), SignatureAlgorithm::EcdsaSha256),
        (Key::p384("algorithms"), SignatureAlgorithm::EcdsaSha512),
        (Key::p521("algorithms"), SignatureAlgorithm::EcdsaSha256),
        (Key::p521("algorithms"), SignatureAlgorithm::EcdsaSha384),
        (rsa(), SignatureAlgorithm::RsaPkcs1Sha384),
        (rsa(), SignatureAlgorithm::RsaPkcs1Sha512),
        (rsa(), SignatureAlgorithm::RsaPssSha256),
        (rsa(), SignatureAlgorithm::RsaPssSha384),
        (rsa(), SignatureAlgorithm::RsaPssSha512),
        (rsa(), pss(Hash::Sha256, 20)),
        (rsa(), pss(Hash::Sha384, 0)),
        (rsa(), pss(Hash::Sha512, 100)),
    ];
    for (key, algorithm) in cases {
        let root = testkit::root_builder("algorithms").key(key).signature_algorithm(algorithm).self_signed();
        accepts(&root, &[], &testkit::leaf("below", &root));
    }
}

#[test]
fn sha1_signatures_are_genuine() {
    // At level 0 OpenSSL still accepts SHA-1, so a refusal could only mean a bad signature.
    for key in [Key::p256("sha1"), Key::p384("sha1"), Key::rsa2048("sha1")] {
        let algorithm = match key.kind() {
            KeyKind::Rsa2048 => SignatureAlgorithm::RsaPkcs1Sha1,
            _ => SignatureAlgorithm::EcdsaSha1,
        };
        let root = testkit::root_builder("sha1").key(key).signature_algorithm(algorithm).self_signed();
        let folder = Folder::new();
        let path = folder.file("root.pem", &root.pem());
        let now = NOW.to_string();
        let arguments =
            ["verify", "-attime", &now, "-auth_level", "0", "-check_ss_sig", "-CAfile", &path, &path];
        if let Some((accepted, text)) = openssl(&arguments, b"") {
            assert!(accepted, "{text}");
        }
    }
}

#[test]
fn broken_chains_are_refused_for_the_reason_asked_for() {
    let root = testkit::root("root");
    let other = testkit::root("other");
    let issuing = testkit::intermediate("issuing", &root);
    let expired = testkit::leaf_builder("expired").not_after(NOW - 1).signed_by(&root);
    let early = testkit::leaf_builder("early").not_before(NOW + 1).signed_by(&root);
    let server = testkit::leaf_builder("server").extended_key_usage(&[oid::SERVER_AUTH]).signed_by(&root);
    let below = testkit::intermediate("too deep", &issuing);
    let namesake = testkit::leaf_builder("namesake").no_aki().signed_by_key(root.subject(), other.key());
    refuses(&root, &[], &expired, "certificate has expired");
    refuses(&root, &[], &early, "certificate is not yet valid");
    refuses(&root, &[], &server, "unsuitable certificate purpose");
    refuses(&root, &[&issuing, &below], &testkit::leaf("deep", &below), "path length constraint exceeded");
    refuses(
        &root,
        &[],
        &testkit::leaf_builder("bad").corrupt_signature().signed_by(&root),
        "signature failure",
    );
    refuses(&root, &[], &namesake, "signature failure");
    refuses(&other, &[], &testkit::leaf("stranger", &root), "unable to get local issuer certificate");
    let constraints =
        NameConstraints { permitted: vec![GeneralName::Dns("example.org".to_owned())], excluded: Vec::new() };
    let narrow = testkit::root_builder("narrow").name_constraints(constraints, true).self_signed();
    refuses(&narrow, &[], &testkit::leaf("outside", &narrow), "permitted subtree violation");
    let inside = testkit::leaf_builder("inside").no_subject_alternative_name().dns("w.example.org");
    accepts(&narrow, &[], &inside.signed_by(&narrow));
}

#[test]
fn names_come_out_as_asked() {
    let name = Name::new()
        .c("NO")
        .printable(oid::ORGANIZATION, "acme")
        .text(oid::COMMON_NAME, StringType::Bmp, "blå")
        .and_text(oid::ORGANIZATIONAL_UNIT, StringType::Ia5, "unit")
        .text(oid::LOCALITY, StringType::Universal, "x")
        .text(oid::STATE, StringType::Teletex, "y")
        .text(oid::SERIAL_NUMBER, StringType::Numeric, "42")
        .ou("");
    let expected = "Subject: C=PRINTABLESTRING:NO,O=PRINTABLESTRING:acme,\
                    CN=BMPSTRING:blå+OU=IA5STRING:unit,L=UNIVERSALSTRING:x,ST=T61STRING:y,\
                    serialNumber=NUMERICSTRING:42,OU=UTF8STRING:";
    shows(&CertificateBuilder::new().subject(name).self_signed(), &[expected]);
    shows(
        &CertificateBuilder::new().subject(Name::empty()).self_signed(),
        &["Subject: Subject Public Key Info"],
    );
}

#[test]
fn fields_come_out_as_asked() {
    let builder = CertificateBuilder::new().version(1).serial(&[0x80]).not_after(4_000_000_000);
    shows(
        &builder.self_signed(),
        &["Version: 1 (0x0)", "Serial Number: -128 (-0x80)", "Oct 2 07:06:40 2096 GMT"],
    );
    let many = CertificateBuilder::new()
        .basic_constraints(BasicConstraints { ca: true, path_len: Some(300), critical: false })
        .key_usage_with(false, &[KeyUsage::KeyAgreement, KeyUsage::DecipherOnly])
        .email("a@acme.internal")
        .uri("spiffe://acme/worker")
        .ip([10, 0, 0, 1])
        .alternative_name(GeneralName::Directory(Name::parse("CN=inside")))
        .alternative_name(GeneralName::RegisteredId(vec![1, 2, 3]))
        .critical_subject_alternative_name()
        .crl_distribution_point("http://acme.internal/crl")
        .ocsp("http://acme.internal/ocsp")
        .certificate_policies(&[oid::ANY_POLICY])
        .policy_constraints(Some(0), Some(1))
        .inhibit_any_policy(2)
        .extension(oid::PRIVATE_EXTENSION, true, der::null());
    shows(
        &many.self_signed(),
        &[
            "X509v3 Basic Constraints: CA:TRUE, pathlen:300",
            "X509v3 Key Usage: Key Agreement, Decipher Only",
            "X509v3 Subject Alternative Name: critical email:a@acme.internal, URI:spiffe://acme/worker, \
         IP Address:10.0.0.1, DirName:",
            "URI:http://acme.internal/crl",
            "OCSP - URI:http://acme.internal/ocsp",
            "Policy: X509v3 Any Policy",
            "Policy Constraints: critical Require Explicit Policy:0, Inhibit Policy Mapping:1",
            "Inhibit Any Policy: critical 2",
            "1.3.6.1.4.1.99999.1: critical",
        ],
    );
}

#[test]
fn odd_keys_are_what_they_say() {
    let shown = |spki: Vec<u8>, expected: &[&str]| {
        shows(&CertificateBuilder::new().key(Key::from_spki(spki)).self_signed(), expected);
    };
    shown(spki::rsa(1024, &[3]), &["Public-Key: (1024 bit)", "Exponent: 3 (0x3)"]);
    shown(spki::rsa_bits(8193), &["Public-Key: (8193 bit)", "Exponent: 65537"]);
    shown(spki::rsa_without_null(), &["Public Key Algorithm: rsaEncryption"]);
    shown(spki::rsa_pss_oid(), &["Public Key Algorithm: rsassaPss", "Public-Key: (2048 bit)"]);
    shown(spki::ec_explicit_p256(), &["Public-Key: (256 bit)", "Field Type: prime-field"]);
    shown(spki::ec_compressed_p256(), &["Public-Key: (256 bit)", "ASN1 OID: prime256v1"]);
    shown(spki::ec_p224(), &["ASN1 OID: secp224r1"]);
    shown(spki::secp256k1(), &["ASN1 OID: secp256k1"]);
    shown(spki::brainpool_p256r1(), &["ASN1 OID: brainpoolP256r1"]);
    shown(spki::ed448(), &["ED448 Public-Key:"]);
    shown(spki::x25519(), &["X25519 Public-Key:"]);
    shown(spki::dsa(), &["Public Key Algorithm: dsaEncryption"]);
    shown(spki::ml_dsa_65(), &["Subject Public Key Info"]);
    shown(spki::gost(), &["Public Key Algorithm: GOST R 34.10-2012 with 256 bit modulus"]);
    shown(spki::ec_off_curve_p256(), &["Unable to load Public Key"]);
}

#[test]
fn private_keys_belong_to_their_certificates() {
    for kind in KeyKind::SIGNING {
        let key = Key::new(kind, "private");
        let mut texts = vec![key.pkcs8_pem()];
        if kind != KeyKind::Ed25519 {
            texts.push(key.traditional_pem());
        }
        for text in texts {
            if let Some((success, public)) = openssl(&["pkey", "-pubout"], text.as_bytes()) {
                assert!(success, "{public}");
                assert_eq!(public, key.public_pem());
            }
        }
    }
}
