//! `new`: the first thing that a newcomer runs.

use std::fs;

use serde_json::Value;

use crate::Folder;
use crate::Outcome;

const FOLDER: &str = "state/namespaces/orders.a1b2c";

fn new(folder: &Folder, options: &str) -> Outcome {
    folder.run_with_variable(&format!("new orders.a1b2c {options}"), "MTLSMITH_HOME", "state")
}

/// Every file below a folder with its bytes.
fn everything(path: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(everything(&path));
        } else if path.is_file() && !path.ends_with("lock") {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn everything_that_it_makes_is_accepted_and_gets_in() {
    let folder = Folder::new();
    let outcome = new(&folder, "").ends(0, &[]);
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
    assert!(outcome.stdout.starts_with("orders.a1b2c is ready for mutual TLS.\n"), "{outcome:?}");
    folder.run(&format!("bundle check {FOLDER}/ca-bundle.pem --filters {FOLDER}/filters.json")).ends(0, &[]);
    folder.run(&format!("filter check {FOLDER}/filters.json --fail-on warning")).ends(0, &[]);
    folder.run(&format!("config check {FOLDER}/temporal.toml --fail-on warning")).ends(0, &[]);
    let pair = format!("{FOLDER}/leaves/worker/current");
    let check = format!(
        "cert check {pair}/tls.crt {pair}/tls.key --bundle {FOLDER}/ca-bundle.pem --filters {FOLDER}/filters.json --fail-on warning"
    );
    let checked = folder.run(&check).ends(0, &[]).stdout;
    assert!(checked.contains("by filter 1 (commonName orders.a1b2c)"), "{checked}");
    // The filters admit this Namespace's certificates alone.
    let stranger = mtlsmith_testkit::leaf("billing.a1b2c", &mtlsmith_testkit::root("r")).pem();
    folder.write("stranger.pem", stranger);
    folder.run(&format!("filter match {FOLDER}/filters.json stranger.pem")).ends(1, &[]);
}

#[test]
fn the_commands_that_it_recommends_name_files_that_are_there() {
    let folder = Folder::new();
    let text = new(&folder, "").ends(0, &[]).stdout;
    for (part, file) in [
        ("--ca-certificate-file ca-bundle.pem", "ca-bundle.pem"),
        ("--certificate-filter-file filters.json", "filters.json"),
        ("TEMPORAL_CONFIG_FILE=temporal.toml ", "temporal.toml"),
    ] {
        assert!(text.contains(part) && folder.path(FOLDER).join(file).is_file(), "{part}: {text}");
    }
    for part in [
        "tcld namespace accepted-client-ca add --namespace orders.a1b2c",
        "temporal cloud namespace mtls cert-ca create --namespace orders.a1b2c",
        "accepted_client_ca = base64encode(file(\"ca-bundle.pem\"))",
        "cloud.temporal.io > Namespaces > orders.a1b2c > Edit > Authentication",
        "mtlsmith rekey --namespace orders.a1b2c --name worker",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let line = "rekey --namespace orders.a1b2c --name worker";
    folder.run_with_variable(line, "MTLSMITH_HOME", "state").ends(0, &[]);
    // A state directory that is named is named in the commands too.
    let named = folder.run("new orders.a1b2c --home state").ends(0, &[]).stdout;
    assert!(
        named.contains("--name worker --home /") || named.contains("--name worker \\\n     --home /"),
        "{named}"
    );
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let before = everything(&folder.path("state"));
    assert!(before.len() >= 9, "{}", before.len());
    let outcome = new(&folder, "").ends(0, &[]);
    assert!(
        outcome.stdout.starts_with("orders.a1b2c is set up already; nothing was changed.\n"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("mtlsmith rekey --namespace orders.a1b2c"), "{outcome:?}");
    assert_eq!(before, everything(&folder.path("state")));
}

#[test]
fn what_is_missing_is_made_and_nothing_else() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let before = everything(&folder.path("state"));
    for name in ["ca-bundle.pem", "filters.json", "temporal.toml"] {
        fs::remove_file(folder.path(FOLDER).join(name)).unwrap();
    }
    let outcome = new(&folder, "").ends(0, &[]);
    assert!(
        outcome
            .stdout
            .starts_with("orders.a1b2c is set up; what was missing was made: bundle, filters, settings."),
        "{outcome:?}"
    );
    assert_eq!(before, everything(&folder.path("state")));
    // A second certificate below the same CA.
    let outcome = new(&folder, "--name billing --format json").ends(0, &[]);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(json["made"], serde_json::json!(["certificate"]));
    assert_eq!(json["sound"], true);
}

#[test]
fn what_stands_against_it_is_told_with_its_code() {
    let folder = Folder::new();
    new(&folder, "-d 1h --at 2026-01-01T00:00:00Z").ends(0, &[]);
    let outcome = new(&folder, "--at 2026-03-01T00:00:00Z").ends(1, &["error: ", "hint: "]);
    assert!(outcome.stderr.contains("CA-") || outcome.stderr.contains("EE-"), "{outcome:?}");
    assert!(outcome.stdout.contains("something stands against them"), "{outcome:?}");
    assert!(outcome.stdout.contains("mtlsmith rekey --namespace orders.a1b2c --name worker"), "{outcome:?}");
}

#[test]
fn no_part_of_a_key_is_shown() {
    let folder = Folder::new();
    let mut shown = String::new();
    for options in ["", "--format json", "--quiet", "--verbose"] {
        let outcome = new(&folder, options).ends(0, &[]);
        shown.push_str(&outcome.stdout);
        shown.push_str(&outcome.stderr);
    }
    for key in
        ["namespaces/orders.a1b2c/leaves/worker/current/tls.key", "authorities/orders.a1b2c/current/ca.key"]
    {
        let text = folder.read(&format!("state/{key}"));
        for line in text.lines().filter(|line| !line.starts_with("-----")) {
            assert!(line.len() < 12 || !shown.contains(&line[..12]), "{key}");
        }
    }
}

#[test]
fn a_name_without_its_account_is_refused() {
    let folder = Folder::new();
    for name in ["orders", "orders.a1b2c.x", "../x.y", "a b.c", ""] {
        let output = folder.command("new").arg(name).arg("--home").arg("state").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    folder.run("new orders.a1b2c").ends(2, &["the state directory is not known", "--home"]);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn two_at_once_make_one_of_each() {
    let folder = Folder::new();
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = folder.command("new orders.a1b2c --format json");
            command.env("MTLSMITH_HOME", "state").stdin(std::process::Stdio::null());
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let outcomes: Vec<Outcome> = children
        .into_iter()
        .map(|child| Outcome::of(child.wait_with_output().unwrap()).ends(0, &[]))
        .collect();
    let made = outcomes.iter().filter(|outcome| outcome.stdout.contains("\"CA\"")).count();
    assert_eq!(made, 1, "{outcomes:?}");
    assert_eq!(folder.read("state/ledger.jsonl").lines().count(), 2);
}
