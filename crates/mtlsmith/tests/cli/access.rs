//! `access`.

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;
use crate::NOW;

/// Two Namespaces with a CA each and one that shares the first one's, with filters or without.
fn folder(filters_of_shared: &str) -> Folder {
    let (orders, billing) = (testkit::root("orders ca"), testkit::root("billing ca"));
    let folder = Folder::with(&[
        ("namespaces/orders.a1b2c/bundle.pem", orders.pem().as_bytes()),
        ("namespaces/orders.a1b2c/filters.json", br#"{"filters":[{"commonName":"worker*"}]}"#),
        ("namespaces/billing.a1b2c/ca.pem", billing.pem().as_bytes()),
        ("namespaces/shared.a1b2c/any-name.pem", orders.pem().as_bytes()),
        ("clients/worker.pem", testkit::leaf("worker", &orders).pem().as_bytes()),
        ("clients/starter.crt", testkit::leaf("starter", &orders).pem().as_bytes()),
        ("clients/billing.pem", testkit::leaf("billing", &billing).pem().as_bytes()),
    ]);
    if !filters_of_shared.is_empty() {
        folder.write("namespaces/shared.a1b2c/filters.json", filters_of_shared.as_bytes());
    }
    folder
}

fn run(folder: &Folder, more: &str) -> crate::Outcome {
    folder.run(&format!("access --namespaces namespaces --at {NOW} {more}"))
}

#[test]
fn who_gets_in_where_is_a_table_and_a_leak_ends_with_1() {
    let outcome = run(&folder(""), "clients").ends(1, &[]);
    for line in [
        "  billing.a1b2c  orders.a1b2c  shared.a1b2c\n",
        "  clients/billing.pem  CN=billing,O=acme  admitted       -             -",
        "  clients/starter.crt  CN=starter,O=acme  -              filtered      admitted",
        "  clients/worker.pem   CN=worker,O=acme   -              admitted      admitted",
        "leak: clients/worker.pem (CN=worker,O=acme) opens orders.a1b2c, shared.a1b2c",
        "leak: the CA \"CN=orders ca,O=acme\" stands in 2 bundles, and any certificate below it opens\nshared.a1b2c",
    ] {
        assert!(outcome.stdout.contains(line), "{line}\n{}", outcome.stdout);
    }
}

#[test]
fn with_filters_that_part_the_clients_nothing_leaks() {
    let folder = folder(r#"{"filters":[{"commonName":"starter"}]}"#);
    let outcome = run(&folder, "clients/*.pem clients/*.crt").ends(0, &[]);
    assert!(outcome.stdout.contains("\ntight: Every certificate opens one Namespace at most"), "{outcome:?}");
    run(&folder, "clients --quiet").ends(0, &[]);
}

/// A state directory with one Namespace and its worker, as `new` lays them.
fn state() -> Folder {
    let root = testkit::root("orders ca");
    let leaf = testkit::leaf("worker", &root);
    Folder::with(&[
        ("st/authorities/orders.a1b2c/current/ca.crt", root.pem().as_bytes()),
        ("st/namespaces/orders.a1b2c/ca-bundle.pem", root.pem().as_bytes()),
        ("st/namespaces/orders.a1b2c/filters.json", br#"{"filters":[{"commonName":"worker"}]}"#),
        ("st/namespaces/orders.a1b2c/leaves/worker/current/tls.crt", leaf.pem().as_bytes()),
        ("st/namespaces/orders.a1b2c/leaves/worker/current/tls.key", leaf.key().pkcs8_pem().as_bytes()),
    ])
}

#[test]
fn a_state_directory_is_read_as_it_lies() {
    let folder = state();
    for (namespaces, clients) in [
        ("st/namespaces", "st/namespaces/orders.a1b2c/leaves"),
        ("st/namespaces", "st/namespaces/orders.a1b2c"),
        ("st/namespaces", "st/namespaces/orders.a1b2c/leaves/worker"),
        ("st", "st"),
    ] {
        let outcome =
            folder.run(&format!("access --namespaces {namespaces} --at {NOW} {clients}")).ends(0, &[]);
        assert!(outcome.stdout.contains("1 certificate before 1 Namespace"), "{clients}: {outcome:?}");
        assert!(outcome.stdout.contains("CN=worker,O=acme  admitted"), "{clients}: {outcome:?}");
    }
}

#[test]
fn filters_by_another_name_are_told() {
    let folder = state();
    folder.write("st/namespaces/shop.a1b2c/ca-bundle.pem", testkit::root("shop ca").pem());
    folder.write("st/namespaces/shop.a1b2c/filter.json", br#"{"filters":[{"commonName":"worker"}]}"#);
    let said = "warning: st/namespaces/shop.a1b2c has no filters.json and counts as without filters; \
                st/namespaces/shop.a1b2c/filter.json is not read";
    folder.run(&format!("access --namespaces st --at {NOW} st")).ends(0, &[said]);
}

#[test]
fn that_nobody_gets_in_is_told_with_the_reason() {
    let outcome = state().run("access --namespaces st --at 2099-01-01 st").ends(0, &[]);
    let said = outcome.stdout.replace('\n', " ");
    assert!(said.contains("tight: Nothing leaks, since none of these certificates opens any"), "{outcome:?}");
    assert!(
        said.contains("is refused: the client's certificate \"CN=worker,O=acme\" expired"),
        "{outcome:?}"
    );
}

#[test]
fn json_and_html_tell_the_same() {
    let folder = folder("");
    let json = run(&folder, "clients --format json").ends(1, &[]);
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(value["leaks"], serde_json::json!(["clients/worker.pem"]));
    assert_eq!(value["certificates"][1]["filtered"], serde_json::json!(["orders.a1b2c"]));
    run(&folder, "clients --format html --output access.html").ends(1, &["wrote access.html"]);
    assert!(folder.read("access.html").contains("<h1>Leaking</h1>"));
}

#[test]
fn what_cannot_be_read_ends_with_2_and_says_what_to_do() {
    let folder = folder("");
    run(&folder, "missing.pem").ends(2, &["error: cannot read missing.pem"]);
    folder
        .run("access --namespaces clients clients")
        .ends(2, &["holds no folder of a Namespace", "bundle.pem"]);
    folder.write("namespaces/orders.a1b2c/filters.json", b"{");
    run(&folder, "clients").ends(2, &["FLT-"]);
    folder.write("namespaces/orders.a1b2c/filters.json", br#"{"filters":[]}"#);
    folder.write("clients/key.pem", testkit::Key::p256("access").pkcs8_pem().as_bytes());
    let outcome = run(&folder, "clients").ends(2, &["clients/key.pem holds no certificate"]);
    assert!(!outcome.stderr.contains("PRIVATE"), "{outcome:?}");
    folder.write("namespaces/empty.a1b2c/note.txt", b"no bundle");
    run(&folder, "clients/worker.pem").ends(2, &["holds no bundle"]);
}
