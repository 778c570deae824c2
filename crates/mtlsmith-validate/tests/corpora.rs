//! Bundles that others collected: x509-limbo and NIST PKITS with the static verdicts derived from them, and labelled example cases.
//!
//! The data lies outside the repository. Where it is not there, the tests say so loudly and pass. Every disagreement stands in
//! `testdata/corpora/exceptions.json` with a reason; one that is not listed fails, and so does a listed one that no longer holds.
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
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::ClientCheck;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

/// Which of our rules say what a code of the corpora says.
const CODES: &[(&str, &[&str])] = &[
    ("issuer_not_in_bundle", &["issuer-not-in-bundle", "issuer-encoding-differs", "signed-by-another-key"]),
    ("too_large", &["bundle-too-large"]),
    ("not_ca", &["end-entity-in-bundle", "basic-constraints-absent"]),
    (
        "weak_or_unsupported_signature",
        &["weak-signature-hash", "unsupported-key-type", "unsupported-signature-algorithm", "unusual-pss"],
    ),
    ("well_known_ca", &["well-known-ca-without-filters"]),
    ("too_many", &["too-many-certificates"]),
    ("expired", &["expired", "not-yet-valid"]),
    ("not_v3", &["not-version-3"]),
];

/// The same for clients.
const CLIENT_CODES: &[(&str, &[&str])] = &[
    ("leaf_eku", &["extended-key-usage-without-client-auth", "client-path-excludes-clients"]),
    ("duplicate_dn", &["client-same-name-along-chain"]),
    ("critical_extension", &["client-unhandled-critical-extension"]),
    ("name_constraint", &["client-name-constraint-violated"]),
    (
        "expired",
        &[
            "client-certificate-expired",
            "client-certificate-not-yet-valid",
            "ca-on-path-expired",
            "ca-on-path-not-yet-valid",
        ],
    ),
    ("leaf_is_ca", &["client-certificate-is-ca"]),
    ("leaf_no_digital_signature", &["key-usage-without-digital-signature", "client-key-usage-absent"]),
    ("leaf_no_basic_constraints", &["client-basic-constraints-absent"]),
    ("not_v3", &["end-entity-not-version-3"]),
    ("no_filter_match", &["no-filter-matches"]),
    (
        "weak_or_unsupported_signature",
        &["client-weak-signature-hash", "client-unsupported-signature-algorithm"],
    ),
    (
        "not_issued_by_bundle",
        &["not-issued-by-bundle", "client-signed-by-another-key", "presented-root-not-trusted"],
    ),
];

/// Codes that the static verdicts about leafs are complete for: they follow from the leaf alone, or from the names above it.
const COMPLETE_FOR_LEAFS: &[&str] = &[
    "leaf_is_ca",
    "leaf_no_digital_signature",
    "leaf_no_basic_constraints",
    "not_v3",
    "weak_or_unsupported_signature",
    "duplicate_dn",
];

/// Codes that the static verdicts of the corpora are complete for: if the corpus is silent, we must be too.
const COMPLETE: &[&str] =
    &["issuer_not_in_bundle", "too_large", "not_ca", "weak_or_unsupported_signature", "well_known_ca"];

fn corpora() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    if !folder.is_dir() {
        mtlsmith_testkit::not_tested("the folder with x509-limbo, PKITS and the labelled cases is not here");
        return None;
    }
    Some(folder)
}

fn lines(file: &str) -> Option<Vec<Value>> {
    let path = corpora()?.join(file);
    let text = fs::read_to_string(path).expect("the corpus can be read");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect())
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

fn judge(bundle: &str, at: &str, filters: CertificateFilters) -> Report {
    let now = Timestamp::parse_rfc3339(at).unwrap_or(Timestamp::from_unix(1_795_449_600));
    BundleCheck { profile: &Profile::temporal_cloud(), now, filters }.run(bundle.as_bytes())
}

/// The report about a client's file, as PEM, before a bundle with filters as JSON; none when the text is empty.
fn judge_client(bundle: &str, filters: &str, chain: &str, at: &str) -> Report {
    let now = Timestamp::parse_rfc3339(at).unwrap_or(Timestamp::from_unix(1_795_449_600));
    let filters = (!filters.is_empty()).then(|| FilterSet::read(filters.as_bytes()).0);
    let trust = NamespaceTrust::read(bundle.as_bytes(), filters, &Profile::temporal_cloud());
    ClientCheck { trust: Arc::new(trust), now, key: None }.run(chain.as_bytes())
}

/// The codes of the corpora that our findings amount to.
fn codes(report: &Report) -> BTreeSet<String> {
    codes_by(report, CODES)
}

fn codes_by(report: &Report, codes: &[(&str, &[&str])]) -> BTreeSet<String> {
    let fired: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.name).collect();
    let says = |names: &[&str]| names.iter().any(|name| fired.contains(name));
    codes.iter().filter(|(_, names)| says(names)).map(|(code, _)| (*code).to_owned()).collect()
}

/// Compares what was seen with the recorded exceptions, both ways.
fn ratchet(corpus: &str, seen: &BTreeMap<String, String>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/corpora/exceptions.json");
    let exceptions: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("exceptions.json")).expect("JSON");
    let expected = exceptions[corpus].as_object().expect("one object per corpus");
    let unlisted: Vec<String> = seen
        .iter()
        .filter(|(id, difference)| {
            expected.get(*id).is_none_or(|listed| listed["difference"] != difference.as_str())
        })
        .map(|(id, difference)| format!("{id}: {difference}"))
        .collect();
    assert!(unlisted.is_empty(), "{corpus}, not in exceptions.json:\n{}", unlisted.join("\n"));
    for (id, listed) in expected {
        assert!(seen.contains_key(id), "{corpus} {id} agrees now: take it out of exceptions.json");
        assert!(
            listed["reason"].as_str().is_some_and(|reason| reason.len() > 20),
            "{corpus} {id} needs a reason"
        );
    }
}

fn differences(ours: BTreeSet<String>, complete: &[&str], wanted: &BTreeSet<String>) -> Option<String> {
    let ours: BTreeSet<String> = ours.into_iter().filter(|code| complete.contains(&code.as_str())).collect();
    let missing: Vec<&str> = wanted.difference(&ours).map(String::as_str).collect();
    let extra: Vec<&str> = ours.difference(wanted).map(String::as_str).collect();
    let parts: Vec<String> = [("missing", missing), ("extra", extra)]
        .into_iter()
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(what, codes)| format!("{what} {}", codes.join(" ")))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[test]
fn limbo_bundles_get_the_codes_of_their_static_verdict() {
    let Some(cases) = lines("limbo-client.jsonl") else { return };
    let mut seen = BTreeMap::new();
    for case in &cases {
        let bundle: String =
            case["trusted_certs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let wanted = case["bundle_codes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let report = judge(&bundle, text(case, "validation_time"), CertificateFilters::NotStated);
        if let Some(difference) = differences(codes(&report), COMPLETE, &wanted) {
            seen.insert(text(case, "id").to_owned(), difference);
        }
    }
    println!("x509-limbo: {} bundles, {} explained differences", cases.len(), seen.len());
    ratchet("limbo", &seen);
}

#[test]
fn pkits_bundles_are_read_whole() {
    let Some(cases) = lines("pkits-client.jsonl") else { return };
    for case in &cases {
        let bundle: String =
            case["trusted_certs"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let report = judge(&bundle, text(case, "validation_time"), CertificateFilters::NotStated);
        assert!(!report.bundle.members.is_empty(), "{}", text(case, "id"));
        assert!(
            report.bundle.members.iter().all(|member| member.certificate().is_some()),
            "{}",
            text(case, "id")
        );
        assert!(!report.budget.is_exhausted());
    }
    println!("PKITS: {} bundles", cases.len());
}

/// Would Temporal refuse the bundle? Cases about a leaf ask that of the bundle's structure alone, at a time that fits their leaf: there
/// an expired CA is the answer about the leaf, so findings about dates are left out.
fn is_refused(report: &Report, group: &str) -> bool {
    const DATES: &[&str] = &["expired", "not-yet-valid", "whole-bundle-refused"];
    let mut report = report.clone();
    if group == "leaf" {
        report.findings.retain(|finding| !DATES.contains(&finding.rule.name));
    }
    report.verdict() == Verdict::Refused
}

#[test]
fn labelled_bundles_get_their_verdict_and_codes() {
    let Some(cases) = lines("cases-example.jsonl") else { return };
    let mut judged = 0;
    for case in &cases {
        let expect = &case["expect"];
        let Some(valid) = expect["bundle_valid"].as_bool() else { continue };
        let filters = match case["filters"].as_array() {
            Some(list) => CertificateFilters::Present(list.len()),
            None => CertificateFilters::None,
        };
        let report = judge(text(case, "bundle_pem"), text(case, "at"), filters);
        let id = format!("{}: {}", text(case, "id"), text(case, "note"));
        let fired: Vec<&str> = report.findings.iter().map(|finding| finding.rule.name).collect();
        assert_eq!(!is_refused(&report, text(case, "group")), valid, "{id}: {fired:?}");
        let about_the_bundle = expect["admitted"].is_null() && text(case, "group") != "filters";
        for code in expect["codes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|_| about_the_bundle)
        {
            assert!(codes(&report).contains(code), "{id}: {code} is missing, there is {fired:?}");
        }
        judged += 1;
    }
    println!("labelled cases: {judged} bundles judged");
    assert!(judged >= 20);
}

#[test]
fn limbo_leafs_get_the_codes_of_their_static_verdict() {
    let Some(cases) = lines("limbo-client.jsonl") else { return };
    let mut seen = BTreeMap::new();
    for case in &cases {
        let joined = |field: &str| -> String {
            case[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let chain = format!("{}{}", text(case, "peer_certificate"), joined("untrusted_intermediates"));
        let wanted: BTreeSet<String> = case["leaf_codes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let report = judge_client(&joined("trusted_certs"), "", &chain, text(case, "validation_time"));
        if let Some(difference) = differences(codes_by(&report, CLIENT_CODES), COMPLETE_FOR_LEAFS, &wanted) {
            seen.insert(text(case, "id").to_owned(), difference);
        }
        assert_ne!(
            report.client.as_ref().unwrap().decision.is_admitted(),
            report.client.as_ref().unwrap().decision.findings().iter().any(|_| true),
            "{}: refused or contested means that there is a reason",
            text(case, "id")
        );
    }
    println!("x509-limbo: {} leafs, {} explained differences", cases.len(), seen.len());
    ratchet("limbo-leafs", &seen);
}

#[test]
fn labelled_clients_get_their_verdict_and_codes() {
    let Some(cases) = lines("cases-example.jsonl") else { return };
    let mut judged = 0;
    for case in cases.iter().filter(|case| case["scored"] == true) {
        let expect = &case["expect"];
        let Some(admitted) = expect["admitted"].as_bool() else { continue };
        let filters = match &case["filters"] {
            Value::Null => String::new(),
            list => format!("{{\"filters\":{list}}}"),
        };
        let report =
            judge_client(text(case, "bundle_pem"), &filters, text(case, "chain_pem"), text(case, "at"));
        let id = format!("{}: {}", text(case, "id"), text(case, "note"));
        let said: Vec<String> = report.findings.iter().map(|finding| finding.message()).collect();
        assert_eq!(report.client.as_ref().unwrap().decision.is_admitted(), admitted, "{id}: {said:?}");
        assert_eq!(report.verdict() == Verdict::Accepted, admitted, "{id}: {said:?}");
        for code in expect["codes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(
                codes_by(&report, CLIENT_CODES).contains(code),
                "{id}: {code} is missing, there is {said:?}"
            );
        }
        judged += 1;
    }
    println!("labelled cases: {judged} clients judged");
    assert!(judged >= 12);
}
