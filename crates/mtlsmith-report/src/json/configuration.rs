//! What the JSON of `config check` looks like: a contract with whoever reads it, with a schema. No value of a setting is in it.

use std::collections::BTreeMap;

use mtlsmith_validate::client_configuration::Form;
use mtlsmith_validate::client_configuration::KubernetesSecret;
use mtlsmith_validate::client_configuration::SettingPlace;
use mtlsmith_validate::rule::Severity;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::convert_client;
use super::pretty;
use super::wire_client::Client;
use crate::configuration::Answer;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;
use crate::configuration::Within;
use crate::configuration::not_decided_code;

/// The checks of some files of settings.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "mtlsmith config check")]
struct Output {
    /// The version of this format. New fields may appear under the same number, so a reader passes over those it does not know.
    #[schemars(extend("const" = 1))]
    schema: u32,
    /// The day whose rules were applied.
    #[schemars(extend("format" = "date"))]
    ruleset: String,
    /// The time for which certificates were judged, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    now: String,
    /// One for each file, in the order of the command line.
    files: Vec<File>,
}

/// One file of settings, or the environment.
#[derive(Serialize, JsonSchema)]
struct File {
    /// What the user calls it.
    name: String,
    /// `accepted`, `refused` when a client cannot connect, `accepted-but-unusable` when that depends on the server.
    verdict: &'static str,
    /// `toml`, `environment` or `manifest`; null when nobody can tell.
    form: Option<&'static str>,
    /// Who connects.
    clients: Vec<String>,
    /// The Secrets of a manifest.
    secrets: Vec<String>,
    /// The certificates that clients present, each judged with its key.
    certificates: Vec<Certificate>,
    /// What is wrong: with settings by place, then with certificates and keys in the order of repair.
    findings: Vec<Finding>,
    /// How many findings there are of each severity.
    counts: BTreeMap<&'static str, usize>,
    /// How many rules ran.
    rules_run: usize,
}

/// A client's certificate, and whether it gets in.
#[derive(Serialize, JsonSchema)]
struct Certificate {
    /// Whose it is.
    client: String,
    /// The Namespace for which it is presented, where the settings say so.
    namespace: Option<String>,
    /// The file, or the key under which it stands in the settings.
    certificate: String,
    /// The same of its private key.
    key: Option<String>,
    /// The line of the setting.
    line: Option<usize>,
    /// The variable that is the setting.
    variable: Option<String>,
    /// `admitted`, `refused` or `contested`; `refused` as well when no Namespace can let it in. Null when it was not decided.
    decision: Option<&'static str>,
    /// Why nothing was known of the Namespace: `no-bundle`, `no-namespace` or `unknown-namespace`; null when it was known.
    not_decided: Option<&'static str>,
    /// The answer in one sentence, for people.
    sentence: String,
    /// The whole answer; null when no bundle was known.
    answer: Option<Client>,
}

/// Something wrong with a setting, or with a certificate or key to which one leads.
#[derive(Serialize, JsonSchema)]
struct Finding {
    /// The rule's code.
    code: &'static str,
    /// Its name.
    rule: &'static str,
    /// `error`, `warning` or `notice`.
    severity: &'static str,
    /// What it stops: `upload`, `connect` or `operation`.
    effect: &'static str,
    /// The line of the setting.
    line: Option<usize>,
    /// The variable that is the setting.
    variable: Option<String>,
    /// Whose setting it is.
    client: Option<String>,
    /// The place within the certificate or key; null when the setting itself is wrong.
    within: Option<InFile>,
    /// The sentence, for people.
    message: String,
    /// What to do, for people.
    help: String,
}

/// A place in a certificate or key.
#[derive(Serialize, JsonSchema)]
struct InFile {
    /// The file, or the key under which it stands in the settings.
    file: String,
    /// The line in it.
    line: Option<usize>,
    /// Such as `certificate 2` or `the private key`.
    part: String,
}

/// The files as one JSON object.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>]) -> String {
    let first = checked.first();
    pretty(&Output {
        schema: 1,
        ruleset: first.map(|checked| checked.ruleset.to_string()).unwrap_or_default(),
        now: first.map(|checked| checked.now.to_string()).unwrap_or_default(),
        files: checked.iter().map(file).collect(),
    })
}

/// The JSON Schema (draft 2020-12) of what `config check --format json` writes.
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    pretty(&generator.into_root_schema_for::<Output>())
}

fn file(checked: &CheckedConfiguration<'_>) -> File {
    let report = checked.report;
    let severities = [Severity::Error, Severity::Warning, Severity::Notice];
    File {
        name: checked.name.to_owned(),
        verdict: report.verdict().as_str(),
        form: report.configuration.form.map(|form| match form {
            Form::Toml => "toml",
            Form::Environment => "environment",
            Form::Manifest => "manifest",
        }),
        clients: report.configuration.clients.iter().map(|client| client.name.clone()).collect(),
        secrets: report.configuration.secrets.iter().map(KubernetesSecret::shown_name).collect(),
        certificates: certificates(checked),
        findings: checked.told().into_iter().map(finding).collect(),
        counts: severities.map(|severity| (severity.as_str(), report.count(severity))).into(),
        rules_run: report.rules_run,
    }
}

fn certificates(checked: &CheckedConfiguration<'_>) -> Vec<Certificate> {
    let mut whole = Vec::new();
    checked.with_clients(|_, client| whole.push(client.map(convert_client::client)));
    let each = checked.answers().into_iter().zip(checked.judged()).zip(whole);
    each.map(|((answer, (_, files, _)), whole)| Certificate {
        client: answer.owner.to_owned(),
        namespace: files.namespace.clone(),
        certificate: answer.certificate.to_owned(),
        key: files.key.as_ref().map(|key| key.name.clone()),
        line: line(answer.place),
        variable: variable(answer.place),
        decision: decision(&answer),
        not_decided: answer.not_decided.map(not_decided_code),
        sentence: format!("{}{}", answer.word, answer.words),
        answer: whole,
    })
    .collect()
}

fn decision(answer: &Answer<'_>) -> Option<&'static str> {
    (answer.word != "not decided").then_some(answer.word)
}

fn finding(told: Told<'_>) -> Finding {
    Finding {
        code: told.rule.code,
        rule: told.rule.name,
        severity: told.rule.severity.as_str(),
        effect: told.rule.effect.as_str(),
        line: told.line(),
        variable: told.variable().map(str::to_owned),
        client: told.client.map(str::to_owned),
        within: told.within.map(|Within { file, line, what, .. }| InFile { file, line, part: what }),
        message: told.message,
        help: told.help,
    }
}

fn line(place: &SettingPlace) -> Option<usize> {
    match place {
        SettingPlace::Line(line) => Some(*line),
        SettingPlace::Variable(_) => None,
    }
}

fn variable(place: &SettingPlace) -> Option<String> {
    match place {
        SettingPlace::Variable(name) => Some(name.clone()),
        SettingPlace::Line(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::Format;
    use crate::configuration::testing;

    #[test]
    fn the_schema_is_the_one_in_the_documentation() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.schema.json");
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            std::fs::write(&path, schema()).expect("docs is writable");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == schema(), "docs/configuration.schema.json is stale; run this test with UPDATE=1");
    }

    #[test]
    fn every_kind_of_answer_follows_the_schema() {
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&serde_json::from_str(&schema()).expect("JSON"))
            .expect("a schema");
        let mut told = Vec::new();
        for output in testing::in_every_state(Format::Json) {
            let value: Value = serde_json::from_str(&output).expect("JSON");
            assert!(validator.is_valid(&value), "{:?}", validator.iter_errors(&value).next());
            let of = &value["files"][0]["certificates"][0];
            told.push((
                of["decision"].as_str().map(str::to_owned),
                of["not_decided"].as_str().map(str::to_owned),
            ));
        }
        let told: Vec<(Option<&str>, Option<&str>)> =
            told.iter().map(|(decision, not)| (decision.as_deref(), not.as_deref())).collect();
        let wanted = [
            (Some("admitted"), None),
            (Some("refused"), None),
            (Some("contested"), None),
            (None, Some("no-bundle")),
            (Some("refused"), Some("no-bundle")),
            (None, None),
        ];
        assert_eq!(told, wanted);
    }
}
