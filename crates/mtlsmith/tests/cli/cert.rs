//! `cert`.

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;
use crate::NOW;

const FILTERS: &[u8] =
    b"{\"filters\":[\n  {\"commonName\":\"starter-*\"},\n  {\"organizationalUnit\":\"orders\"}\n]}";

fn root() -> testkit::Certificate {
    testkit::root("acme root")
}

fn issuing() -> testkit::Certificate {
    testkit::intermediate("acme issuing", &root())
}

fn worker() -> testkit::Certificate {
    let builder =
        testkit::leaf_builder("worker").subject("O=acme,OU=orders,CN=worker").dns("worker.acme.internal");
    builder.not_after(testkit::NOW + testkit::days(29)).signed_by(&issuing())
}

/// A Namespace and a worker that gets in.
fn folder() -> Folder {
    let (worker, issuing) = (worker(), issuing());
    let folder = Folder::with(&[
        ("ca.pem", root().pem().as_bytes()),
        ("issuing.pem", issuing.pem().as_bytes()),
        ("filters.json", FILTERS),
        ("worker.pem", format!("{}{}", worker.pem(), issuing.pem()).as_bytes()),
        ("worker.key", worker.key().pkcs8_pem().as_bytes()),
        ("stray.pem", testkit::leaf("stray", &testkit::root("other")).pem().as_bytes()),
        ("other.json", br#"[{"organizationalUnit":"payments"}]"#),
    ]);
    only_for_its_owner(&folder, "worker.key");
    folder
}

#[cfg(unix)]
fn only_for_its_owner(folder: &Folder, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &Folder, _: &str) {}

fn check(rest: &str) -> String {
    format!("cert check {rest} --at {NOW}")
}

#[test]
fn an_admitted_client_ends_with_0_and_says_until_when_through_whom_and_by_which_filter() {
    let outcome =
        folder().run(&check("worker.pem worker.key --bundle ca.pem --filters filters.json")).ends(0, &[]);
    let first: Vec<&str> = outcome.stdout.lines().take(2).collect();
    assert_eq!(
        first.join(" "),
        "admitted until 2026-07-14 (29 days), through worker < acme issuing < acme root, by filter 2 (organizationalUnit orders)"
    );
    assert!(outcome.stdout.contains("worker.pem, certificate 2") && outcome.stderr.is_empty(), "{outcome:?}");
}

#[test]
fn a_refused_client_ends_with_1_and_the_first_thing_to_repair() {
    let folder = folder();
    let outcome = folder.run(&check("stray.pem --bundle ca.pem")).ends(1, &[]);
    assert!(outcome.stdout.starts_with("refused: the issuer of \"CN=stray,O=acme\""), "{outcome:?}");
    let outcome = folder.run(&check("worker.pem --bundle ca.pem --filters other.json")).ends(1, &[]);
    assert!(outcome.stdout.starts_with("refused: the certificate passes no filter"), "{outcome:?}");
    for part in
        ["  filter 1 (line 1)  organizationalUnit  \"payments\"  \"orders\"\n", "error[FLT-011]", "\nnext: "]
    {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
    }
    folder.run(&check("worker.pem --bundle ca.pem --filters other.json --fail-on never")).ends(0, &[]);
}

#[test]
fn a_contested_client_ends_with_1_and_tells_who_admits() {
    let outcome = folder().run(&check("worker.pem --bundle issuing.pem")).ends(1, &[]);
    let text = outcome.stdout.replace('\n', " ");
    assert!(
        text.starts_with("contested: servers that trust every CA of the bundle admit, servers that trust the roots of the bundle alone refuse: "),
        "{outcome:?}"
    );
    assert!(
        text.contains("issuing.pem itself would be refused on upload: mtlsmith bundle check issuing.pem"),
        "{outcome:?}"
    );
}

#[test]
fn a_quiet_user_gets_one_line() {
    let outcome = folder().run(&check("worker.pem --bundle ca.pem --quiet")).ends(0, &[]);
    assert_eq!(
        outcome.stdout,
        "worker.pem: admitted until 2026-07-14 (29 days), through worker < acme issuing < acme root; filters were not given\n"
    );
}

#[test]
fn each_file_may_come_from_standard_input_but_only_one() {
    let folder = folder();
    let read = |name: &str| std::fs::read(folder.path(name)).unwrap();
    for (line, input) in [
        ("- worker.key --bundle ca.pem", "worker.pem"),
        ("worker.pem - --bundle ca.pem", "worker.key"),
        ("worker.pem worker.key --bundle -", "ca.pem"),
        ("worker.pem --bundle ca.pem --filters -", "filters.json"),
    ] {
        folder.run_with_input(&check(line), read(input)).ends(0, &[]);
    }
    folder
        .run_with_input(&check("- --bundle -"), read("ca.pem"))
        .ends(2, &["standard input can be read only once"]);
}

#[test]
fn a_certificate_may_be_der_or_base64_of_pem() {
    let folder = folder();
    let leaf = testkit::leaf("plain", &root());
    folder.write("leaf.der", leaf.der());
    folder.write("leaf.b64", testkit::base64_line(leaf.pem().as_bytes()));
    for file in ["leaf.der", "leaf.b64"] {
        let outcome = folder.run(&check(&format!("{file} --bundle ca.pem"))).ends(0, &[]);
        assert!(outcome.stdout.starts_with("admitted until "), "{outcome:?}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused_wherever_it_stands() {
    let folder = folder();
    let (own, other) = (worker().key().pkcs8_pem(), testkit::Key::p256("somebody else").pkcs8_pem());
    folder.write("other.key", &other);
    only_for_its_owner(&folder, "other.key");
    folder.write("both.pem", format!("{}{own}", folder.read("worker.pem")));
    folder.write("crossed.pem", format!("{}{other}", folder.read("worker.pem")));
    only_for_its_owner(&folder, "both.pem");
    only_for_its_owner(&folder, "crossed.pem");
    folder.run(&check("both.pem --bundle ca.pem")).ends(0, &[]);
    for line in ["worker.pem other.key --bundle ca.pem", "crossed.pem --bundle ca.pem"] {
        let outcome = folder.run(&check(line)).ends(1, &[]);
        assert!(
            outcome.stdout.starts_with("refused: ") && outcome.stdout.contains("error[KEY-001]"),
            "{outcome:?}"
        );
        let outcome = folder.run(&check(&format!("{line} --format json"))).ends(1, &[]);
        let output: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(output["documents"][0]["client"]["decision"], "refused");
    }
    let outcome = folder.run(&check("worker.pem other.key --bundle ca.pem --format github"));
    assert!(outcome.stdout.contains(",file=other.key::other.key: KEY-001 "), "{outcome:?}");
}

#[test]
fn keys_in_every_form_go_with_their_certificate() {
    let folder = folder();
    for key in [testkit::Key::p256("form"), testkit::Key::p384("form"), testkit::Key::rsa2048("form")] {
        let leaf = testkit::leaf_builder("form").key(key.clone()).signed_by(&root());
        folder.write("form.pem", leaf.pem());
        for (form, bytes) in [
            ("PKCS#8", key.pkcs8_pem().into_bytes()),
            ("traditional", key.traditional_pem().into_bytes()),
            ("DER", key.pkcs8_der().to_vec()),
        ] {
            folder.write("form.key", bytes);
            only_for_its_owner(&folder, "form.key");
            let outcome = folder.run(&check("form.pem form.key --bundle ca.pem"));
            assert!(!outcome.stdout.contains("KEY-001"), "{form}: {outcome:?}");
            assert!(outcome.stdout.starts_with("admitted") || form == "DER", "{form}: {outcome:?}");
        }
    }
}

#[test]
fn every_format_tells_the_decision() {
    let folder = folder();
    for (format, part) in [
        ("json", "\"decision\": \"admitted\""),
        ("sarif", "\"decision\": \"admitted\""),
        ("junit", "<property name=\"decision\" value=\"admitted\"/>"),
        ("github", "mtlsmith: worker.pem: admitted until 2026-07-14"),
        ("html", "<h1>Admitted</h1>"),
        ("text", "admitted until 2026-07-14"),
    ] {
        let line =
            check(&format!("worker.pem worker.key --bundle ca.pem --filters filters.json --format {format}"));
        let outcome = folder.run(&line).ends(0, &[]);
        assert!(outcome.stdout.contains(part), "{format}: {outcome:?}");
    }
    let line = check("stray.pem --bundle ca.pem --format json");
    folder.run(&line).ends(1, &["error: stray.pem: 1 finding at or above error"]);
}

#[test]
fn what_cannot_be_judged_ends_with_2() {
    let folder = folder();
    folder.write("bad.json", b"{\"filters\":[\n{}]}");
    folder.run(&check("missing.pem --bundle ca.pem")).ends(2, &["error: cannot read missing.pem"]);
    folder.run(&check("worker.pem missing.key --bundle ca.pem")).ends(2, &["error: cannot read missing.key"]);
    folder.run(&check("worker.pem --bundle missing.pem")).ends(2, &["error: cannot read missing.pem"]);
    let outcome = folder
        .run(&check("worker.pem --bundle ca.pem --filters bad.json"))
        .ends(2, &["error: bad.json: line 2: FLT-002 ", "hint: "]);
    assert_eq!(outcome.stdout, "");
    folder.run("cert check worker.pem").ends(2, &["--bundle <FILE>"]);
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let folder = folder();
    for name in ["worker.key", "filters.json"] {
        let outcome = folder.run(&check(&format!("{name} --bundle ca.pem"))).ends(1, &[]);
        assert!(outcome.stdout.starts_with("refused: ") && outcome.stdout.len() > 40, "{outcome:?}");
    }
}

#[test]
fn the_namespace_is_named_and_makes_a_command_to_try() {
    let folder = folder();
    let outcome =
        folder.run(&check("worker.pem worker.key --bundle ca.pem --namespace orders.a1b2c")).ends(0, &[]);
    for part in ["of Namespace\norders.a1b2c", "--address orders.a1b2c.tmprl.cloud:7233"] {
        assert!(
            outcome.stdout.replace("of Namespace orders", "of Namespace\norders").contains(part),
            "{part}: {outcome:?}"
        );
    }
    let outcome = folder.run(&check("worker.pem --bundle ca.pem --namespace orders")).ends(0, &[]);
    assert!(outcome.stdout.contains("full name") && !outcome.stdout.contains("tmprl.cloud"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn names_of_files_cannot_write_lines_of_their_own() {
    let folder = folder();
    let hostile = "w\n::error::x\u{1b}[2J.pem";
    folder.write(hostile, folder.read("stray.pem"));
    for format in ["text", "github"] {
        let mut command = folder.command(&format!("cert check --bundle ca.pem --format {format} --at {NOW}"));
        let outcome = crate::outcome(command.arg(hostile).stdin(std::process::Stdio::null()));
        let lines = |word: &str| outcome.stdout.lines().any(|line| line.starts_with(word));
        assert!(outcome.code == 1 && !lines("::error::x"), "{outcome:?}");
        assert!(format == "github" || !outcome.stdout.contains('\u{1b}'), "{outcome:?}");
    }
}

#[test]
fn inspect_shows_the_chain_the_names_and_who_loads_the_key() {
    let folder = folder();
    let key = worker().key().clone();
    folder.write("both.pem", format!("{}{}", folder.read("worker.pem"), key.traditional_pem()));
    let outcome = folder.run(&format!("cert inspect both.pem --at {NOW}")).ends(0, &[]);
    for part in [
        "└─ 1 end-entity  CN=worker,OU=orders,O=acme",
        "organizationalUnit      \"orders\"",
        "subjectAlternativeName  \"worker.acme.internal\"",
        "private key: P-256, SEC1, PEM",
        "belongs to: certificate 1",
        "no: it reads PKCS#8 alone",
    ] {
        assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
    }
    assert!(
        outcome.stdout.contains(&worker().sha256_hex()) && !outcome.stdout.contains("bundle"),
        "{outcome:?}"
    );
    let outcome = folder.run("cert inspect worker.key --format json").ends(0, &[]);
    let output: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let key = &output["keys"][0];
    assert_eq!((&key["form"], &key["kind"]), (&"PKCS#8".into(), &"P-256".into()));
    assert_eq!(key["loaded_by"][1]["loads"], "yes");
    assert!(
        folder.run("cert inspect both.pem --format html").ends(0, &[]).stdout.contains("private key: P-256")
    );
    folder.run("cert inspect filters.json").ends(1, &["holds neither a certificate nor a private key"]);
    folder.run("cert inspect missing.pem").ends(2, &["cannot read missing.pem"]);
}

#[test]
fn needs_renewal_ends_with_0_when_due_with_1_when_not_and_with_255_when_it_cannot_tell() {
    let folder = folder();
    let ask = |rest: &str, at: &str| folder.run(&format!("cert needs-renewal {rest} --at {at}"));
    let outcome = ask("worker.pem --bundle ca.pem --expires-in 28d", NOW).ends(1, &[]);
    assert!(outcome.stdout.starts_with("worker.pem: not due: "), "{outcome:?}");
    let outcome = ask("worker.pem --bundle ca.pem --expires-in 29d", NOW).ends(0, &[]);
    assert!(
        outcome.stdout.starts_with("worker.pem: due: ") && outcome.stdout.contains("2026-07-14"),
        "{outcome:?}"
    );
    ask("worker.pem", NOW).ends(0, &[]);
    ask("worker.pem --expires-in 100%", NOW).ends(1, &[]);
    ask("worker.pem --bundle ca.pem --expires-in 100%", "2026-08-01T00:00:00Z").ends(0, &[]);
    ask("stray.pem --bundle ca.pem", NOW).ends(255, &["error: the client does not get in now: ", "hint: "]);
    ask("missing.pem", NOW).ends(255, &["cannot read missing.pem"]);
    ask("worker.key", NOW).ends(255, &["holds no certificate"]);
    let outcome = ask("worker.pem --quiet", NOW);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    ask("worker.pem --expires-in 101%", NOW).ends(2, &["a percentage is a whole number"]);
}

#[test]
fn needs_renewal_counts_a_ca_that_ends_first() {
    let issuing =
        testkit::intermediate_builder("short").not_after(testkit::NOW + testkit::days(10)).signed_by(&root());
    let folder = Folder::with(&[
        ("leaf.pem", testkit::leaf("leaf", &issuing).pem().as_bytes()),
        ("ca.pem", testkit::bundle(&[&root(), &issuing]).as_bytes()),
    ]);
    let line = |rest: &str| format!("cert needs-renewal leaf.pem {rest} --expires-in 30d --at {NOW}");
    folder.run(&line("")).ends(1, &[]);
    let outcome = folder.run(&line("--bundle ca.pem")).ends(0, &[]);
    assert!(outcome.stdout.contains("2026-06-25") && outcome.stdout.contains("a CA above it"), "{outcome:?}");
}

#[test]
fn a_certificate_and_its_key_that_are_swapped_are_told() {
    let root = testkit::root("one");
    let leaf = testkit::leaf("worker", &root);
    let folder = Folder::with(&[
        ("worker.pem", leaf.pem().as_bytes()),
        ("worker.key", leaf.key().pkcs8_pem().as_bytes()),
        ("ca.pem", root.pem().as_bytes()),
    ]);
    only_for_its_owner(&folder, "worker.key");
    folder.run(&check("worker.key worker.pem --bundle ca.pem")).ends(
        2,
        &[
            "the first file, worker.key, holds a private key, the second, worker.pem, the certificate",
            "swap them: mtlsmith cert check worker.pem worker.key --bundle FILE",
        ],
    );
    let keys = folder.run(&check("worker.key worker.key --bundle ca.pem")).ends(1, &[]);
    assert!(keys.stdout.contains("error[EE-101]"), "{keys:?}");
    let by_option = folder.run(&check("worker.pem --key worker.key --bundle ca.pem")).ends(0, &[]);
    let by_place = folder.run(&check("worker.pem worker.key --bundle ca.pem")).ends(0, &[]);
    assert_eq!(by_option.stdout, by_place.stdout);
    folder.run(&check("worker.pem worker.key --key worker.key --bundle ca.pem")).ends(2, &["--key"]);
}

#[test]
fn a_wrong_order_in_the_file_is_told_once_and_asked_again_as_it_was_asked() {
    let root = testkit::root("acme clients");
    let leaf = testkit::leaf("worker", &root);
    let folder = Folder::with(&[
        ("wrong.pem", testkit::bundle(&[&root, &leaf]).as_bytes()),
        ("worker.key", leaf.key().pkcs8_pem().as_bytes()),
        ("ca.pem", root.pem().as_bytes()),
        ("filters.json", br#"{"filters":[{"commonName":"worker"}]}"#),
    ]);
    let line = "cert check wrong.pem worker.key --bundle ca.pem --filters filters.json --namespace orders.a1b2c \
                --at 2026-06-15";
    let outcome = folder.run(line).ends(1, &[]);
    let said = outcome.stdout.replace(" \\\n", " ");
    assert_eq!(said.matches("error[").count(), 1, "{outcome:?}");
    assert!(said.contains("error[CHN-011]") && !said.contains("EE-016"), "{outcome:?}");
    assert!(!said.contains("filter suggest"), "no filter is at fault: {outcome:?}");
    for option in ["--filters filters.json", "--namespace orders.a1b2c", "--at 2026-06-15T00:00:00Z"] {
        let again = said.split("ask again:").nth(1).unwrap();
        assert!(again.contains(option), "{option}: {outcome:?}");
    }
}

#[test]
fn a_slip_in_a_name_is_answered_with_the_name() {
    let root = testkit::root("acme clients");
    let folder = Folder::with(&[("tls.crt", testkit::leaf("worker", &root).pem().as_bytes())]);
    folder.run("cert check tls.cert --bundle ca.pem").ends(2, &["cannot read ca.pem"]);
    folder.run("cert inspect tls.cert").ends(2, &["cannot read tls.cert", "hint: did you mean tls.crt?"]);
    folder.run("new orders.a1b2c --home st").ends(0, &[]);
    folder
        .run("cert export env --namespace orders.a1b2c --name wroker --home st")
        .ends(2, &["there is no client certificate wroker of orders.a1b2c", "did you mean worker?"]);
}
