//! The examples under `docs/deployment` are what they say: units that systemd takes, manifests with the fields that matter, a
//! configuration that is understood, and command lines that the program has.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::time::Timestamp;

use super::support::Place;
use super::support::ended;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/deployment")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

#[test]
fn the_configuration_is_understood() {
    let place = Place::new();
    place.furnish(Timestamp::from_unix(1_800_000_000), "30d", &["worker"]);
    ended(place.under_virtual_clock("new billing.a1b2c"), 0);
    place.write("agent.toml", &read("agent.toml"));
    ended(place.shipped("agent --config agent.toml --check-config"), 0);
    // What stands behind a `#` is no less true.
    let told: String = read("agent.toml")
        .lines()
        .map(|line| {
            match line.strip_prefix("# ").filter(|rest| rest.split(" = ").next().is_some_and(is_key)) {
                Some(setting) => format!("{}\n", setting.split("   ").next().unwrap()),
                None => format!("{line}\n"),
            }
        })
        .collect();
    assert!(told.contains("\nlifetime = \"30d\"\n"), "{told}");
    place.write("agent.toml", &told);
    ended(place.shipped("agent --config agent.toml --check-config"), 0);
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The arguments of an example must be those of the program: they are parsed as far as `--help` behind them lets them be.
fn is_a_command_line(arguments: &[String]) {
    let place = Place::new();
    let mut command = place.shipped("");
    let output = command.args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    // Understood, and nothing found to work with.
    assert!(text.contains("there is no state directory"), "{arguments:?}: {text}");
}

#[test]
fn the_units_are_taken_by_systemd() {
    let place = Place::new();
    for unit in ["mtlsmith-agent.service", "mtlsmith-rekey@.service", "mtlsmith-rekey@.timer"] {
        // The program stands elsewhere on this machine.
        let text =
            read(&format!("systemd/{unit}")).replace("/usr/bin/mtlsmith", env!("CARGO_BIN_EXE_mtlsmith"));
        for line in text.lines().filter_map(|line| line.strip_prefix("ExecStart=")) {
            let words: Vec<String> =
                line.split(' ').skip(1).map(|word| word.replace("%i", "orders.a1b2c")).collect();
            if words[0] != "agent" {
                is_a_command_line(&words);
            }
        }
        place.write(unit, &text);
    }
    let units = [
        "mtlsmith-agent.service",
        "mtlsmith-rekey@orders.a1b2c.service",
        "mtlsmith-rekey@orders.a1b2c.timer",
    ];
    for unit in units {
        let source = unit.replace("@orders.a1b2c", "@");
        if source != unit {
            fs::copy(place.path(&source), place.path(unit)).unwrap();
        }
        let found =
            Command::new("systemd-analyze").arg("verify").arg("--man=no").arg(place.path(unit)).output();
        let Ok(output) = found else {
            testkit::not_tested("systemd-analyze is missing, so the units were not verified");
            return;
        };
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !text.contains("mtlsmith-"), "{unit}: {text}");
    }
}

#[test]
fn the_manifests_have_the_fields_that_matter() {
    let script = r#"
import json, sys, yaml
print(json.dumps([document for document in yaml.safe_load_all(open(sys.argv[1]))]))
"#;
    for (name, kinds) in [("cronjob", &["CronJob", "Role"][..]), ("init-container", &["Deployment"][..])] {
        let file = folder().join(format!("kubernetes/{name}.yaml"));
        let output = Command::new("python3").arg("-c").arg(script).arg(&file).output();
        let Some(output) = output.ok().filter(|output| output.status.success()) else {
            testkit::not_tested("python3 with yaml is missing, so the manifests were not read");
            return;
        };
        let documents: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        let found: Vec<&str> = documents.iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(found, kinds);
        let spec = &documents[0]["spec"];
        let pod = if name == "cronjob" {
            &spec["jobTemplate"]["spec"]["template"]["spec"]
        } else {
            &spec["template"]["spec"]
        };
        if name == "cronjob" {
            assert_eq!(documents[0]["apiVersion"], "batch/v1");
            assert_eq!(spec["concurrencyPolicy"], "Forbid");
            assert_eq!(pod["restartPolicy"], "Never");
        } else {
            assert_eq!(spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]);
        }
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        let container = if name == "cronjob" { &pod["containers"][0] } else { &pod["initContainers"][0] };
        assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
        let volumes: Vec<&str> =
            pod["volumes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        for mount in container["volumeMounts"].as_array().unwrap() {
            assert!(volumes.contains(&mount["name"].as_str().unwrap()), "{mount}");
        }
        let memory =
            pod["volumes"].as_array().unwrap().iter().find(|one| one["emptyDir"].is_object()).unwrap();
        assert_eq!(memory["emptyDir"]["medium"], "Memory", "a key is written there");
        let arguments: Vec<String> = container["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect();
        is_a_command_line(&arguments);
    }
}
