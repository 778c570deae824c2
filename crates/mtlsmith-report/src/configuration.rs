//! A client configuration and the certificates that it leads to: what every format says about them, as plain text and data.
//!
//! Sentences are made here from names and settings that somebody else may have written: whoever shows them defuses or escapes them.

use mtlsmith_validate::Verdict;
use mtlsmith_validate::client_configuration::Client as ConfiguredClient;
use mtlsmith_validate::client_configuration::ClientFiles as ConfiguredFiles;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::FilePart;
use mtlsmith_validate::client_configuration::JudgedFiles;
use mtlsmith_validate::client_configuration::NotDecided;
use mtlsmith_validate::client_configuration::SettingPlace;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use crate::ClientFiles;
use crate::Document;
use crate::Format;
use crate::Style;
use crate::client::Client;
use crate::github;
use crate::help::with_file_name;
use crate::html;
use crate::json;
use crate::junit;
use crate::sarif;
use crate::text;
use crate::text::harmless_configuration_finding;
use crate::text::harmless_finding;

/// A checked file of settings, or the environment.
#[derive(Debug, Clone, Copy)]
pub struct CheckedConfiguration<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// What was found.
    pub report: &'a ConfigurationReport,
    /// The day whose rules were applied.
    pub ruleset: Date,
    /// The time for which certificates were judged.
    pub now: Timestamp,
    /// The options that would have its certificates decided, as words of a command, where the files are known.
    pub trust: Option<&'a str>,
}

/// The result of checks of settings.
pub fn configurations(format: Format, checked: &[CheckedConfiguration<'_>], style: &Style) -> String {
    match format {
        Format::Text => text::configurations(checked, style),
        Format::Json => json::configuration::render(checked),
        Format::Sarif => sarif::configuration::render(checked),
        Format::Junit => junit::configuration::render(checked),
        Format::Github => github::configuration::render(checked),
        Format::Html => html::configuration::render(checked),
    }
}

/// A finding about a setting, or about a certificate or key to which one leads.
pub(crate) struct Told<'a> {
    pub(crate) rule: &'static Rule,
    /// The setting.
    pub(crate) place: Option<&'a SettingPlace>,
    /// Whose setting it is.
    pub(crate) client: Option<&'a str>,
    /// The place within the file to which it leads.
    pub(crate) within: Option<Within>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// A place in a certificate or key.
pub(crate) struct Within {
    /// The file, or the key under which it stands in the settings.
    pub(crate) file: String,
    /// Is it a file of its own?
    pub(crate) is_file: bool,
    /// The line in it.
    pub(crate) line: Option<usize>,
    /// `certificate 2`, `the private key`.
    pub(crate) what: String,
}

/// Would the certificate of a client get in?
pub(crate) struct Answer<'a> {
    /// Whose it is.
    pub(crate) owner: &'a str,
    /// The setting.
    pub(crate) place: &'a SettingPlace,
    /// The file, or the key under which it stands in the settings.
    pub(crate) certificate: &'a str,
    /// `admitted`, `refused`, `contested` or `not decided`.
    pub(crate) word: &'static str,
    /// What follows the word.
    pub(crate) words: String,
    pub(crate) verdict: Verdict,
    /// Why it was not decided.
    pub(crate) not_decided: Option<NotDecided>,
    /// The first rule to stand against it.
    pub(crate) refused_by: Option<&'static Rule>,
    pub(crate) until: Option<Timestamp>,
}

impl<'a> CheckedConfiguration<'a> {
    /// Every finding: those about settings by place, then those about the certificates of each client in the order of repair.
    pub(crate) fn told(&self) -> Vec<Told<'a>> {
        let of_settings = self.report.findings.iter().map(|finding| {
            let harmless = harmless_configuration_finding(finding);
            Told {
                rule: finding.rule,
                place: finding.place.as_ref(),
                client: finding.client.as_deref(),
                within: None,
                message: harmless.message(),
                help: harmless.help(),
            }
        });
        let of_certificates = self.judged().flat_map(|(judged, files, certificate)| {
            judged.findings().iter().map(move |finding| told(judged, files, certificate, finding))
        });
        of_settings.chain(of_certificates).collect()
    }

    /// The answer for each client with a certificate that could be read.
    pub(crate) fn answers(&self) -> Vec<Answer<'a>> {
        let each = self.judged();
        each.map(|(judged, files, certificate)| {
            let mut answer = Answer {
                owner: &files.owner,
                place: &certificate.place,
                certificate: &certificate.name,
                word: "not decided",
                words: String::new(),
                verdict: judged.verdict(),
                not_decided: judged.against.as_ref().err().copied(),
                refused_by: first_error(judged).map(|error| error.rule),
                until: None,
            };
            let document = document(judged, files, certificate);
            if let Some(client) = Client::of(&document) {
                (answer.word, answer.until) = (client.word(), client.until());
                answer.words = client.words(|finding| harmless_finding(finding).message());
            } else if let Some(error) = first_error(judged) {
                answer.word = "refused";
                answer.words = format!(": {}", harmless_finding(error).message());
            } else if let Some(reason) = answer.not_decided {
                answer.words = format!(": {}", why(reason, files));
            }
            answer
        })
        .collect()
    }

    /// What the verdict means, with its full stop.
    pub(crate) fn meaning(&self) -> String {
        let configuration = &self.report.configuration;
        let is_read = !configuration.clients.is_empty() || !configuration.secrets.is_empty();
        let several = configuration.clients.len() != 1;
        let (subject, its) = if several { ("a client", "a") } else { ("the client", "its") };
        match self.report.verdict() {
            Verdict::Accepted if !is_read => "nothing was found that could be checked.".to_owned(),
            Verdict::Accepted => {
                if let Some(elsewhere) = self.elsewhere() {
                    return elsewhere;
                }
                let settings = format!("nothing in these settings keeps {subject} from connecting");
                let open: Vec<Answer<'_>> =
                    self.answers().into_iter().filter(|answer| answer.not_decided.is_some()).collect();
                let presents = configuration.clients.iter().any(ConfiguredClient::has_certificate);
                match (open.first(), self.report.judged.is_empty()) {
                    (Some(answer), _) => {
                        format!("{settings}. Whether {its} certificate gets in is not decided{}.", answer.words)
                    }
                    (None, true) if presents => {
                        format!("{settings}. {} certificate is not here, so it is not judged.", capital(its))
                    }
                    (None, true) => format!("{settings}."),
                    (None, false) if several => format!("{settings}, and each certificate gets in."),
                    (None, false) => format!("{settings}, and its certificate gets in."),
                }
            }
            Verdict::AcceptedButUnusable => {
                "it depends on the server whether the certificate gets in, and nobody outside knows which one answers."
                    .to_owned()
            }
            Verdict::Refused => String::new(),
        }
    }

    /// The client that knocks at the door of one Namespace and asks for another, as a warning about it is no reason to refuse.
    fn elsewhere(&self) -> Option<String> {
        let mut found = self.report.findings.iter();
        let finding = found.find(|finding| finding.rule.name == "address-of-another-namespace")?;
        let harmless = harmless_configuration_finding(finding);
        let fact = |name| harmless.fact(name).map(ToString::to_string).unwrap_or_default();
        Some(format!(
            "{} connects to {}, but for the Namespace {}: make them the same, or its requests are likely to be refused.",
            fact("client"),
            fact("endpoint"),
            fact("namespace")
        ))
    }

    /// Gives the answers about clients of which one was decided.
    pub(crate) fn with_clients(&self, mut tell: impl FnMut(&str, Option<&Client<'_>>)) {
        for (judged, files, certificate) in self.judged() {
            let document = document(judged, files, certificate);
            tell(&files.owner, Client::of(&document).as_ref());
        }
    }

    pub(crate) fn judged(
        &self,
    ) -> impl Iterator<Item = (&'a JudgedFiles, &'a ConfiguredFiles, &'a FilePart)> + use<'a> {
        let report = self.report;
        report.judged.iter().filter_map(|judged| {
            let files = report.files.get(judged.files)?;
            Some((judged, files, files.certificate.as_ref()?))
        })
    }
}

impl Told<'_> {
    /// The line of the settings.
    pub(crate) fn line(&self) -> Option<usize> {
        match self.place {
            Some(SettingPlace::Line(line)) => Some(*line),
            _ => None,
        }
    }

    /// The variable of the environment.
    pub(crate) fn variable(&self) -> Option<&str> {
        match self.place {
            Some(SettingPlace::Variable(name)) => Some(name),
            _ => None,
        }
    }
}

impl Within {
    /// `tls/worker.pem, certificate 2, line 14`.
    pub(crate) fn words(&self) -> String {
        let line = self.line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("{}, {}{line}", self.file, self.what)
    }
}

/// `accepted`, `contested`, `refused`: the verdict on settings with their certificates.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::AcceptedButUnusable => "contested",
        Verdict::Refused => "refused",
    }
}

/// A code for machines.
pub(crate) fn not_decided_code(reason: NotDecided) -> &'static str {
    match reason {
        NotDecided::NoBundle => "no-bundle",
        NotDecided::NoNamespace => "no-namespace",
        NotDecided::UnknownNamespace => "unknown-namespace",
    }
}

fn why(reason: NotDecided, files: &ConfiguredFiles) -> String {
    match (reason, files.namespace.as_deref()) {
        (NotDecided::NoBundle, _) => "no bundle given".to_owned(),
        (NotDecided::UnknownNamespace, Some(namespace)) => {
            format!("no folder of the Namespace {namespace} was given")
        }
        _ => "the settings do not say for which Namespace it is".to_owned(),
    }
}

fn capital(its: &str) -> &str {
    if its == "its" { "Its" } else { "The" }
}

fn first_error(judged: &JudgedFiles) -> Option<&Finding> {
    judged.findings().iter().find(|finding| finding.rule.severity == Severity::Error)
}

/// The certificate as a document, for the sentences about clients.
fn document<'a>(
    judged: &'a JudgedFiles,
    files: &'a ConfiguredFiles,
    certificate: &'a FilePart,
) -> Document<'a> {
    let client = judged.against.as_ref().ok().map(|against| ClientFiles {
        bundle: &against.bundle,
        bundle_verdict: against.bundle_verdict,
        filters: against.filters.as_deref(),
        key: files.key.as_ref().map(|key| key.name.as_str()),
        namespace: files.namespace.as_deref(),
        at: None,
    });
    Document { name: &certificate.name, input: certificate.content.expose(), report: &judged.report, client }
}

fn told<'a>(
    judged: &'a JudgedFiles,
    files: &'a ConfiguredFiles,
    certificate: &'a FilePart,
    finding: &Finding,
) -> Told<'a> {
    let part = match finding.subject {
        Subject::Key => files.key.as_ref().unwrap_or(certificate),
        _ => certificate,
    };
    let harmless = harmless_finding(finding);
    let help = harmless.help();
    let help = if part.is_file { with_file_name(&help, &part.name) } else { help };
    Told {
        rule: finding.rule,
        place: Some(&part.place),
        client: Some(&files.owner),
        within: Some(within(judged, part, finding.subject)),
        message: harmless.message(),
        help,
    }
}

fn within(judged: &JudgedFiles, part: &FilePart, subject: Subject) -> Within {
    let report = &judged.report;
    let what = match subject {
        Subject::Key => "the private key".to_owned(),
        Subject::Certificate(index) | Subject::Trusted(index) => format!("certificate {}", index + 1),
        Subject::Block(index) => format!("block {}", index + 1),
        Subject::Line(_) | Subject::Bundle => "its text".to_owned(),
    };
    let trusted = judged.against.as_ref().ok().filter(|_| matches!(subject, Subject::Trusted(_)));
    match (trusted, subject) {
        (Some(against), Subject::Trusted(index)) => Within {
            file: against.bundle.clone(),
            is_file: true,
            line: against.trust.bundle().lines(index).map(|lines| lines.first),
            what,
        },
        _ => {
            let line = report.line(subject).filter(|_| report.bundle.base64_layers == 0);
            Within { file: part.name.clone(), is_file: part.is_file, line, what }
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
