//! Programs that others' libraries drive: Go's `crypto/x509` and OpenSSL's libcrypto. Each is asked for N repetitions and answers
//! with nanoseconds per repetition, its own start-up not counted.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::Candidate;
use crate::measure::PROGRAM;
use crate::measure::say;

/// The peers that are there, each decoding, parsing and checking the signatures of this bundle.
pub(crate) fn in_process(folder: Option<&Path>, bundle: &str) -> Vec<Candidate<'static>> {
    asked(folder, bundle, &[("go", "oracle", &["bench"]), ("openssl", "openssl-peer", &[])])
}

/// Go's `Verify` of a chain: the leaf first, the root last, which is trusted.
pub(crate) fn verifying(folder: Option<&Path>, chain: &str) -> Vec<Candidate<'static>> {
    asked(folder, chain, &[("go", "oracle", &["bench-verify"])])
}

/// Go's way of making a client certificate and its key, for a curve by its name.
pub(crate) fn minting(folder: Option<&Path>, curve: &'static str) -> Vec<Candidate<'static>> {
    let Some(oracle) = folder.map(|folder| folder.join("oracle")).filter(|oracle| oracle.exists()) else {
        return Vec::new();
    };
    let run = move |repetitions: u64| {
        let mut command = Command::new(&oracle);
        command.args(["bench-mint", &repetitions.to_string(), curve]).env("GOMAXPROCS", "1");
        let output = command.output().ok().filter(|output| output.status.success())?;
        let nanoseconds = number_in(&String::from_utf8_lossy(&output.stdout))?;
        Some(Duration::from_nanos(nanoseconds) * u32::try_from(repetitions).ok()?)
    };
    vec![Candidate { name: "go", slice: PROGRAM, run: Box::new(run) }]
}

/// Name, program and first arguments of a peer.
type Peer = (&'static str, &'static str, &'static [&'static str]);

fn asked(folder: Option<&Path>, text: &str, peers: &[Peer]) -> Vec<Candidate<'static>> {
    let Some(folder) = folder else { return Vec::new() };
    let file = std::env::temp_dir().join(format!("mtlsmith-bench-{}-{}.pem", std::process::id(), text.len()));
    let written = std::fs::File::create(&file).and_then(|mut target| target.write_all(text.as_bytes()));
    if written.is_err() {
        say("    the temporary folder cannot be written: no peers");
        return Vec::new();
    }
    let there = peers.iter().filter(|(_, program, _)| folder.join(program).exists());
    there
        .map(|&(name, program, first)| {
            let (path, file) = (folder.join(program), file.clone());
            let run = move |repetitions: u64| {
                let mut command = Command::new(&path);
                command.args(first).arg(repetitions.to_string()).arg(&file).env("GOMAXPROCS", "1");
                let output = command.output().ok().filter(|output| output.status.success())?;
                let nanoseconds = number_in(&String::from_utf8_lossy(&output.stdout))?;
                Some(Duration::from_nanos(nanoseconds) * u32::try_from(repetitions).ok()?)
            };
            Candidate { name, slice: PROGRAM, run: Box::new(run) }
        })
        .collect()
}

/// The number behind `nanoseconds_per_iteration` in a line of JSON, or the line itself when it is a bare number.
fn number_in(answer: &str) -> Option<u64> {
    let tail = answer.split("nanoseconds_per_iteration").last()?;
    let digits: String =
        tail.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
