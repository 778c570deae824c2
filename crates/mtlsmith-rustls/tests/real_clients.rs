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

use mtlsmith_testkit::Certificate;
use mtlsmith_validate::filters::FilterSet;
use rustls::pki_types::UnixTime;
use support::live;
use support::live::Live;

/// A connection, and how it ends.
struct Case {
    what: &'static str,
    /// The certificate that is presented; none when empty.
    presented: &'static str,
    server_name: &'static str,
    /// What each library calls the answer; the first is ours.
    words: &'static [&'static str],
    /// Is the application told of a refused client? Nobody is where there is no Namespace.
    is_told: bool,
}

const fn case(
    what: &'static str,
    presented: &'static str,
    server_name: &'static str,
    words: &'static [&'static str],
) -> Case {
    Case { what, presented, server_name, words, is_told: true }
}

const CASES: [Case; 7] = [
    case("good", "good", live::SERVER_NAME, &["admitted"]),
    case("expired", "expired", live::SERVER_NAME, EXPIRED),
    case("another CA", "stranger", live::SERVER_NAME, UNKNOWN_CA),
    case("another Namespace", "good", "billing.a1b2c.tmprl.cloud", UNKNOWN_CA),
    case("filtered out", "good", "filtered.a1b2c.tmprl.cloud", ACCESS_DENIED),
    Case { is_told: false, ..case("no such Namespace", "good", "nobody.a1b2c.tmprl.cloud", ACCESS_DENIED) },
    Case { is_told: false, ..case("no certificate", "", live::SERVER_NAME, REQUIRED) },
];

/// The last is how curl calls that alert in TLS 1.2; the server's certificate is the same that it takes in the other cases.
const EXPIRED: &[&str] = &[
    "certificate expired",
    "expired certificate",
    "CERTIFICATE_EXPIRED",
    "CertificateExpired",
    "SSL certificate verification failed",
];
const UNKNOWN_CA: &[&str] = &["unknown ca", "unknown certificate authority", "UNKNOWN_CA", "UnknownCA"];
const ACCESS_DENIED: &[&str] = &["access denied", "ACCESS_DENIED", "AccessDenied"];
const REQUIRED: &[&str] = &["certificate required", "CERTIFICATE_REQUIRED", "CertificateRequired"];

const VERSIONS: [&str; 2] = ["TLSv1_3", "TLSv1_2"];

/// The server with its clients' certificates on the disk.
fn start() -> Live {
    let live = Live::start();
    live.write("good", &live::leaf("worker", 1, &live.root));
    live.write("expired", &live::expired_leaf("worker", &live.root));
    live.write("stranger", &live::leaf("worker", 2, &live::root("somebody else")));
    let other = live::root("live two");
    let filters = FilterSet::read(br#"{"filters":[{"commonName":"starter"}]}"#).0;
    let set = |namespace: &str, root: &Certificate, filters| {
        live.directory.set(namespace, root.pem().as_bytes(), filters, UnixTime::now()).unwrap()
    };
    set("billing.a1b2c", &other, None);
    set("filtered.a1b2c", &live.root, Some(filters));
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

/// How many clients were admitted so far, and refused.
fn told(live: &Live) -> (usize, usize) {
    (live.told.admitted.lock().unwrap().len(), live.told.refused.lock().unwrap().len())
}

/// The files of a certificate and its key.
type Files = (PathBuf, PathBuf);

/// Asks a client about each case and version: server name, files when there are any, version.
fn each(live: &Live, versions: &[&str], client: impl Fn(&str, Option<&Files>, &str) -> String) {
    for case in CASES {
        let Case { what, presented, server_name, words, is_told } = case;
        for version in versions {
            let path = |kind: &str| live.path(&format!("{presented}.{kind}"));
            let files = (!presented.is_empty()).then(|| (path("crt"), path("key")));
            let before = told(live);
            let answer = client(server_name, files.as_ref(), version);
            println!("{what} {version}: {}", answer.trim());
            assert!(words.iter().any(|word| answer.contains(word)), "{what} {version}: {answer}");
            let is_in = what == "good";
            // Some clients try again before they give up.
            let now = told(live);
            assert_eq!((now.0 - before.0).min(1), usize::from(is_in), "{what} {version}");
            assert_eq!((now.1 - before.1).min(1), usize::from(!is_in && is_told), "{what} {version}");
        }
    }
}

/// What all clients written for this test are told.
fn arguments(live: &Live, name: &str, files: Option<&Files>, version: &str) -> Vec<String> {
    let path = |path: &Path| path.display().to_string();
    let (crt, key) = files.map(|(crt, key)| (path(crt), path(key))).unwrap_or_default();
    vec![
        live.port.to_string(),
        name.to_owned(),
        path(&live.path("server-ca.pem")),
        crt,
        key,
        version.to_owned(),
    ]
}

#[test]
fn openssl_s_client() {
    if !has("openssl", "version") {
        return;
    }
    let live = start();
    each(&live, &VERSIONS, |name, files, version| {
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
        command.arg("-CAfile").arg(live.path("server-ca.pem"));
        if let Some((crt, key)) = files {
            command.arg("-cert").arg(crt).arg("-key").arg(key);
        }
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
    each(&live, &VERSIONS, |name, files, version| {
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
        command.arg("--cacert").arg(live.path("server-ca.pem"));
        if let Some((crt, key)) = files {
            command.arg("--cert").arg(crt).arg("--key").arg(key);
        }
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
    each(&live, &VERSIONS, |name, files, version| {
        printed(Command::new("python3").arg(script).args(arguments(&live, name, files, version)))
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
    each(&live, &VERSIONS, |name, files, version| {
        printed(Command::new(&client).args(arguments(&live, name, files, version)))
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
    // The SDK chooses the version of TLS itself.
    each(&live, &["any"], |name, files, version| {
        let arguments = arguments(&live, name, files, version);
        // In TLS 1.3 a client is refused after it has finished the handshake. Now and then the SDK's transport notices that the
        // connection ends before it has read why, and the SDK says no more than that.
        std::iter::repeat_with(|| printed(Command::new(&python).arg(script).args(&arguments[..5])))
            .take(20)
            .find(|answer| !answer.contains("operation was canceled"))
            .expect("the alert is seen")
    });
}
