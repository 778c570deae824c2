//! Whole processes: from the shell's point of view, start-up included.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;

use crate::Arguments;
use crate::measure::Candidate;
use crate::measure::Goal;
use crate::measure::PROGRAM;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::readable;
use crate::measure::say;

/// Prints the tables; `false` when a goal is missed.
pub(crate) fn run(arguments: &Arguments) -> bool {
    let Some(mtlsmith) = arguments.mtlsmith.as_deref() else {
        say("process: not measured, no --mtlsmith given");
        return true;
    };
    say("process: whole program, start-up included");
    let mut met = true;
    if let Some(hello) = arguments.hello.as_deref() {
        met &= version(mtlsmith, hello, arguments.rounds);
    }
    for (name, kind) in [("P-256", KeyKind::P256), ("P-384", KeyKind::P384)] {
        met &= check(mtlsmith, arguments.peers.as_deref(), name, kind, arguments.rounds);
    }
    met
}

fn version(mtlsmith: &Path, hello: &Path, rounds: usize) -> bool {
    let candidates =
        vec![program("hello", hello, &["--version"]), program("mtlsmith", mtlsmith, &["--version"])];
    let figures = compare(candidates, rounds);
    for figure in &figures {
        say(&format!(
            "  --version         {:<14}{:>12} ({:>5.3}x)",
            figure.name,
            readable(figure.time),
            figure.ratio
        ));
    }
    let own =
        figures.iter().find(|figure| figure.name == "mtlsmith").map_or(f64::INFINITY, |figure| figure.ratio);
    judge("mtlsmith --version / hello --version", own, Goal::AtMost(1.3))
}

/// 16 certificates: `bundle check` against `openssl verify` of the same certificates and the Go program.
fn check(mtlsmith: &Path, peers: Option<&Path>, name: &str, kind: KeyKind, rounds: usize) -> bool {
    let folder = std::env::temp_dir().join(format!("mtlsmith-bench-process-{}", std::process::id()));
    let root = testkit::root_builder("acme 2026 root").key(Key::new(kind, "process root")).self_signed();
    let mut made = vec![root.clone()];
    for index in 1..16 {
        let issuing = format!("acme 2026 issuing {index}");
        made.push(testkit::intermediate_builder(&issuing).key(Key::new(kind, &issuing)).signed_by(&root));
    }
    let bundle = folder.join("bundle.pem");
    let mut files = vec![("bundle.pem".to_owned(), testkit::bundle(&made.iter().collect::<Vec<_>>()))];
    files.extend(made.iter().enumerate().map(|(index, one)| (format!("{index}.pem"), one.pem())));
    if std::fs::create_dir_all(&folder).is_err()
        || files.iter().any(|(file, text)| std::fs::write(folder.join(file), text).is_err())
    {
        say("    the temporary folder cannot be written");
        return false;
    }
    let bundle = bundle.to_string_lossy().into_owned();
    let at = testkit::NOW.to_string();
    let singles: Vec<String> =
        (0..16).map(|index| folder.join(format!("{index}.pem")).to_string_lossy().into_owned()).collect();
    let mut openssl = vec!["verify", "-attime", &at, "-CAfile", &bundle];
    openssl.extend(singles.iter().map(String::as_str));
    let mut candidates = vec![program(
        "mtlsmith",
        mtlsmith,
        &["bundle", "check", "--quiet", "--at", "2026-06-15T00:00:00Z", &bundle],
    )];
    candidates.push(program("openssl verify", Path::new("openssl"), &openssl));
    if let Some(oracle) = peers.map(|peers| peers.join("oracle")).filter(|oracle| oracle.exists()) {
        candidates.push(program("go", &oracle, &["check", &bundle]));
    }
    let figures = compare(candidates, rounds);
    let mut met = true;
    for figure in &figures {
        let cell = format!("{:<14}{:>12} ({:>5.3}x)", figure.name, readable(figure.time), figure.ratio);
        say(&format!("  check 16 {name:<8} {cell}"));
        match figure.name {
            "openssl verify" => met &= judge("openssl verify / mtlsmith", figure.ratio, Goal::AtLeast(2.5)),
            "go" => met &= judge("Go / mtlsmith", figure.ratio, Goal::AtLeast(1.0)),
            _ => {}
        }
    }
    met
}

fn program(name: &'static str, path: &Path, arguments: &[&str]) -> Candidate<'static> {
    let path = path.to_owned();
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    Candidate {
        name,
        slice: PROGRAM,
        run: Box::new(move |repetitions| {
            let start = Instant::now();
            for _ in 0..repetitions {
                let mut command = Command::new(&path);
                command.args(&arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                let status = command.status().ok()?;
                status.success().then_some(())?;
            }
            Some(start.elapsed())
        }),
    }
}
