//! `config check`.

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Folder;
use crate::NOW;

const ADDRESS: &str = "orders.a1b2c.tmprl.cloud:7233";

/// The command, judging for the time for which the certificates are made.
fn now(command: &str) -> String {
    format!("{command} --at {NOW}")
}

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
    let leaf = testkit::leaf("worker", &root);
    Folder::with(&[
        ("worker.pem", leaf.pem().as_bytes()),
        ("worker.key", leaf.key().pkcs8_pem().as_bytes()),
        ("ca.pem", root.pem().as_bytes()),
    ])
}

#[test]
fn a_clean_file_ends_with_0_and_a_faulty_one_with_1() {
    let folder = client();
    folder.write("good.toml", profile("orders.a1b2c", ""));
    folder.write("bad.toml", profile("orders", "server_ca_cert_path = \"ca.pem\"\n"));
    let good = folder.run(&now("config check good.toml")).ends(0, &[]);
    assert!(
        good.stdout.starts_with("good.toml  a client configuration in TOML: profile default\n"),
        "{good:?}"
    );
    assert!(good.stdout.contains("\naccepted: ") && good.stderr.is_empty(), "{good:?}");
    let bad = folder.run(&now("config check bad.toml")).ends(1, &[]);
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
fn the_verdict_says_when_address_and_namespace_are_not_the_same() {
    let folder = client();
    folder.write("temporal.toml", profile("ordrs.a1b2c", ""));
    let outcome = folder.run(&now("config check temporal.toml --bundle ca.pem")).ends(0, &[]);
    assert!(outcome.stdout.contains("warning[CFG-501]"), "{outcome:?}");
    let verdict = "accepted: profile default connects to orders.a1b2c, but for the Namespace ordrs.a1b2c: ";
    assert!(outcome.stdout.contains(verdict), "{outcome:?}");
    assert!(!outcome.stdout.contains("nothing in these settings keeps"), "{outcome:?}");
}

#[test]
fn the_bundle_of_a_state_directory_is_proposed() {
    let root = testkit::root("acme clients");
    let folder = Folder::new();
    let profile = |name: &str| {
        let leaf = format!("st/namespaces/{name}.a1b2c/leaves/worker/current");
        let certificate = testkit::leaf("worker", &root);
        folder.write(&format!("{leaf}/tls.crt"), certificate.pem());
        folder.write(&format!("{leaf}/tls.key"), certificate.key().pkcs8_pem());
        folder.write(&format!("st/namespaces/{name}.a1b2c/ca-bundle.pem"), root.pem());
        folder.write(
            &format!("st/namespaces/{name}.a1b2c/filters.json"),
            r#"{"filters":[{"commonName":"worker"}]}"#,
        );
        format!(
            "[profile.{name}]\naddress = \"{name}.a1b2c.tmprl.cloud:7233\"\nnamespace = \"{name}.a1b2c\"\n\
             [profile.{name}.tls]\nclient_cert_path = \"{leaf}/tls.crt\"\nclient_key_path = \"{leaf}/tls.key\"\n"
        )
    };
    let (orders, billing) = (profile("orders"), profile("billing"));
    folder.write("one.toml", &orders);
    folder.write("two.toml", orders + &billing);
    let proposed = |file: &str| {
        let outcome = folder.run(&now(&format!("config check {file}"))).ends(0, &[]);
        let joined = outcome.stdout.replace(" \\\n  ", " ");
        let start = joined.find(&format!("mtlsmith config check {file} ")).unwrap();
        let line = joined[start..].lines().next().unwrap().to_owned();
        line.strip_prefix("mtlsmith ").unwrap().to_owned()
    };
    let command = proposed("one.toml");
    assert_eq!(
        command,
        "config check one.toml --bundle st/namespaces/orders.a1b2c/ca-bundle.pem \
         --filters st/namespaces/orders.a1b2c/filters.json"
    );
    let decided = folder.run(&now(&command)).ends(0, &[]);
    assert!(decided.stdout.contains("and its certificate gets in"), "{decided:?}");
    let command = proposed("two.toml");
    assert_eq!(command, "config check two.toml --namespaces st/namespaces");
    let decided = folder.run(&now(&command)).ends(0, &[]);
    assert!(decided.stdout.contains("and each certificate gets in"), "{decided:?}");
}

#[test]
fn files_are_read_where_the_program_runs() {
    let folder = client();
    folder.write("deploy/temporal.toml", profile("orders.a1b2c", ""));
    folder.run(&now("config check deploy/temporal.toml")).ends(0, &[]);
    let elsewhere = Folder::with(&[("temporal.toml", profile("orders.a1b2c", "").as_bytes())]);
    let outcome = elsewhere.run(&now("config check temporal.toml")).ends(1, &[]);
    assert_eq!(outcome.stdout.matches("error[CFG-206]").count(), 2, "{outcome:?}");
}

#[test]
fn exchanged_files_are_told() {
    let folder = client();
    let text = profile("orders.a1b2c", "").replace("worker.pem", "x").replace("worker.key", "worker.pem");
    folder.write("temporal.toml", text.replace("\"x\"", "\"worker.key\""));
    let outcome = folder.run(&now("config check temporal.toml")).ends(1, &[]);
    assert!(outcome.stdout.contains("error[CFG-406]"), "{outcome:?}");
    assert_eq!(outcome.stdout.matches("error[").count(), 1, "it is told once: {outcome:?}");
}

#[test]
fn the_bundle_tells_an_own_ca() {
    let folder = client();
    let text =
        format!("TEMPORAL_ADDRESS={ADDRESS}\nTEMPORAL_API_KEY=k\nTEMPORAL_TLS_SERVER_CA_CERT_PATH=ca.pem\n");
    folder.write("worker.env", text);
    let without = folder.run(&now("config check worker.env")).ends(0, &[]);
    assert!(without.stdout.contains("warning[CFG-104]"), "{without:?}");
    let with = folder.run(&now("config check worker.env --bundle ca.pem")).ends(1, &[]);
    assert!(with.stdout.contains("error[CFG-004]"), "{with:?}");
    folder.run(&now("config check worker.env --bundle none.pem")).ends(2, &["error: cannot read none.pem"]);
}

#[test]
fn the_environment_lies_over_the_profile() {
    let folder = client();
    folder.write("temporal.toml", profile("orders.a1b2c", ""));
    let outcome = folder
        .run_with_variable(&now("config check temporal.toml --env"), "TEMPORAL_NAMESPACE", "orders")
        .ends(1, &[]);
    assert!(outcome.stdout.contains("--> variable TEMPORAL_NAMESPACE"), "{outcome:?}");
    folder.run_with_variable(&now("config check temporal.toml"), "TEMPORAL_NAMESPACE", "orders").ends(0, &[]);
    let outcome = folder.run_with_variable(&now("config check --env"), "TEMPORAL_TLS", "yes").ends(1, &[]);
    assert!(outcome.stdout.contains("error[CFG-012]"), "{outcome:?}");
    let outcome = folder
        .run_with_variable(&now("config check temporal.toml --env"), "TEMPORAL_PROFILE", "other")
        .ends(1, &[]);
    assert!(outcome.stdout.contains("the file has no profile other; it has default"), "{outcome:?}");
}

#[test]
fn the_file_that_clients_read_is_the_default() {
    let folder = client();
    folder.run(&now("config check")).ends(2, &["error: no file is named", "hint: "]);
    folder.write("mine/temporalio/temporal.toml", profile("orders", ""));
    let folder_of_settings = folder.path("mine").display().to_string();
    if cfg!(target_os = "linux") {
        let outcome = folder
            .run_with_variable(&now("config check"), "XDG_CONFIG_HOME", &folder_of_settings)
            .ends(1, &[]);
        assert!(outcome.stdout.contains("error[CFG-002]"), "{outcome:?}");
    }
    folder.write("other.toml", profile("orders.a1b2c", ""));
    folder.run_with_variable(&now("config check"), "TEMPORAL_CONFIG_FILE", "other.toml").ends(0, &[]);
    folder
        .run_with_variable(&now("config check"), "TEMPORAL_CONFIG_FILE", "none.toml")
        .ends(2, &["cannot read none.toml"]);
}

#[test]
fn profiles_are_judged_one_by_one_or_all() {
    let folder = client();
    let text =
        profile("orders.a1b2c", "") + "[profile.other]\naddress = \"a.a1b2c.tmprl.cloud\"\napi_key = \"k\"\n";
    folder.write("temporal.toml", text);
    folder.run(&now("config check temporal.toml")).ends(1, &[]);
    folder.run(&now("config check temporal.toml --profile default")).ends(0, &[]);
    folder.run(&now("config check temporal.toml --profile other")).ends(1, &[]);
}

#[test]
fn the_json_has_every_finding_and_no_value() {
    let folder = client();
    folder.write("temporal.toml", profile("orders", "") + "nope = 1\n");
    #[cfg(unix)]
    std::fs::set_permissions(
        folder.path("worker.key"),
        <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600),
    )
    .unwrap();
    let outcome = folder
        .run(&now("config check temporal.toml --format json"))
        .ends(1, &["error: temporal.toml: 2 findings"]);
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
    folder.run(&now("config check none.toml")).ends(2, &["error: cannot read none.toml"]);
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
        let formats =
            ["--format json", "--format sarif", "--format junit", "--format github", "--format html"];
        for options in ["", "--verbose", "--quiet", "--env", "--bundle j.pem"].into_iter().chain(formats) {
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
            &now("config check --env --verbose"),
            variable,
            &format!("{api_key}{escaped}"),
        );
        assert!(
            !outcome.stdout.contains("MayNobodySee") && !outcome.stdout.contains(&body[40..52]),
            "{outcome:?}"
        );
    }
}

/// Settings with this pair.
fn naming(certificate: &str, key: &str) -> String {
    profile("orders.a1b2c", "").replace("worker.pem", certificate).replace("worker.key", key)
}

#[test]
fn the_certificate_behind_a_setting_is_judged_as_cert_check_judges_it() {
    let folder = client();
    let root = testkit::root("acme clients");
    let leaf = testkit::leaf("worker", &root);
    let old = testkit::leaf_builder("worker").not_after(testkit::NOW - 1).signed_by(&root);
    let issuing = testkit::intermediate("issuing", &root);
    let below = testkit::leaf("below", &issuing);
    folder.write("other.key", testkit::Key::p256("other").pkcs8_pem());
    folder.write("old.pem", old.pem());
    folder.write("ca.key", root.key().pkcs8_pem());
    folder.write("turned.pem", testkit::bundle(&[&issuing, &below]));
    folder.write("labelled.pem", leaf.pem().replace(" CERTIFICATE", " TRUSTED CERTIFICATE"));
    folder.write("locked.key", testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0]));
    for (certificate, key, code, line) in [
        ("worker.pem", "other.key", "KEY-001", 6),
        ("worker.pem", "locked.key", "KEY-002", 6),
        ("old.pem", "worker.key", "EE-007", 5),
        ("ca.pem", "ca.key", "EE-002", 5),
        ("turned.pem", "worker.key", "CHN-011", 5),
        ("labelled.pem", "worker.key", "EE-020", 5),
    ] {
        folder.write("temporal.toml", naming(certificate, key));
        let outcome = folder.run(&now("config check temporal.toml")).ends(1, &[]);
        for part in [&format!("error[{code}]"), &format!("--> temporal.toml:{line}"), "\nrefused: "] {
            assert!(outcome.stdout.contains(part), "{part}: {outcome:?}");
        }
        let file = if line == 5 { certificate } else { key };
        assert!(outcome.stdout.contains(&format!("= file: {file}, ")), "{outcome:?}");
    }
}

#[test]
fn with_a_bundle_and_filters_it_is_decided_and_without_that_is_said() {
    let folder = client();
    folder.write("temporal.toml", profile("orders.a1b2c", ""));
    folder.write("yes.json", r#"{"filters":[{"commonName":"worker"}]}"#);
    folder.write("no.json", r#"{"filters":[{"commonName":"nobody"}]}"#);
    let outcome = folder.run(&now("config check temporal.toml")).ends(0, &[]);
    assert!(outcome.stdout.contains("not decided: no bundle given"), "{outcome:?}");
    let outcome =
        folder.run(&now("config check temporal.toml --bundle ca.pem --filters yes.json")).ends(0, &[]);
    assert!(
        outcome.stdout.contains("admitted until ") && outcome.stdout.contains("by filter 1"),
        "{outcome:?}"
    );
    let outcome =
        folder.run(&now("config check temporal.toml --bundle ca.pem --filters no.json")).ends(1, &[]);
    assert!(outcome.stdout.contains("error[FLT-011]"), "{outcome:?}");
    folder.run(&now("config check temporal.toml --filters no.json")).ends(2, &["--bundle"]);
}

#[test]
fn each_certificate_is_decided_before_the_namespace_of_its_settings() {
    let folder = client();
    folder.write("temporal.toml", profile("orders.a1b2c", ""));
    folder.write("namespaces/orders.a1b2c/bundle.pem", folder.read("ca.pem"));
    folder.write("namespaces/billing.a1b2c/bundle.pem", testkit::root("another").pem());
    let outcome = folder.run(&now("config check temporal.toml --namespaces namespaces")).ends(0, &[]);
    assert!(outcome.stdout.contains("admitted until "), "{outcome:?}");
    folder.write("temporal.toml", profile("orders.a1b2c", "").replace("orders", "billing"));
    let outcome = folder.run(&now("config check temporal.toml --namespaces namespaces")).ends(1, &[]);
    assert!(outcome.stdout.contains("error[CHN-009]"), "{outcome:?}");
    folder.write("temporal.toml", profile("orders.a1b2c", "").replace("orders", "stock"));
    let outcome = folder.run(&now("config check temporal.toml --namespaces namespaces")).ends(0, &[]);
    assert!(outcome.stdout.contains("no folder of the Namespace stock.a1b2c was given"), "{outcome:?}");
    folder.run(&now("config check temporal.toml --namespaces none")).ends(2, &["none is no folder"]);
}

#[test]
fn a_secret_and_the_environment_are_judged_too() {
    let folder = client();
    let other = testkit::Key::p256("other").pkcs8_pem();
    let text = |key: &str| testkit::base64_line(key.as_bytes()).trim().to_owned();
    folder.write(
        "deploy.yaml",
        format!(
            "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {{name: c}}\nspec:\n  hostPort: {ADDRESS}\n  \
             mutualTLSSecretRef: {{name: worker-tls}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: worker-tls}}\ntype: \
             kubernetes.io/tls\ndata:\n  tls.crt: {}\n  tls.key: {}\n",
            text(&folder.read("worker.pem")),
            text(&other),
        ),
    );
    folder.write("namespaces/orders.a1b2c/bundle.pem", folder.read("ca.pem"));
    let outcome = folder
        .run(&now("config check deploy.yaml --namespaces namespaces --format json"))
        .ends(1, &["finding"]);
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let judged = &json["files"][0]["certificates"][0];
    assert_eq!((&judged["client"], &judged["decision"]), (&"Secret worker-tls".into(), &"refused".into()));
    assert_eq!((&judged["namespace"], &judged["line"]), (&"orders.a1b2c".into(), &13.into()));
    let key =
        json["files"][0]["findings"].as_array().unwrap().iter().find(|found| found["code"] == "KEY-001");
    assert_eq!(key.unwrap()["line"], 14);
    let variables = [
        ("TEMPORAL_TLS_CLIENT_KEY_DATA", other.as_str()),
        ("TEMPORAL_ADDRESS", ADDRESS),
        ("TEMPORAL_NAMESPACE", "orders.a1b2c"),
    ];
    let certificate = folder.read("worker.pem");
    let mut command = folder.command(&now("config check --env"));
    command.env("TEMPORAL_TLS_CLIENT_CERT_DATA", certificate).envs(variables);
    let outcome = crate::outcome(&mut command).ends(1, &[]);
    assert!(outcome.stdout.contains("--> variable TEMPORAL_TLS_CLIENT_KEY_DATA"), "{outcome:?}");
    assert!(outcome.stdout.contains("error[KEY-001]"), "{outcome:?}");
    let mut command = folder.command(&now("config check --env"));
    command.env("TEMPORAL_TLS_CLIENT_CERT_DATA", folder.read("worker.pem"));
    command.env("TEMPORAL_TLS_CLIENT_KEY_DATA", folder.read("worker.key"));
    command.env("TEMPORAL_ADDRESS", ADDRESS).env("TEMPORAL_NAMESPACE", "orders.a1b2c");
    let outcome = crate::outcome(&mut command).ends(0, &[]);
    let wanted = "to have it decided: mtlsmith config check --env --bundle ca.pem --filters filters.json";
    assert!(outcome.stdout.contains(wanted), "{outcome:?}");
}

#[test]
fn files_in_base64_are_refused_and_not_taken_for_certificates() {
    let folder = client();
    folder.write("c.toml", profile("orders.a1b2c", ""));
    folder.run(&now("config check c.toml --bundle ca.pem")).ends(0, &[]);
    for file in ["worker.pem", "worker.key"] {
        folder.write(file, testkit::base64_line(folder.read(file).as_bytes()));
    }
    let refused = folder.run(&now("config check c.toml --bundle ca.pem")).ends(1, &[]);
    assert_eq!(refused.stdout.matches("error[CFG-507]").count(), 2, "{refused:?}");
    assert!(!refused.stdout.contains("admitted"), "{refused:?}");
}

#[test]
fn a_title_repeats_no_line_of_a_key() {
    let line = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w/wIBAQQgabcdefghijklmnop";
    let folder = client();
    folder.write(
        "c.toml",
        profile("orders.a1b2c", "").replace("profile.default", &format!("profile.\"{line}\"")),
    );
    let leaf = testkit::leaf("worker", &testkit::root("acme clients"));
    let indented = leaf.pem().lines().map(|line| format!("    {line}\n")).collect::<String>();
    folder.write(
        "s.yaml",
        format!("kind: Secret\nmetadata: {{name: {line}}}\nstringData:\n  tls.crt: |\n{indented}"),
    );
    for format in ["text", "json", "sarif", "junit", "github", "html"] {
        let shown =
            folder.run(&now(&format!("config check c.toml s.yaml --bundle ca.pem --format {format}")));
        let all = format!("{}{}", shown.stdout, shown.stderr);
        assert!(!all.contains("MIGHAgEAMBMG") && !all.contains("wIBAQQg"), "{format}: {all}");
    }
    let chosen = folder.run(&now(&format!("config check c.toml --bundle ca.pem --profile {line}")));
    assert!(chosen.ends(0, &[]).stdout.contains("profile … (64 characters)"));
}

#[test]
fn a_namespace_leads_to_no_folder_outside_of_those_of_the_namespaces() {
    let folder = client();
    std::fs::create_dir(folder.path("trust")).unwrap();
    std::fs::copy(folder.path("ca.pem"), folder.path("bundle.pem")).unwrap();
    folder.write("c.toml", profile("..", "").replace(ADDRESS, "temporal.internal:7233"));
    let shown = folder.run(&now("config check c.toml --namespaces trust"));
    assert!(!shown.stdout.contains("admitted") && shown.stdout.contains("not decided"), "{shown:?}");
}
