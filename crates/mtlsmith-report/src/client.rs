//! Would the client get in? What every format says about a decision, as plain text and data.
//!
//! Sentences are made here from names that an attacker may have written: whoever shows them defuses or escapes them.

mod filters;
mod next;
mod path;
mod servers;

use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::ClientAnswer;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::Place;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use crate::Document;
use crate::text::layout::count;
use crate::text::layout::duration;

pub(crate) use filters::FilterRow;
pub(crate) use filters::found_in_words;
pub(crate) use path::Step;
pub(crate) use servers::fault_code;
pub(crate) use servers::fault_in_words;

/// The files that a client's file was judged with, as the user calls them.
#[derive(Debug, Clone, Copy)]
pub struct ClientFiles<'a> {
    /// The CA bundle.
    pub bundle: &'a str,
    /// What would become of that bundle on upload.
    pub bundle_verdict: Verdict,
    /// The certificate filters; `None` when nobody said.
    pub filters: Option<&'a str>,
    /// The private key, when it stands in a file of its own.
    pub key: Option<&'a str>,
    /// The Namespace.
    pub namespace: Option<&'a str>,
    /// The time for which it was asked to be judged, when that was another one than now.
    pub at: Option<Timestamp>,
}

/// A client's file, and the answer about it.
pub(crate) struct Client<'a> {
    pub(crate) document: &'a Document<'a>,
    pub(crate) answer: &'a ClientAnswer,
    pub(crate) files: ClientFiles<'a>,
}

impl<'a> Client<'a> {
    /// `None` for a bundle.
    pub(crate) fn of(document: &'a Document<'a>) -> Option<Self> {
        let answer = document.report.client.as_deref()?;
        let unnamed = ClientFiles {
            bundle: "the bundle",
            bundle_verdict: Verdict::Accepted,
            filters: None,
            key: None,
            namespace: None,
            at: None,
        };
        Some(Client { document, answer, files: document.client.unwrap_or(unnamed) })
    }

    pub(crate) fn report(&self) -> &'a Report {
        self.document.report
    }

    /// `admitted`, `refused` or `contested`.
    pub(crate) fn word(&self) -> &'static str {
        word(self.report().verdict())
    }

    /// Until when the client gets in, if it does.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        let refused = self.report().verdict() == Verdict::Refused;
        self.answer.decision.until().filter(|_| !refused)
    }

    /// The filter by which it gets in: index into the set.
    pub(crate) fn filter(&self) -> Option<usize> {
        match &self.answer.decision {
            Decision::Admitted(admitted) => admitted.filter,
            Decision::Contested(contested) => contested.where_admitted.filter,
            Decision::Refused(_) => None,
        }
    }

    /// The first thing to repair.
    pub(crate) fn first_to_repair(&self) -> Option<&'a Finding> {
        self.report().findings.iter().find(|finding| finding.rule.severity == Severity::Error)
    }

    /// The decision in plain words behind its word: `until 2026-12-23 (29 days), through worker < root, by filter 2 (…)`, `: …`. A
    /// finding's sentence is taken from the caller, who knows how much of a name to tell.
    pub(crate) fn words(&self, message: impl Fn(&Finding) -> String) -> String {
        let why = || self.first_to_repair().map(message).unwrap_or_else(|| self.fault_or_nothing());
        match (self.report().verdict(), &self.answer.decision) {
            (Verdict::Refused, _) => format!(": {}", why()),
            (_, Decision::Contested(contested)) => {
                let why = why();
                // Who refuses stands before it already.
                let by = self.first_to_repair().and_then(|finding| finding.fact("by"));
                let by = by.map(|by| format!("; refused by {by}"));
                let why = by.and_then(|by| why.strip_suffix(&by)).unwrap_or(&why);
                format!(": {}: {why}", servers::who(&contested.opinions))
            }
            _ => self.admitted(),
        }
    }

    /// Why, where no rule has a sentence for it.
    fn fault_or_nothing(&self) -> String {
        match self.fault() {
            Some((at, words)) => format!("{} {words}", self.origin(at)),
            None => "the file begins with no certificate that can be read".to_owned(),
        }
    }

    fn admitted(&self) -> String {
        let mut words = String::new();
        if let Some(until) = self.until() {
            let left = duration(until.since(self.report().now));
            words.push_str(&format!(" until {} ({left})", until.date()));
        }
        let names: Vec<String> = self.path().iter().map(|place| self.short_name(*place)).collect();
        words.push_str(&format!(", through {}", names.join(" < ")));
        match (self.answer.trust.filters(), self.filter()) {
            (_, Some(filter)) => words.push_str(&format!(", by {}", self.filter_in_words(filter))),
            (Some(_), None) => words.push_str("; there are no filters"),
            (None, _) => words.push_str("; filters were not given"),
        }
        words
    }

    /// The path by which some server verifies the leaf; of a leaf that none verifies, as far as the first one to say no got.
    pub(crate) fn path(&self) -> &'a [Place] {
        let decision = &self.answer.decision;
        let faults = decision.opinions().iter().filter_map(|opinion| opinion.view.fault());
        decision.path().or_else(|| faults.map(|fault| fault.path.as_slice()).next()).unwrap_or_default()
    }

    /// What stands at a place.
    pub(crate) fn member(&self, place: Place) -> Option<&'a Member> {
        match place {
            Place::Presented(index) => self.report().bundle.members.get(index),
            Place::Trusted(index) => self.answer.trust.bundle().members.get(index),
        }
    }

    pub(crate) fn certificate(&self, place: Place) -> Option<&'a Certificate> {
        self.member(place).and_then(Member::certificate)
    }

    /// The last common name of a certificate, or else its whole subject.
    fn short_name(&self, place: Place) -> String {
        let Some(certificate) = self.certificate(place) else { return "(unreadable)".to_owned() };
        let subject = certificate.subject();
        let common = subject.common_names().last().filter(|name| !name.trim().is_empty());
        let name = match common {
            Some(name) => name.into_owned(),
            None if subject.is_empty() => "(empty subject)".to_owned(),
            None => subject.to_string(),
        };
        shortened(&name)
    }

    /// `worker.pem with ca.pem (2 CA certificates) and filters.json (1 filter) of Namespace orders.a1b2c`.
    pub(crate) fn judged(&self) -> String {
        let trust = &self.answer.trust;
        let certificates = trust.bundle().members.len();
        let mut words = self.document.name.to_owned();
        if let Some(key) = self.files.key {
            words.push_str(&format!(" and {key}"));
        }
        words.push_str(&format!(
            " against {} ({})",
            self.files.bundle,
            count(certificates, "CA certificate")
        ));
        if let (Some(set), Some(name)) = (trust.filters(), self.files.filters) {
            words.push_str(&format!(" and {name} ({})", count(set.filters.len(), "filter")));
        }
        if let Some(namespace) = self.files.namespace {
            words.push_str(&format!(" of Namespace {namespace}"));
        }
        words
    }
}

/// `admitted`, `refused` or `contested`: the verdict on a client's file.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "admitted",
        Verdict::AcceptedButUnusable => "contested",
        Verdict::Refused => "refused",
    }
}

/// The file in which a subject stands, as the user calls it.
pub(crate) fn file_of<'a>(document: &Document<'a>, subject: Subject) -> &'a str {
    match (subject, document.client) {
        (Subject::Key, Some(files)) => files.key.unwrap_or(document.name),
        (Subject::Trusted(_), Some(files)) => files.bundle,
        _ => document.name,
    }
}

/// What a file as a whole is called: `the bundle`, or `the file` of a client.
pub(crate) fn whole(report: &Report) -> &'static str {
    if report.client.is_some() { "the file" } else { "the bundle" }
}

/// A name that has to share a line with others.
pub(crate) fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARACTERS) {
        Some((at, _)) => format!("{}…", name.get(..at).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// RFC 5280 allows a common name of 64 characters.
const NAME_CHARACTERS: usize = 64;

#[cfg(test)]
mod tests;
