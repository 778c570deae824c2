//! Certificates that others collected to try readers with (test data of zlint and pyca/cryptography): does Go parse them exactly when
//! no rule finds a reason why it should not?
//!
//! The data lies outside the repository. Where it, or `xz` to unpack it, is not there, the test says so loudly and passes.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

/// The rules about what makes Go refuse to parse a certificate.
const PARSE_RULES: &[&str] = &[
    "compressed-point",
    "critical-identifier",
    "duplicate-extension",
    "explicit-curve",
    "malformed-algorithm",
    "malformed-extension",
    "malformed-time",
    "rsa-parameters-not-null",
    "serial-negative",
    "signature-algorithms-disagree",
    "unreadable-key",
    "unreadable-name",
];

/// Where our answer is another one than the corpus, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("pyca/cryptography_vectors/x509/PKITS_data/certs/DSAParametersInheritedCACert.crt", NO_DSA),
    ("pyca/cryptography_vectors/x509/PKITS_data/certs/ValidDSAParameterInheritanceTest5EE.crt", NO_DSA),
    ("pyca/cryptography_vectors/x509/custom/name_attribute_unsupported_tag.pem", STRICTER_SINCE),
    ("pyca/cryptography_vectors/x509/scottishpower-bitstring-dn.pem", STRICTER_SINCE),
    ("pyca/cryptography_vectors/x509/unique_identifier.pem", STRICTER_SINCE),
    ("zlint/subjectCNWrongEncoding.pem", STRICTER_SINCE),
    ("zlint/subjectPostalCodeWrongEncoding.pem", STRICTER_SINCE),
    ("zlint/subjectSerialNumberWrongEncoding.pem", STRICTER_SINCE),
];

const NO_DSA: &str = "the numbers of a DSA key are not read: unsupported-key-type refuses every such key";
const STRICTER_SINCE: &str = "a string type in a name that Go 1.26 does not read (\"unsupported string type\"); the corpus was answered by another version";

/// The share of equal answers below which something is wrong at large.
const AGREEMENT: f64 = 0.995;

/// The corpus, one JSON object a line; `None` where it cannot be had.
fn corpus() -> Option<Vec<Value>> {
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/parse-corpus.jsonl.xz");
    if !file.is_file() {
        mtlsmith_testkit::not_tested("the corpus of single certificates is not here");
        return None;
    }
    let Ok(unpacked) = Command::new("xz").arg("-dc").arg(&file).output() else {
        mtlsmith_testkit::not_tested("there is no xz to unpack the corpus of single certificates with");
        return None;
    };
    assert!(unpacked.status.success(), "xz failed: {}", String::from_utf8_lossy(&unpacked.stderr));
    let text = String::from_utf8(unpacked.stdout).expect("the corpus is UTF-8");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect())
}

/// Why Go does not parse the certificate, as far as the report tells; `None` when it finds nothing of the kind.
fn refusal(report: &Report) -> Option<String> {
    let [member] = report.bundle.members.as_slice() else {
        return Some(format!("{} certificates instead of one", report.bundle.members.len()));
    };
    if let Err(unparsable) = &member.content {
        return Some(unparsable.to_string());
    }
    if member.trailing_bytes > 0 {
        return Some("bytes behind the certificate".to_owned());
    }
    // Go knows P-224; it is Temporal's own checks that do not take it.
    let unknown_curve = |finding: &mtlsmith_validate::finding::Finding| {
        let curve = finding.fact("curve").map(ToString::to_string);
        finding.rule.name == "unsupported-curve" && curve.as_deref() != Some("P-224")
    };
    let refusing = |finding: &&mtlsmith_validate::finding::Finding| {
        PARSE_RULES.contains(&finding.rule.name) || unknown_curve(finding)
    };
    report
        .findings
        .iter()
        .find(refusing)
        .map(|finding| format!("{}: {}", finding.rule.name, finding.message()))
}

#[test]
fn go_parses_what_no_rule_speaks_against() {
    let Some(certificates) = corpus() else { return };
    let (profile, now) = (Profile::temporal_cloud(), Timestamp::from_unix(1_781_481_600));
    let mut differing = BTreeMap::new();
    for certificate in &certificates {
        let field = |name: &str| certificate[name].as_str().unwrap_or_default();
        let refusal = refusal(&check_bundle(field("pem").as_bytes(), &profile, now));
        if (field("go") == "parse") != refusal.is_none() {
            let ours = refusal.unwrap_or_else(|| "nothing found".to_owned());
            differing.insert(
                field("id").to_owned(),
                format!("Go: {} {}; we: {ours}", field("go"), field("go_error")),
            );
        }
    }
    let agreeing = certificates.len() - differing.len();
    println!(
        "{agreeing} of {} certificates: Go parses exactly what no rule speaks against",
        certificates.len()
    );
    compare_with_exceptions(&differing);
    let share =
        f64::from(u32::try_from(agreeing).unwrap()) / f64::from(u32::try_from(certificates.len()).unwrap());
    assert!(share >= AGREEMENT, "only {agreeing} of {} agree", certificates.len());
}

/// Both ways: nothing may differ that is not listed, and nothing may be listed that no longer differs.
fn compare_with_exceptions(differing: &BTreeMap<String, String>) {
    let listed: Vec<&str> = EXCEPTIONS.iter().map(|(id, _)| *id).collect();
    let unlisted = differing.iter().filter(|(id, _)| !listed.contains(&id.as_str()));
    let unlisted: Vec<String> = unlisted.map(|(id, difference)| format!("{id}\n    {difference}")).collect();
    assert!(unlisted.is_empty(), "not among the exceptions:\n{}", unlisted.join("\n"));
    for (id, reason) in EXCEPTIONS {
        assert!(differing.contains_key(*id), "{id} agrees now: take it out of the exceptions");
        assert!(reason.len() > 20, "{id} needs a reason");
    }
}

#[test]
fn every_rule_named_here_exists() {
    for name in PARSE_RULES.iter().copied().chain(["unsupported-curve"]) {
        assert!(mtlsmith_validate::rules::find(name).is_some(), "{name}");
    }
}
