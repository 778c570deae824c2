//! Client configurations: `temporal.toml`, `TEMPORAL_*` variables and manifests, read with their lines and judged by rules.
//!
//! Every SDK and the `temporal` CLI read the same settings and pass over what they do not know in silence, so a wrong key ends in a
//! handshake without a client certificate. The module reads what they read and names the rest. It reads no file: what a path leads to
//! is asked from the caller ([`ReferencedFiles`]). No finding repeats a secret.
//!
//! ```
//! use mtlsmith_validate::client_configuration::ConfigurationCheck;
//!
//! let text = b"[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\nnamespace = \"orders\"\n";
//! let report = ConfigurationCheck::default().run("temporal.toml", text);
//! let found = report.findings.iter().find(|found| found.rule.name == "namespace-without-account").unwrap();
//! assert_eq!(found.line(), Some(3));
//! ```

mod address;
mod assignments;
mod environment;
mod files;
mod finding;
mod judged;
mod keys;
mod manifest;
mod model;
mod read;
mod reading;
mod rules;
mod shelf;
mod toml;
mod yaml;

pub use files::ClientFiles;
pub use files::FilePart;
pub use files::FileProblem;
pub use files::NoFiles;
pub use files::ReferencedFiles;
pub(crate) use finding::ConfigurationContext;
pub use finding::ConfigurationFinding;
pub(crate) use finding::ConfigurationFindings;
pub use judged::Against;
pub use judged::JudgedFiles;
pub use judged::NotDecided;
pub use judged::PresentedCheck;
pub use model::Client;
pub use model::Form;
pub use model::Item;
pub use model::KubernetesSecret;
pub use model::Origin;
pub use model::Secret;
pub use model::SecretEntry;
pub use model::SecretReference;
pub use model::Setting;
pub use model::SettingPlace;
pub use model::Value;
pub use read::LARGEST_CONFIGURATION;
pub use reading::ClientConfiguration;
pub(crate) use rules::NAMESPACE_RULES;
pub(crate) use rules::RULES;

use crate::bundle::Bundle;
use crate::profile::NEWEST_RULESET;
use crate::report::Verdict;
use crate::rule::Date;
use crate::rule::Severity;
use reading::OddityKind;

/// A check with everything stated that it may depend on.
#[derive(Clone, Copy)]
pub struct ConfigurationCheck<'a> {
    /// The profile of `temporal.toml` to judge; all of them when none is named.
    pub profile: Option<&'a str>,
    /// The variables of the running process, which lie over the profile that is judged.
    pub environment: &'a [(String, String)],
    /// The CA bundle of the Namespace, to tell a CA of one's own from that of the server.
    pub bundle: Option<&'a [u8]>,
    /// The files that settings name.
    pub files: &'a dyn ReferencedFiles,
    /// The day whose rules are applied.
    pub ruleset: Date,
}

/// A client configuration, read and judged.
#[derive(Debug)]
pub struct ConfigurationReport {
    /// What was read.
    pub configuration: ClientConfiguration,
    /// What is wrong with it, by place, then by code.
    pub findings: Vec<ConfigurationFinding>,
    /// The certificates and keys that stand in it or behind its paths, for further checks.
    pub files: Vec<ClientFiles>,
    /// These files, judged, once [`ConfigurationReport::judge`] has been called.
    pub judged: Vec<JudgedFiles>,
    /// How many rules ran.
    pub rules_run: usize,
}

impl Default for ConfigurationCheck<'_> {
    fn default() -> Self {
        ConfigurationCheck {
            profile: None,
            environment: &[],
            bundle: None,
            files: &NoFiles,
            ruleset: NEWEST_RULESET,
        }
    }
}

impl ConfigurationCheck<'_> {
    /// Judges one file; its name helps to tell what it is. Broken input is a finding, never an error.
    pub fn run(&self, name: &str, text: &[u8]) -> ConfigurationReport {
        let mut configuration = read::read(name, text);
        if configuration.form == Some(Form::Toml) {
            self.choose(&mut configuration);
        }
        self.judge(configuration)
    }

    /// Judges the variables of the running process by themselves.
    pub fn run_environment(&self) -> ConfigurationReport {
        self.judge(environment::of_process(self.environment))
    }

    /// Leaves the profile that was asked for, below the environment.
    fn choose(&self, configuration: &mut ClientConfiguration) {
        let is_layered = !self.environment.is_empty();
        let asked = self.profile.map(str::to_owned);
        let profile = asked.clone().or_else(|| is_layered.then(|| "default".to_owned()));
        let Some(profile) = profile else { return };
        // The clients of such a file are its profiles, in their order; their titles may hide what may be a secret.
        let at = configuration.profiles.iter().position(|name| *name == profile);
        let chosen = at.and_then(|at| configuration.clients.get(at)).cloned();
        configuration.clients = chosen.into_iter().collect();
        let is_there = !configuration.clients.is_empty();
        let is_readable =
            !configuration.oddities.iter().any(|odd| matches!(odd.kind, OddityKind::Unreadable(_)));
        if !is_there && asked.is_some() && is_readable {
            let known = match configuration.profiles.as_slice() {
                [] => "none at all".to_owned(),
                known => known
                    .iter()
                    .take(PROFILES_NAMED)
                    .map(|name| finding::shown(name))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            configuration.odd(None, OddityKind::NoProfile { profile, known });
        }
        if is_layered {
            let mut variables = environment::of_process(self.environment);
            configuration.oddities.append(&mut variables.oddities);
            configuration.promql.append(&mut variables.promql);
            let layer = variables.clients.pop().unwrap_or_else(reading::process);
            match configuration.clients.first_mut() {
                Some(client) => reading::overlay(client, &layer),
                None => configuration.clients.push(layer),
            }
        }
    }

    fn judge(&self, configuration: ClientConfiguration) -> ConfigurationReport {
        let (loaded, unread) = files::gather(&configuration, self.files);
        let bundle = self.bundle.map(Bundle::read);
        let context = ConfigurationContext {
            configuration: &configuration,
            loaded: &loaded,
            unread: &unread,
            bundle: bundle.as_ref(),
        };
        let (findings, rules_run) = finding::judge(&context, self.ruleset);
        let files = loaded.into_iter().map(|loaded| loaded.files).collect();
        ConfigurationReport { configuration, findings, files, judged: Vec::new(), rules_run }
    }
}

impl ConfigurationReport {
    /// Judges the certificates that clients present and their keys.
    pub fn judge(&mut self, check: &PresentedCheck<'_>) {
        self.judged = check.run(&self.files);
        self.rules_run += self.judged.iter().map(|judged| judged.report.rules_run).max().unwrap_or(0);
    }

    /// `Refused` when a client cannot connect as it is configured, `AcceptedButUnusable` when that depends on the server, else
    /// `Accepted`.
    pub fn verdict(&self) -> Verdict {
        let is_error = |finding: &ConfigurationFinding| finding.rule.severity == Severity::Error;
        let of_settings =
            if self.findings.iter().any(is_error) { Verdict::Refused } else { Verdict::Accepted };
        let of_certificates = self.judged.iter().map(JudgedFiles::verdict);
        of_certificates.fold(of_settings, Verdict::max)
    }

    /// How many findings are of a severity, those about certificates and keys included.
    pub fn count(&self, severity: Severity) -> usize {
        self.severities().filter(|found| *found == severity).count()
    }

    /// The severity of every finding.
    pub fn severities(&self) -> impl Iterator<Item = Severity> {
        let of_certificates = self.judged.iter().flat_map(JudgedFiles::findings);
        let of_certificates = of_certificates.map(|finding| finding.rule.severity);
        self.findings.iter().map(|finding| finding.rule.severity).chain(of_certificates)
    }
}

impl std::fmt::Debug for ConfigurationCheck<'_> {
    /// The values of variables may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ConfigurationCheck { profile, environment, bundle: _, files: _, ruleset } = self;
        let variables = environment.len();
        f.debug_struct("ConfigurationCheck")
            .field("profile", profile)
            .field("variables", &variables)
            .field("ruleset", ruleset)
            .finish_non_exhaustive()
    }
}

/// As many profiles are named when the one that was asked for is missing.
const PROFILES_NAMED: usize = 12;
