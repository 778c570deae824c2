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
    folder.run("bundle inspect text").ends(
        1,
        &[
            "error: text: the input holds no PEM certificate: it is not",
            "hint: 1 error: mtlsmith bundle check text says more",
        ],
    );
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
    let (list, verdict) = same.stdout.split_once("\nThe new bundle: ").unwrap();
    assert_eq!(list, "Same certificates, in another order: 2.");
    assert!(
        verdict.starts_with("accepted (") && verdict.ends_with("check turned.pem says more.\n"),
        "{verdict}"
    );
    let differ = folder.run(&format!("bundle diff old.pem new.pem --at {NOW}")).ends(1, &[]);
    let [a, c] = ["a", "c"].map(|name| testkit::root(name).sha1_hex());
    let expected = format!(
        "- root CN=a,O=acme\n    SHA-1 {a}\n    clients below it can no longer connect\n\
         + root CN=c,O=acme\n    SHA-1 {c}\n    effective expiry 2027-01-01T00:00:00Z\n\
         1 dropped, 1 added, 1 kept.\nThe change may lock clients out.\nThe new bundle: accepted ("
    );
    assert!(differ.stdout.starts_with(&expected), "{differ:?}");
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
    assert_eq!((&output["new_verdict"], &output["new_errors"]), (&"accepted".into(), &0.into()));
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

#[test]
fn inspect_points_to_the_check_when_there_are_errors() {
    let (key, _) = crate::private_key();
    let old = testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem();
    let folder = Folder::with(&[
        ("old.pem", old.as_bytes()),
        ("key.pem", key.as_bytes()),
        ("ca.pem", &bundle(&["a"])),
    ]);
    for format in ["text", "json", "html"] {
        let line = format!("bundle inspect old.pem --at {NOW} --format {format}");
        let hint = "error: mtlsmith bundle check old.pem says more\n";
        let plural = "errors: mtlsmith bundle check old.pem says more\n";
        let outcome = folder.run(&line).ends(0, &["hint: "]);
        assert!(outcome.stderr.ends_with(hint) || outcome.stderr.ends_with(plural), "{outcome:?}");
    }
    assert_eq!(folder.run(&format!("bundle inspect ca.pem --at {NOW}")).ends(0, &[]).stderr, "");
    folder
        .run("bundle inspect key.pem")
        .ends(1, &["error: key.pem holds no certificate", "check key.pem says"]);
}

#[test]
fn diff_judges_the_new_bundle() {
    let (key, body) = crate::private_key();
    let good = String::from_utf8(bundle(&["a"])).unwrap();
    let request = testkit::pem_block("CERTIFICATE REQUEST", &[1, 2]);
    let old = testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem();
    let folder = Folder::with(&[
        ("ca.pem", good.as_bytes()),
        ("key.pem", format!("{good}{key}").as_bytes()),
        ("request.pem", format!("{good}{request}").as_bytes()),
        ("old.pem", format!("{good}{old}").as_bytes()),
    ]);
    for (new, verdict) in [("key.pem", "refused"), ("request.pem", ""), ("old.pem", "refused")] {
        let outcome = folder.run(&format!("bundle diff ca.pem {new} --at {NOW}")).ends(1, &[]);
        let last = outcome.stdout.lines().last().unwrap();
        assert!(last.starts_with(&format!("The new bundle: {verdict}")), "{outcome:?}");
        assert!(last.ends_with(&format!("; mtlsmith bundle check {new} says more.")), "{outcome:?}");
        assert!(!outcome.stdout.contains(body) && !outcome.stderr.contains(body), "{outcome:?}");
    }
    let outcome = folder.run(&format!("bundle diff ca.pem key.pem --format json --at {NOW}")).ends(1, &[]);
    let output: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&output["same_certificates"], &output["new_verdict"]), (&true.into(), &"refused".into()));
    assert!(output["new_errors"].as_u64().unwrap() > 0, "{output}");
    folder.run(&format!("bundle diff key.pem ca.pem --at {NOW}")).ends(0, &["a private key"]);
}

#[test]
fn bundles_that_let_nobody_in_are_said_in_sentences() {
    let root = testkit::root("root");
    let issuing = testkit::intermediate("issuing", &root);
    let folder = Folder::with(&[
        ("both.pem", testkit::bundle(&[&root, &issuing]).as_bytes()),
        ("issuing.pem", issuing.pem().as_bytes()),
        ("empty.pem", b""),
    ]);
    let diff =
        |old: &str, new: &str| folder.run(&format!("bundle diff {old} {new} --at {NOW}")).ends(1, &[]).stdout;
    for (old, new, words) in [
        (
            "both.pem",
            "issuing.pem",
            "The old bundle lets clients in until 2027-01-01T00:00:00Z; the new one lets nobody in.\n",
        ),
        (
            "issuing.pem",
            "both.pem",
            "The old bundle lets nobody in; the new one lets clients in until 2027-01-01T00:00:00Z.\n",
        ),
        (
            "issuing.pem",
            "both.pem",
            "    no chain led from it to a root before; now one does, until 2027-01-01T00:00:00Z\n",
        ),
        ("empty.pem", "issuing.pem", "    it lets nobody in: no chain leads from it to a root\n"),
    ] {
        let text = diff(old, new);
        assert!(text.contains(words), "{text}");
    }
}
