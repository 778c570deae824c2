//! `bundle add` and `bundle remove`.

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;
use crate::bundle;

fn text(names: &[&str]) -> String {
    String::from_utf8(bundle(names)).unwrap()
}

fn folder() -> Folder {
    Folder::with(&[
        ("ca.pem", &bundle(&["a", "b"])),
        ("new.pem", &bundle(&["c"])),
        ("a.pem", &bundle(&["a"])),
    ])
}

#[test]
fn added_certificates_stand_behind_the_others() {
    let folder = folder();
    let added = folder.run(&format!("bundle add ca.pem new.pem a.pem --at {NOW}"));
    let added =
        added.ends(0, &["note: adding \"CN=c,O=acme\", SHA-1 ", "note: \"CN=a,O=acme\" is there already"]);
    assert_eq!(added.stdout, text(&["a", "b", "c"]));
    folder
        .run(&format!("bundle add ca.pem new.pem --at {NOW} --output next.pem"))
        .ends(0, &["wrote next.pem"]);
    assert_eq!(folder.read("next.pem"), text(&["a", "b", "c"]));
    folder.run(&format!("bundle add ca.pem new.pem --at {NOW} --output ca.pem")).ends(3, &["ca.pem exists"]);
    folder.run(&format!("bundle add ca.pem new.pem --at {NOW} --output ca.pem --force")).ends(0, &[]);
    assert_eq!(folder.read("ca.pem"), text(&["a", "b", "c"]));
}

#[test]
fn standard_input_and_an_empty_file_are_bundles_too() {
    let folder = folder();
    folder.write("empty.pem", "");
    let outcome = folder.run(&format!("bundle add empty.pem new.pem --at {NOW}")).ends(0, &[]);
    assert_eq!(outcome.stdout, text(&["c"]));
    let outcome =
        folder.run_with_input(&format!("bundle add - new.pem --at {NOW}"), text(&["a"])).ends(0, &[]);
    assert_eq!(outcome.stdout, text(&["a", "c"]));
    folder.run("bundle add - -").ends(2, &["- is given twice"]);
}

#[test]
fn a_bundle_that_would_be_refused_is_shown_and_not_written() {
    let folder = folder();
    folder.write("old.pem", testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem());
    let line = format!("bundle add ca.pem old.pem --at {NOW} --output next.pem");
    let outcome = folder.run(&line).ends(1, &["CA-022", "error: Temporal Cloud would refuse the new bundle"]);
    assert_eq!(outcome.stdout, "");
    assert!(!folder.path("next.pem").exists());
    folder.run(&format!("{line} --allow-refused")).ends(0, &["CA-022", "note: wrote next.pem"]);
    assert!(folder.read("next.pem").starts_with(&text(&["a", "b"])));
}

#[test]
fn what_cannot_be_kept_stops_an_addition() {
    let folder = folder();
    folder.write("bad.pem", format!("{}{}", text(&["d"]), testkit::pem_block("X509 CRL", &[1])));
    folder
        .run(&format!("bundle add ca.pem bad.pem --at {NOW}"))
        .ends(1, &["error: bad.pem holds", "X509 CRL"]);
    folder
        .run(&format!("bundle add bad.pem ca.pem --at {NOW}"))
        .ends(1, &["error: bad.pem holds", "X509 CRL"]);
    folder.run("bundle add ca.pem missing.pem").ends(2, &["error: cannot read missing.pem"]);
}

#[test]
fn removal_takes_either_fingerprint_in_any_writing() {
    let folder = folder();
    let (a, b) = (testkit::root("a"), testkit::root("b"));
    let colons = |hex: &str| {
        let pairs: Vec<String> =
            hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        pairs.join(":")
    };
    for fingerprint in [a.sha1_hex(), a.sha256_hex(), colons(&a.sha1_hex()), colons(&a.sha256_hex())] {
        let outcome = folder.run(&format!("bundle remove ca.pem --fingerprint {fingerprint} --at {NOW}"));
        let words = [
            "note: removing \"CN=a,O=acme\"",
            "warning: clients below \"CN=a,O=acme\" can no longer connect",
        ];
        assert_eq!(outcome.ends(0, &words).stdout, b.pem());
    }
    let outcome = folder.run(&format!("bundle remove ca.pem --certificate a.pem --at {NOW}")).ends(0, &[]);
    assert_eq!(outcome.stdout, b.pem());
    folder.run("bundle remove ca.pem --fingerprint abc").ends(2, &["40 (SHA-1) or 64 (SHA-256)"]);
    folder.run("bundle remove ca.pem").ends(2, &["--fingerprint <HEX>", "--certificate <FILE>"]);
}

#[test]
fn an_unknown_fingerprint_is_named_beside_those_there_are() {
    let folder = folder();
    let unknown = testkit::root("c").sha1_hex();
    let (a, b) = (testkit::root("a").sha1_hex(), testkit::root("b").sha1_hex());
    let outcome =
        folder.run(&format!("bundle remove ca.pem --fingerprint {unknown} --fingerprint {a} --at {NOW}"));
    outcome.ends(1, &[&unknown, &format!("\n  {a}  CN=a,O=acme\n"), &format!("\n  {b}  CN=b,O=acme\n")]);
    folder.run(&format!("bundle remove ca.pem --certificate new.pem --at {NOW}")).ends(1, &["CN=b,O=acme"]);
}

#[test]
fn the_last_certificate_is_never_removed() {
    let folder = folder();
    let a = testkit::root("a").sha1_hex();
    for line in [
        format!("bundle remove a.pem --fingerprint {a} --output a.pem --force"),
        "bundle remove ca.pem --certificate ca.pem --allow-refused".to_owned(),
    ] {
        let outcome = folder.run(&format!("{line} --at {NOW}"));
        let outcome = outcome.ends(3, &["error: no certificate would remain", "switches mutual TLS off"]);
        assert_eq!(outcome.stdout, "");
    }
    assert_eq!(folder.read("a.pem"), text(&["a"]));
}

#[test]
fn removing_a_root_below_which_an_intermediate_hangs_is_refused() {
    let root = testkit::root("root");
    let issuing = testkit::intermediate("issuing", &root);
    let folder = Folder::with(&[("ca.pem", testkit::bundle(&[&root, &issuing]).as_bytes())]);
    let line = format!("bundle remove ca.pem --fingerprint {} --at {NOW}", root.sha1_hex());
    folder.run(&line).ends(1, &["CHN-004", "would refuse the new bundle"]);
    folder
        .run(&format!("{line} --allow-refused"))
        .ends(0, &["\"CN=issuing,O=acme\" stays, but no chain leads"]);
}

/// The arguments of the command that a text proposes.
fn proposed(text: &str) -> String {
    let line = text.lines().find(|line| line.contains("at once: mtlsmith ")).expect("a command is proposed");
    line.split("at once: mtlsmith ").nth(1).unwrap().trim_end_matches(';').to_owned()
}

#[test]
fn a_refused_removal_names_the_command_that_removes_everything_refused() {
    let expired = |name: &str| testkit::root_builder(name).not_after(testkit::NOW - 1).self_signed();
    let (one, two, three) = (expired("one"), expired("two"), expired("three"));
    let good = testkit::root("good");
    let folder = Folder::with(&[("ca.pem", testkit::bundle(&[&one, &good, &two, &three]).as_bytes())]);
    let line = format!("bundle remove ca.pem --fingerprint {} --at {NOW}", one.sha1_hex());
    let outcome =
        folder.run(&format!("{line} --output next.pem")).ends(1, &["next.pem above; nothing was written"]);
    assert!(!outcome.stderr.contains("FILE"), "{outcome:?}");
    assert_eq!(folder.names(), ["ca.pem"]);
    folder.run(&format!("{} --at {NOW}", proposed(&outcome.stderr))).ends(0, &["note: wrote next.pem"]);
    assert_eq!(folder.read("next.pem"), good.pem());
    let outcome = folder.run(&line).ends(1, &["new-bundle.pem above", "--> new-bundle.pem:"]);
    assert!(!outcome.stderr.contains("FILE"), "{outcome:?}");
    assert!(proposed(&outcome.stderr).ends_with(" --output new.pem"), "{outcome:?}");
}

#[test]
fn a_refused_addition_tells_what_was_there_from_what_is_new() {
    let expired = |name: &str| testkit::root_builder(name).not_after(testkit::NOW - 1).self_signed();
    let (one, two) = (expired("one"), expired("two"));
    let good = testkit::root("good");
    let folder = Folder::with(&[
        ("ca.pem", testkit::bundle(&[&good, &one]).as_bytes()),
        ("two.pem", two.pem().as_bytes()),
    ]);
    let outcome = folder.run(&format!("bundle add ca.pem two.pem --at {NOW} --output ca.pem --force"));
    let outcome = outcome.ends(1, &["do not add \"CN=two,O=acme\";", "--allow-refused"]);
    let command = proposed(&outcome.stderr);
    assert!(
        command.ends_with("--output ca.pem --force") && !command.contains(&two.sha1_hex()),
        "{outcome:?}"
    );
    folder.run(&format!("{command} --at {NOW}")).ends(0, &[]);
    assert_eq!(folder.read("ca.pem"), good.pem());
}
