//! `new`: the first thing that a newcomer runs.

use std::fs;

use serde_json::Value;

use crate::Folder;
use crate::Outcome;
use crate::rollover::World;

const NAMESPACE: &str = "orders.a1b2c";

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
    assert!(named.contains("   mtlsmith rekey --namespace orders.a1b2c --name worker --home /"), "{named}");
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
    assert_eq!(json["made"], serde_json::json!(["certificate", "settings"]));
    assert_eq!((json["sound"].as_bool(), json["profile"].as_str()), (Some(true), Some("billing")));
}

#[test]
fn each_certificate_has_its_profile_in_the_settings() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let settings = format!("{FOLDER}/temporal.toml");
    folder.write(&settings, format!("# mine\n{}", folder.read(&settings)));
    let outcome = new(&folder, "--name billing").ends(0, &[]);
    assert!(outcome.stdout.contains("made: certificate, settings (profile billing)."), "{outcome:?}");
    assert!(outcome.stdout.contains("✓ profile billing of the settings names this Namespace"), "{outcome:?}");
    assert!(outcome.stdout.contains("TEMPORAL_PROFILE=billing temporal workflow list"), "{outcome:?}");
    let text = folder.read(&settings);
    assert!(text.starts_with("# mine\n"), "{text}");
    for (profile, name) in [("default", "worker"), ("billing", "billing")] {
        let section = text.split(&format!("[profile.{profile}.tls]")).nth(1).unwrap();
        assert!(
            section.lines().nth(1).unwrap().contains(&format!("/leaves/{name}/current/tls.crt")),
            "{text}"
        );
        folder.run(&format!("config check {settings} --profile {profile} --fail-on warning")).ends(0, &[]);
    }
    // A profile of that name that somebody has set to something else stays, and is no tick.
    folder.write(&settings, text.replace("leaves/billing/current/tls.crt", "leaves/worker/current/tls.crt"));
    let before = folder.read(&settings);
    let outcome =
        new(&folder, "--name billing").ends(1, &["profile billing of", "names another certificate"]);
    assert!(
        outcome.stderr.contains("hint: set it: mtlsmith cert export toml --namespace orders.a1b2c"),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains("✓ profile billing"), "{outcome:?}");
    assert_eq!(folder.read(&settings), before);
}

#[test]
fn options_that_what_is_there_does_not_follow_are_told_with_the_command_that_changes_it() {
    let folder = Folder::new();
    new(&folder, "-d 20d").ends(0, &[]);
    let before = everything(&folder.path("state"));
    let options =
        "-d 7d --organization acme --rsa --group 65533 --ca-validity-period 2y --address localhost:7233";
    let outcome = new(&folder, options).ends(
        0,
        &[
            "--organization acme: it has O=orders",
            "--validity-period 7d: it was made for 20 days",
            "--key-kind rsa4096: its key is P-256",
            "--group 65533: its key is not shared with that group",
            "hint: mtlsmith gen leaf --namespace orders.a1b2c --name worker --organization acme --validity-period 7d --key-kind rsa4096 \
             --group 65533 --force\n",
            "--ca-validity-period 730d was not applied: the CA is there, for 365 days",
            "hint: mtlsmith rollover start orders.a1b2c --validity-period 730d\n",
            "--address localhost:7233 was not applied: profile default of the settings is there with orders.a1b2c.tmprl.cloud:7233",
            "hint: mtlsmith cert export toml --namespace orders.a1b2c --name worker --address localhost:7233 --profile default --output",
        ],
    );
    assert!(
        outcome.stdout.starts_with("orders.a1b2c is set up already; nothing was changed.\n"),
        "{outcome:?}"
    );
    assert_eq!(before, everything(&folder.path("state")));
    let json = new(&folder, &format!("{options} --format json")).ends(0, &[]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["not_applied"].as_array().unwrap().len(), 3);
    // What it is anyhow is no news.
    let same = "-d 20d --organization orders --key-kind P-256 --ca-validity-period 1y --address orders.a1b2c.tmprl.cloud:7233";
    assert_eq!(new(&folder, same).ends(0, &[]).stderr, "");
    // The command that is recommended works.
    let line =
        "gen leaf --namespace orders.a1b2c --name worker --organization acme --validity-period 7d --force";
    folder.run_with_variable(line, "MTLSMITH_HOME", "state").ends(0, &[]);
    assert_eq!(new(&folder, "-d 7d --organization acme").ends(0, &[]).stderr, "");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let folder = Folder::new();
    for (options, code, words) in [
        ("-d 3650d", 1, "3285 days before [CHN-012]"),
        ("-d 5m", 1, "a lifetime of 5 minutes is refused"),
        ("--ca-validity-period 20y", 1, "the most for a CA is ten years"),
        ("--group no-such-group", 2, "there is no group no-such-group"),
        ("--key-kind ed25519", 1, "[CA-005]"),
        ("--name a/b", 2, "a/b"),
        ("--organization \u{7}", 1, "the O "),
        ("--passphrase-file missing.txt", 2, "missing.txt"),
        ("--address foo", 1, "the address foo has no port"),
        ("--address foo:0", 1, "no number from 1 to 65535"),
        ("--address a_b@:7233", 1, "no name of one"),
        ("--address orders.a1b2c.tmprl.cloud", 1, "[CFG-201]"),
        ("--address https://orders.a1b2c.tmprl.cloud:7233", 1, "[CFG-401]"),
        ("--address saas-api.tmprl.cloud:7233", 1, "[CFG-101]"),
    ] {
        new(&folder, options).ends(code, &[words]);
        assert_eq!(folder.names(), [""; 0], "{options}");
    }
    // The same beside another Namespace: its CA is there, and no other.
    folder.run_with_variable("new billing.a1b2c", "MTLSMITH_HOME", "state").ends(0, &[]);
    let before = everything(&folder.path("state"));
    new(&folder, "-d 3650d").ends(1, &["[CHN-012]"]);
    new(&folder, "--group no-such-group").ends(2, &[]);
    // What stands in the place of a file is seen before anything is minted.
    fs::create_dir_all(folder.path("state/namespaces/orders.a1b2c/filters.json")).unwrap();
    new(&folder, "").ends(3, &["filters.json: it is no regular file", "hint: move it away"]);
    assert_eq!(before, everything(&folder.path("state")));
    folder.run_with_variable("gen ca --org acme --name x -d 20y", "MTLSMITH_HOME", "fresh").ends(1, &[]);
    assert!(!folder.path("fresh").exists());
}

#[test]
fn a_link_that_is_gone_is_made_again_and_that_is_said() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    let (leaf, ca) = (format!("{FOLDER}/leaves/worker/current"), "state/authorities/orders.a1b2c/current");
    run("gen leaf --namespace orders.a1b2c --name second").ends(0, &[]);
    fs::remove_file(folder.path(&leaf)).unwrap();
    let hint = "hint: put it in force again: mtlsmith new orders.a1b2c --name worker";
    run("cert export kubernetes --namespace orders.a1b2c").ends(3, &["the link `current` is gone", hint]);
    run("inventory list").ends(0, &["leaves/worker is not listed: its link `current` is gone"]);
    run("inventory verify").ends(1, &[]);
    new(&folder, "").ends(
        0,
        &["leaves/worker/current was gone; generation 1, the newest that is whole, is in force again"],
    );
    for line in
        ["gen leaf --namespace orders.a1b2c --name third", "rekey --namespace orders.a1b2c --name third"]
    {
        fs::remove_file(folder.path(ca)).unwrap();
        run(line).ends(0, &["the link authorities/orders.a1b2c/current was gone; generation 1"]);
    }
    fs::remove_file(folder.path(&leaf)).unwrap();
    run("gen leaf --namespace orders.a1b2c --name worker --force")
        .ends(0, &["leaves/worker/current was gone"]);
    run("inventory verify").ends(0, &[]);
}

#[test]
fn nothing_is_issued_on_a_ledger_that_was_changed() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let ledger = folder.read("state/ledger.jsonl");
    folder.write("state/ledger.jsonl", ledger.replacen("\"reason\":\"new\"", "\"reason\":\"old\"", 1));
    let before = everything(&folder.path("state"));
    for line in [
        "new billing.a1b2c",
        "gen leaf --namespace orders.a1b2c --name second",
        "gen ca --org acme --name second",
        "rekey --namespace orders.a1b2c",
    ] {
        let outcome = folder.run_with_variable(line, "MTLSMITH_HOME", "state");
        assert!(outcome.code == 3 || line.starts_with("rekey") && outcome.code != 0, "{line}: {outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("ledger.jsonl: line 1: it was changed, and nothing is issued on top of that"),
            "{outcome:?}"
        );
        assert!(outcome.stderr.contains("restore ledger.jsonl and ledger.head from a backup"), "{outcome:?}");
    }
    assert_eq!(before, everything(&folder.path("state")));
    folder.write("state/ledger.jsonl", &ledger);
    folder.run_with_variable("new billing.a1b2c", "MTLSMITH_HOME", "state").ends(0, &[]);
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

#[test]
fn a_time_that_has_not_come_is_refused_wherever_a_state_directory_is_written() {
    let folder = Folder::new();
    let late = "--at 2999-01-01T00:00:00Z";
    new(&folder, late)
        .ends(3, &["--at 2999-01-01T00:00:00Z has not come", "nothing was minted", "leave --at out"]);
    assert!(!folder.path("state").exists());
    new(&folder, "").ends(0, &[]);
    folder.run("gen csr --cn w --csr w.csr --key w.key").ends(0, &[]);
    let before = everything(&folder.path("state"));
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    folder.write("list.csv", "name\none\n");
    for line in [
        "new orders.a1b2c --name second",
        "gen ca --org acme",
        "gen intermediate --org acme --name below",
        "gen leaf --namespace orders.a1b2c --name second",
        "gen leaf --namespace orders.a1b2c --from list.csv",
        "sign w.csr --cn orders.a1b2c --namespace orders.a1b2c --name second",
        "renew --namespace orders.a1b2c",
        "rekey --namespace orders.a1b2c --all",
    ] {
        run(&format!("{line} {late}")).ends(3, &["has not come", "nothing was minted"]);
    }
    assert_eq!(before, everything(&folder.path("state")));
    // Into files it is nobody's business.
    folder.run(&format!("gen ca --org acme --ca-cert ca.pem --ca-key ca.key {late}")).ends(0, &[]);
    run("rekey --namespace orders.a1b2c").ends(0, &[]);
}

#[test]
fn after_a_rollover_the_ca_that_issues_is_the_one_that_is_shown() {
    let mut world = World::new(1);
    world.finish(&format!("start {NAMESPACE} --reissue --inventory-complete"));
    world.pass(700);
    world.finish(&format!("commit {NAMESPACE}"));
    let at = mtlsmith_validate::time::Timestamp::from_unix(world.now);
    let line = format!("new {NAMESPACE} --home home --at {at}");
    let authorities = fs::read_dir(world.folder.path("home/authorities")).unwrap();
    let names: Vec<String> =
        authorities.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let next = names.iter().find(|name| *name != NAMESPACE).unwrap();
    for name in ["worker-0", "third"] {
        let outcome = world.folder.run(&format!("{line} --name {name}")).ends(0, &[]);
        assert!(outcome.stdout.contains(&format!("authorities/{next}/current")), "{outcome:?}");
        assert!(!outcome.stdout.contains(&format!("authorities/{NAMESPACE}/current")), "{outcome:?}");
        assert!(outcome.stdout.contains(&format!("namespaces/{NAMESPACE}\n")), "{outcome:?}");
        let issuer = world.folder.run(&format!("cert inspect home/authorities/{next}/current/ca.crt"));
        let common_name =
            issuer.stdout.split("CN=").nth(1).unwrap().split([',', '\n']).next().unwrap().trim();
        assert!(outcome.stdout.contains(common_name), "{common_name}: {outcome:?}");
    }
    let listed = world
        .folder
        .run("inventory list --home home")
        .ends(0, &[&format!("the CA {NAMESPACE} was replaced")]);
    assert!(!listed.stderr.contains(&format!("the CA {next} ")), "{listed:?}");
}

#[test]
fn a_key_that_is_lost_is_told_and_nothing_is_uploaded_before_that_is_mended() {
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    fs::remove_file(folder.path("state/authorities/orders.a1b2c/current/ca.key")).unwrap();
    let outcome =
        new(&folder, "").ends(1, &["ca.key is missing", "restore authorities/orders.a1b2c from a backup"]);
    assert!(
        outcome.stdout.contains("its key is not here") && !outcome.stdout.contains("back it up"),
        "{outcome:?}"
    );
    assert!(
        !outcome.stdout.contains("accepted-client-ca") && !outcome.stdout.contains("Connect"),
        "{outcome:?}"
    );
    run("inventory list").ends(0, &["warning: ", "ca.key is missing"]);
    let folder = Folder::new();
    new(&folder, "").ends(0, &[]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    fs::remove_file(folder.path("state/namespaces/orders.a1b2c/leaves/worker/current/tls.key")).unwrap();
    let repair = "mtlsmith gen leaf --namespace orders.a1b2c --name worker --force";
    new(&folder, "").ends(1, &["tls.key is missing", repair]);
    run("rekey --namespace orders.a1b2c").ends(2, &["tls.key is missing", repair]);
    run("inventory list").ends(0, &["leaves/worker: tls.key is missing"]);
    run(repair.strip_prefix("mtlsmith ").unwrap()).ends(0, &[]);
    new(&folder, "").ends(0, &[]);
}
