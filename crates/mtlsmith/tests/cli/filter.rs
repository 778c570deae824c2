//! `filter`.

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;
use crate::NOW;
use crate::bundle;

const FILTERS: &[u8] = br#"{"filters":[
  {"commonName":"worker-*","organization":"acme"},
  {"subjectAlternativeName":"*.orders.acme.internal"}
]}"#;

/// A client certificate, behind it the CA that signed it.
fn client(subject: &str, dns: &[&str]) -> Vec<u8> {
    let root = testkit::root("clients");
    let builder = testkit::leaf_builder("client").subject(testkit::Name::parse(subject));
    let builder = builder.no_subject_alternative_name();
    let leaf = dns.iter().fold(builder, |builder, name| builder.dns(name)).signed_by(&root);
    format!("{}{}", leaf.pem(), root.pem()).into_bytes()
}

#[test]
fn a_clean_file_ends_with_0_and_a_faulty_one_with_1() {
    let folder = Folder::with(&[("good.json", FILTERS), ("bad.json", b"{\"filters\":[\n  {}\n]}")]);
    let good = folder.run("filter check good.json").ends(0, &[]);
    assert!(good.stdout.starts_with("good.json  2 filters, an object with `filters`\n"), "{good:?}");
    assert!(good.stdout.contains("\naccepted: ") && good.stderr.is_empty(), "{good:?}");
    let bad = folder.run("filter check bad.json").ends(1, &[]);
    for part in ["error[FLT-002]: filter 1 sets no field", "--> bad.json:2", "help: ", "\nrefused: "] {
        assert!(bad.stdout.contains(part), "{part}: {bad:?}");
    }
    folder.run("filter check bad.json --fail-on never").ends(0, &[]);
    folder.run("filter check missing.json").ends(2, &["error: cannot read missing.json"]);
}

#[test]
fn the_leaves_of_a_state_directory_are_certificates() {
    let leaves = "st/namespaces/orders.a1b2c/leaves";
    let folder = Folder::with(&[("filters.json", br#"{"filters":[{"commonName":"one"}]}"#)]);
    for name in ["one", "two"] {
        folder.write(&format!("{leaves}/{name}/current/tls.crt"), client(&format!("CN={name},O=acme"), &[]));
    }
    let made = folder.run(&format!("filter suggest --certs {leaves}")).ends(0, &["for 2 certificates"]);
    assert!(made.stdout.contains("acme"), "{made:?}");
    let same = folder.run(&format!("filter diff filters.json filters.json --certs {leaves}")).ends(0, &[]);
    assert!(same.stdout.contains("1 admitted as before, 1 refused as before"), "{same:?}");
    folder.run(&format!("filter check {leaves}")).ends(
        2,
        &["hint: name the files, or a pattern: 'st/namespaces/orders.a1b2c/leaves/*/current/tls.crt'"],
    );
    folder.run("filter check .").ends(2, &["hint: name a file in it: ./filters.json"]);
}

#[test]
fn exchanged_files_are_told_as_such() {
    let folder = Folder::with(&[("filters.json", FILTERS), ("worker.pem", &client("CN=one,O=acme", &[]))]);
    folder.run("filter match worker.pem filters.json").ends(
        2,
        &["error: worker.pem holds PEM, and certificate filters are wanted here", "in each other's places?"],
    );
    folder
        .run("cert check worker.pem --bundle filters.json --filters worker.pem")
        .ends(2, &["--bundle and --filters, in each other's places?"]);
}

#[test]
fn fail_on_reaches_warnings_and_says_why() {
    let folder = Folder::with(&[("broad.json", br#"{"filters":[{"commonName":"a*"}]}"#)]);
    folder.run("filter check broad.json").ends(0, &[]);
    folder
        .run("filter check broad.json --fail-on warning")
        .ends(1, &["error: broad.json: 1 finding at or above warning"]);
}

#[test]
fn several_files_and_standard_input_are_checked_in_order() {
    let folder = Folder::with(&[("good.json", FILTERS)]);
    let outcome = folder.run_with_input("filter check good.json - --quiet", b"[").ends(1, &[]);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines, ["good.json: accepted (no findings)", "<stdin>: refused (1 error)"]);
}

#[test]
fn the_json_has_the_filters_and_the_findings() {
    let folder =
        Folder::with(&[("filters.json", b"[{\"commonName\":\"worker-*\"},\n{\"comonName\":\"b\"}]")]);
    let outcome =
        folder.run("filter check filters.json --format json").ends(1, &["filters.json: 2 findings"]);
    let output: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let file = &output["files"][0];
    assert_eq!((&output["schema"], &file["verdict"]), (&Value::from(1), &Value::from("refused")));
    assert_eq!(file["filters"][0]["commonName"], "worker-*");
    let findings = file["findings"].as_array().unwrap();
    let unknown = findings.iter().find(|finding| finding["rule"] == "unknown-filter-field").unwrap();
    assert_eq!((&unknown["line"], &unknown["filter"]), (&Value::from(2), &Value::from(2)));
    assert!(unknown["message"].as_str().unwrap().contains("comonName"), "{unknown}");
}

#[test]
fn a_certificate_is_let_in_by_a_filter_or_told_what_keeps_it_out() {
    let folder = Folder::with(&[
        ("filters.json", FILTERS),
        ("worker.pem", &client("CN=Worker-7,O=acme", &[])),
        ("orders.pem", &client("CN=starter,O=acme", &["a.orders.acme.internal"])),
        ("admin.pem", &client("CN=admin,O=acme", &["admin.acme.internal"])),
    ]);
    let outcome = folder.run("filter match filters.json worker.pem orders.pem").ends(0, &[]);
    for part in [
        "worker.pem: admitted, by filter 1\n",
        "    commonName \"Worker-7\" matches \"worker-*\"\n",
        "orders.pem: admitted, by filter 2\n",
        "2 of 2 certificates admitted.\n",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
    }
    let outcome = folder.run("filter match filters.json worker.pem admin.pem").ends(1, &[]);
    for part in [
        "admin.pem: refused, it passes no filter\n",
        "    filter 1 (line 2): commonName is \"admin\", not \"worker-*\"\n",
        "    filter 2 (line 3): subjectAlternativeName is \"admin.acme.internal\", not \"*.orders.acme.internal\"\n",
        "1 of 2 certificates admitted.\n",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
    }
    assert!(!outcome.stdout.contains("organization is"), "{outcome:?}");
    let outcome = folder.run("filter match filters.json admin.pem --format json").ends(1, &[]);
    let output: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let tried = &output["certificates"][0];
    assert_eq!((&output["schema"], &tried["admitted"]), (&Value::from(1), &Value::from(false)));
    assert_eq!(tried["differences"][0]["present"][0], "admin");
}

#[test]
fn what_is_not_documented_is_said() {
    let folder =
        Folder::with(&[("filters.json", FILTERS), ("two.pem", &client("CN=admin,CN=worker-1,O=acme", &[]))]);
    let outcome = folder.run("filter match filters.json two.pem");
    assert!(
        outcome.stdout.contains("    not documented: the certificate has several common names"),
        "{outcome:?}"
    );
}

#[test]
fn filters_with_errors_are_tried_on_nobody() {
    let folder = Folder::with(&[
        ("empty.json", b"{\"filters\":[]}"),
        ("bad.json", b"{\"filters\":[\n{\"commonName\":\"*\"},\n{}]}"),
        ("worker.pem", &client("CN=worker-7", &[])),
        ("text.pem", b"no certificate"),
    ]);
    let outcome = folder
        .run("filter match bad.json worker.pem")
        .ends(2, &["error: bad.json: line 2: FLT-004 ", "error: bad.json: line 3: FLT-002 ", "hint: "]);
    assert_eq!(outcome.stdout, "");
    let outcome = folder.run("filter match empty.json worker.pem").ends(0, &["note: empty.json:", "FLT-016"]);
    assert!(outcome.stdout.contains("admitted, there is no filter"), "{outcome:?}");
    folder.run("filter match empty.json text.pem").ends(2, &["error: text.pem holds no certificate"]);
    folder.run("filter match - -").ends(2, &["cannot be both the filters and a certificate"]);
}

#[test]
fn a_check_of_a_bundle_tells_every_error_of_its_filters() {
    let folder = Folder::with(&[
        ("ca.pem", &bundle(&["a"])),
        ("bad.json", b"{\"filters\":[\n{\"commonName\":\"*\"},\n{}]}"),
        ("broad.json", br#"{"filters":[{"commonName":"a*"}]}"#),
    ]);
    let line = |file: &str| format!("bundle check ca.pem --at {NOW} --filters {file}");
    folder
        .run(&line("bad.json"))
        .ends(2, &["error: bad.json: line 2: FLT-004 ", "error: bad.json: line 3: FLT-002 ", "hint: "]);
    folder.run(&line("broad.json")).ends(0, &["note: broad.json: line 1: FLT-010 "]);
}

/// A folder with two workers and an admin.
fn clients() -> Folder {
    Folder::with(&[
        ("workers/a.pem", &client("CN=worker-1,O=acme", &[])),
        ("workers/b.crt", &client("CN=worker-2,O=acme", &[])),
        ("workers/notes.txt", b"no certificate"),
        ("admin.pem", &client("CN=admin,O=acme", &[])),
        ("old.json", br#"{"filters":[{"commonName":"worker-*"}]}"#),
        ("new.json", br#"{"filters":[{"commonName":"worker-1"},{"commonName":"admin"}]}"#),
        ("none.json", br#"{"filters":[]}"#),
    ])
}

#[test]
fn a_change_of_filters_names_those_locked_out_and_let_in() {
    let folder = clients();
    let line = |old: &str, new: &str| format!("filter diff {old} {new} --certs workers admin.pem");
    let outcome = folder.run(&line("old.json", "new.json")).ends(1, &[]);
    for part in [
        "- workers/b.crt is locked out\n    subject: ",
        "+ admin.pem is let in\n",
        "1 locked out, 1 let in, 1 admitted as before, 0 refused as before.\n",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
    }
    let same = folder.run(&line("old.json", "old.json")).ends(0, &[]);
    assert_eq!(same.stdout, "0 locked out, 0 let in, 2 admitted as before, 1 refused as before.\n");
    let opened = folder.run("filter diff old.json none.json --certs workers --format json").ends(1, &[]);
    let output: Value = serde_json::from_str(&opened.stdout).unwrap();
    assert_eq!((&output["schema"], &output["opens"]), (&Value::from(1), &Value::from(true)));
    assert_eq!(output["kept"].as_array().unwrap().len(), 2);
}

#[test]
fn suggested_filters_admit_those_named_and_keep_the_others_out() {
    let folder = clients();
    folder
        .run("filter suggest --certs workers --exclude admin.pem --output made.json")
        .ends(0, &["note: wrote made.json", "note: 1 filter for 2 certificates, 1 kept out\n"]);
    folder.run("filter check made.json --fail-on notice").ends(0, &[]);
    folder.run("filter match made.json workers/a.pem workers/b.crt").ends(0, &[]);
    folder.run("filter match made.json admin.pem").ends(1, &[]);
    folder.run("filter suggest --certs workers --output made.json").ends(3, &["exists already"]);
}

#[test]
fn what_no_filter_can_tell_apart_is_named() {
    let folder = clients();
    folder.write("twin.pem", client("CN=admin,O=acme", &[]));
    let outcome = folder
        .run("filter suggest --certs admin.pem --exclude twin.pem")
        .ends(1, &["error: no filter admits admin.pem and keeps out twin.pem as well"]);
    assert_eq!(outcome.stdout, "");
    std::fs::create_dir(folder.path("empty")).unwrap();
    folder.write("ca.pem", testkit::root("one").pem());
    let outcome = folder.run("filter suggest --certs admin.pem ca.pem").ends(
        0,
        &[
            "warning: ca.pem (\"CN=one,O=acme\") is a CA certificate and no client's: left out",
            "1 filter for 1",
        ],
    );
    assert!(!outcome.stdout.contains("\"one\""), "{outcome:?}");
    folder.run("filter suggest --certs ca.pem").ends(
        2,
        &["error: ca.pem (\"CN=one,O=acme\"): CA certificates alone", "hint: name the certificates"],
    );
    folder.run("filter suggest --certs empty").ends(2, &["error: empty holds no file *.pem, *.crt or *.cer"]);
    folder.run("filter suggest --certs -").ends(2, &["not from -"]);
}
