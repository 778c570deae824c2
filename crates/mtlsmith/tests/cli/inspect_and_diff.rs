//! `bundle inspect` and `bundle diff`.

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;
use crate::bundle;

#[test]
fn inspect_shows_every_certificate_in_each_format() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a", "b"])), ("text", b"hello")]);
    for format in ["text", "json", "html"] {
        let outcome = folder.run(&format!("bundle inspect ca.pem --at {NOW} --format {format}")).ends(0, &[]);
        for certificate in [testkit::root("a"), testkit::root("b")] {
            assert!(outcome.stdout.contains(&certificate.sha1_hex()), "{format}: {outcome:?}");
        }
    }
    folder.run("bundle inspect ca.pem --format sarif").ends(2, &["[possible values: text, json, html]"]);
    folder.run("bundle inspect text").ends(1, &[]);
    folder.run("bundle inspect missing.pem").ends(2, &["error: cannot read missing.pem"]);
    let outcome = folder.run_with_input("bundle inspect -", bundle(&["a"])).ends(0, &[]);
    assert!(outcome.stdout.contains("CN=a,O=acme"));
}

#[test]
fn diff_ends_with_0_for_the_same_certificates_and_1_for_others() {
    let folder = Folder::with(&[
        ("old.pem", &bundle(&["a", "b"])),
        ("turned.pem", &bundle(&["b", "a"])),
        ("new.pem", &bundle(&["b", "c"])),
    ]);
    let same = folder.run(&format!("bundle diff old.pem turned.pem --at {NOW}")).ends(0, &[]);
    assert_eq!(same.stdout, "Same certificates, in another order: 2.\n");
    let differ = folder.run(&format!("bundle diff old.pem new.pem --at {NOW}")).ends(1, &[]);
    let [a, c] = ["a", "c"].map(|name| testkit::root(name).sha1_hex());
    let expected = format!(
        "- root CN=a,O=acme\n    SHA-1 {a}\n    clients below it can no longer connect\n\
         + root CN=c,O=acme\n    SHA-1 {c}\n    effective expiry 2027-01-01T00:00:00Z\n\
         1 dropped, 1 added, 1 kept.\nThe change may lock clients out.\n"
    );
    assert_eq!(differ.stdout, expected);
}

#[test]
fn diff_speaks_json() {
    let root = testkit::root("root");
    let issuing = testkit::intermediate("issuing", &root);
    let longer = testkit::root_builder("root").not_after(testkit::NOT_AFTER + testkit::days(9)).self_signed();
    let folder = Folder::with(&[
        ("old.pem", testkit::bundle(&[&root, &issuing]).as_bytes()),
        ("new.pem", testkit::bundle(&[&issuing, &longer]).as_bytes()),
    ]);
    let outcome = folder.run(&format!("bundle diff old.pem new.pem --format json --at {NOW}")).ends(1, &[]);
    let output: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(output["schema"], 1);
    assert_eq!(output["may_lock_out"], false);
    assert_eq!(output["dropped"][0]["coverage"], "same-name-and-key");
    assert_eq!(output["dropped"][0]["covered_by"], serde_json::json!([2]));
    assert_eq!(output["added"][0]["sha256"], longer.sha256_hex());
    assert_eq!(output["kept"][0]["number_before"], 2);
    assert_eq!(output["effective_expiry"]["after"], "2027-01-10T00:00:00Z");
}

#[test]
fn diff_needs_two_bundles() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("text", b"hello"), ("empty", b"")]);
    folder.run("bundle diff ca.pem text").ends(2, &["error: text holds no certificate", "hint: "]);
    folder.run("bundle diff missing.pem ca.pem").ends(2, &["error: cannot read missing.pem"]);
    folder.run("bundle diff - -").ends(2, &["- is given twice"]);
    folder.run(&format!("bundle diff empty ca.pem --at {NOW}")).ends(1, &[]);
    folder.run_with_input(&format!("bundle diff - ca.pem --at {NOW}"), bundle(&["a"])).ends(0, &[]);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let mut damaged = bundle(&["a"]);
    damaged.extend_from_slice(b"-----BEGIN CERTIFICATE-----\nMIIB\n");
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("damaged.pem", &damaged)]);
    let outcome = folder.run(&format!("bundle diff ca.pem damaged.pem --at {NOW}"));
    outcome.ends(0, &["warning: damaged.pem, lines ", "a damaged certificate block"]);
}
