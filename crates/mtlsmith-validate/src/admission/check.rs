//! The whole check of a client's certificate file: the decision, and everything else worth knowing about the file.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::sync::Arc;

use super::ClientContext;
use super::Decision;
use super::Opinion;
use super::Place;
use super::trust::NamespaceTrust;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::finding::Finding;
use crate::graph::Graph;
use crate::key::RsaKey;
use crate::private_key::PrivateKeyFile;
use crate::profile::Profile;
use crate::report::CertificateFilters;
use crate::report::Report;
use crate::rule::Context;
use crate::rule::Severity;
use crate::rules::client;
use crate::time::Timestamp;

/// A check of a client's certificate file with everything stated that it may depend on.
#[derive(Debug, Clone)]
pub struct ClientCheck {
    /// What the Namespace trusts.
    pub trust: Arc<NamespaceTrust>,
    /// The time to judge for.
    pub now: Timestamp,
    /// The file with the private key, when it is to be judged along.
    pub key: Option<KeyInput>,
}

/// The file with a client's private key, as the caller found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInput {
    /// What the file holds.
    pub file: PrivateKeyFile,
    /// The permission bits of the file, as in `0o600`; `None` where there is no file, or the system has no such bits.
    pub mode: Option<u32>,
}

impl KeyInput {
    /// The numbers of the key, when it is RSA and can be read.
    pub(crate) fn rsa(&self) -> Option<&RsaKey> {
        self.file.key()?.kind()?.rsa()
    }
}

/// What a report about a client's file has beside that of a bundle.
#[derive(Debug, Clone)]
pub struct ClientAnswer {
    /// Would the client get in?
    pub decision: Decision,
    /// What it was decided against.
    pub trust: Arc<NamespaceTrust>,
}

/// A check of a client's certificate file by itself, where nobody knows what the Namespace trusts: whatever it trusts, a certificate
/// that is over gets in nowhere, and no program loads the key of another certificate.
#[derive(Debug, Clone)]
pub struct ClientFileCheck<'a> {
    /// By what to judge.
    pub profile: &'a Profile,
    /// The time to judge for.
    pub now: Timestamp,
    /// The file with the private key, when it is to be judged along.
    pub key: Option<KeyInput>,
}

impl ClientCheck {
    /// Judges one file: the client's certificate, and behind it the certificates that the client sends along. Never fails: broken
    /// input is a finding.
    pub fn run(&self, file: &[u8]) -> Report {
        let trust = &self.trust;
        let bundle = Bundle::read(file);
        let decision = trust.decide(&bundle.members, self.now);
        let findings = decision.findings().to_vec();
        let found = Found {
            opinions: decision.opinions(),
            path: decision.path().unwrap_or_default(),
            until: decision.until(),
            findings,
        };
        let mut report = judged(file, bundle, trust, self.now, self.key.as_ref(), found);
        report.client = Some(Box::new(ClientAnswer { decision, trust: Arc::clone(trust) }));
        report.sort();
        report
    }
}

impl ClientFileCheck<'_> {
    /// Judges one file as [`ClientCheck`] does, but for what depends on the Namespace: the report has no answer about the client. Its
    /// findings of severity error stand against the client wherever it connects to.
    pub fn run(&self, file: &[u8]) -> Report {
        let bundle = Bundle::read(file);
        let nobody = NamespaceTrust::read(b"", None, self.profile);
        let (findings, opinions) = nobody.judge_alone(&bundle.members, self.now);
        let found = Found { opinions: &opinions, path: &[], until: None, findings };
        let mut report = judged(file, bundle, &nobody, self.now, self.key.as_ref(), found);
        report.sort();
        report.findings.sort_by_key(|finding| match finding.rule.severity {
            Severity::Error => client::order(finding.rule),
            _ => usize::MAX,
        });
        report
    }
}

/// What is known of a file before the rules that do not decide run.
struct Found<'a> {
    opinions: &'a [Opinion],
    path: &'a [Place],
    until: Option<Timestamp>,
    findings: Vec<Finding>,
}

/// The report without an answer about the client.
fn judged(
    file: &[u8],
    bundle: Bundle,
    trust: &NamespaceTrust,
    now: Timestamp,
    key: Option<&KeyInput>,
    found: Found<'_>,
) -> Report {
    let profile = trust.profile();
    let mut budget = Budget::default();
    let graph = Graph::of(&bundle, &profile.algorithms, &mut budget);
    let filters = match trust.filters() {
        None => CertificateFilters::NotStated,
        Some(set) if set.filters.is_empty() => CertificateFilters::None,
        Some(set) => CertificateFilters::Present(set.filters.len()),
    };
    let context = Context {
        input: file,
        bundle: &bundle,
        graph: &graph,
        profile,
        now,
        filters,
        budget: RefCell::new(budget),
        public_cas: OnceCell::new(),
    };
    let Found { opinions, path, until, mut findings } = found;
    let mut client = ClientContext::new(&bundle.members, trust, now);
    (client.opinions, client.until) = (opinions, until);
    let rules_run = client::judge_file(&context, &client, path, key, &mut findings);
    let budget = context.budget.into_inner();
    let ruleset = profile.ruleset;
    Report { bundle, graph, findings, now, ruleset, rules_run, budget, filters, client: None }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    /// The errors about a file by itself, and whether the report has an answer.
    fn alone(file: &str, key: Option<&str>) -> Vec<&'static str> {
        let profile = Profile::temporal_cloud();
        let key = key.map(|key| KeyInput { file: PrivateKeyFile::read(key.as_bytes(), None), mode: None });
        let check = ClientFileCheck { profile: &profile, now: Timestamp::from_unix(testkit::NOW), key };
        let report = check.run(file.as_bytes());
        assert!(report.client.is_none(), "nothing is decided without a bundle");
        let errors = report.findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
        errors.map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn a_sound_file_has_no_error_whoever_has_issued_it() {
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        assert_eq!(alone(&leaf.pem(), Some(&leaf.key().pkcs8_pem())), Vec::<&str>::new());
        assert_eq!(alone(&leaf.pem(), None), Vec::<&str>::new());
    }

    #[test]
    fn what_stands_against_a_file_before_every_namespace_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let other = testkit::Key::p256("other").pkcs8_pem();
        let old = testkit::leaf_builder("worker").not_after(testkit::NOW - 1).signed_by(&root);
        let new = testkit::leaf_builder("worker").not_before(testkit::NOW + 1).signed_by(&root);
        let below = testkit::intermediate("issuing", &root);
        let chained = testkit::leaf("worker", &below);
        assert_eq!(alone(&leaf.pem(), Some(&other)), ["key-of-another-certificate"]);
        assert_eq!(alone(&old.pem(), None), ["client-certificate-expired"]);
        assert_eq!(alone(&new.pem(), None), ["client-certificate-not-yet-valid"]);
        assert_eq!(alone(&root.pem(), Some(&root.key().pkcs8_pem()))[0], "client-certificate-is-ca");
        assert_eq!(alone(&testkit::bundle(&[&below, &chained]), None)[0], "client-certificate-not-first");
        assert_eq!(alone("no certificate", None), ["no-client-certificate"]);
    }

    #[test]
    fn the_report_tells_whether_filters_are_stated_and_how_many() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root).pem();
        let stated = |filters: Option<&[u8]>| {
            let filters = filters.map(|text| crate::filters::FilterSet::read(text).0);
            let trust = NamespaceTrust::read(root.pem().as_bytes(), filters, &Profile::temporal_cloud());
            let now = Timestamp::from_unix(testkit::NOW);
            ClientCheck { trust: Arc::new(trust), now, key: None }.run(leaf.as_bytes()).filters
        };
        assert_eq!(stated(None), CertificateFilters::NotStated);
        assert_eq!(stated(Some(br#"{"filters":[]}"#)), CertificateFilters::None);
        let one = br#"{"filters":[{"commonName":"worker"}]}"#;
        assert_eq!(stated(Some(one)), CertificateFilters::Present(1));
    }
}
