//! Programs that others' libraries drive: Go's `crypto/x509` and OpenSSL's libcrypto. Each is asked for N repetitions and answers
//! with nanoseconds per repetition, its own start-up not counted.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::Candidate;
use crate::measure::say;

/// The peers that are there, each decoding, parsing and checking the signatures of this bundle.
pub(crate) fn in_process(folder: Option<&Path>, bundle: &str) -> Vec<Candidate<'static>> {
    let Some(folder) = folder else { return Vec::new() };
    let file = std::env::temp_dir().join(format!("mtlsmith-bench-{}.pem", std::process::id()));
    let written = std::fs::File::create(&file).and_then(|mut target| target.write_all(bundle.as_bytes()));
    if written.is_err() {
        say("    the temporary folder cannot be written: no peers");
        return Vec::new();
    }
    let peer = |name: &'static str, program: &str, first: &'static [&'static str]| {
        let path = folder.join(program);
        let file = file.clone();
        path.exists().then(|| Candidate {
            name,
            run: Box::new(move |repetitions| {
                let mut command = Command::new(&path);
                command.args(first).arg(repetitions.to_string()).arg(&file).env("GOMAXPROCS", "1");
                let output = command.output().ok().filter(|output| output.status.success())?;
                let nanoseconds = number_in(&String::from_utf8_lossy(&output.stdout))?;
                Some(Duration::from_nanos(nanoseconds) * u32::try_from(repetitions).ok()?)
            }),
        })
    };
    [peer("go", "oracle", &["bench"]), peer("openssl", "openssl-peer", &[])].into_iter().flatten().collect()
}

/// The number behind `nanoseconds_per_iteration` in a line of JSON, or the line itself when it is a bare number.
fn number_in(answer: &str) -> Option<u64> {
    let tail = answer.split("nanoseconds_per_iteration").last()?;
    let digits: String =
        tail.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
