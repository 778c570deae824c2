//! The Go oracle: built once into a folder of its own, asked by JSON lines.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use mtlsmith_validate::path::PathFaultKind;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::bundles::Question;
use crate::bundles::base64;

/// The built program. Its folder goes when it does.
pub(crate) struct Oracle {
    folder: PathBuf,
}

/// What Go says about one bundle.
pub(crate) struct Answer {
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    pub(crate) label: String,
    pub(crate) parsed: bool,
    pub(crate) error: String,
    pub(crate) self_signed: bool,
    pub(crate) verifies: bool,
    pub(crate) verify_error: String,
}

/// One certificate with the roots and the others stated.
pub(crate) struct ChainQuestion {
    pub(crate) roots: Vec<String>,
    pub(crate) others: Vec<String>,
    pub(crate) peer: String,
    pub(crate) at: i64,
}

impl Oracle {
    /// `None`, and a line in the log, when there is no Go.
    pub(crate) fn build() -> Option<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/oracle");
        let folder = std::env::temp_dir().join(format!("mtlsmith-go-paths-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("oracle");
        let built = Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(source)
            .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off")])
            .output();
        let why = match built {
            Ok(output) if output.status.success() => return Some(Oracle { folder }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        mtlsmith_testkit::not_tested(&format!(
            "nothing was compared with Go, because `go build` gives: {}",
            why.trim()
        ));
        let _ = fs::remove_dir_all(folder);
        None
    }

    pub(crate) fn bundles(&self, questions: &[Question]) -> Vec<Answer> {
        let lines = questions.iter().map(|question| {
            let at = Timestamp::from_unix(question.at).to_string();
            json!({"id": question.index, "pem": base64(&question.pem), "at": at})
        });
        let answers = self.ask("bundle", lines.collect());
        answers
            .iter()
            .map(|answer| Answer {
                members: answer["certificates"].as_array().unwrap().iter().map(member).collect(),
            })
            .collect()
    }

    /// Whether each peer is admitted, and the error if not.
    pub(crate) fn chains(&self, questions: &[ChainQuestion]) -> Vec<(bool, String)> {
        let lines = questions.iter().map(|question| {
            let at = Timestamp::from_unix(question.at).to_string();
            json!({
                "id": 0, "trusted_certs": question.roots, "untrusted_intermediates": question.others,
                "peer_certificate": question.peer, "validation_time": at,
            })
        });
        let answers = self.ask("chain", lines.collect());
        answers.iter().map(|answer| (answer["admitted"].as_bool().unwrap(), text(&answer["error"]))).collect()
    }

    fn ask(&self, mode: &str, lines: Vec<Value>) -> Vec<Value> {
        let mut child = Command::new(self.folder.join("oracle"))
            .arg(mode)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let count = lines.len();
        let writer = std::thread::spawn(move || {
            for line in lines {
                writeln!(input, "{line}").unwrap();
            }
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), count);
        answers
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn member(value: &Value) -> Member {
    let flag = |name: &str| value[name].as_bool().unwrap();
    Member {
        label: text(&value["label"]),
        parsed: flag("parsed"),
        error: text(&value["error"]),
        self_signed: flag("self_signed"),
        verifies: flag("verifies"),
        verify_error: text(&value["verify_error"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The labels under which this crate sees certificates; Go parses whatever stands in any block.
pub(crate) fn is_certificate_label(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
}

/// Kinds of faults as Go's errors tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Dates,
    CriticalExtension,
    Names,
    Usage,
    Policy,
    Path,
}

/// Which kind of fault an error of `Verify` speaks of; `None` when it does not say. Of several chains Go names the fault of names
/// first, so that kind says nothing about the others.
pub(crate) fn kind_of(error: &str) -> Option<&'static [Class]> {
    let kinds: [(&str, &'static [Class]); 5] = [
        ("unhandled critical extension", &[Class::CriticalExtension]),
        ("certificate has expired or is not yet valid", &[Class::Dates]),
        ("no valid chains built", &[Class::Policy, Class::Usage]),
        ("incompatible key usage", &[Class::Usage]),
        ("not authorized to sign for this name", &[Class::Names, Class::Usage, Class::Policy]),
    ];
    // What stands in parentheses is a hint about one candidate among several.
    let plain = error.split(" (possibly because").next().unwrap_or_default();
    kinds.into_iter().find(|(words, _)| plain.contains(words)).map(|(_, kinds)| kinds)
}

/// Does Go say this of a whole chain? Of an issuer it says what it saw last, which need not be what stopped the best path.
pub(crate) fn speaks_of_chains(kinds: &[Class]) -> bool {
    !kinds.contains(&Class::Dates) && !kinds.contains(&Class::CriticalExtension)
}

pub(crate) fn class(kind: &PathFaultKind) -> Class {
    match kind {
        PathFaultKind::NotYetValid(_) | PathFaultKind::Expired(_) => Class::Dates,
        PathFaultKind::UnhandledCriticalExtension(_) => Class::CriticalExtension,
        PathFaultKind::NameConstraint { .. } => Class::Names,
        PathFaultKind::ExtendedKeyUsage => Class::Usage,
        PathFaultKind::Policy => Class::Policy,
        _ => Class::Path,
    }
}
