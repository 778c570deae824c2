//! Inputs made to break parsers, through the real binary: each is answered with the expected verdict, and with no crash.
//!
//! The generator lies outside the repository and needs Python's `cryptography`. Where it is not there, the test says so loudly.
//! Times and memory are for `scripts/hostile.py`, not for a test on a loaded machine.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_hostile_input_gets_its_verdict() {
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/hostile_gen.py");
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("python3").arg(&generator).arg(folder.path()).output();
    if !made.as_ref().is_ok_and(|output| output.status.success()) {
        mtlsmith_testkit::not_tested(
            "the generator of hostile inputs, python3 or its package cryptography is not here",
        );
        return;
    }
    let index = fs::read_to_string(folder.path().join("index.jsonl")).unwrap();
    let (mut judged, mut wrong) = (0, Vec::new());
    for line in index.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = case["file"].as_str().unwrap();
        if !file.ends_with(".pem") {
            continue; // filters have an engine of their own
        }
        let path = folder.path().join(file);
        let output = Command::new(env!("CARGO_BIN_EXE_mtlsmith"))
            .args(["bundle", "check", "--at", "2026-06-15T00:00:00Z", "--color", "never"])
            .arg(&path)
            .output()
            .unwrap();
        let code = output.status.code();
        let expected = match case["expect"].as_str().unwrap() {
            "accept" => code == Some(0),
            "reject" => code == Some(1),
            _ => matches!(code, Some(0 | 1)),
        };
        if !expected {
            wrong.push(format!("{file}: exit {code:?}, expected {}", case["expect"]));
        }
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{file}");
        judged += 1;
    }
    println!("{judged} hostile inputs");
    assert!(judged >= 190 && wrong.is_empty(), "{}", wrong.join("\n"));
}
