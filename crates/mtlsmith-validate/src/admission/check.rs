//! The whole check of a client's certificate file: the decision, and everything else worth knowing about the file.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::sync::Arc;

use super::Decision;
use super::trust::NamespaceTrust;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::finding::Finding;
use crate::graph::Graph;
use crate::private_key::PrivateKeyFile;
use crate::report::CertificateFilters;
use crate::report::Report;
use crate::rule::Context;
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

/// What a report about a client's file has beside that of a bundle.
#[derive(Debug, Clone)]
pub struct ClientAnswer {
    /// Would the client get in?
    pub decision: Decision,
    /// What it was decided against.
    pub trust: Arc<NamespaceTrust>,
}

impl ClientCheck {
    /// Judges one file: the client's certificate, and behind it the certificates that the client sends along. Never fails: broken
    /// input is a finding.
    pub fn run(&self, file: &[u8]) -> Report {
        let ClientCheck { trust, now, key } = self;
        let bundle = Bundle::read(file);
        let profile = trust.profile();
        let mut budget = Budget::default();
        let graph = Graph::of(&bundle, &profile.algorithms, &mut budget);
        let decision = trust.decide(&bundle.members, *now);
        let filters = match trust.filters() {
            None => CertificateFilters::NotStated,
            Some(set) if set.filters.is_empty() => CertificateFilters::None,
            Some(set) => CertificateFilters::Present(set.filters.len()),
        };
        let mut findings: Vec<Finding> = decision.findings().to_vec();
        let context = Context {
            input: file,
            bundle: &bundle,
            graph: &graph,
            profile,
            now: *now,
            filters,
            budget: RefCell::new(budget),
            public_cas: OnceCell::new(),
        };
        let rules_run = client::judge_file(&context, trust, &decision, key.as_ref(), &mut findings);
        let budget = context.budget.into_inner();
        let client = Some(Box::new(ClientAnswer { decision, trust: Arc::clone(trust) }));
        let (now, ruleset) = (*now, profile.ruleset);
        let mut report = Report { bundle, graph, findings, now, ruleset, rules_run, budget, filters, client };
        report.sort();
        report
    }
}
