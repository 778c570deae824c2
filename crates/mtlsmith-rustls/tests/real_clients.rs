//! Clients that others wrote, over the loopback interface, against the example server: let in with a good certificate, refused with a
//! bad one, and what they then print.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it measured"
)]

mod support;

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use support::live;
use support::live::Live;

/// Which certificate is presented, and a word of each library for the answer; the first is ours.
const CASES: [(&str, &[&str]); 3] = [
    ("good", &["admitted"]),
    // The last is how curl calls that alert in TLS 1.2; the server's certificate is the same that it takes in the other cases.
    (
        "expired",
        &[
            "certificate expired",
            "expired certificate",
            "CERTIFICATE_EXPIRED",
            "SSL certificate verification failed",
        ],
    ),
    ("stranger", &["unknown ca", "unknown certificate authority", "UNKNOWN_CA"]),
];

const VERSIONS: [&str; 2] = ["TLSv1_3", "TLSv1_2"];

/// The server with its clients' certificates on the disk.
fn start() -> Live {
    let live = Live::start();
    live.write("good", &live::leaf("worker", 1, &live.root));
    live.write("expired", &live::expired_leaf("worker", &live.root));
    live.write("stranger", &live::leaf("worker", 2, &live::root("somebody else")));
    live
}

fn has(program: &str, argument: &str) -> bool {
    let there =
        Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        mtlsmith_testkit::not_tested(&format!("{program} as a client: it is not installed"));
    }
    there
}

/// What a program prints, both streams.
fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Asks a client about each certificate and version.
fn each(live: &Live, client: impl Fn(&str, &Path, &Path, &str) -> String) {
    let (mut admitted, mut refused) = (0, 0);
    for (name, words) in CASES {
        for version in VERSIONS {
            let (crt, key) = (live.path(&format!("{name}.crt")), live.path(&format!("{name}.key")));
            let answer = client(live::SERVER_NAME, &crt, &key, version);
            assert!(words.iter().any(|word| answer.contains(word)), "{name} {version}: {answer}");
            println!("{name} {version}: {}", answer.trim().lines().last().unwrap_or_default());
            if name == "good" {
                admitted += 1
            } else {
                refused += 1
            }
            assert_eq!(live.told.admitted.lock().unwrap().len(), admitted, "{name} {version}");
            assert_eq!(live.told.refused.lock().unwrap().len(), refused, "{name} {version}");
        }
    }
}

/// What all clients written for this test are told.
fn arguments(live: &Live, name: &str, crt: &Path, key: &Path, version: &str) -> Vec<String> {
    let path = |path: &Path| path.display().to_string();
    vec![
        live.port.to_string(),
        name.to_owned(),
        path(&live.path("server-ca.pem")),
        path(crt),
        path(key),
        version.to_owned(),
    ]
}

#[test]
fn openssl_s_client() {
    if !has("openssl", "version") {
        return;
    }
    let live = start();
    each(&live, |name, crt, key, version| {
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-ign_eof",
            "-quiet",
            "-verify_return_error",
            "-alpn",
            "h2",
            "-servername",
            name,
        ]);
        command.args(["-connect", &live.address(), if version == "TLSv1_3" { "-tls1_3" } else { "-tls1_2" }]);
        command.arg("-CAfile").arg(live.path("server-ca.pem")).arg("-cert").arg(crt).arg("-key").arg(key);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap();
        // HTTP/2 begins, and ends at once: the server says goodbye and closes.
        let opening =
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let _ = child.stdin.take().unwrap().write_all(opening); // who is refused may be gone already
        let output = child.wait_with_output().unwrap();
        // The server's SETTINGS frame.
        let begun = output.stdout.get(3) == Some(&4);
        format!("{}{}", String::from_utf8_lossy(&output.stderr), if begun { "admitted" } else { "" })
    });
}

#[test]
fn curl() {
    if !has("curl", "--version") {
        return;
    }
    let live = start();
    each(&live, |name, crt, key, version| {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--http2-prior-knowledge",
            "--max-time",
            "30",
            "--noproxy",
            "*",
        ]);
        let limit = if version == "TLSv1_3" { "1.3" } else { "1.2" };
        command.args(["--tls-max", limit, &format!("--tlsv{limit}"), "--data", "admitted"]);
        command.args(["--resolve", &format!("{name}:{}:127.0.0.1", live.port)]);
        command.arg("--cacert").arg(live.path("server-ca.pem")).arg("--cert").arg(crt).arg("--key").arg(key);
        printed(command.arg(format!("https://{name}:{}/echo", live.port)))
    });
}

#[test]
fn python_ssl() {
    if !has("python3", "--version") {
        return;
    }
    let live = start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/client.py");
    each(&live, |name, crt, key, version| {
        printed(Command::new("python3").arg(script).args(arguments(&live, name, crt, key, version)))
    });
}

#[test]
fn go_crypto_tls() {
    if !has("go", "version") {
        return;
    }
    let live = start();
    let client: PathBuf = live.path("client");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/client.go");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&client).arg(source).env("GOFLAGS", "").env("GOTOOLCHAIN", "local");
    let said = printed(&mut build);
    assert!(client.is_file(), "{said}");
    each(&live, |name, crt, key, version| {
        printed(Command::new(&client).args(arguments(&live, name, crt, key, version)))
    });
}

/// The Python with the Temporal SDK in it: `MTLSMITH_TEST_TEMPORAL_SDK` names it, or is `1` for one that is installed for this test.
fn python_with_sdk(live: &Live) -> Option<PathBuf> {
    let Ok(wanted) = std::env::var("MTLSMITH_TEST_TEMPORAL_SDK") else {
        mtlsmith_testkit::not_tested("the Temporal Python SDK: MTLSMITH_TEST_TEMPORAL_SDK=1 downloads it");
        return None;
    };
    if wanted != "1" {
        return Some(PathBuf::from(wanted));
    }
    let environment = live.path("sdk");
    let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).status().unwrap();
    let python = environment.join("bin/python");
    let installed =
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "temporalio"]).status().unwrap();
    assert!(made.success() && installed.success(), "the Temporal Python SDK cannot be installed");
    Some(python)
}

#[test]
fn temporal_python_sdk() {
    let live = start();
    let Some(python) = python_with_sdk(&live) else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/temporal_sdk.py");
    for (name, words) in
        [("good", ["admitted"; 2]), ("expired", ["CertificateExpired"; 2]), ("stranger", ["UnknownCA"; 2])]
    {
        let (crt, key) = (live.path(&format!("{name}.crt")), live.path(&format!("{name}.key")));
        let arguments = arguments(&live, live::SERVER_NAME, &crt, &key, "");
        let answer = printed(Command::new(&python).arg(script).args(&arguments[..5]));
        println!("{name}: {}", answer.trim());
        assert!(words.iter().any(|word| answer.contains(word)), "{name}: {answer}");
    }
}
