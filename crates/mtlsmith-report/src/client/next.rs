//! What else has to be said with a decision, and what to do next.

use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::Place;
use mtlsmith_validate::finding::Subject;

use super::Client;
use super::path::Step;
use crate::help::shell_word;

impl Client<'_> {
    /// What the answer rests on, and what stands beside it; each a sentence without its full stop.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let bundle = self.files.bundle;
        if self.files.bundle_verdict == Verdict::Refused {
            let word = word(bundle);
            notes.push(format!(
                "the bundle {bundle} itself would be refused on upload: mtlsmith bundle check {word}"
            ));
        }
        if self.until().is_some() && self.answer.trust.filters().is_none() {
            notes.push(
                "the Namespace's certificate filters were not given, so they may still refuse".to_owned(),
            );
        }
        if let Some(step) = self.steps().iter().find(|step| step.ends_first) {
            notes.push(format!(
                "the path ends before the client's certificate does, with {} on {}",
                step.origin, step.until
            ));
        }
        notes.extend(self.undocumented().iter().map(|note| format!("not documented: {note}")));
        notes
    }

    /// What to do; a command stands behind a colon.
    pub(crate) fn next(&self) -> Vec<String> {
        match self.report().verdict() {
            Verdict::Accepted => self.next_of_admitted(),
            Verdict::AcceptedButUnusable => {
                vec![
                    "repair what one kind of server refuses: nobody outside knows which kind answers"
                        .to_owned(),
                    self.ask_again(),
                ]
            }
            Verdict::Refused => self.next_of_refused(),
        }
    }

    fn next_of_admitted(&self) -> Vec<String> {
        let (leaf, bundle) = (word(self.document.name), word(self.files.bundle));
        let mut next = Vec::new();
        if let Some(namespace) = self.files.namespace {
            next.push(match shell_word(namespace).filter(|_| namespace.contains('.')) {
                Some(namespace) => {
                    let key = self.files.key.map_or_else(|| "KEY".to_owned(), word);
                    format!(
                        "try it: temporal workflow list --limit 1 --namespace {namespace} --address {namespace}.tmprl.cloud:7233 \
                         --tls-cert-path {leaf} --tls-key-path {key}"
                    )
                }
                None => "call the Namespace by its full name, which ends in a dot and the account".to_owned(),
            });
        }
        let ending_step = |step: &Step| step.ends_first && matches!(step.place, Place::Trusted(_));
        if self.steps().iter().any(ending_step) {
            next.push(
                "a new certificate alone does not help at the end: the CA has to be replaced first"
                    .to_owned(),
            );
        }
        next.push(format!("ask whether it is due: mtlsmith cert needs-renewal {leaf} --bundle {bundle}"));
        next
    }

    fn next_of_refused(&self) -> Vec<String> {
        let mut next = Vec::new();
        let passes_none = self.filter_rows().iter().any(|row| !row.is_met);
        if passes_none && self.document.name != "<stdin>" {
            let of = self.files.namespace.map(|name| format!(" of {name}")).unwrap_or_default();
            let leaf = word(self.document.name);
            next.push(format!(
                "see a filter that lets it in, to add to those{of}: mtlsmith filter suggest --certs {leaf}"
            ));
        }
        let first = self.first_to_repair();
        if first.is_some_and(|finding| matches!(finding.subject, Subject::Trusted(_))) {
            next.push(format!("see what else is in it: mtlsmith bundle inspect {}", word(self.files.bundle)));
        }
        next.push(self.ask_again());
        next
    }

    fn ask_again(&self) -> String {
        let mut command = format!("mtlsmith cert check {}", word(self.document.name));
        if let Some(key) = self.files.key {
            command.push_str(&format!(" {}", word(key)));
        }
        command.push_str(&format!(" --bundle {}", word(self.files.bundle)));
        if let Some(filters) = self.files.filters {
            command.push_str(&format!(" --filters {}", word(filters)));
        }
        if let Some(namespace) = self.files.namespace.and_then(shell_word) {
            command.push_str(&format!(" --namespace {namespace}"));
        }
        if let Some(at) = self.files.at {
            command.push_str(&format!(" --at {at}"));
        }
        format!("repair the first error, then ask again: {command}")
    }
}

/// A file name as a word of a command.
fn word(name: &str) -> String {
    match name {
        "<stdin>" => "-".to_owned(),
        name => shell_word(name).unwrap_or_else(|| "FILE".to_owned()),
    }
}
