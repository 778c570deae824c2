//! `config check`.

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;

const ADDRESS: &str = "orders.a1b2c.tmprl.cloud:7233";

/// A profile whose files lie beside it.
fn profile(namespace: &str, further: &str) -> String {
    format!(
        "[profile.default]\naddress = \"{ADDRESS}\"\nnamespace = \"{namespace}\"\n[profile.default.tls]\n\
         client_cert_path = \"worker.pem\"\nclient_key_path = \"worker.key\"\n{further}"
    )
}

/// A folder with a client certificate, its key and its CA.
fn client() -> Folder {
    let root = testkit::root("acme clients");
    let key = testkit::Key::p256("worker key");
    let leaf = testkit::leaf_builder("worker").signed_by(&root);
    Folder::with(&[
        ("worker.pem", leaf.pem().as_bytes()),
        ("worker.key", key.pkcs8_pem().as_bytes()),
        ("ca.pem", root.pem().as_bytes()),
    ])
}

#[test]
fn a_clean_file_ends_with_0_and_a_faulty_one_with_1() {
    let folder = client();
    folder.write("good.toml", profile("orders.a1b2c", ""));
    folder.write("bad.toml", profile("orders", "server_ca_cert_path = \"ca.pem\"\n"));
    let good = folder.run("config check good.toml").ends(0, &[]);
    assert!(
        good.stdout.starts_with("good.toml  a client configuration in TOML: profile default\n"),
        "{good:?}"
    );
    assert!(good.stdout.contains("\naccepted: ") && good.stderr.is_empty(), "{good:?}");
    let bad = folder.run("config check bad.toml").ends(1, &[]);
    for part in [
        "error[CFG-002]",
        "--> bad.toml:3",
        "error[CFG-004]",
        "--> bad.toml:7",
        "acme clients",
        "\nrefused: ",
    ] {
        assert!(bad.stdout.contains(part), "{part}: {bad:?}");
    }
}

#[test]
fn files_are_read_where_the_program_runs() {
    let folder = client();
    folder.write("deploy/temporal.toml", profile("orders.a1b2c", ""));
    folder.run("config check deploy/temporal.toml").ends(0, &[]);
    let elsewhere = Folder::with(&[("temporal.toml", profile("orders.a1b2c", "").as_bytes())]);
    let outcome = elsewhere.run("config check temporal.toml").ends(1, &[]);
    assert_eq!(outcome.stdout.matches("error[CFG-206]").count(), 2, "{outcome:?}");
}

#[test]
fn exchanged_files_are_told() {
    let folder = client();
    let text = profile("orders.a1b2c", "").replace("worker.pem", "x").replace("worker.key", "worker.pem");
    folder.write("temporal.toml", text.replace("\"x\"", "\"worker.key\""));
    let outcome = folder.run("config check temporal.toml").ends(1, &[]);
    assert!(outcome.stdout.contains("error[CFG-406]"), "{outcome:?}");
}

#[test]
fn the_bundle_tells_an_own_ca() {
    let folder = client();
    let text =
        format!("TEMPORAL_ADDRESS={ADDRESS}\nTEMPORAL_API_KEY=k\nTEMPORAL_TLS_SERVER_CA_CERT_PATH=ca.pem\n");
    folder.write("worker.env", text);
    let without = folder.run("config check worker.env").ends(0, &[]);
    assert!(without.stdout.contains("warning[CFG-104]"), "{without:?}");
    let with = folder.run("config check worker.env --bundle ca.pem").ends(1, &[]);
    assert!(with.stdout.contains("error[CFG-004]"), "{with:?}");
    folder.run("config check worker.env --bundle none.pem").ends(2, &["error: cannot read none.pem"]);
}

#[test]
fn the_environment_lies_over_the_profile() {
    let folder = client();
    folder.write("temporal.toml", profile("orders.a1b2c", ""));
    let outcome = folder
        .run_with_variable("config check temporal.toml --env", "TEMPORAL_NAMESPACE", "orders")
        .ends(1, &[]);
    assert!(outcome.stdout.contains("--> variable TEMPORAL_NAMESPACE"), "{outcome:?}");
    folder.run_with_variable("config check temporal.toml", "TEMPORAL_NAMESPACE", "orders").ends(0, &[]);
    let outcome = folder.run_with_variable("config check --env", "TEMPORAL_TLS", "yes").ends(1, &[]);
    assert!(outcome.stdout.contains("error[CFG-012]"), "{outcome:?}");
    let outcome = folder
        .run_with_variable("config check temporal.toml --env", "TEMPORAL_PROFILE", "other")
        .ends(1, &[]);
    assert!(outcome.stdout.contains("the file has no profile other; it has default"), "{outcome:?}");
}

#[test]
fn the_file_that_clients_read_is_the_default() {
    let folder = client();
    folder.run("config check").ends(2, &["error: no file is named", "hint: "]);
    folder.write("mine/temporalio/temporal.toml", profile("orders", ""));
    let folder_of_settings = folder.path("mine").display().to_string();
    if cfg!(target_os = "linux") {
        let outcome =
            folder.run_with_variable("config check", "XDG_CONFIG_HOME", &folder_of_settings).ends(1, &[]);
        assert!(outcome.stdout.contains("error[CFG-002]"), "{outcome:?}");
    }
    folder.write("other.toml", profile("orders.a1b2c", ""));
    folder.run_with_variable("config check", "TEMPORAL_CONFIG_FILE", "other.toml").ends(0, &[]);
    folder
        .run_with_variable("config check", "TEMPORAL_CONFIG_FILE", "none.toml")
        .ends(2, &["cannot read none.toml"]);
}

#[test]
fn profiles_are_judged_one_by_one_or_all() {
    let folder = client();
    let text =
        profile("orders.a1b2c", "") + "[profile.other]\naddress = \"a.a1b2c.tmprl.cloud\"\napi_key = \"k\"\n";
    folder.write("temporal.toml", text);
    folder.run("config check temporal.toml").ends(1, &[]);
    folder.run("config check temporal.toml --profile default").ends(0, &[]);
    folder.run("config check temporal.toml --profile other").ends(1, &[]);
}

#[test]
fn the_json_has_every_finding_and_no_value() {
    let folder = client();
    folder.write("temporal.toml", profile("orders", "") + "nope = 1\n");
    let outcome =
        folder.run("config check temporal.toml --format json").ends(1, &["error: temporal.toml: 2 findings"]);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let file = &json["files"][0];
    assert_eq!(
        (&json["schema"], &file["form"], &file["verdict"]),
        (&1.into(), &"toml".into(), &"refused".into())
    );
    let findings: Vec<(&str, u64)> = file["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["code"].as_str().unwrap(), finding["line"].as_u64().unwrap_or_default()))
        .collect();
    let wanted = [("CFG-002", 3), ("CFG-906", 5), ("CFG-906", 6), ("CFG-005", 7)];
    assert_eq!(findings, wanted);
}

#[test]
fn standard_input_and_limits_work_as_elsewhere() {
    let folder = Folder::new();
    let outcome = folder.run_with_input("config check -", "TEMPORAL_TLS_CERT=/c\n").ends(0, &[]);
    assert!(outcome.stdout.contains("warning[CFG-008]"), "{outcome:?}");
    folder
        .run_with_input("config check - --fail-on warning", "TEMPORAL_TLS_CERT=/c\n")
        .ends(1, &["at or above warning"]);
    folder.run_with_input("config check - --quiet", "TEMPORAL_TLS=maybe\n").ends(1, &[]);
    folder.run("config check none.toml").ends(2, &["error: cannot read none.toml"]);
}

#[test]
fn no_secret_is_shown_in_any_form() {
    let key = testkit::Key::p256("a key that nobody may see").pkcs8_pem();
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let api_key = "tmprl_ThisApiKeyMayNobodySee0123456789abcdef";
    let indented = key.replace('\n', "\n    ");
    let escaped = key.replace('\n', "\\n");
    let encoded: String = body.clone();
    let files = [
        ("a.env", format!("TEMPORAL_API_KEY={api_key}\nTEMPORAL_TLS_CLIENT_KEY_DATA=\"{key}\"\n")),
        (
            "b.env",
            format!(
                "TEMPORAL_ADDRESS={api_key}\nTEMPORAL_TLS_CLIENT_KEY_PATH=\"{key}\"\nTEMPORAL_NAMESPACE={encoded}\n"
            ),
        ),
        (
            "c.env",
            format!(
                "TEMPORAL_API_KEY=\"{api_key}\nTEMPORAL_TLS_CLIENT_KEY_DATA={escaped}\nTEMPORAL_TLS={api_key}\n"
            ),
        ),
        (
            "d.toml",
            format!(
                "[profile.default]\napi_key = \"{api_key}\"\n[profile.default.tls]\nclient_key_data = \"\"\"\n{key}\"\"\"\n"
            ),
        ),
        (
            "e.toml",
            format!(
                "[profile.default]\napi_keys = \"{api_key}\"\n[profile.default.tls]\nclient_key_data = {key}\n"
            ),
        ),
        (
            "f.toml",
            format!(
                "[profile.default]\nnamespace = \"{api_key}\"\nserver = '{escaped}'\n[profile.default.tls]\nserver_name = \"{encoded}\"\nclient_key_path = '{escaped}'\n"
            ),
        ),
        (
            "g.yaml",
            format!(
                "kind: Secret\nmetadata: {{name: t}}\ntype: kubernetes.io/tls\nstringData:\n  api: {api_key}\n  tls.key: |\n    {indented}\n"
            ),
        ),
        (
            "h.yaml",
            format!(
                "kind: Secret\nmetadata: {{name: t}}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: {encoded}\n  tls.key: |\n    {indented}\n"
            ),
        ),
        (
            "i.yaml",
            format!(
                "kind: Pod\nspec:\n  containers:\n  - env:\n    - {{name: TEMPORAL_API_KEY, value: {api_key}}}\n    - {{name: TEMPORAL_TLS_SERVER_NAME, value: \"{encoded}\"}}\n"
            ),
        ),
        ("j.pem", key.clone()),
        ("k", format!("{encoded}={api_key}\n")),
    ];
    let folder = Folder::new();
    for (name, text) in &files {
        folder.write(name, text);
    }
    let parts: Vec<&str> = (0..=body.len() - 12).map(|start| &body[start..start + 12]).collect();
    // What every P-256 key has in common is no secret.
    let common = testkit::Key::p256("another").pkcs8_pem().lines().collect::<String>();
    for (name, _) in &files {
        for options in ["", "--verbose", "--quiet", "--format json", "--env", "--bundle j.pem"] {
            let outcome = folder.run(&format!("config check {name} {options}"));
            let shown = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(!shown.contains("MayNobodySee"), "{name} {options}: {shown}");
            let leaked = parts.iter().find(|part| shown.contains(**part) && !common.contains(**part));
            assert_eq!(leaked, None, "{name} {options}: {shown}");
        }
        let outcome = folder.run_with_input("explain -", std::fs::read(folder.path(name)).unwrap()).stdout;
        assert!(!outcome.contains("MayNobodySee"), "{name}");
    }
    for variable in [
        "TEMPORAL_API_KEY",
        "TEMPORAL_TLS_CLIENT_KEY_DATA",
        "TEMPORAL_TLS_CLIENT_KEY_PATH",
        "TEMPORAL_ADDRESS",
    ] {
        let outcome = folder.run_with_variable(
            "config check --env --verbose",
            variable,
            &format!("{api_key}{escaped}"),
        );
        assert!(
            !outcome.stdout.contains("MayNobodySee") && !outcome.stdout.contains(&body[40..52]),
            "{outcome:?}"
        );
    }
}
