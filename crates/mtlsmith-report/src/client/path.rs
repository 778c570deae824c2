//! The path of a client's certificate, one step after the other, with the file that each certificate comes from.

use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::Place;

use super::Client;
use super::fault_in_words;
use crate::text::layout::Standing;

/// A certificate on the path.
pub(crate) struct Step {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its subject, or why it cannot be read.
    pub(crate) name: String,
    /// `worker.pem, certificate 2`.
    pub(crate) origin: String,
    /// Its own last day.
    pub(crate) until: String,
    /// Whether it is valid; `None` when it cannot be read.
    pub(crate) standing: Option<Standing>,
    /// What stops the path here.
    pub(crate) trouble: Option<String>,
    /// Does the whole path end with this certificate, before the client's own does?
    pub(crate) ends_first: bool,
}

impl Client<'_> {
    /// The steps from the leaf upwards.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let path = self.path();
        let mut steps: Vec<Step> = path.iter().map(|place| self.step(*place)).collect();
        let at = self.fault().map(|(at, _)| at);
        steps.extend(at.filter(|at| !path.contains(at)).map(|at| self.step(at)));
        let of_leaf = self.certificate(Place::Presented(0)).map(|leaf| leaf.not_after());
        if let (Some(until), false) = (self.until(), self.until() == of_leaf) {
            let is_end =
                |step: &&mut Step| self.certificate(step.place).is_some_and(|one| one.not_after() == until);
            if let Some(step) = steps.iter_mut().find(is_end) {
                step.ends_first = true;
            }
        }
        steps
    }

    /// Certificates that the client presents and that are not on the path.
    pub(crate) fn beside(&self) -> Vec<usize> {
        let steps = self.steps();
        let is_on_path = |index: &usize| steps.iter().any(|step| step.place == Place::Presented(*index));
        (0..self.report().bundle.members.len()).filter(|index| !is_on_path(index)).collect()
    }

    fn step(&self, place: Place) -> Step {
        let member = self.member(place);
        let certificate = self.certificate(place);
        let name = match (certificate, member.map(|member| &member.content)) {
            (Some(certificate), _) if certificate.subject().is_empty() => "(empty subject)".to_owned(),
            (Some(certificate), _) => certificate.subject().to_string(),
            (None, Some(Err(unparsable))) => format!("({unparsable})"),
            (None, _) => "(unreadable)".to_owned(),
        };
        let now = self.report().now;
        let standing = certificate.map(|one| Standing::of(one.not_before(), one.not_after(), now));
        let fault = self.fault().filter(|(at, _)| *at == place);
        Step {
            place,
            name,
            origin: self.short_origin(place),
            until: certificate.map(|certificate| certificate.not_after().date()).unwrap_or_default(),
            standing,
            trouble: fault.map(|(_, words)| words),
            ends_first: false,
        }
    }

    /// `worker.pem, certificate 2`, `ca.pem, CA certificate 1`.
    pub(crate) fn origin(&self, place: Place) -> String {
        match place {
            Place::Presented(index) => format!("{}, certificate {}", self.document.name, index + 1),
            Place::Trusted(index) => format!("{}, CA certificate {}", self.files.bundle, index + 1),
        }
    }

    /// The same without the folder, for places where room is scarce.
    pub(crate) fn short_origin(&self, place: Place) -> String {
        let (client, bundle) = (without_folder(self.document.name), without_folder(self.files.bundle));
        match place {
            _ if client == bundle => self.origin(place),
            Place::Presented(index) => format!("{client}, certificate {}", index + 1),
            Place::Trusted(index) => format!("{bundle}, CA certificate {}", index + 1),
        }
    }

    /// Where some server stops, and why.
    pub(super) fn fault(&self) -> Option<(Place, String)> {
        if self.report().verdict() == Verdict::Accepted {
            return None;
        }
        let opinions = self.answer.decision.opinions().iter();
        let fault = opinions.filter_map(|opinion| opinion.view.fault()).next()?;
        Some((fault.at, fault_in_words(&fault.kind)))
    }
}

fn without_folder(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(path)
}
