//! `gen` and `sign`: the lines of tcld, what is refused and by which rule, and what is written how.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;
use crate::Outcome;
use crate::outcome;

/// A folder with a CA in files.
fn with_ca(options: &str) -> Folder {
    let folder = Folder::new();
    folder.run(&format!("gen ca --org acme {options} --ca-cert ca.pem --ca-key ca.key")).ends(0, &[]);
    folder
}

fn admitted(folder: &Folder, certificate: &str, key: &str, bundle: &str) {
    let outcome = folder.run(&format!("cert check {certificate} {key} --bundle {bundle}")).ends(0, &[]);
    assert!(outcome.stdout.starts_with("admitted until "), "{outcome:?}");
}

fn mode(folder: &Folder, name: &str) -> u32 {
    fs::symlink_metadata(folder.path(name)).unwrap().mode() & 0o7777
}

/// Every line that tcld's README, its help and Temporal's pages show, with `tcld` replaced by `mtlsmith`.
#[test]
fn a_line_of_tcld_works_with_its_first_word_changed() {
    for (ca, leaf) in [
        (
            "gen ca --org temporal -d 1y --ca-cert ca.pem --ca-key ca.key",
            "gen leaf --org temporal -d 364d --ca-cert ca.pem --ca-key ca.key --cert client.pem --key client.key",
        ),
        (
            "generate-certificates certificate-authority-certificate --organization temporal --validity-period 8d \
             --ca-certificate-file ca.pem --ca-key-file ca.key",
            "generate-certificates end-entity-certificate --organization temporal --organization-unit orders --common-name \
             orders.a1b2c --validity-period 5d --ca-certificate-file ca.pem --ca-key-file ca.key --certificate-file client.pem \
             --key-file client.key",
        ),
        (
            "gen certificate-authority-certificate --org temporal -d 8760h --ca-cert ca.pem --ca-key ca.key",
            "generate-certificates leaf --org temporal --validity-period 12h --ca-cert ca.pem --ca-key ca.key --cert client.pem \
             --key client.key",
        ),
        (
            "gen ca --org temporal --validity-period 525600m --ca-cert ca.pem --ca-key ca.key --rsa",
            "gen leaf --org temporal -d 86400s --ca-cert ca.pem --ca-key ca.key --cert client.pem --key client.key",
        ),
    ] {
        let folder = Folder::new();
        folder.run(ca).ends(0, &[]);
        folder.run("bundle check ca.pem").ends(0, &[]);
        folder.run(leaf).ends(0, &[]);
        admitted(&folder, "client.pem", "client.key", "ca.pem");
        assert_eq!(folder.names(), ["ca.key", "ca.pem", "client.key", "client.pem"], "{leaf}");
    }
}

#[test]
fn what_was_minted_gets_in_for_every_kind_and_every_option() {
    let kinds = ["p256", "p384", "p521", "rsa2048"];
    let options = [
        "--cn orders.a1b2c --dns worker.acme.internal --dns b.acme.internal --email ops@acme.example --ip 10.0.0.1",
        "--ou payments --ou eu --uri spiffe://acme.example/worker -d 2h",
    ];
    for ca_kind in kinds {
        let folder = with_ca(&format!("--key-kind {ca_kind} -d 30d"));
        for (number, (kind, option)) in
            kinds.iter().flat_map(|kind| options.iter().map(move |option| (kind, option))).enumerate()
        {
            // Every RSA key takes its time; one of them is enough.
            if *kind == "rsa2048" && (ca_kind != "p256" || number % 2 == 1) {
                continue;
            }
            let (certificate, key) = (format!("{number}.pem"), format!("{number}.key"));
            let line = format!(
                "gen leaf --org acme {option} --key-kind {kind} --ca-cert ca.pem --ca-key ca.key --cert {certificate} --key {key}"
            );
            let outcome = folder.run(&line).ends(0, &[]);
            assert_eq!(outcome.stderr.contains("cannot load P-521"), *kind == "p521", "{outcome:?}");
            admitted(&folder, &certificate, &key, "ca.pem");
        }
    }
}

#[test]
fn an_intermediate_issues_and_a_root_without_room_for_one_does_not_make_it() {
    let folder = with_ca("--path-length 1");
    let below = "--ca-cert ca.pem --ca-key ca.key --cert issuing.pem --key issuing.key";
    folder.run(&format!("gen intermediate --org acme {below}")).ends(0, &[]);
    folder
        .run("gen leaf --org acme --cn w --ca-cert issuing.pem --ca-key issuing.key --cert w.pem --key w.key")
        .ends(0, &[]);
    admitted(&folder, "w.pem", "w.key", "ca.pem");
    admitted(&folder, "w.pem", "w.key", "issuing.pem");
    let narrow = with_ca("");
    let outcome =
        narrow.run(&format!("gen intermediate --org acme {below}")).ends(1, &["nothing was minted:"]);
    assert!(outcome.stderr.contains("CHN-") || outcome.stderr.contains("CA-"), "{outcome:?}");
    assert_eq!(narrow.names(), ["ca.key", "ca.pem"]);
}

#[test]
fn every_refusal_names_its_rule_and_changes_nothing() {
    let folder = with_ca("-d 30d");
    let leaf = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
    folder.run(&format!("{leaf} -d 31d")).ends(1, &["[CHN-012]", "hint: ask for less"]);
    folder.run(&format!("{leaf} --key-kind ed25519")).ends(1, &["[CA-005]", "hint: take p256"]);
    folder.run(&format!("{leaf} -d 1s")).ends(1, &["the least is ten minutes", "hint:"]);
    folder.run(&format!("{leaf} --dns *.acme.internal")).ends(1, &["wildcards", "hint:"]);
    folder.run(&format!("{leaf} --uri spiffe://acme.example/a?b")).ends(1, &["URI"]);
    folder.run(&format!("{leaf} --ip 10.0.0")).ends(2, &["no IP address"]);
    folder.run(&format!("{leaf} -d 30")).ends(2, &["has no unit"]);
    folder.run("gen leaf --org acme --cert w.pem --key w.key").ends(2, &["hint: name the CA too"]);
    folder.run("gen leaf --org acme --cert w.pem").ends(2, &["--key"]);
    folder.run("gen ca --org acme --ca-cert a.pem").ends(2, &["--ca-key"]);
    folder
        .run("gen ca --org acme -d 11y --ca-cert a.pem --ca-key a.key")
        .ends(1, &["the most for a CA is ten years"]);
    folder.write("stray.pem", testkit::root("stray").pem());
    folder
        .run("gen leaf --org acme --ca-cert stray.pem --ca-key ca.key --cert w.pem --key w.key")
        .ends(2, &["the private key is not that of the CA certificate"]);
    assert_eq!(folder.names(), ["ca.key", "ca.pem", "stray.pem"]);
}

#[test]
fn a_certificate_that_its_namespace_would_not_admit_is_not_signed() {
    let folder = with_ca("");
    folder.write("filters.json", br#"{"filters":[{"commonName":"orders.a1b2c"}]}"#);
    folder.write("other.pem", testkit::root("other").pem());
    let leaf = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
    folder.run(&format!("{leaf} --cn stray --filters filters.json")).ends(1, &["FLT-011", "hint:"]);
    folder.run(&format!("{leaf} --cn stray --bundle other.pem --at 2026-06-15T00:00:00Z")).ends(1, &[]);
    assert!(!folder.path("w.pem").exists());
    folder.run(&format!("{leaf} --cn orders.a1b2c --filters filters.json --bundle ca.pem")).ends(0, &[]);
}

#[test]
fn a_key_is_private_whatever_the_umask_and_nothing_is_overwritten() {
    for umask in ["000", "077"] {
        let folder = Folder::new();
        let program = env!("CARGO_BIN_EXE_mtlsmith");
        let script = format!(
            "umask {umask}; {program} gen ca --org acme --ca-cert ca.pem --ca-key ca.key && \
             {program} gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key && \
             {program} new orders.a1b2c --home state"
        );
        let mut shell = std::process::Command::new("sh");
        outcome(shell.arg("-c").arg(script).current_dir(folder.path("")).env_clear().stdin(Stdio::null()))
            .ends(0, &[]);
        for (name, wanted) in [("ca.key", 0o600), ("w.key", 0o600), ("ca.pem", 0o644), ("w.pem", 0o644)] {
            assert_eq!(mode(&folder, name), wanted, "{name} with umask {umask}");
        }
        modes_of_home(&folder.path("state"), umask);
        let before = (folder.read("ca.key"), folder.read("w.pem"));
        folder
            .run("gen ca --org acme --ca-cert ca.pem --ca-key new.key")
            .ends(3, &["exists already", "--force"]);
        folder
            .run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key")
            .ends(3, &["exists already"]);
        assert_eq!((folder.read("ca.key"), folder.read("w.pem")), before);
        folder
            .run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key --force")
            .ends(0, &[]);
        assert_ne!(folder.read("w.pem"), before.1);
        admitted(&folder, "w.pem", "w.key", "ca.pem");
    }
}

/// Directories of 0700, and no file with a key or a record that others may read.
fn modes_of_home(directory: &std::path::Path, umask: &str) {
    assert_eq!(fs::metadata(directory).unwrap().mode() & 0o7777, 0o700, "{} {umask}", directory.display());
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            modes_of_home(&path, umask);
        } else if metadata.is_file() {
            let public = ["ca-bundle.pem", "filters.json", "temporal.toml"];
            let wanted = if public.iter().any(|name| path.ends_with(name)) { 0o644 } else { 0o600 };
            assert_eq!(metadata.mode() & 0o7777, wanted, "{} with umask {umask}", path.display());
        }
    }
}

#[test]
fn a_link_planted_at_the_target_is_not_followed() {
    let folder = with_ca("");
    folder.write("victim", "precious");
    for link in ["w.pem", "w.key"] {
        std::os::unix::fs::symlink(folder.path("victim"), folder.path(link)).unwrap();
        for force in ["", "--force"] {
            let line = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
            folder.run(&format!("{line} {force}")).ends(3, &["no regular file"]);
        }
        assert_eq!(folder.read("victim"), "precious");
        fs::remove_file(folder.path(link)).unwrap();
    }
    assert_eq!(folder.names(), ["ca.key", "ca.pem", "victim"]);
}

#[test]
fn a_key_of_the_ca_that_others_may_read_is_refused() {
    let folder = with_ca("");
    fs::set_permissions(folder.path("ca.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let line = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
    folder.run(line).ends(3, &["0644", "--allow-lax-permissions"]);
    folder.run(&format!("{line} --allow-lax-permissions")).ends(0, &[]);
}

#[test]
fn files_in_each_others_place_are_told() {
    let folder = with_ca("");
    folder.run("gen csr --org acme --cn w --csr w.csr --key w.key").ends(0, &[]);
    let pair = "--cert v.pem --key v.key";
    for (line, words) in [
        (
            format!("gen leaf --org acme --ca-cert ca.key --ca-key ca.pem {pair}"),
            "--ca-cert and --ca-key are swapped: ca.key holds",
        ),
        (
            format!("gen leaf --org acme --ca-cert ca.key --ca-key ca.key {pair}"),
            "ca.key holds a private key, and no certificate",
        ),
        (
            format!("gen leaf --org acme --ca-cert ca.pem --ca-key ca.pem {pair}"),
            "ca.pem holds a certificate, and no private key",
        ),
        (
            format!("gen leaf --org acme --ca-cert w.csr --ca-key ca.key {pair}"),
            "w.csr holds a certificate request, and no certificate",
        ),
        (
            "sign ca.pem --cn w --ca-cert ca.pem --ca-key ca.key".to_owned(),
            "ca.pem holds a certificate, and no certificate request",
        ),
        (
            "sign w.csr --cn w --ca-cert ca.key --ca-key ca.pem".to_owned(),
            "--ca-cert and --ca-key are swapped",
        ),
        (
            "gen csr --org acme --csr v.csr --from-key ca.pem".to_owned(),
            "ca.pem holds a certificate, and no private key",
        ),
        (
            "cert p12 ca.key ca.pem --output v.p12".to_owned(),
            "CERTIFICATE and KEY are swapped: ca.key holds a private key",
        ),
    ] {
        folder.run(&line).ends(2, &[words, "hint: name "]);
    }
    assert_eq!(folder.names(), ["ca.key", "ca.pem", "w.csr", "w.key"]);
}

#[test]
fn standard_output_takes_what_holds_no_key_and_no_file_is_called_like_it() {
    let folder = with_ca("");
    let ca = "--ca-cert ca.pem --ca-key ca.key";
    for line in [
        "gen ca --org acme --ca-cert - --ca-key -".to_owned(),
        "gen ca --org acme --ca-cert new.pem --ca-key -".to_owned(),
        format!("gen leaf --org acme {ca} --cert - --key w.key"),
        format!("gen leaf --org acme {ca} --cert w.pem --key -"),
        format!("gen intermediate --org acme {ca} --cert - --key -"),
        "gen csr --org acme --csr w.csr --key -".to_owned(),
    ] {
        folder.run(&line).ends(2, &["- stands for standard output", "written as files alone", "./-"]);
    }
    assert_eq!(folder.names(), ["ca.key", "ca.pem"]);
    let request =
        folder.run("gen csr --org acme --cn w --csr - --key w.key").ends(0, &["wrote w.key"]).stdout;
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{request}");
    let signed = folder.run_with_input(&format!("sign - --cn w {ca} --cert -"), request).ends(0, &[]);
    folder.write("w.pem", signed.stdout);
    admitted(&folder, "w.pem", "w.key", "ca.pem");
    folder.run("gen csr --org acme --cn v --csr - --from-key w.key").ends(0, &[]);
    let mut command = folder.command("cert p12 w.pem w.key --output -");
    let store = command.env("MTLSMITH_P12_PASSWORD", "changeit").stdin(Stdio::null()).output().unwrap();
    assert!(store.status.success() && store.stdout.starts_with(&[0x30, 0x82]), "{store:?}");
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    run("new orders.a1b2c").ends(0, &[]);
    for form in ["terraform", "env", "systemd", "toml", "kubernetes"] {
        let line = format!("cert export {form} --namespace orders.a1b2c");
        assert_eq!(
            run(&format!("{line} --output -")).ends(0, &[]).stdout,
            run(&line).ends(0, &[]).stdout,
            "{form}"
        );
    }
    run("cert export env --namespace orders.a1b2c --address foo").ends(1, &["the address foo has no port"]);
    assert_eq!(folder.names(), ["ca.key", "ca.pem", "state", "w.key", "w.pem"]);
}

#[test]
fn an_encrypted_key_of_the_ca_needs_its_passphrase_and_asks_nobody() {
    let folder = Folder::with(&[("secret.txt", b"correct horse\n"), ("wrong.txt", b"battery staple\n")]);
    folder
        .run("gen ca --org acme --ca-cert ca.pem --ca-key ca.key --passphrase-file secret.txt")
        .ends(0, &[]);
    assert!(folder.read("ca.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let line = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
    folder.run(line).ends(2, &["its passphrase is missing", "MTLSMITH_PASSPHRASE"]);
    folder.run(&format!("{line} --passphrase-file wrong.txt")).ends(2, &["does not open"]);
    let outcome = folder.run_with_variable(line, "MTLSMITH_PASSPHRASE", "correct horse").ends(0, &[]);
    assert!(!outcome.stdout.contains("horse") && !outcome.stderr.contains("horse"), "{outcome:?}");
    admitted(&folder, "w.pem", "w.key", "ca.pem");
    folder.run(&format!("{line} --passphrase-file secret.txt --force")).ends(0, &[]);
}

#[test]
fn a_ca_of_ones_own_issues_under_its_exact_name() {
    let root = testkit::root_builder("ours").subject("DC=com,DC=example,OU=a,OU=b,CN=x").self_signed();
    for key in [root.key().pkcs8_pem(), root.key().traditional_pem()] {
        let folder = Folder::with(&[("ca.pem", root.pem().as_bytes()), ("ca.key", key.as_bytes())]);
        fs::set_permissions(folder.path("ca.key"), fs::Permissions::from_mode(0o600)).unwrap();
        let at = crate::NOW;
        folder
            .run(&format!("gen leaf --org acme -d 1d --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key --at {at}"))
            .ends(0, &[]);
        folder.run(&format!("cert check w.pem w.key --bundle ca.pem --at {at}")).ends(0, &[]);
    }
}

#[test]
fn another_program_signs_with_the_key_of_the_ca() {
    if std::process::Command::new("openssl").arg("version").output().is_err() {
        testkit::not_tested("openssl is not installed: signing by another program");
        return;
    }
    let folder = with_ca("--key-kind p256");
    let path = std::env::var("PATH").unwrap();
    let line = "gen leaf --org acme --ca-cert ca.pem --signer-command openssl --signer-argument dgst --signer-argument -sha256 \
                --signer-argument -sign --signer-argument ca.key --cert w.pem --key w.key";
    folder.run_with_variable(line, "PATH", &path).ends(0, &[]);
    admitted(&folder, "w.pem", "w.key", "ca.pem");
    let wrong = "gen leaf --org acme --ca-cert ca.pem --signer-command false --cert v.pem --key v.key";
    folder.run_with_variable(wrong, "PATH", &path).ends(2, &["made no signature"]);
    assert!(!folder.path("v.pem").exists());
}

#[test]
fn of_a_request_the_key_is_taken_and_nothing_else() {
    let folder = with_ca("");
    folder
        .run("gen csr --org evil --cn admin --dns admin.acme.internal --csr w.csr --key w.key")
        .ends(0, &["wrote"]);
    assert_eq!(mode(&folder, "w.key"), 0o600);
    let sign = "sign w.csr --ca-cert ca.pem --ca-key ca.key";
    folder.run(sign).ends(2, &["nothing but its key is taken", "CN=admin,O=evil"]);
    let outcome = folder.run(&format!("{sign} --cn orders.a1b2c --org acme")).ends(0, &[]);
    folder.write("w.pem", &outcome.stdout);
    admitted(&folder, "w.pem", "w.key", "ca.pem");
    let shown = folder.run("cert inspect w.pem --format json").ends(0, &[]).stdout;
    assert!(shown.contains("CN=orders.a1b2c,O=acme") && !shown.contains("admin"), "{shown}");
    let mut broken = folder.read("w.csr").into_bytes();
    let place = broken.len() - 60;
    broken[place] = if broken[place] == b'A' { b'B' } else { b'A' };
    folder.write("w.csr", broken);
    folder.run(&format!("{sign} --cn w")).ends(1, &["certificate request"]);
}

/// The state directory in place of files.
#[test]
fn the_state_directory_keeps_ca_and_generations() {
    let folder = Folder::new();
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    run("gen leaf --namespace orders.a1b2c").ends(2, &["there is no state directory", "mtlsmith new"]);
    run("gen ca --org acme --namespace orders.a1b2c").ends(0, &[]);
    run("gen ca --org acme --namespace orders.a1b2c").ends(3, &["there already", "rollover"]);
    run("gen leaf --namespace orders.a1b2c --name billing").ends(0, &[]);
    let current = "state/namespaces/orders.a1b2c/leaves/billing/current";
    let ca = "state/authorities/orders.a1b2c/current/ca.crt";
    admitted(&folder, &format!("{current}/tls.crt"), &format!("{current}/tls.key"), ca);
    let first = folder.read(&format!("{current}/tls.crt"));
    run("gen leaf --namespace orders.a1b2c --name billing").ends(3, &["generation 1", "--force"]);
    let json =
        run("gen leaf --namespace orders.a1b2c --name billing --force --format json").ends(0, &[]).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["generation"].as_u64(), json["schema"].as_u64()), (Some(2), Some(1)));
    assert_ne!(folder.read(&format!("{current}/tls.crt")), first);
    // Told apart by unit and DNS name, though nothing was asked for.
    let shown = folder.run(&format!("cert inspect {current}/tls.crt --format json")).stdout;
    assert!(
        shown.contains("CN=orders.a1b2c,OU=billing,O=acme") && shown.contains("billing.orders.a1b2c"),
        "{shown}"
    );
    run("inventory verify").ends(0, &[]);
}

fn list(rows: usize) -> String {
    let rows = (0..rows).map(|row| format!("worker-{row},unit {row},worker-{row}.acme.internal\n"));
    format!("name,organization_unit,dns\n{}", rows.collect::<String>())
}

#[test]
fn a_list_is_minted_once_however_often_it_is_asked_for() {
    let folder = Folder::with(&[("list.csv", list(60).as_bytes())]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    run("new orders.a1b2c").ends(0, &[]);
    let bulk = "gen leaf --namespace orders.a1b2c --from list.csv --batch-size 25";
    let first: Outcome = run(bulk).ends(0, &[]);
    assert_eq!(first.stdout, "60 certificates minted\n");
    let again = run(bulk).ends(0, &[]);
    assert_eq!(again.stdout, "0 certificates minted, 60 of the same list were there already\n");
    let exported = run("inventory export --format json").ends(0, &[]).stdout;
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["certificates"].as_array().unwrap().len(), 62);
    folder.write("more.csv", list(61));
    run("gen leaf --namespace orders.a1b2c --from more.csv").ends(3, &["there already; nothing was minted"]);
    run("inventory verify").ends(0, &[]);
    let leaf = "state/namespaces/orders.a1b2c/leaves/worker-59/current";
    let bundle = "state/namespaces/orders.a1b2c/ca-bundle.pem";
    admitted(&folder, &format!("{leaf}/tls.crt"), &format!("{leaf}/tls.key"), bundle);
}

#[test]
fn a_list_with_faults_is_told_all_of_them_and_nothing_is_minted() {
    let rows = "name,dns,validity_period,common_name\na,*.x,,\nb,,3x,\nc/d,,,\ne,e.x,,\ne,f.x,,\ng,,400d,\n";
    let folder =
        Folder::with(&[("list.csv", rows.as_bytes()), ("stray.csv", b"name,common_name\nz,stray\n")]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    run("new orders.a1b2c").ends(0, &[]);
    let outcome =
        run("gen leaf --namespace orders.a1b2c --from list.csv").ends(1, &["5 faults; nothing was minted"]);
    for line in ["line 2: ", "line 3: ", "line 4: ", "line 6: ", "line 7: "] {
        assert!(outcome.stderr.contains(line), "{line}: {outcome:?}");
    }
    run("gen leaf --namespace orders.a1b2c --from stray.csv")
        .ends(1, &["line 2: ", "FLT-011", "nothing was minted"]);
    run("gen leaf --namespace orders.a1b2c --from missing.csv").ends(2, &["no such file"]);
    let ledger = folder.read("state/ledger.jsonl");
    assert_eq!(ledger.lines().count(), 2, "{ledger}");
}

#[test]
fn java_gets_a_key_store_and_others_their_own_forms() {
    let folder = Folder::with(&[("password.txt", b"changeit\n")]);
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "state");
    run("new orders.a1b2c").ends(0, &[]);
    let p12 = "cert p12 --namespace orders.a1b2c --output w.p12";
    run(p12).ends(2, &["password for the key store is missing"]);
    run(&format!("{p12} --password-file password.txt")).ends(0, &["wrote w.p12"]);
    run(&format!("{p12} --password-file password.txt")).ends(3, &["exists already"]);
    assert_eq!(mode(&folder, "w.p12"), 0o600);
    let secret = run("cert export kubernetes --namespace orders.a1b2c").ends(0, &[]).stdout;
    assert!(secret.contains("type: kubernetes.io/tls") && secret.contains("tls.key: "), "{secret}");
    let variables = run("cert export terraform --namespace orders.a1b2c").ends(0, &[]).stdout;
    let variables: Value = serde_json::from_str(&variables).unwrap();
    assert_eq!(variables["certificate_filters"][0]["common_name"], "orders.a1b2c");
    let variables = run("cert export env --namespace orders.a1b2c").ends(0, &[]).stdout;
    assert!(variables.contains("TEMPORAL_ADDRESS=orders.a1b2c.tmprl.cloud:7233\n"), "{variables}");
    let drop_in = run("cert export systemd --namespace orders.a1b2c").ends(0, &[]).stdout;
    assert!(drop_in.contains("LoadCredential=tls.key:/"), "{drop_in}");
    folder.write("temporal.toml", "# mine\n[profile.other]\naddress = \"x:1\" # keep\n");
    run("cert export toml --namespace orders.a1b2c --output temporal.toml").ends(0, &["wrote temporal.toml"]);
    let settings = folder.read("temporal.toml");
    assert!(
        settings.contains("# mine\n") && settings.contains("# keep") && settings.contains("[profile.default"),
        "{settings}"
    );
    run("config check temporal.toml --profile default").ends(0, &[]);
}

#[test]
fn a_namespace_that_the_state_directory_does_not_know_is_refused_with_what_was_meant() {
    let folder = Folder::with(&[("workers.csv", b"name,namespace\none,orders.a1b2c\ntwo,order.a1b2c\n")]);
    let run = |line: &str| folder.run(&format!("{line} --home home"));
    // Where no Namespace is known yet, none can be meant.
    run("gen ca --org acme").ends(0, &[]);
    run("gen leaf --namespace first.a1b2c --authority acme").ends(0, &[]);
    run("gen ca --org acme --namespace orders.a1b2c --name orders-ca").ends(0, &[]);
    folder.run("gen csr --cn w --csr w.csr --key w.key").ends(0, &[]);
    let ledger = folder.read("home/ledger.jsonl");
    let words = [
        "order.a1b2c is not known here",
        "did you mean orders.a1b2c?",
        "first.a1b2c, orders.a1b2c",
        "--bundle",
    ];
    for line in [
        "gen leaf --namespace order.a1b2c --name reports",
        "gen leaf --namespace order.a1b2c --from workers.csv",
        "sign w.csr --cn order.a1b2c --namespace order.a1b2c",
    ] {
        run(line).ends(2, &words);
    }
    run("gen leaf --from workers.csv --namespace orders.a1b2c").ends(2, &["which CA?"]);
    assert_eq!(folder.read("home/ledger.jsonl"), ledger);
    assert!(!folder.path("home/namespaces/order.a1b2c").exists());
    // A CA that was made for it, a bundle, or the user's word will do.
    run("gen leaf --namespace orders.a1b2c --authority orders-ca").ends(0, &[]);
    run("gen leaf --namespace other.a1b2c --authority acme").ends(0, &[]);
    run("gen ca --org acme --namespace third.a1b2c").ends(0, &[]);
    run("gen leaf --namespace third.a1b2c").ends(0, &[]);
}
