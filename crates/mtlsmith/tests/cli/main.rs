//! The command line as users meet it: the real program, run in folders of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests: a failure here is a failure of the test"
)]

mod access;
mod cert;
mod change;
mod check;
mod compromise;
mod config;
mod explain;
mod filter;
mod r#gen;
mod general;
mod inspect_and_diff;
mod inventory;
mod keeping;
mod names;
mod new;
mod normalize;
mod rollover;
mod rollover_mistakes;
mod rollover_ways;
mod rotation;
mod rules;
mod secrets;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use mtlsmith_testkit as testkit;
use tempfile::TempDir;

/// The time for which the test kit makes certificates.
const NOW: &str = "2026-06-15T00:00:00Z";

/// A folder to run in.
struct Folder {
    path: TempDir,
}

/// How a run ended.
#[derive(Debug)]
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new() -> Self {
        Folder { path: tempfile::tempdir().unwrap() }
    }

    /// A folder with these files.
    fn with(files: &[(&str, &[u8])]) -> Self {
        let folder = Folder::new();
        for (name, bytes) in files {
            folder.write(name, bytes);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of everything in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program, with no variable set.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mtlsmith"));
        command.current_dir(self.path.path()).env_clear().args(line.split_whitespace());
        command
    }

    /// Runs a command line, its words separated by blanks.
    fn run(&self, line: &str) -> Outcome {
        outcome(self.command(line).stdin(Stdio::null()))
    }

    /// Runs it with a variable set.
    fn run_with_variable(&self, line: &str, name: &str, value: &str) -> Outcome {
        outcome(self.command(line).stdin(Stdio::null()).env(name, value))
    }

    /// Runs it with something on standard input.
    fn run_with_input(&self, line: &str, input: impl AsRef<[u8]>) -> Outcome {
        let mut command = self.command(line);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that needs no input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        Outcome::of(child.wait_with_output().unwrap())
    }
}

fn outcome(command: &mut Command) -> Outcome {
    Outcome::of(command.output().unwrap())
}

impl Outcome {
    fn of(output: std::process::Output) -> Self {
        Outcome {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the status, and that standard error says these words.
    #[track_caller]
    fn ends(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "standard error does not say {word:?}: {self:?}");
        }
        self
    }
}

/// A bundle that is accepted, of CAs with these names.
fn bundle(names: &[&str]) -> Vec<u8> {
    names.iter().map(|name| testkit::root(name).pem()).collect::<String>().into_bytes()
}

/// A private key block with a body that must never be shown.
fn private_key() -> (String, &'static str) {
    let body = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
    (format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----\n"), body)
}
