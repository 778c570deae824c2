//! Both models of a server against chains that others collected: x509-limbo and NIST PKITS, with the recorded verdicts of Go, OpenSSL
//! and BoringSSL.
//!
//! The data lies outside the repository. Where it is not there, the tests say so loudly and pass. Every disagreement stands in
//! `testdata/corpora/client-exceptions.json` with a reason; one that is not listed fails, and so does a listed one that no longer holds.
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
use std::fs;
use std::path::PathBuf;

use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::Family;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::Opinion;
use mtlsmith_validate::admission::View;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::budget::PATH_STEPS;
use mtlsmith_validate::budget::SIGNATURE_CHECKS;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::path::Anchors;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

/// The sections of PKITS that say something about chains without revocation and policies.
const SECTIONS: &[&str] = &["4.1", "4.2", "4.3", "4.6", "4.7", "4.13", "4.16"];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    if !folder.is_dir() {
        mtlsmith_testkit::not_tested("the folder with the chains of x509-limbo and PKITS is not here");
        return None;
    }
    Some(folder)
}

fn lines(file: &str) -> Option<Vec<Value>> {
    let text = fs::read_to_string(folder()?.join(file)).expect("the corpus can be read");
    Some(text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect())
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

fn texts(case: &Value, field: &str) -> String {
    case[field].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

/// What both models make of a case, and what that cost.
struct Judged {
    opinions: Vec<Opinion>,
    budget: Budget,
}

impl Judged {
    fn new(case: &Value) -> Self {
        let trust =
            NamespaceTrust::read(texts(case, "trusted_certs").as_bytes(), None, &Profile::temporal_cloud());
        let pem = format!("{}{}", text(case, "peer_certificate"), texts(case, "untrusted_intermediates"));
        // Not through `presented`, which stops at 32: what the models make of longer chains is known too.
        let chain = Bundle::read(pem.as_bytes()).members;
        let now = Timestamp::parse_rfc3339(text(case, "validation_time"))
            .unwrap_or(Timestamp::from_unix(1_795_449_600));
        let mut budget = Budget::default();
        let opinions = trust.opinions_on(&chain, now, &mut budget);
        Judged { opinions, budget }
    }

    fn view(&self, family: Family, anchors: Anchors) -> &View {
        let of_server =
            |opinion: &&Opinion| opinion.server.family == family && opinion.server.anchors == anchors;
        &self.opinions.iter().find(of_server).expect("each server has an opinion").view
    }
}

const fn verdict(view: &View) -> &'static str {
    match view {
        View::Admits(_) => "SUCCESS",
        View::Refuses(_) => "FAILURE",
        View::Varies(..) => "VARIES",
    }
}

/// The recorded verdicts of the family: both, one, or none.
fn recorded(case: &Value) -> &'static str {
    match (text(case, "openssl_result"), text(case, "boringssl_result")) {
        ("SUCCESS", "SUCCESS") => "SUCCESS",
        ("FAILURE", "FAILURE") => "FAILURE",
        _ => "VARIES",
    }
}

/// What was seen of one corpus: how often the second model is sure, and the disagreements by case.
#[derive(Default)]
struct Seen {
    go: usize,
    family: BTreeMap<(&'static str, &'static str), usize>,
    differences: BTreeMap<String, String>,
}

impl Seen {
    fn compare(&mut self, case: &Value, judged: &Judged, anchors_of_openssl: Anchors) {
        let id = text(case, "id");
        let go = judged.view(Family::Go, Anchors::EveryMember);
        self.go += usize::from(verdict(go) == text(case, "go_result"));
        let mut differences = Vec::new();
        if verdict(go) != text(case, "go_result") {
            differences.push(format!("Go {}, here {}", text(case, "go_result"), verdict(go)));
        }
        let family = judged.view(Family::OpenSsl, anchors_of_openssl);
        *self.family.entry((recorded(case), verdict(family))).or_default() += 1;
        if !matches!(family, View::Varies(..)) && verdict(family) != recorded(case) {
            differences.push(format!(
                "OpenSSL {}, BoringSSL {}, here {}",
                text(case, "openssl_result"),
                text(case, "boringssl_result"),
                verdict(family)
            ));
        }
        if !differences.is_empty() {
            self.differences.insert(id.to_owned(), differences.join("; "));
        }
    }

    /// Compares what was seen with the recorded exceptions, both ways.
    fn ratchet(&self, corpus: &str) {
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/corpora/client-exceptions.json");
        let exceptions: Value =
            serde_json::from_str(&fs::read_to_string(path).expect("client-exceptions.json")).expect("JSON");
        let expected = exceptions[corpus].as_object().expect("one object per corpus");
        let unlisted: Vec<String> = self
            .differences
            .iter()
            .filter(|(id, difference)| {
                expected.get(*id).is_none_or(|listed| listed["difference"] != difference.as_str())
            })
            .map(|(id, difference)| format!("{id}: {difference}"))
            .collect();
        assert!(unlisted.is_empty(), "{corpus}, not in client-exceptions.json:\n{}", unlisted.join("\n"));
        for (id, listed) in expected {
            assert!(
                self.differences.contains_key(id),
                "{corpus} {id} agrees now: take it out of client-exceptions.json"
            );
            let reason = listed["reason"].as_str().unwrap_or_default();
            assert!(reason.len() > 20, "{corpus} {id} needs a reason");
        }
    }
}

#[test]
fn both_models_decide_limbo_as_recorded() {
    let Some(cases) = lines("limbo-client.jsonl") else { return };
    let mut seen = Seen::default();
    let (mut admitted, mut core) = (0, 0);
    for case in &cases {
        let judged = Judged::new(case);
        seen.compare(case, &judged, Anchors::EveryMember);
        if text(case, "cls") == "core" {
            core += 1;
            let go = judged.view(Family::Go, Anchors::EveryMember);
            assert_eq!(verdict(go), text(case, "go_result"), "{} {go:?}", text(case, "id"));
        }
        let all = judged.opinions.iter().filter(|opinion| opinion.server.anchors == Anchors::EveryMember);
        if all.into_iter().all(|opinion| opinion.view.admits()) {
            admitted += 1;
            assert_eq!(text(case, "consensus"), "admit", "{}", text(case, "id"));
        }
    }
    println!(
        "x509-limbo: {} chains, Go agrees on {}, all {core} of class core among them; {admitted} admitted by both models, all within \
         the consensus; (OpenSSL and BoringSSL, here): {:?}; {} explained differences",
        cases.len(),
        seen.go,
        seen.family,
        seen.differences.len()
    );
    seen.ratchet("limbo");
}

#[test]
fn both_models_decide_pkits_as_recorded() {
    let Some(mut cases) = lines("pkits-client.jsonl") else { return };
    cases.retain(|case| SECTIONS.contains(&text(case, "id").rsplit_once('.').unwrap_or_default().0));
    let mut seen = Seen::default();
    for case in &cases {
        let judged = Judged::new(case);
        // OpenSSL was asked without partial chains; each case trusts one self-signed certificate, so that makes no difference.
        seen.compare(case, &judged, Anchors::Roots);
    }
    println!(
        "PKITS: {} chains, Go agrees on {}; (OpenSSL and BoringSSL, here): {:?}; {} explained differences",
        cases.len(),
        seen.go,
        seen.family,
        seen.differences.len()
    );
    assert!(cases.len() > 80);
    seen.ratchet("pkits");
}

#[test]
fn chains_that_try_to_exhaust_stay_within_the_budget() {
    let Some(mut cases) = lines("limbo-client.jsonl") else { return };
    cases.retain(|case| text(case, "cls") == "dos");
    assert!(cases.len() >= 7);
    for case in &cases {
        let Judged { budget, .. } = Judged::new(case);
        println!(
            "{}: {} signatures checked, {} steps",
            text(case, "id"),
            budget.signatures_spent(),
            budget.steps_spent()
        );
        assert!(budget.signatures_spent() <= SIGNATURE_CHECKS, "{}", text(case, "id"));
        assert!(budget.steps_spent() <= PATH_STEPS, "{}", text(case, "id"));
    }
}
