//! SARIF against the schema of OASIS, and what code scanning makes of it.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_testkit as testkit;
use serde_json::Value;

use crate::Format;
use crate::testing;

/// OASIS's schema as the crate `serde-sarif` ships it, found where cargo has put that crate.
fn official_schema() -> Option<Value> {
    let text = packaged()
        .or_else(unpacked)
        .and_then(|folder| std::fs::read_to_string(folder.join("src/schema.json")).ok());
    serde_json::from_str(&text?).ok()
}

/// The folder of the crate by cargo's word, which cargo gives only when every package of the workspace has been fetched.
fn packaged() -> Option<PathBuf> {
    let host =
        Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into())).arg("-vV").output().ok()?.stdout;
    let host = String::from_utf8(host)
        .ok()?
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))?;
    let arguments = ["metadata", "--format-version", "1", "--offline", "--filter-platform", &host];
    let cargo = std::env::var_os("CARGO")?;
    let output = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let packages = metadata["packages"].as_array()?;
    let package = packages.iter().find(|package| package["name"] == "serde-sarif")?;
    PathBuf::from(package["manifest_path"].as_str()?).parent().map(Path::to_owned)
}

/// The folder into which cargo has unpacked the crate to build this test.
fn unpacked() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?.flatten();
    let packages =
        registries.filter_map(|registry| std::fs::read_dir(registry.path()).ok()).flatten().flatten();
    let ours = packages.filter(|package| package.file_name().to_string_lossy().starts_with("serde-sarif-"));
    ours.map(|package| package.path()).max()
}

/// The pattern of `language` in the schema as published lacks a bracket and is no regular expression. Nothing written here has the
/// field, so its pattern is taken out.
const BROKEN_PATTERN: &str = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$";

fn without_broken_pattern(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|name, value| name != "pattern" || value != BROKEN_PATTERN);
            fields.values_mut().for_each(without_broken_pattern);
        }
        Value::Array(values) => values.iter_mut().for_each(without_broken_pattern),
        _ => {}
    }
}

fn validator() -> Option<jsonschema::Validator> {
    let Some(mut schema) = official_schema() else {
        mtlsmith_testkit::not_tested("SARIF against the schema of OASIS (crate serde-sarif not found)");
        return None;
    };
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    assert!(
        schema["$id"]
            .as_str()
            .is_some_and(|id| id.contains("oasis") && id.ends_with("sarif-schema-2.1.0.json"))
    );
    assert!(schema["definitions"].as_object().is_some_and(|definitions| definitions.len() > 50));
    without_broken_pattern(&mut schema);
    Some(jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema"))
}

fn read(inputs: &[(&str, Vec<u8>)]) -> Value {
    serde_json::from_str(&testing::rendered(Format::Sarif, inputs)).expect("what is written is JSON")
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().expect("results")
}

#[test]
fn outputs_follow_the_schema_of_oasis() {
    let Some(validator) = validator() else { return };
    let root = testkit::root("root").pem();
    for inputs in [
        vec![],
        vec![("clean.pem", root.clone().into_bytes())],
        vec![("<stdin>", testing::sample().into_bytes()), ("a b/ü.pem", root.into_bytes())],
        vec![("hostile\n\u{202e}name.pem", testing::hostile().into_bytes()), ("/der", b"\x30\x00".to_vec())],
    ] {
        let log = read(&inputs);
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn a_broken_document_does_not_follow_the_schema_of_oasis() {
    let Some(validator) = validator() else { return };
    let good = read(&[("sample.pem", testing::sample().into_bytes())]);
    assert!(validator.is_valid(&good));
    let breaks: [fn(&mut Value); 5] = [
        |log| log["version"] = "2.0.0".into(),
        |log| log["runs"][0]["results"][0]["level"] = "fatal".into(),
        |log| {
            log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into()
        },
        |log| log["runs"][0]["results"][0]["surprise"] = 1.into(),
        |log| drop(log["runs"][0]["tool"]["driver"].as_object_mut().expect("an object").remove("name")),
    ];
    for (number, damage) in breaks.iter().enumerate() {
        let mut log = good.clone();
        damage(&mut log);
        assert!(!validator.is_valid(&log), "damage {number} went unnoticed");
    }
}

#[test]
fn a_document_with_faults_is_written_as_stored() {
    // The texts of all rules change with every new rule, so they stay out of the stored output.
    let output = testing::rendered_sample(Format::Sarif);
    let (head, rest) = output.split_once("\"rules\": [").expect("rules");
    let (_, tail) = rest.split_once("\n          ]").expect("the end of the rules");
    let stable: String = tail.split_inclusive('\n').filter(|line| !line.contains("\"ruleIndex\"")).collect();
    testing::golden("sarif", &format!("{head}\"rules\": []{stable}"));
}

#[test]
fn a_clean_run_has_results_and_they_are_none() {
    assert!(results(&read(&[])).is_empty());
}

#[test]
fn every_rule_is_described_and_every_result_points_at_its_rule() {
    let log = read(&[("sample.pem", testing::sample().into_bytes())]);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), mtlsmith_validate::rules::all().count());
    for rule in rules {
        assert!(rule["helpUri"].as_str().is_some_and(|uri| uri.starts_with("https://")), "{rule}");
        assert!(
            rule["help"]["markdown"].as_str().is_some_and(|text| text.contains("docs/rules.md#")),
            "{rule}"
        );
    }
    assert!(!results(&log).is_empty());
    for result in results(&log) {
        let index =
            result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

fn fingerprints(bundle: &str) -> Vec<String> {
    let log = read(&[("ca.pem", bundle.as_bytes().to_vec())]);
    let fingerprint =
        |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].as_str().map(str::to_owned);
    let mut found: Vec<String> =
        results(&log).iter().map(|result| fingerprint(result).expect("a fingerprint")).collect();
    found.retain(|fingerprint| fingerprint.contains("CA-022"));
    found
}

#[test]
fn wrapping_a_file_anew_keeps_its_alerts() {
    let old = testkit::root_builder("old").not_after(testkit::NOW - testkit::days(1)).self_signed();
    let narrow = testkit::pem_block_with_columns("CERTIFICATE", old.der(), 40);
    let expected = [format!("{}/CA-022:1", old.sha256_hex())];
    assert_eq!(fingerprints(&old.pem()), expected);
    assert_eq!(fingerprints(&format!("a comment\n\n{}{narrow}", testkit::root("new").pem())), expected);
}

#[test]
fn the_same_finding_twice_is_two_alerts() {
    let old = testkit::root_builder("old").not_after(testkit::NOW - testkit::days(1)).self_signed();
    let sha256 = old.sha256_hex();
    assert_eq!(
        fingerprints(&testkit::bundle(&[&old, &old])),
        [format!("{sha256}/CA-022:1"), format!("{sha256}/CA-022:2")]
    );
}

#[test]
fn paths_become_relative_uris() {
    for (name, uri, base) in [
        ("./certs/ca.pem", "certs/ca.pem", true),
        ("certs\\my ca.pem", "certs/my%20ca.pem", true),
        ("a:b%.pem", "a%3Ab%25.pem", true),
        ("<stdin>", "stdin", true),
        ("/etc/ca.pem", "file:///etc/ca.pem", false),
        ("C:\\ca.pem", "file:///C:/ca.pem", false),
    ] {
        let artifact = super::artifact(name);
        assert_eq!((artifact.uri.as_str(), artifact.uri_base_id.is_some()), (uri, base));
    }
}

#[test]
fn names_make_no_links_and_hide_nothing() {
    let log = read(&[("hostile.pem", testing::hostile().into_bytes())]);
    let about =
        |result: &&Value| result["message"]["text"].as_str().is_some_and(|text| text.contains("evil"));
    let result = results(&log).iter().find(about).expect("a finding names the issuer");
    let text = result["message"]["text"].as_str().expect("text");
    assert!(!text.replace("\\]", "").contains("]("), "{text}");
    assert!(!text.contains(|c| c != '\n' && crate::defuse::is_obeyed_or_hidden(c)), "{text}");
}
