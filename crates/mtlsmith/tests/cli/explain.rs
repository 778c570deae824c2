//! `explain`.

use std::collections::BTreeSet;
use std::process::Command;

use mtlsmith_validate::error_text::meanings;
use serde_json::Value;

use crate::Folder;

#[test]
fn a_known_text_is_explained_and_an_unknown_one_is_not() {
    let folder = Folder::new();
    let known = folder.run("explain remote error: tls: unknown certificate authority").ends(0, &[]);
    assert!(known.stdout.starts_with("server-does-not-know-the-ca  line 1: "), "{known:?}");
    assert!(
        known.stdout.contains("\n  causes    1. ") && known.stdout.contains("\n  next      mtlsmith "),
        "{known:?}"
    );
    let unknown = folder.run("explain all is well").ends(1, &["hint: paste more of the log"]);
    assert_eq!(unknown.stdout, "unknown: no error text that mtlsmith knows stands in it.\n");
    folder.run("explain").ends(2, &["required"]);
}

#[test]
fn the_name_of_a_file_is_told_from_an_error_text() {
    let folder = Folder::with(&[("log.txt", b"remote error: tls: bad certificate")]);
    folder
        .run("explain log.txt")
        .ends(1, &["hint: that is a file; did you mean: mtlsmith explain - < log.txt"]);
    folder.run("explain none.txt").ends(1, &["hint: paste more of the log"]);
}

#[test]
fn a_log_is_read_from_standard_input() {
    let log = "2026-11-23T03:12:44Z INFO started\r\n2026-11-23T03:12:54Z ERROR Failed to connect before the deadline\n\
        Caused by: received fatal alert: CertificateRequired\n";
    let outcome = Folder::new().run_with_input("explain -", log).ends(0, &[]);
    assert!(outcome.stdout.starts_with("no-client-certificate-sent  line 3: "), "{outcome:?}");
    assert!(outcome.stdout.contains("\nclient-could-not-connect  line 2: "), "{outcome:?}");
    Folder::new().run_with_input("explain - --format json", b"\xff\xfe\x00no text").ends(1, &[]);
}

#[test]
fn nothing_of_the_paste_is_repeated() {
    let paste = "Authorization: Bearer tmprl_MayNobodySee \u{1b}[31m desc = \"Request unauthorized.\"";
    for options in ["", "--verbose", "--format json", "--quiet"] {
        let outcome = Folder::new().run_with_input(&format!("explain - {options}"), paste).ends(0, &[]);
        assert!(
            !outcome.stdout.contains("MayNobodySee") && !outcome.stdout.contains('\u{1b}'),
            "{outcome:?}"
        );
    }
}

#[test]
fn the_json_says_the_same() {
    let outcome = Folder::new().run("explain CERTIFICATE_VERIFY_FAILED --format json").ends(0, &[]);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&json["schema"], &json["known"]), (&1.into(), &true.into()));
    let found = &json["matches"][0];
    assert_eq!(
        (&found["name"], &found["said_by"]),
        (&"client-refuses-certificate-of-server".into(), &"client".into())
    );
    assert!(found["sources"][0]["url"].as_str().unwrap().starts_with("https://"), "{outcome:?}");
    let outcome = Folder::new().run("explain nothing --format json").ends(1, &[]);
    assert_eq!(serde_json::from_str::<Value>(&outcome.stdout).unwrap()["known"], false);
}

#[test]
fn every_command_that_is_recommended_exists() {
    let commands: BTreeSet<Vec<&str>> = meanings()
        .flat_map(|meaning| meaning.next)
        .filter_map(|next| next.strip_prefix("mtlsmith "))
        .map(|rest| rest.split_whitespace().take(2).collect())
        .collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for words in commands {
        let output =
            Command::new(env!("CARGO_BIN_EXE_mtlsmith")).args(&words).arg("--help").output().unwrap();
        assert!(output.status.success(), "`mtlsmith {}` does not exist", words.join(" "));
    }
}
