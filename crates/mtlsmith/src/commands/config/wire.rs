//! What the JSON of `config check` looks like: a contract with whoever reads it. No value of a setting is in it.

use std::collections::BTreeMap;

use mtlsmith_report::harmless_configuration_finding;
use mtlsmith_validate::client_configuration::ConfigurationFinding;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::Form;
use mtlsmith_validate::client_configuration::SettingPlace;
use mtlsmith_validate::rule::Severity;
use serde::Serialize;

/// One file of settings.
#[derive(Serialize)]
pub(super) struct CheckedFile<'a> {
    name: &'a str,
    verdict: &'static str,
    /// `toml`, `environment` or `manifest`; null when nobody can tell.
    form: Option<&'static str>,
    clients: Vec<&'a str>,
    secrets: Vec<&'a str>,
    findings: Vec<Finding>,
    counts: BTreeMap<&'static str, usize>,
    rules_run: usize,
}

#[derive(Serialize)]
struct Finding {
    code: &'static str,
    rule: &'static str,
    severity: &'static str,
    effect: &'static str,
    line: Option<usize>,
    variable: Option<String>,
    client: Option<String>,
    message: String,
    help: String,
}

impl<'a> CheckedFile<'a> {
    pub(super) fn of(name: &'a str, report: &'a ConfigurationReport) -> Self {
        let severities = [Severity::Error, Severity::Warning, Severity::Notice];
        let configuration = &report.configuration;
        CheckedFile {
            name,
            verdict: report.verdict().as_str(),
            form: configuration.form.map(|form| match form {
                Form::Toml => "toml",
                Form::Environment => "environment",
                Form::Manifest => "manifest",
            }),
            clients: configuration.clients.iter().map(|client| client.name.as_str()).collect(),
            secrets: configuration.secrets.iter().map(|secret| secret.name.as_str()).collect(),
            findings: report.findings.iter().map(Finding::of).collect(),
            counts: severities.map(|severity| (severity.as_str(), report.count(severity))).into(),
            rules_run: report.rules_run,
        }
    }
}

impl Finding {
    fn of(finding: &ConfigurationFinding) -> Self {
        let harmless = harmless_configuration_finding(finding);
        Finding {
            code: finding.rule.code,
            rule: finding.rule.name,
            severity: finding.rule.severity.as_str(),
            effect: finding.rule.effect.as_str(),
            line: finding.line(),
            variable: match &finding.place {
                Some(SettingPlace::Variable(name)) => Some(name.clone()),
                _ => None,
            },
            client: finding.client.clone(),
            message: harmless.message(),
            help: harmless.help(),
        }
    }
}
