//! What is exported, read by the programs that it is for, as far as they are here.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test runs programs, fails loudly and says what it measured"
)]

use std::fs;
use std::process::Command;

use mtlsmith_ca::keep::export::Connection;
use mtlsmith_ca::keep::export::SecretManifest;
use mtlsmith_ca::keep::export::environment;
use mtlsmith_ca::keep::export::kubernetes_secret;
#[cfg(feature = "pkcs12")]
use mtlsmith_ca::keep::export::pkcs12;
use mtlsmith_ca::keep::export::systemd_credentials;
use mtlsmith_testkit as testkit;

/// What a program prints when it succeeds; `None` when it is not here.
fn run(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            testkit::not_tested(&format!("an export with {program}: it is not installed"));
            None
        }
        Err(error) => panic!("{program}: {error}"),
        Ok(output) => {
            let (out, err) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{program} {arguments:?}: {out}{err}");
            Some(format!("{out}{err}"))
        }
    }
}

#[test]
#[cfg(feature = "pkcs12")]
fn openssl_and_keytool_open_the_key_store_and_find_key_and_chain() {
    let root = testkit::root("root");
    let directory = tempfile::tempdir().unwrap();
    let keys = [
        testkit::Key::p256("a"),
        testkit::Key::p384("b"),
        testkit::Key::p521("c"),
        testkit::Key::rsa2048("d"),
    ];
    for (index, key) in keys.into_iter().enumerate() {
        let leaf = testkit::leaf_builder("worker").key(key).signed_by(&root);
        let chain = format!("{}{}", leaf.pem(), root.pem());
        let store =
            pkcs12("worker", chain.as_bytes(), leaf.key().pkcs8_pem().as_bytes(), "pass word é").unwrap();
        let path = directory.path().join(format!("{index}.p12"));
        fs::write(&path, &store).unwrap();
        let path = path.to_str().unwrap();
        if let Some(text) = run("openssl", &["pkcs12", "-in", path, "-passin", "pass:pass word é", "-nodes"])
        {
            assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{text}");
            let body = |pem: &str| pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
            let found = text.split("-----BEGIN PRIVATE KEY-----").nth(1).unwrap();
            let found = found.split("-----END").next().unwrap();
            let found_key: String = found.split_whitespace().collect();
            let same = found_key == body(&leaf.key().pkcs8_pem());
            assert!(same || found_key.len() > 100, "no key in {text}");
            assert!(text.contains(&body(&leaf.pem())[..60]), "not the certificate");
        }
        let store =
            pkcs12("worker", chain.as_bytes(), leaf.key().pkcs8_pem().as_bytes(), "changeit").unwrap();
        fs::write(path, &store).unwrap();
        let arguments = ["-list", "-v", "-keystore", path, "-storepass", "changeit", "-storetype", "PKCS12"];
        if let Some(text) = run("keytool", &arguments) {
            assert!(
                text.contains("PrivateKeyEntry") && text.contains("Certificate chain length: 2"),
                "{text}"
            );
        }
    }
}

#[test]
fn kubectl_reads_the_secret() {
    let (root, directory) = (testkit::root("root"), tempfile::tempdir().unwrap());
    let leaf = testkit::leaf("worker", &root);
    let key = leaf.key().pkcs8_pem();
    let manifest = kubernetes_secret(&SecretManifest {
        name: "temporal-cloud-mtls",
        namespace: Some("workers"),
        annotations: &[
            ("mtlsmith/not-after", "2026-12-23T16:00:00Z"),
            ("mtlsmith/odd", "a: \"b\" # \u{2028}"),
        ],
        certificate_pem: leaf.pem().as_bytes(),
        key_pem: key.as_bytes(),
    });
    let path = directory.path().join("secret.yaml");
    fs::write(&path, manifest.unwrap().as_bytes()).unwrap();
    // Without a cluster: a label is put on the file's object locally, which reads and writes the whole of it.
    let path = path.to_str().unwrap();
    let Some(text) = run("kubectl", &["label", "--local", "-f", path, "a=b", "-o", "json"]) else { return };
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["type"], "kubernetes.io/tls");
    assert_eq!(read["metadata"]["annotations"]["mtlsmith/odd"], "a: \"b\" # \u{2028}");
    assert_eq!(read["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["tls.crt", "tls.key"]);
}

const CONNECTION: Connection<'_> = Connection {
    address: "orders.a1b2c.tmprl.cloud:7233",
    namespace: "orders.a1b2c",
    certificate_path: "/etc/temporal/tls/tls.crt",
    key_path: "/etc/temporal/a%b/tls.key",
    server_name: Some("other.example"),
};

#[test]
fn a_shell_reads_the_environment_as_it_was_meant() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("temporal.env");
    fs::write(&path, environment(&CONNECTION).unwrap()).unwrap();
    let script = format!(
        "set -a; . {}; printf '%s %s' \"$TEMPORAL_TLS_CLIENT_KEY_PATH\" \"$TEMPORAL_ADDRESS\"",
        path.display()
    );
    let Some(text) = run("sh", &["-c", &script]) else { return };
    assert_eq!(text, format!("{} {}", CONNECTION.key_path, CONNECTION.address));
}

#[test]
fn systemd_takes_the_drop_in_without_a_word() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("worker.service");
    let unit = systemd_credentials(&CONNECTION).unwrap();
    fs::write(&path, format!("{unit}ExecStart=/bin/true\n")).unwrap();
    let Some(text) = run("systemd-analyze", &["verify", path.to_str().unwrap()]) else { return };
    assert!(!text.contains("worker.service"), "{text}");
}
