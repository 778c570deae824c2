//! What the tests of all rules about client configurations share: run one rule over a text, and say what it found.

use std::collections::BTreeMap;

use crate::client_configuration::ConfigurationCheck;
use crate::client_configuration::ConfigurationFinding;
use crate::client_configuration::FileProblem;
use crate::client_configuration::ReferencedFiles;
use crate::client_configuration::Secret;
use crate::client_configuration::SettingPlace;
use crate::rule::Rule;

/// Files by their paths.
#[derive(Default)]
pub(in crate::client_configuration) struct Files(
    pub(in crate::client_configuration) BTreeMap<String, Vec<u8>>,
);

impl ReferencedFiles for Files {
    fn read(&self, path: &str) -> Result<Secret, FileProblem> {
        self.0.get(path).map(|content| Secret::new(content.clone())).ok_or(FileProblem::Missing)
    }
}

/// Sentences, each behind its line or variable.
pub(super) fn sentences(rule: &'static Rule, findings: &[ConfigurationFinding]) -> Vec<String> {
    let own = findings.iter().filter(|finding| std::ptr::eq(finding.rule, rule));
    own.map(|finding| match &finding.place {
        Some(SettingPlace::Line(line)) => format!("{line}: {}", finding.message()),
        Some(SettingPlace::Variable(name)) => format!("{name}: {}", finding.message()),
        None => finding.message(),
    })
    .collect()
}

/// The sentences of this rule about a file of which nobody told what it is.
pub(super) fn messages(rule: &'static Rule, text: &str) -> Vec<String> {
    sentences(rule, &ConfigurationCheck::default().run("", text.as_bytes()).findings)
}

/// The sentences of this rule, the named files being there.
pub(super) fn messages_with(rule: &'static Rule, text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let files: BTreeMap<String, Vec<u8>> =
        files.iter().map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec())).collect();
    let files = Files(files);
    let check = ConfigurationCheck { files: &files, ..ConfigurationCheck::default() };
    sentences(rule, &check.run("", text.as_bytes()).findings)
}

/// What this rule advises.
pub(super) fn advice(rule: &'static Rule, text: &str) -> Vec<String> {
    let findings = ConfigurationCheck::default().run("", text.as_bytes()).findings;
    findings
        .iter()
        .filter(|finding| std::ptr::eq(finding.rule, rule))
        .map(ConfigurationFinding::help)
        .collect()
}

/// A profile that connects to Temporal Cloud with a certificate, and further lines.
pub(in crate::client_configuration) fn profile(address: &str, namespace: &str, further: &str) -> String {
    format!(
        "[profile.default]\naddress = \"{address}\"\nnamespace = \"{namespace}\"\n[profile.default.tls]\n\
         client_cert_path = \"/tls/tls.crt\"\nclient_key_path = \"/tls/tls.key\"\n{further}\n"
    )
}

/// The address of the Namespace `orders.a1b2c`.
pub(in crate::client_configuration) const ADDRESS: &str = "orders.a1b2c.tmprl.cloud:7233";

/// That Namespace.
pub(in crate::client_configuration) const NAMESPACE: &str = "orders.a1b2c";

/// Asserts that a rule about what lies behind a setting, here at `path`, leaves to the other rules what they tell, and no more than that.
pub(super) fn passes_over_what_others_tell(rule: &'static Rule, path: &str) {
    let text = profile(ADDRESS, NAMESPACE, "");
    let flagged = |content: &str| !messages_with(rule, &text, &[(path, content)]).is_empty();
    let long = |front: &str, length: usize| format!("{front}{}", "A".repeat(length - front.len()));
    for told in [
        "LS0tLS1CRUdJTg==",
        "-----BEGIN X-----\\nAAAA\\n",
        &long("-----BEGIN X-----\\n", 300),
        "/tls/tls.crt",
        "C:\\tls\\tls.crt",
        &long("/tls/", 255),
    ] {
        assert!(!flagged(told), "{told}");
    }
    for own in
        ["", "hello", "-----BEGIN X-----", "a\\nb\nc", "/tls/tls.crt\n/tls/tls.key", &long("/tls/", 256)]
    {
        assert!(flagged(own), "{own}");
    }
}
