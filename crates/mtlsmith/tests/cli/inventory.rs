//! `inventory`: what is kept, until when it works, and whether it is as it was written.

use std::fs;

use serde_json::Value;

use crate::Folder;
use crate::Outcome;

/// A state directory with a CA of 40 days and three certificates, one of which was replaced.
fn folder() -> Folder {
    let folder = Folder::new();
    for line in [
        "new orders.a1b2c --ca-validity-period 40d",
        "gen leaf --namespace orders.a1b2c --name short -d 2d",
        "gen leaf --namespace orders.a1b2c --name short -d 3d --force",
        "gen leaf --namespace orders.a1b2c --name long -d 39d",
    ] {
        run(&folder, line).ends(0, &[]);
    }
    folder
}

fn run(folder: &Folder, line: &str) -> Outcome {
    folder.run_with_variable(line, "MTLSMITH_HOME", "state")
}

fn names(outcome: &Outcome) -> Vec<String> {
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let certificates = json["certificates"].as_array().unwrap();
    certificates.iter().map(|entry| entry["slot"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_in_force_is_listed_with_what_is_left() {
    let folder = folder();
    let text = run(&folder, "inventory list").ends(0, &[]).stdout;
    assert!(text.starts_with("Certificates in force  4 certificates, "), "{text}");
    assert!(text.contains("orders.a1b2c/short") && text.contains("client  2"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let json = run(&folder, "inventory list --format json").ends(0, &[]);
    assert_eq!(
        names(&json),
        [
            "authorities/orders.a1b2c",
            "namespaces/orders.a1b2c/leaves/long",
            "namespaces/orders.a1b2c/leaves/short",
            "namespaces/orders.a1b2c/leaves/worker"
        ]
    );
    assert!(names(&run(&folder, "inventory list --namespace other.a1b2c --format json")).is_empty());
    let page = run(&folder, "inventory list --format html").ends(0, &[]).stdout;
    assert!(
        page.contains("<svg") && page.contains("orders.a1b2c/short") && !page.contains("<script"),
        "{page}"
    );
}

#[test]
fn what_is_listed_for_another_time_is_not_said_to_be_in_force_then() {
    let folder = folder();
    let listed = run(&folder, "inventory list --at 2999-06-01T00:00:00Z").ends(0, &[]).stdout;
    assert!(listed.starts_with("Certificates in force now, as they stand on 2999-06-01"), "{listed}");
}

#[test]
fn what_stops_working_soon_is_told_soonest_first() {
    let folder = folder();
    let soon = run(&folder, "inventory expiring --within 35d --format json").ends(1, &[]);
    assert_eq!(
        names(&soon),
        ["namespaces/orders.a1b2c/leaves/short", "namespaces/orders.a1b2c/leaves/worker"]
    );
    run(&folder, "inventory expiring --within 1d").ends(0, &[]);
    let all = run(&folder, "inventory expiring --within 1y").ends(1, &[]).stdout;
    assert!(all.contains("4 certificates"), "{all}");
    run(&folder, "inventory expiring --within 30").ends(2, &["has no unit"]);
}

#[test]
fn the_ledger_is_exported_with_what_was_replaced() {
    let folder = folder();
    let csv = run(&folder, "inventory export").ends(0, &[]).stdout;
    assert_eq!(csv.lines().count(), 6, "{csv}");
    assert!(csv.starts_with("time,event,slot,generation,serial,"), "{csv}");
    run(&folder, "inventory export --format html --output ledger.html").ends(0, &["wrote ledger.html"]);
    run(&folder, "inventory export --format html --output ledger.html").ends(3, &["exists already"]);
}

#[test]
fn the_first_line_that_was_changed_dropped_or_moved_is_named() {
    let folder = folder();
    let ledger = folder.path("state/ledger.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let sound = run(&folder, "inventory verify").ends(0, &[]).stdout;
    assert!(sound.contains("5 lines\n") && sound.contains("4 certificates"), "{sound}");
    let changed = text.replacen(lines[2], &lines[2].replacen("O=orders", "O=others", 1), 1);
    let dropped = text.replacen(&format!("{}\n", lines[1]), "", 1);
    let moved =
        text.replacen(&format!("{}\n{}\n", lines[1], lines[2]), &format!("{}\n{}\n", lines[2], lines[1]), 1);
    let cut = text.replacen(&format!("{}\n", lines[4]), "", 1);
    for (tampered, words) in [
        (changed, "line 3 was changed"),
        (dropped, "line 2 was dropped"),
        (moved, "line 2 was moved further down"),
        (cut, "the ledger was cut off before line 5"),
    ] {
        fs::write(&ledger, &tampered).unwrap();
        let outcome = run(&folder, "inventory verify").ends(1, &["nothing was repaired"]);
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
        let json = run(&folder, "inventory verify --format json").ends(1, &[]).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((json["sound"].as_bool(), json["line"].is_u64()), (Some(false), true));
        assert_eq!(fs::read_to_string(&ledger).unwrap(), tampered, "reading changes nothing");
    }
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_named() {
    let folder = folder();
    let certificate = folder.path("state/namespaces/orders.a1b2c/leaves/long/current/tls.crt");
    let bytes = fs::read(&certificate).unwrap();
    fs::write(&certificate, &bytes[..bytes.len() - 1]).unwrap();
    let outcome = run(&folder, "inventory verify").ends(1, &[]);
    assert!(outcome.stdout.contains("broken: namespaces/orders.a1b2c/leaves/long"), "{outcome:?}");
    run(&folder, "cert export kubernetes --namespace orders.a1b2c --name long").ends(2, &["damaged"]);
}

#[test]
fn without_a_state_directory_it_is_said_how_to_begin() {
    let folder = Folder::new();
    for line in ["inventory list", "inventory expiring", "inventory export", "inventory verify"] {
        run(&folder, line).ends(2, &["there is no state directory", "mtlsmith new NAMESPACE"]);
    }
    assert_eq!(folder.names(), [""; 0]);
}
