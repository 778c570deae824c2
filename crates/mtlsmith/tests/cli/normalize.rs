//! `bundle normalize`.

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::bundle;
use crate::private_key;

/// The same certificates by another writer of PEM: LF, 64 columns.
fn by_another_writer(names: &[&str]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    let block = |name: &&str| pem::Pem::new("CERTIFICATE", testkit::root(name).der());
    names.iter().map(|name| pem::encode_config(&block(name), config)).collect()
}

#[test]
fn every_untidiness_comes_out_canonical_and_stays_so() {
    let expected = by_another_writer(&["a", "b"]);
    let (a, b) = (testkit::root("a"), testkit::root("b"));
    let indented: String = expected.lines().map(|line| format!("    {line}\n")).collect();
    for (what, input) in [
        ("canonical", expected.clone()),
        ("byte-order mark", format!("\u{feff}{expected}")),
        ("indentation", indented),
        ("glue", expected.replace("-----\n-----BEGIN", "----------BEGIN")),
        ("carriage returns alone", expected.replace('\n', "\r")),
        ("carriage returns", expected.replace('\n', "\r\n")),
        ("escaped newlines", expected.replace('\n', "\\n")),
        ("comments", format!("subject=a\n{}and b:\n{}the end\n", a.pem(), b.pem())),
        (
            "long lines",
            [a.der(), b.der()].map(|der| testkit::pem_block_with_columns("CERTIFICATE", der, 76)).concat(),
        ),
        ("base64", testkit::base64_line(expected.as_bytes())),
    ] {
        let folder = Folder::with(&[("ca.pem", input.as_bytes())]);
        let outcome = folder.run("bundle normalize ca.pem").ends(0, &[]);
        assert_eq!(outcome.stdout, expected, "{what}");
        let code = if input == expected { 0 } else { 1 };
        let check = folder.run("bundle normalize ca.pem --check");
        assert_eq!((check.code, check.stdout.as_str()), (code, ""), "{what}: {check:?}");
        folder.run("bundle normalize ca.pem --output ca.pem --force").ends(0, &["note: wrote ca.pem"]);
        folder.run("bundle normalize ca.pem --check").ends(0, &[]);
        assert_eq!(folder.names(), ["ca.pem"], "{what}");
    }
}

#[test]
fn der_converts() {
    let folder = Folder::with(&[("ca.der", testkit::root("a").der())]);
    let outcome = folder.run("bundle normalize ca.der").ends(0, &[]);
    assert_eq!(outcome.stdout, by_another_writer(&["a"]));
    folder
        .run("bundle normalize ca.der --check")
        .ends(1, &["error: ca.der is not in canonical form", "hint: "]);
}

#[test]
fn nothing_is_dropped_in_silence() {
    let good = String::from_utf8(bundle(&["a"])).unwrap();
    let (key, _) = private_key();
    for (bad, words) in [
        (key, "a private key"),
        (testkit::pem_block("CERTIFICATE REQUEST", &[1, 2]), "a block labelled \"CERTIFICATE REQUEST\""),
        (testkit::pem_block("CERTIFICATE", &[0x30, 0]), "certificate 2, which cannot be read"),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n".to_owned(), "a damaged certificate block"),
    ] {
        let folder = Folder::with(&[("ca.pem", format!("{good}{bad}").as_bytes())]);
        let lines = format!("\n  lines {}-", good.lines().count() + 1);
        for option in ["", "--check", "--encode base64", "--output out.pem"] {
            let outcome = folder.run(&format!("bundle normalize ca.pem {option}"));
            let outcome = outcome
                .ends(1, &["error: ca.pem holds what a bundle of certificates cannot keep:", words, &lines]);
            assert_eq!(outcome.stdout, "");
        }
        assert_eq!(folder.names(), ["ca.pem"]);
    }
}

#[test]
fn a_file_without_certificates_is_told_what_it_is() {
    let folder = Folder::with(&[("empty.pem", b""), ("text.pem", b"hello")]);
    folder.run("bundle normalize empty.pem").ends(1, &["error: empty.pem: ", "empty", "hint: "]);
    folder.run("bundle normalize text.pem").ends(1, &["error: text.pem: "]);
    folder.run("bundle normalize missing.pem").ends(2, &["error: cannot read missing.pem"]);
}

#[test]
fn repairs_are_said_on_standard_error_unless_quiet() {
    let text = format!("\u{feff}{}# comment\n", testkit::root("a").pem());
    let folder = Folder::with(&[("ca.pem", text.as_bytes())]);
    folder.run("bundle normalize ca.pem").ends(
        0,
        &[
            "note: recovered 1 certificate that Temporal's tools pass over",
            "bytes of text around the certificates",
        ],
    );
    assert_eq!(folder.run("bundle normalize ca.pem --quiet").ends(0, &[]).stderr, "");
}

#[test]
fn each_shape_carries_the_same_text() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    let shape =
        |shape: &str| folder.run(&format!("bundle normalize ca.pem --encode {shape}")).ends(0, &[]).stdout;
    let (text, base64) = (by_another_writer(&["a"]), testkit::base64_line(&bundle(&["a"])));
    assert_eq!(shape("pem"), text);
    assert_eq!(shape("base64"), format!("{base64}\n"));
    assert_eq!(shape("hcl"), format!("accepted_client_ca = \"{base64}\"\n"));
    let json: serde_json::Value = serde_json::from_str(&shape("json")).unwrap();
    assert_eq!(json["acceptedClientCa"], base64.as_str());
    let object = shape("k8s --name orders-ca");
    assert!(object.contains("kind: ConfigMap\n") && object.contains("\n  name: orders-ca\n"), "{object}");
    let unindented: String = object
        .lines()
        .skip_while(|line| *line != "  ca.crt: |")
        .skip(1)
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap()))
        .collect();
    assert_eq!(unindented, text);
    folder.run("bundle normalize ca.pem --encode k8s --name Bad_Name").ends(2, &["a name has lower-case"]);
}

#[test]
fn the_output_never_overwrites_and_may_not_be_the_input_by_accident() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("other.pem", b"precious")]);
    folder.run("bundle normalize ca.pem --output other.pem").ends(3, &["other.pem exists already"]);
    folder.run("bundle normalize ca.pem --output ca.pem").ends(3, &["ca.pem exists already"]);
    folder.run("bundle normalize ca.pem --force").ends(2, &["--output <FILE>"]);
    assert_eq!(folder.read("other.pem"), "precious");
}
