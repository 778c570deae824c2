//! The GitHub action's script, run by bash as the runner runs it, with the program that was just built.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests: a failure here is a failure of the test"
)]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_testkit as testkit;
use tempfile::TempDir;

/// A folder in which the action runs.
struct Workspace {
    folder: TempDir,
}

/// How a step ended.
#[derive(Debug)]
struct Step {
    code: i32,
    stdout: String,
    stderr: String,
    /// What it wrote to `GITHUB_OUTPUT`.
    outputs: String,
}

impl Workspace {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Workspace { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The defaults of action.yml, with these inputs instead.
    fn step(&self, inputs: &[(&str, &str)]) -> Step {
        let program = Path::new(env!("CARGO_BIN_EXE_mtlsmith")).parent().unwrap().to_owned();
        self.step_with_path(&format!("{}:/usr/bin:/bin", program.display()), inputs)
    }

    fn step_with_path(&self, path: &str, inputs: &[(&str, &str)]) -> Step {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/actions/check-bundles/check.sh");
        let outputs = self.path(".outputs");
        fs::write(&outputs, "").unwrap();
        let mut command = Command::new("bash");
        command.arg(script).current_dir(self.folder.path()).env_clear();
        command.env("PATH", path).env("GITHUB_OUTPUT", &outputs).env("GITHUB_ACTIONS", "true");
        for (input, default) in DEFAULTS {
            command.env(format!("INPUT_{input}"), default);
        }
        for (input, value) in inputs {
            command.env(format!("INPUT_{input}"), value);
        }
        let output = command.output().expect("bash runs");
        Step {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            outputs: fs::read_to_string(outputs).unwrap(),
        }
    }
}

impl Step {
    /// Checks the status and what the step put out.
    #[track_caller]
    fn ends(self, code: i32, outputs: &str) -> Self {
        assert_eq!((self.code, self.outputs.as_str()), (code, outputs), "{self:?}");
        self
    }

    /// Checks that standard error says this, and says it once.
    #[track_caller]
    fn says_once(self, words: &str) -> Self {
        assert_eq!(self.stderr.matches(words).count(), 1, "{words:?} is not said once: {self:?}");
        self
    }
}

const DEFAULTS: [(&str, &str); 6] = [
    ("FILES", ""),
    ("FORMAT", "github"),
    ("OUTPUT", ""),
    ("FAIL_ON", "error"),
    ("FILTERS", ""),
    ("INSTALL", "false"),
];

/// Valid from long ago until long after any clock under which the test may run.
fn sound() -> String {
    testkit::root_builder("sound").not_after(FAR).self_signed().pem()
}

fn expired(name: &str) -> String {
    testkit::root_builder(name).not_after(testkit::NOT_BEFORE + testkit::days(1)).self_signed().pem()
}

/// The year 2100.
const FAR: i64 = 4_102_444_800;

#[test]
fn annotations_and_the_number_of_findings_come_out() {
    let workspace = Workspace::with(&[("sound.pem", &sound()), ("old.pem", &expired("old"))]);
    let good = workspace.step(&[("FILES", "sound.pem")]).ends(0, "findings=0\n");
    assert!(!good.stdout.contains("::error"), "{good:?}");
    let bad = workspace.step(&[("FILES", "\n  old.pem  \n sound.pem\n")]);
    let number = bad.stdout.matches("::error ").count();
    assert!(number > 0, "{bad:?}");
    bad.ends(1, &format!("findings={number}\n")).says_once("error: old.pem: ");
    let never = workspace.step(&[("FILES", "*.pem"), ("FAIL_ON", "never")]);
    never.ends(0, "findings=0\n");
}

#[test]
fn the_count_follows_the_limit_and_the_filters() {
    let two = testkit::root_builder("two").not_after(FAR).self_signed();
    let text = format!("# a comment\n{}", two.pem());
    let workspace = Workspace::with(&[("ca.pem", &text), ("filters.json", "{\"filters\":")]);
    workspace.step(&[("FILES", "ca.pem")]).ends(0, "findings=0\n");
    let notices = workspace.step(&[("FILES", "ca.pem"), ("FAIL_ON", "notice")]);
    let number: usize = ["::error ", "::warning ", "::notice "]
        .map(|command| notices.stdout.matches(command).count())
        .into_iter()
        .sum();
    assert!(number > 0, "{notices:?}");
    notices.ends(1, &format!("findings={number}\n"));
    workspace
        .step(&[("FILES", "ca.pem"), ("FILTERS", "filters.json")])
        .ends(2, "")
        .says_once("filters.json: line 1: FLT-203 the text is no JSON");
}

#[test]
fn what_cannot_be_read_is_said_once_and_counts_nothing() {
    let workspace = Workspace::with(&[("sound.pem", &sound())]);
    workspace.step(&[("FILES", "missing/*.pem")]).ends(2, "").says_once("no file matches missing/*.pem");
    let step = workspace.step(&[("FILES", "sound.pem\nmissing.pem"), ("FORMAT", "sarif")]);
    step.ends(2, "").says_once("cannot read missing.pem");
    assert!(!workspace.path("mtlsmith.sarif").exists());
}

#[test]
fn reports_go_to_a_file_even_when_none_is_named() {
    let workspace = Workspace::with(&[("old.pem", &expired("old"))]);
    for (format, file) in [("sarif", "mtlsmith.sarif"), ("junit", "mtlsmith.xml"), ("json", "mtlsmith.json")]
    {
        for _ in ["first", "again, over the report of the first"] {
            let step = workspace.step(&[("FILES", "old.pem"), ("FORMAT", format)]);
            assert_eq!(step.stdout, "", "{format}");
            assert!(step.outputs.ends_with(&format!("report={file}\n")), "{step:?}");
            assert_eq!(step.code, 1);
            step.says_once(&format!("so the report goes to {file}")).says_once("error: old.pem: ");
        }
        assert!(fs::read_to_string(workspace.path(file)).unwrap().contains("CA-022"), "{format}");
    }
    let step = workspace.step(&[("FILES", "old.pem"), ("FORMAT", "github"), ("OUTPUT", "log of it.txt")]);
    assert!(step.stdout.contains("::error ") && step.outputs.ends_with("report=log of it.txt\n"), "{step:?}");
    assert!(fs::read_to_string(workspace.path("log of it.txt")).unwrap().contains("::error "));
}

#[test]
fn wrong_inputs_are_named() {
    let workspace = Workspace::with(&[("sound.pem", &sound())]);
    for (input, value, words) in [
        ("FILES", " \n ", "error: the input files is empty"),
        ("FORMAT", "html", "error: the input format is \"html\"; it can be github, sarif, junit or json"),
        (
            "FAIL_ON",
            "bogus",
            "error: the input fail-on is \"bogus\"; it can be error, warning, notice or never",
        ),
        ("OUTPUT", "a\nfindings=7", "error: the input output has more than one line"),
    ] {
        let step = workspace.step(&[("FILES", "sound.pem"), (input, value)]);
        let step = step.ends(2, "").says_once(words);
        assert_eq!((step.stdout.as_str(), step.stderr.lines().count()), ("", 1), "{step:?}");
    }
}

#[test]
fn the_program_is_installed_when_it_is_missing() {
    let workspace = Workspace::with(&[("sound.pem", &sound())]);
    let step = |install: &str| {
        workspace.step_with_path("/usr/bin:/bin", &[("FILES", "sound.pem"), ("INSTALL", install)])
    };
    step("false").ends(2, "").says_once("the command in the input install failed");
    step("true").ends(2, "").says_once("did not put it there");
    let home = workspace.path("home");
    let install = format!(
        "mkdir -p {0}/bin && ln -s {1} {0}/bin/mtlsmith",
        home.display(),
        env!("CARGO_BIN_EXE_mtlsmith")
    );
    let path = format!("/usr/bin:/bin:{}/bin", home.display());
    workspace.step_with_path(&path, &[("FILES", "sound.pem"), ("INSTALL", &install)]).ends(0, "findings=0\n");
}

#[test]
fn the_defaults_of_the_test_are_those_of_the_action() {
    let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.github/actions/check-bundles/action.yml");
    let action = fs::read_to_string(action).unwrap();
    for (input, _) in DEFAULTS {
        let name = input.to_lowercase().replace('_', "-");
        assert!(action.contains(&format!("INPUT_{input}: ${{{{ inputs.{name} }}}}")), "{name}");
    }
    assert!(action.contains("default: github") && action.contains("default: error"));
    assert!(action.contains("--path \"$GITHUB_ACTION_PATH/../../../crates/mtlsmith\""));
    let package = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.github/actions/check-bundles/../../../crates/mtlsmith/Cargo.toml");
    assert!(package.is_file(), "what the action installs is there");
}

#[test]
fn the_guide_says_what_to_replace_and_knows_every_input() {
    let read = |path: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
    };
    let guide = read("docs/ci.md");
    let (before, _) = guide.split_once("## GitHub Actions").unwrap();
    for words in
        ["replace `OWNER`", "cargo install --locked --git https://github.com/OWNER/mtlsmith mtlsmith"]
    {
        assert!(before.contains(words), "{words}");
    }
    for line in guide.lines().filter(|line| line.contains("cargo install --locked")) {
        assert!(line.contains("--git https://"), "it is in no registry: {line}");
    }
    let sarif = guide.split("```yaml").find(|block| block.contains("upload-sarif")).unwrap();
    assert!(sarif.contains("security-events: write"));
    let action = read(".github/actions/check-bundles/action.yml");
    let inputs = action.split("\noutputs:").next().unwrap().split("\ninputs:\n").nth(1).unwrap();
    let names: Vec<&str> = inputs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert_eq!(names.len(), DEFAULTS.len(), "{names:?}");
    for name in names {
        assert!(guide.contains(&format!("| `{name}` | ")), "{name}");
    }
}
