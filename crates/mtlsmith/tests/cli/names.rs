//! Names that an attacker may have written: no line that is printed is theirs, neither for a person nor for a GitHub runner.

use std::ffi::OsString;
use std::process::Stdio;

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;
use crate::Outcome;
use crate::bundle;
use crate::outcome;

/// What tries to start a line, or a command of the runner in the middle of one.
const NAMES: [&str; 5] = [
    "a\n::add-mask::x\r::set-output::y\u{85}::stop-commands::z\u{2028}::error::w",
    "::add-mask::x",
    "a ::error::x  ::error::y",
    "a ##[add-mask]x",
    ":",
];

/// Text may be laid out anew, so a line may start at every blank.
#[track_caller]
fn assert_harmless(outcome: &Outcome, what: &str) {
    for text in [&outcome.stdout, &outcome.stderr] {
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{what}: {text}");
        }
        let harmful =
            text.chars().find(|letter| *letter != '\n' && (letter.is_control() || *letter == '\u{2028}'));
        assert_eq!(harmful, None, "{what}: {text:?}");
    }
}

fn run(folder: &Folder, words: &[&str], input: &[u8]) -> Outcome {
    folder.write("input", input);
    let input = std::fs::File::open(folder.path("input")).unwrap();
    let outcome = outcome(folder.command("").args(words).stdin(Stdio::from(input)));
    assert_harmless(&outcome, &format!("{words:?}"));
    outcome
}

#[test]
fn arguments_make_no_lines() {
    for name in NAMES {
        let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
        let option = format!("--{name}");
        for words in [
            &["bundle", "check", name][..],
            &["bundle", "check", "ca.pem", name],
            &["bundle", "check", "ca.pem", "--filters", name],
            &["bundle", "check", "ca.pem", "--at", name],
            &["bundle", "check", "ca.pem", "--format", name],
            &["bundle", "check", "ca.pem", "--expiry-notice", name],
            &["bundle", "check", "ca.pem", &option],
            &["bundle", "remove", "ca.pem", "--fingerprint", name],
            &["bundle", "normalize", "ca.pem", "--encode", "k8s", "--name", name],
            &["bundle", "add", name, "ca.pem"],
            &["bundle", "diff", "ca.pem", name],
            &["bundle", "inspect", name],
            &["bundle", name],
            &["filter", "check", name],
            &["filter", "match", name, "ca.pem"],
            &["filter", "diff", name, "ca.pem", "--certs", "ca.pem"],
            &["filter", "suggest", "--certs", name],
            &["filter", name],
            &["rules", "explain", name],
            &["completions", name],
            &[name],
        ] {
            assert_ne!(run(&folder, words, b"").code, 0, "{words:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_make_no_lines_either() {
    use std::os::unix::ffi::OsStringExt;
    let folder = Folder::new();
    let name = OsString::from_vec(b"a\xff\n::add-mask::x".to_vec());
    for words in [&["bundle", "check"][..], &["bundle"], &["rules", "explain"], &[]] {
        let outcome = outcome(folder.command("").args(words).arg(&name).stdin(Stdio::null()));
        assert_harmless(&outcome, &format!("{words:?}"));
        assert_eq!(outcome.code, 2);
    }
}

#[test]
fn file_names_make_no_lines() {
    let expired = testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem();
    let untidy = format!("# ours\n{}", testkit::root("b").pem());
    for name in NAMES {
        let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("no.pem", b"hello")]);
        for input in [expired.as_bytes(), untidy.as_bytes(), b"hello", b""] {
            let stdin = ["-", "--stdin-filename", name];
            for words in [
                &["bundle", "check", "--format", "text", "--at", NOW][..],
                &["bundle", "check", "--format", "text", "--at", NOW, "--verbose"],
                &["bundle", "check", "--format", "text", "--at", NOW, "--quiet", "--fail-on", "notice"],
                &["bundle", "check", "--format", "json", "--at", NOW],
                &["bundle", "inspect", "--at", NOW],
                &["bundle", "normalize", "--check"],
                &["bundle", "add", "ca.pem", "--at", NOW],
                &["bundle", "remove", "ca.pem", "--certificate", "ca.pem", "--at", NOW],
                &["bundle", "diff", "ca.pem", "--at", NOW],
            ] {
                run(&folder, &[words, &stdin].concat(), input);
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn written_files_make_no_lines() {
    for name in NAMES {
        let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
        let line = ["bundle", "normalize", "ca.pem", "--output", name];
        assert_eq!(run(&folder, &line, b"").code, 0);
        assert_eq!(run(&folder, &line, b"").code, 3);
        assert_eq!(run(&folder, &["bundle", "normalize", name, "--check"], b"").code, 0);
        folder.write("folder/x", "");
        std::fs::remove_file(folder.path(name)).unwrap();
        std::fs::rename(folder.path("folder"), folder.path(name)).unwrap();
        assert_eq!(run(&folder, &line, b"").code, 2);
        assert_eq!(run(&folder, &["bundle", "check", name], b"").code, 2);
        let pattern = format!("{name}/*.pem");
        assert_eq!(run(&folder, &["bundle", "check", &pattern], b"").code, 2);
        assert_eq!(run(&folder, &["man", "--output", name], b"").code, 0);
    }
}

#[test]
fn subjects_make_no_lines() {
    for name in NAMES {
        let evil = testkit::root_builder("evil").subject(testkit::Name::new().cn(name)).self_signed();
        let old = testkit::root_builder("old").subject(testkit::Name::new().o("x").cn(name));
        let old = old.not_after(testkit::NOW - 1).self_signed();
        let below = testkit::intermediate("below", &evil);
        let orphan = testkit::intermediate("orphan", &old);
        let folder = Folder::with(&[
            ("ca.pem", &bundle(&["a"])),
            ("evil.pem", evil.pem().as_bytes()),
            ("old.pem", old.pem().as_bytes()),
            ("all.pem", testkit::bundle(&[&evil, &below, &orphan]).as_bytes()),
        ]);
        let unknown = "00".repeat(20);
        for words in [
            &["bundle", "add", "ca.pem", "evil.pem"][..],
            &["bundle", "add", "ca.pem", "old.pem"],
            &["bundle", "add", "old.pem", "evil.pem"],
            &["bundle", "add", "evil.pem", "evil.pem"],
            &["bundle", "remove", "evil.pem", "--fingerprint", &unknown],
            &["bundle", "remove", "all.pem", "--certificate", "evil.pem", "--allow-refused"],
            &["bundle", "diff", "ca.pem", "all.pem"],
            &["bundle", "diff", "all.pem", "ca.pem"],
            &["bundle", "diff", "all.pem", "ca.pem", "--format", "json"],
            &["bundle", "inspect", "all.pem"],
            &["bundle", "inspect", "all.pem", "--verbose"],
            &["bundle", "inspect", "all.pem", "--format", "json"],
            &["bundle", "check", "all.pem", "old.pem", "--format", "text"],
            &["bundle", "check", "all.pem", "old.pem", "--format", "text", "--verbose"],
        ] {
            run(&folder, &[words, &["--at", NOW]].concat(), b"");
        }
    }
}

#[test]
fn json_holds_no_character_that_a_terminal_obeys() {
    let name = testkit::Name::new().cn("x\u{9b}2J\u{202e}y\u{7f}");
    let evil = testkit::root_builder("evil").subject(name).self_signed();
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("evil.pem", evil.pem().as_bytes())]);
    for line in [
        "bundle diff ca.pem evil.pem --format json",
        "bundle diff evil.pem ca.pem --format json",
        "bundle inspect evil.pem --format json",
        "bundle check evil.pem --format json",
        "bundle check evil.pem --format sarif",
    ] {
        let outcome = folder.run(&format!("{line} --at {NOW}"));
        let harmful = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(!outcome.stdout.contains(harmful), "{line}: {:?}", outcome.stdout);
        let _: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    }
    let diff = folder.run(&format!("bundle diff ca.pem evil.pem --format json --at {NOW}")).stdout;
    let diff: serde_json::Value = serde_json::from_str(&diff).unwrap();
    assert!(diff["added"][0]["subject"].as_str().unwrap().contains("x\u{9b}2J\u{202e}y\u{7f}"));
}
