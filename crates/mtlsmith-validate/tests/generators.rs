//! The bundles of the tools that teams really use: what is found in each, beside what is known about it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_testkit::golden;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

/// What `testdata/README.md` says is wrong with the CA of a fixture. The stored table can be renewed, this one has to be edited.
const KNOWN_FAULTS: &[(&str, &str)] = &[
    ("openssl-brainpoolp256r1", "unsupported-curve"),
    ("openssl-dsa", "unsupported-key-type"),
    ("openssl-ed25519", "unsupported-key-type"),
    ("openssl-ed448", "unsupported-key-type"),
    ("openssl-id-rsassa-pss", "unusual-pss"),
    ("openssl-p224", "unsupported-curve"),
    ("openssl-p256-compressed-point", "compressed-point"),
    ("openssl-p256-explicit-parameters", "explicit-curve"),
    ("openssl-p521-sha512", "p521-key"),
    ("openssl-rsa-1024", "rsa-key-too-small"),
    ("openssl-rsa-exponent-3", "rsa-exponent-small"),
    ("openssl-rsa-md5-root", "weak-signature-hash"),
    ("openssl-rsa-pss-salt32", "pss-signature"),
    ("openssl-rsa-sha1-root", "weak-signature-hash"),
    ("openssl-secp256k1", "unsupported-curve"),
];

/// Bundles that the tools write for this very purpose: no rule about a certificate's key, signature or extensions refuses them.
const SOUND: &[&str] = &[
    "certstrap-pair",
    "cfssl-client",
    "minica-pair",
    "mkcert-client",
    "openssl-16-rsa4096",
    "openssl-intermediate",
    "openssl-p256",
    "openssl-p256-sha512",
    "openssl-rsa-3072",
    "openssl-rsa-4096",
    "openssl-samples-server-client-only",
    "openssl-v1-leaf",
    "step-root-intermediate-leaf",
    "step-root-leaf",
    "tcld-named-leaf",
    "tcld-p384-same-org",
    "tcld-rsa-same-org",
];

#[test]
fn the_findings_of_every_fixture_are_those_stored() {
    let mut table = String::new();
    for fixture in fixtures() {
        for bundle in bundles(&fixture) {
            describe(&fixture, &bundle, &mut table);
        }
    }
    golden::check("generators/expected.txt", &table);
}

#[test]
fn the_known_fault_of_each_faulty_fixture_is_found() {
    for (fixture, fault) in KNOWN_FAULTS {
        let report = report_on(fixture);
        let names: Vec<&str> = report.findings.iter().map(|finding| finding.rule.name).collect();
        assert!(names.contains(fault), "{fixture} lacks {fault}: {names:?}");
    }
}

#[test]
fn no_fault_of_a_certificate_is_found_in_the_sound_fixtures() {
    for fixture in SOUND {
        let report = report_on(fixture);
        let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
        let of_certificates: Vec<String> =
            errors.filter(|finding| finding.rule.code.starts_with("CA-")).map(|f| f.message()).collect();
        assert!(of_certificates.is_empty(), "{fixture}: {of_certificates:?}");
    }
}

#[test]
fn every_fixture_has_a_bundle() {
    for fixture in fixtures() {
        assert!(!bundles(&fixture).is_empty(), "{} has neither ca.pem nor slices", fixture.display());
    }
}

/// The folders, in the order of their names.
fn fixtures() -> Vec<PathBuf> {
    let entries =
        fs::read_dir(golden::testdata().join("generators")).expect("the fixtures are in the repository");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= 30, "only {} fixtures", folders.len());
    folders
}

/// The bundles of a fixture: `ca.pem`, or the slices of a collection.
fn bundles(fixture: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixture).expect("a fixture is a folder");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let is_bundle = |name: &str| name == "ca.pem" || name.starts_with("slice-");
    let mut bundles: Vec<PathBuf> = paths.filter(|path| is_bundle(&name_of(path))).collect();
    bundles.sort();
    bundles
}

/// One line per rule, with the certificates it speaks about; notices are left out.
fn describe(fixture: &Path, bundle: &Path, table: &mut String) {
    let report = check(fixture, bundle);
    let _ = writeln!(table, "{}/{}: {}", name_of(fixture), name_of(bundle), report.verdict().as_str());
    let mut lines: Vec<(&str, &str, &str, Vec<String>)> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.rule.severity >= Severity::Warning) {
        let place = match finding.subject {
            Subject::Bundle => "bundle".to_owned(),
            Subject::Block(block) => format!("block {}", block + 1),
            Subject::Certificate(member) => (member + 1).to_string(),
            Subject::Key | Subject::Trusted(_) => unreachable!("no client is judged here"),
            Subject::Line(line) => format!("line {line}"),
        };
        let rule = finding.rule;
        match lines.iter_mut().find(|(code, ..)| *code == rule.code) {
            Some((.., places)) => places.push(place),
            None => lines.push((rule.code, rule.name, rule.severity.as_str(), vec![place])),
        }
    }
    lines.sort();
    for (_, name, severity, places) in lines {
        let _ = writeln!(table, "    {severity} {name}: {}", places.join(", "));
    }
}

fn report_on(fixture: &str) -> Report {
    let fixture = golden::testdata().join("generators").join(fixture);
    check(&fixture, &fixture.join("ca.pem"))
}

/// Judges a bundle at the moment that its fixture names.
fn check(fixture: &Path, bundle: &Path) -> Report {
    let description =
        fs::read_to_string(fixture.join("fixture.json")).expect("every fixture has a description");
    let description: serde_json::Value = serde_json::from_str(&description).expect("the description is JSON");
    let at = description
        .get("at")
        .and_then(serde_json::Value::as_str)
        .and_then(Timestamp::parse_rfc3339)
        .expect("the description names a moment");
    let bytes = fs::read(bundle).expect("the bundle can be read");
    check_bundle(&bytes, &Profile::temporal_cloud(), at)
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a path in a folder has a name").to_string_lossy().into_owned()
}
