//! The help in the README is what the program prints. `UPDATE=1 cargo test` rewrites it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests: a failure here is a failure of the test")]

use std::fs;
use std::path::Path;
use std::process::Command;

const START: &str = "<!-- help -->\n";
const END: &str = "<!-- /help -->\n";

/// `mtlsmith --help` for a terminal of 100 columns.
fn help() -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtlsmith"));
    let output = command.env_clear().env("COLUMNS", "100").arg("--help").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_shows_the_help_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(START).expect("the README has the marker before the help");
    let (shown, after) = rest.split_once(END).expect("the README has the marker after the help");
    let help = help();
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    let block = format!("```text\n$ mtlsmith --help\n{}\n```\n", help.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, [before, START, &block, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(shown, block, "UPDATE=1 cargo test -p mtlsmith --test readme rewrites the block in README.md");
}
