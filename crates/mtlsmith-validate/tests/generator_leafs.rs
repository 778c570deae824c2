//! The client certificates that real tools make: what is decided about each before the bundle of the same tool.
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
use std::path::PathBuf;
use std::sync::Arc;

use mtlsmith_testkit::golden;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::admission::ClientCheck;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

/// What the tools make for this very purpose has to get in, whatever it leaves out. The stored table can be renewed, this list has to
/// be edited.
const ADMITTED: &[&str] = &[
    "certstrap-pair",
    "cfssl-client",
    "minica-pair",
    "mkcert-client",
    "openssl-intermediate",
    "openssl-p256",
    "openssl-p256-sha512",
    "openssl-rsa-3072",
    "openssl-rsa-4096",
    "step-root-intermediate-leaf",
    "step-root-leaf",
    "tcld-named-leaf",
    "tcld-p384-same-org",
    "tcld-rsa-same-org",
    "tcld-two-cas-same-org",
];

/// What is known to be wrong with a leaf: the tool's own example breaks a documented rule.
const KNOWN_FAULTS: &[(&str, &str)] = &[
    ("openssl-v1-leaf", "end-entity-not-version-3"),
    ("terraform-metrics-endpoint-shape", "client-same-name-along-chain"),
    ("terraform-namespace-example-shape", "client-same-name-along-chain"),
    ("openssl-ed25519", "client-unsupported-signature-algorithm"),
    ("openssl-ed448", "client-unsupported-signature-algorithm"),
    ("openssl-dsa", "client-unsupported-signature-algorithm"),
];

#[test]
fn the_leafs_of_the_usual_generators_get_in() {
    for fixture in ADMITTED {
        let report = report_on(fixture).expect("the fixture has a leaf");
        let said: Vec<String> = report.findings.iter().map(|finding| finding.message()).collect();
        assert!(report.client.as_ref().unwrap().decision.is_admitted(), "{fixture}: {said:?}");
        assert!(
            report.findings.iter().all(|finding| finding.rule.severity < Severity::Error),
            "{fixture}: {said:?}"
        );
    }
}

#[test]
fn the_known_fault_of_a_leaf_is_found_and_decides() {
    for (fixture, fault) in KNOWN_FAULTS {
        let report = report_on(fixture).expect("the fixture has a leaf");
        let decision = &report.client.as_ref().unwrap().decision;
        let names: Vec<&str> = decision.findings().iter().map(|finding| finding.rule.name).collect();
        assert!(names.contains(fault), "{fixture} lacks {fault}: {names:?}");
        assert!(!decision.is_admitted(), "{fixture}");
    }
}

#[test]
fn what_is_said_about_every_leaf_is_what_is_stored() {
    let mut table = String::new();
    for fixture in fixtures() {
        let Some(report) = report_on(&fixture) else { continue };
        let decision = report.client.as_ref().unwrap().decision.as_str();
        let _ = writeln!(table, "{fixture}: {decision}");
        for finding in &report.findings {
            let rule = finding.rule;
            let _ = writeln!(table, "    {} {} {}", rule.severity.as_str(), rule.code, rule.name);
        }
    }
    golden::check("generators/expected-leafs.txt", &table);
}

fn fixtures() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the fixtures are in the repository");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let mut names: Vec<String> = paths
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn folder() -> PathBuf {
    golden::testdata().join("generators")
}

/// Judges a leaf at the moment that its fixture names; `None` when the fixture has no leaf.
fn report_on(fixture: &str) -> Option<Report> {
    let folder = folder().join(fixture);
    let leaf = fs::read(folder.join("leaf.pem")).ok()?;
    let bundle = fs::read(folder.join("ca.pem")).expect("a fixture with a leaf has a bundle");
    let description =
        fs::read_to_string(folder.join("fixture.json")).expect("every fixture has a description");
    let description: serde_json::Value = serde_json::from_str(&description).expect("the description is JSON");
    let now = description["at"]
        .as_str()
        .and_then(Timestamp::parse_rfc3339)
        .expect("the description names a moment");
    let trust = NamespaceTrust::read(&bundle, None, &Profile::temporal_cloud());
    Some(ClientCheck { trust: Arc::new(trust), now, key: None }.run(&leaf))
}
