//! What a rule found about a client configuration, and how the rules about them are run.

use super::files::Loaded;
use super::files::Unread;
use super::model::Client;
use super::model::Setting;
use super::model::SettingPlace;
use super::reading::ClientConfiguration;
use crate::bundle::Bundle;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::finding::filled;
use crate::finding::named;
use crate::rule::Check;
use crate::rule::Date;
use crate::rule::Matter;
use crate::rule::Rule;
use crate::rules;

/// A finding about a client configuration. None of its facts holds a key, an API key, or the data of a certificate.
#[derive(Debug, Clone)]
pub struct ConfigurationFinding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where it stands; `None` for the file as a whole.
    pub place: Option<SettingPlace>,
    /// The client it is about, by its name.
    pub client: Option<String>,
    /// The values compared, by name.
    pub facts: Vec<(&'static str, Fact)>,
}

impl ConfigurationFinding {
    /// The value of a fact.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        named(&self.facts, name)
    }

    /// The sentence, made from the facts. Holds text of the file where a fact does.
    pub fn message(&self) -> String {
        filled(self.rule.message, &self.facts)
    }

    /// What to do, made from the facts.
    pub fn help(&self) -> String {
        filled(self.rule.help, &self.facts)
    }

    /// The line of the file.
    pub fn line(&self) -> Option<usize> {
        match self.place {
            Some(SettingPlace::Line(line)) => Some(line),
            _ => None,
        }
    }
}

/// Everything a rule about client configurations may know.
#[derive(Debug)]
pub(crate) struct ConfigurationContext<'a> {
    pub(crate) configuration: &'a ClientConfiguration,
    pub(crate) loaded: &'a [Loaded],
    pub(crate) unread: &'a [Unread],
    /// The CA bundle of the Namespace, when it was handed in.
    pub(crate) bundle: Option<&'a Bundle>,
}

/// Takes the findings of the rule that is running.
#[derive(Debug)]
pub(crate) struct ConfigurationFindings<'a> {
    rule: &'static Rule,
    found: &'a mut Vec<ConfigurationFinding>,
}

impl ConfigurationFindings<'_> {
    /// Adds a finding about a client; its name becomes a fact.
    pub(crate) fn of_client(&mut self, client: &Client, place: Option<SettingPlace>, draft: Draft) {
        let place = place.or(client.line.map(SettingPlace::Line));
        let facts = draft.fact("client", shown(&client.name)).into_facts();
        let client = Some(client.name.clone());
        self.found.push(ConfigurationFinding { rule: self.rule, place, client, facts });
    }

    /// Adds a finding about a setting of a client; its key becomes a fact too.
    pub(crate) fn of_setting(&mut self, client: &Client, setting: &Setting, draft: Draft) {
        self.of_client(client, Some(setting.place.clone()), draft.fact("key", shown(&setting.key)));
    }

    /// Adds a finding about a certificate or key that somebody presents; the owner becomes a fact.
    pub(crate) fn of_owner(&mut self, owner: &str, place: &SettingPlace, draft: Draft) {
        self.of_place(Some(place.clone()), draft.fact("owner", shown(owner)));
        if let Some(found) = self.found.last_mut() {
            found.client = Some(owner.to_owned());
        }
    }

    /// Adds a finding about a place of the file.
    pub(crate) fn of_place(&mut self, place: Option<SettingPlace>, draft: Draft) {
        self.found.push(ConfigurationFinding {
            rule: self.rule,
            place,
            client: None,
            facts: draft.into_facts(),
        });
    }
}

/// A value of the file as a fact. What may be a secret that stands in the wrong place is not repeated: anything long without a
/// separator, PEM, tokens.
pub(crate) fn shown(value: &str) -> String {
    let separator = |letter: char| !letter.is_ascii_alphanumeric();
    let longest = value.split(separator).map(str::len).max().unwrap_or_default();
    let is_harmless = value.len() <= LONGEST_SHOWN
        && longest <= LONGEST_WORD
        && !value.starts_with("eyJ")
        && !value.contains("-----")
        && value.chars().all(|letter| letter.is_alphanumeric() || "-_./\\:~$%@[]{}<>()… ".contains(letter));
    if is_harmless { value.to_owned() } else { hidden(value) }
}

/// A name of the file as a fact or title: no path, so that a slash separates nothing; base64 has slashes.
pub(crate) fn shown_name(name: &str) -> String {
    let run = |text: &str| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '/').map(str::len).max()
    };
    if run(name) > Some(LONGEST_WORD) { hidden(name) } else { shown(name) }
}

fn hidden(value: &str) -> String {
    format!("… ({} characters)", value.chars().count())
}

/// Runs every rule about client configurations that applied on that day; the findings come by place, then by code.
pub(super) fn judge(context: &ConfigurationContext<'_>, ruleset: Date) -> (Vec<ConfigurationFinding>, usize) {
    let mut found = Vec::new();
    let mut rules_run = 0;
    let about = rules::all().filter(|rule| rule.matter() == Matter::Configuration);
    for rule in about.filter(|rule| rule.applies_on(ruleset)) {
        rules_run += 1;
        run(rule, context, &mut ConfigurationFindings { rule, found: &mut found });
    }
    found.sort_by(|left, right| {
        let key = |found: &ConfigurationFinding| (found.place.clone(), found.rule.code);
        key(left).cmp(&key(right))
    });
    (found, rules_run)
}

fn run(rule: &'static Rule, context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    match rule.check {
        Check::Configuration(check) => check(context, findings),
        Check::EachClient(check) => {
            for client in &context.configuration.clients {
                check(client, findings);
            }
        }
        // About something else; `judge` leaves them out.
        _ => {}
    }
}

/// A host name has at most 253 characters; paths that are longer are cut by whoever shows them anyway.
const LONGEST_SHOWN: usize = 255;

/// No word of a name or path is this long; base64 is.
const LONGEST_WORD: usize = 63;

#[cfg(test)]
mod tests {
    use super::shown;
    use super::shown_name;

    #[test]
    fn values_that_may_be_secrets_are_not_repeated() {
        for value in
            ["orders.a1b2c.tmprl.cloud:7233", "~/certs/tls.crt", "<namespace>.<account>", "C:\\tls\\a.pem"]
        {
            assert_eq!(shown(value), value);
        }
        for value in
            ["eyJhbGciOi.x.y", "-----BEGIN PRIVATE KEY-----", &"a".repeat(64), "a\u{1b}[31m", "a+b=="]
        {
            assert!(shown(value).starts_with("… ("), "{value}");
        }
        assert_eq!(shown(&"a".repeat(63)), "a".repeat(63));
        let line = format!("{}/{}", "a".repeat(40), "b".repeat(23));
        assert_eq!((shown(&line), shown_name(&line)), (line.clone(), "… (64 characters)".to_owned()));
        for name in [&line[1..], "orders-worker", "… (64 characters)", "profile … (64 characters)"] {
            assert_eq!(shown_name(name), name);
        }
    }

    #[test]
    fn a_report_counts_its_findings_and_is_refused_for_an_error() {
        use crate::client_configuration::ConfigurationCheck;
        use crate::client_configuration::SettingPlace;
        use crate::report::Verdict;
        use crate::rule::Matter;
        use crate::rule::Severity;
        let mut seen = std::collections::BTreeSet::new();
        for text in [
            "[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\nnamespace = \"Orders.a1b2c\"\n",
            "[profile.default]\nadress = \"localhost:7233\"\naddress = \"localhost:7233\"\n",
            "[profile.default]\naddress = \"localhost:7233\"\nnamespace = \"default\"\n",
        ] {
            let report = ConfigurationCheck::default().run("", text.as_bytes());
            let of =
                |severity| report.findings.iter().filter(|found| found.rule.severity == severity).count();
            for severity in [Severity::Error, Severity::Warning, Severity::Notice] {
                assert_eq!(report.count(severity), of(severity), "{text}");
            }
            assert_eq!(report.verdict() == Verdict::Refused, of(Severity::Error) > 0, "{text}");
            seen.insert(report.verdict());
            for found in &report.findings {
                let line = match found.place {
                    Some(SettingPlace::Line(line)) => Some(line),
                    _ => None,
                };
                assert_eq!(found.line(), line);
                assert!(found.facts.iter().all(|(name, fact)| found.fact(name) == Some(fact)));
                assert_eq!(found.fact("no such fact"), None);
            }
            assert!(of(Severity::Error) == 0 || report.findings.iter().any(|found| found.line() > Some(1)));
            let rules = crate::rules::all().filter(|rule| rule.matter() == Matter::Configuration);
            let newest = crate::profile::NEWEST_RULESET;
            assert_eq!(report.rules_run, rules.filter(|rule| rule.applies_on(newest)).count());
        }
        assert_eq!(seen.len(), 2, "{seen:?}");
    }

    #[test]
    fn the_debug_form_of_a_check_repeats_no_variable() {
        let environment = [("TEMPORAL_API_KEY".to_owned(), "hush".to_owned())];
        let check = crate::client_configuration::ConfigurationCheck {
            environment: &environment,
            ..crate::client_configuration::ConfigurationCheck::default()
        };
        let shown = format!("{check:?}");
        assert!(shown.contains("variables: 1") && !shown.contains("hush"), "{shown}");
    }
}
