//! The default publisher: writes down what a person has to run, for each of the official tools, and runs nothing.

use std::path::Path;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::BundlePublisher;
use super::Doubt;
use super::Intent;
use super::LiveNamespace;
use super::NamespaceName;
use super::Outcome;
use super::Proof;
use super::ReadError;
use super::Reason;
use super::Retry;
use super::intent::filters_to_json;
use super::quoted_command;

/// How to make an intent real with one tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions {
    /// The tool.
    pub tool: Tool,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What to know beforehand, one sentence each.
    pub notes: Vec<String>,
}

/// One step of instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Write this file.
    File {
        /// Where.
        path: String,
        /// Its whole content.
        content: String,
    },
    /// Run this command, without a shell in between.
    Command(Vec<String>),
    /// Put this into a configuration.
    Configuration(String),
    /// Do this in the browser.
    ByMouse(String),
}

impl Step {
    /// The command as a line for a shell; `None` for steps that are none.
    pub fn shell_line(&self) -> Option<String> {
        match self {
            Step::Command(arguments) => Some(quoted_command(arguments)),
            _ => None,
        }
    }
}

/// The tools that change a Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `tcld`.
    Tcld,
    /// The cloud extension of the `temporal` command.
    TemporalCloud,
    /// The provider `temporalcloud` of Terraform.
    Terraform,
    /// The web page.
    WebPage,
}

impl Instructions {
    /// For every tool. `bundle_file` is the path under which the bundle is written; the other files are put beside it. What is live
    /// decides the steps of the tools that can only add and remove.
    pub fn for_all(
        intent: &Intent,
        live: Option<&LiveNamespace>,
        bundle_file: &Path,
        now: Timestamp,
    ) -> Vec<Self> {
        let files = Files::beside(bundle_file);
        vec![
            tcld(intent, &files),
            temporal_cloud(intent, live, &files, now),
            terraform(intent, &files),
            web_page(intent),
        ]
    }
}

struct Files {
    bundle: String,
    added: String,
    removed: String,
    filters: String,
}

impl Files {
    fn beside(bundle: &Path) -> Self {
        let beside = |extension: &str| bundle.with_extension(extension).to_string_lossy().into_owned();
        Files {
            bundle: bundle.to_string_lossy().into_owned(),
            added: beside("added.pem"),
            removed: beside("removed.pem"),
            filters: beside("filters.json"),
        }
    }
}

fn tcld(intent: &Intent, files: &Files) -> Instructions {
    let namespace = intent.namespace().as_str();
    let mut steps = vec![
        Step::File { path: files.bundle.clone(), content: intent.bundle().to_owned() },
        Step::Command(arguments(
            &["tcld", "namespace", "accepted-client-ca", "set", "--namespace", namespace],
            &["--ca-certificate-file", &files.bundle],
            intent.based_on().map(|version| ["--resource-version", version.as_str()]),
        )),
    ];
    let mut notes = vec!["tcld sets the whole bundle without asking.".to_owned()];
    if let Some(filters) = intent.filters() {
        let content = serde_json::json!({ "filters": filters_to_json(filters) }).to_string();
        steps.push(Step::File { path: files.filters.clone(), content });
        let verb = ["tcld", "namespace", "certificate-filters"];
        let command = match filters {
            [] => arguments(&verb, &["clear", "--namespace", namespace], None),
            _ => {
                let file = ["import", "--namespace", namespace, "--certificate-filter-file", &files.filters];
                arguments(&verb, &file, None)
            }
        };
        steps.push(Step::Command(command));
        notes.push(
            "Bundle and filters are two updates; the second needs the version after the first.".to_owned(),
        );
    }
    Instructions { tool: Tool::Tcld, steps, notes }
}

fn temporal_cloud(
    intent: &Intent,
    live: Option<&LiveNamespace>,
    files: &Files,
    now: Timestamp,
) -> Instructions {
    let namespace = intent.namespace().as_str();
    let command = |verb: &str, file: &str| {
        let start = ["temporal", "cloud", "namespace", "mtls", "cert-ca", verb, "--namespace", namespace];
        Step::Command(arguments(&start, &["--ca-certificate-file", file, "--idempotent"], None))
    };
    let mut notes = vec![
        "Older releases of the extension have these commands without `mtls`.".to_owned(),
        "The command adds and removes; it cannot set the bundle as a whole.".to_owned(),
    ];
    if intent.filters().is_some() {
        notes.push("It changes filters one at a time (`mtls cert-filter create` and `delete`); tcld imports them whole.".to_owned());
    }
    let Some(live) = live else {
        notes.push("What is live is not known here: `delete` what must go by hand afterwards.".to_owned());
        let steps = vec![
            Step::File { path: files.bundle.clone(), content: intent.bundle().to_owned() },
            command("create", &files.bundle),
        ];
        return Instructions { tool: Tool::TemporalCloud, steps, notes };
    };
    let (wanted, present) = (Bundle::read(intent.bundle().as_bytes()), Bundle::read(&live.bundle));
    let (added, removed) = (missing_in(&wanted, &present), missing_in(&present, &wanted));
    if added.is_empty() && removed.is_empty() {
        let notes =
            vec!["Nothing to add and nothing to remove: these certificates are live already.".to_owned()];
        return Instructions { tool: Tool::TemporalCloud, steps: Vec::new(), notes };
    }
    let pair = |path: &str, certificates: &[&Certificate], verb: &str| {
        let content = pem(certificates);
        vec![Step::File { path: path.to_owned(), content }, command(verb, path)]
    };
    let mut steps = Vec::new();
    if !removed.is_empty() {
        steps.extend(pair(&files.removed, &removed, "delete"));
    }
    let adding = if added.is_empty() { Vec::new() } else { pair(&files.added, &added, "create") };
    // An expired member blocks every update that keeps it, so it has to go first; else nobody may be shut out in between.
    let blocked = removed.iter().any(|certificate| certificate.not_after() < now);
    let empties = removed.len() == present.certificates().count();
    if blocked && empties {
        notes.push(
            "All that is live would go before anything is added, which switches mTLS off: use tcld."
                .to_owned(),
        );
        return Instructions { tool: Tool::TemporalCloud, steps: Vec::new(), notes };
    }
    let at = if blocked { steps.len() } else { 0 };
    steps.splice(at..at, adding);
    Instructions { tool: Tool::TemporalCloud, steps, notes }
}

fn terraform(intent: &Intent, files: &Files) -> Instructions {
    let mut text = format!(
        "resource \"temporalcloud_namespace\" \"{}\" {{\n  # all other attributes stay as they are\n  accepted_client_ca = \
         base64encode(file({}))\n",
        intent.namespace().name().replace('-', "_"),
        hcl_string(&files.bundle),
    );
    if let Some(filters) = intent.filters() {
        text.push_str("  certificate_filters = [\n");
        for filter in filters {
            let fields: Vec<String> = filter
                .patterns()
                .map(|(field, pattern)| {
                    format!("{} = {}", snake_case(&field.to_string()), hcl_string(&pattern.to_string()))
                })
                .collect();
            text.push_str(&format!("    {{ {} }},\n", fields.join(", ")));
        }
        text.push_str("  ]\n");
    }
    text.push_str("}\n");
    let mut notes = vec![
        "Change the attribute where it is kept; what other tools set is reverted by the next apply."
            .to_owned(),
    ];
    if intent.filters().is_some_and(<[_]>::is_empty) {
        notes.push("The provider refuses an empty list of filters: leave the attribute out.".to_owned());
    }
    let steps = vec![
        Step::File { path: files.bundle.clone(), content: intent.bundle().to_owned() },
        Step::Configuration(text),
        Step::Command(arguments(&["terraform", "apply"], &[], None)),
    ];
    Instructions { tool: Tool::Terraform, steps, notes }
}

fn web_page(intent: &Intent) -> Instructions {
    let mut steps = vec![
        Step::ByMouse(format!(
            "Open https://cloud.temporal.io/namespaces/{}, choose Edit and the Authentication card.",
            intent.namespace()
        )),
        Step::ByMouse("Replace the whole text of the CA certificates by the bundle, and save.".to_owned()),
    ];
    if intent.filters().is_some() {
        steps.push(Step::ByMouse("Set the certificate filters in the same card.".to_owned()));
    }
    Instructions { tool: Tool::WebPage, steps, notes: Vec::new() }
}

/// The certificates of one bundle that another does not have.
fn missing_in<'a>(one: &'a Bundle, other: &Bundle) -> Vec<&'a Certificate> {
    one.certificates()
        .filter(|wanted| !other.certificates().any(|present| present.der() == wanted.der()))
        .collect()
}

fn pem(certificates: &[&Certificate]) -> String {
    let text: Vec<u8> = certificates.iter().flat_map(|certificate| certificate.der().to_vec()).collect();
    Bundle::read(&text).canonical_pem()
}

fn arguments(start: &[&str], more: &[&str], last: Option<[&str; 2]>) -> Vec<String> {
    start.iter().chain(more).chain(last.iter().flatten()).map(|argument| (*argument).to_owned()).collect()
}

fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, character| {
        if character.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
        text
    })
}

/// A string of HCL: what JSON escapes, and the two signs that start templates.
fn hcl_string(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

/// The publisher that leaves the publishing to a person. What is live it knows only when it is told.
#[derive(Debug, Clone, Default)]
pub struct PrintedCommands {
    live: Option<LiveNamespace>,
}

impl PrintedCommands {
    /// A publisher that knows nothing of what is live.
    pub fn new() -> Self {
        Self::default()
    }

    /// A publisher that has been told what is live, such as from the output of `tcld namespace accepted-client-ca list`.
    pub fn told(live: LiveNamespace) -> Self {
        PrintedCommands { live: Some(live) }
    }
}

impl BundlePublisher for PrintedCommands {
    fn read(&mut self, namespace: &NamespaceName) -> Result<LiveNamespace, ReadError> {
        self.live.clone().filter(|live| live.namespace == *namespace).ok_or(ReadError::NoReader)
    }

    /// Publishes nothing; the intent waits for the person, and for [`PrintedCommands::told`] with what is live then.
    fn publish(&mut self, intent: &Intent) -> Outcome {
        match self.resolve(intent) {
            published @ Outcome::Published { .. } => published,
            _ => Outcome::NotPublished { reason: Reason::ByHand, retry: Retry::Never },
        }
    }

    fn resolve(&mut self, intent: &Intent) -> Outcome {
        let live = match self.read(intent.namespace()) {
            Ok(live) => live,
            Err(error) => return Outcome::Unknown { doubt: Doubt::CannotRead(error) },
        };
        match (live.has_bundle_of(intent), live.has_filters_of(intent)) {
            (true, Some(true)) => {
                Outcome::Published { resource_version: live.resource_version, proof: Proof::ReadBack }
            }
            (true, None) => Outcome::Unknown { doubt: Doubt::FiltersNotShown },
            _ => Outcome::NotPublished { reason: Reason::ByHand, retry: Retry::Never },
        }
    }
}

#[cfg(test)]
#[path = "print_tests.rs"]
mod tests;
