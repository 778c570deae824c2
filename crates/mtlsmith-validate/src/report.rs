//! The result of a check, as data.

use crate::admission::ClientAnswer;
use crate::admission::Decision;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::finding::Finding;
use crate::finding::Subject;
use crate::graph::Graph;
use crate::pem::Lines;
use crate::pem::Skipped;
use crate::rule::Date;
use crate::rule::Effect;
use crate::rule::Severity;
use crate::rules::client;
use crate::time::Timestamp;

/// What is known about the certificate filters that accompany a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CertificateFilters {
    /// Nobody said; a bundle that needs filters is then refused.
    #[default]
    NotStated,
    /// There are none: every certificate that chains is admitted.
    None,
    /// There are this many.
    Present(usize),
}

impl CertificateFilters {
    /// Is there at least one filter?
    pub fn are_present(self) -> bool {
        matches!(self, CertificateFilters::Present(count) if count > 0)
    }
}

/// Everything that a check found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The bundle, read.
    pub bundle: Bundle,
    /// Who issued whom in it.
    pub graph: Graph,
    /// The findings: by first line, then by code, then by subject; of a client's file the errors come before them, the first to
    /// repair on top.
    pub findings: Vec<Finding>,
    /// The time for which the bundle was judged.
    pub now: Timestamp,
    /// The day whose rules were applied.
    pub ruleset: Date,
    /// How many rules ran.
    pub rules_run: usize,
    /// What the check cost.
    pub budget: Budget,
    /// What was said about certificate filters.
    pub filters: CertificateFilters,
    /// When the text is a client's certificate file: the answer about the client. The bundle above is that file then.
    pub client: Option<Box<ClientAnswer>>,
}

/// What would become of the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing known stands against the upload, and clients below every certificate can connect.
    Accepted,
    /// Nothing known stands against the upload, but clients below some certificate cannot connect.
    AcceptedButUnusable,
    /// Temporal Cloud, or the tool that uploads, refuses the bundle or loses a part of it.
    Refused,
}

impl Verdict {
    /// `accepted`, `accepted-but-unusable` or `refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::AcceptedButUnusable => "accepted-but-unusable",
            Verdict::Refused => "refused",
        }
    }
}

impl Report {
    /// What would become of the bundle, from the findings of severity error; of a client: accepted when admitted everywhere, accepted
    /// but unusable when contested, refused when an error beside the decision stands against the file or the key.
    pub fn verdict(&self) -> Verdict {
        if let Some(client) = &self.client {
            let is_error = |finding: &&Finding| finding.rule.severity == Severity::Error;
            let decided = client.decision.findings().iter().filter(is_error).count();
            return match client.decision {
                _ if self.count(Severity::Error) > decided => Verdict::Refused,
                Decision::Admitted(_) => Verdict::Accepted,
                Decision::Contested(_) => Verdict::AcceptedButUnusable,
                Decision::Refused(_) => Verdict::Refused,
            };
        }
        let has = |effect| {
            self.findings.iter().any(|f| f.rule.severity == Severity::Error && f.rule.effect == effect)
        };
        if has(Effect::Upload) {
            Verdict::Refused
        } else if has(Effect::Connect) {
            Verdict::AcceptedButUnusable
        } else {
            Verdict::Accepted
        }
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.rule.severity == severity).count()
    }

    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.rule.severity).max()
    }

    /// The lines a subject lies on; `None` for the bundle as a whole and for bare DER.
    pub fn lines(&self, subject: Subject) -> Option<Lines> {
        match subject {
            Subject::Bundle | Subject::Key | Subject::Trusted(_) => None,
            Subject::Block(block) => self.bundle.scan.blocks.get(block).map(|block| block.lines),
            Subject::Certificate(member) => self.bundle.lines(member),
            Subject::Line(line) => Some(Lines { first: line, last: line }),
        }
    }

    /// The line to point at: the first one of the subject; of a block whose BEGIN is missing, the END line.
    pub fn line(&self, subject: Subject) -> Option<usize> {
        let lines = self.lines(subject)?;
        let ends_only = matches!(subject, Subject::Block(block)
            if self.bundle.scan.blocks.get(block).is_some_and(|block| block.skipped() == Some(&Skipped::NoBegin)));
        Some(if ends_only { lines.last } else { lines.first })
    }

    /// The last second at which some certificate of the bundle still lets clients in: the latest effective expiry.
    pub fn effective_expiry(&self) -> Option<Timestamp> {
        self.graph.nodes().iter().filter_map(|node| node.effective_expiry).max()
    }

    /// The CA certificate below which clients are shut out first, and its effective expiry. Members that reach no root let nobody
    /// in to begin with, so they do not count.
    pub fn first_effective_expiry(&self) -> Option<(usize, Timestamp)> {
        let nodes = self.graph.nodes().iter().enumerate();
        let ends = nodes.filter_map(|(member, node)| Some((member, node.effective_expiry?)));
        let of_cas =
            ends.filter(|(member, _)| self.bundle.certificate(*member).is_some_and(|read| read.is_ca()));
        of_cas.min_by_key(|(_, expiry)| *expiry)
    }

    /// Puts the findings into the order that every output keeps.
    pub(crate) fn sort(&mut self) {
        let mut findings = std::mem::take(&mut self.findings);
        let first_to_repair = |finding: &Finding| match finding.rule.severity {
            Severity::Error if self.client.is_some() => client::order(finding.rule),
            _ => usize::MAX,
        };
        findings.sort_by_cached_key(|finding| {
            let line = self.lines(finding.subject).map_or(0, |lines| lines.first);
            (first_to_repair(finding), line, finding.rule.code, finding.subject)
        });
        self.findings = findings;
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn report(text: impl AsRef<[u8]>) -> Report {
        crate::check_bundle(
            text.as_ref(),
            &crate::Profile::temporal_cloud(),
            Timestamp::from_unix(testkit::NOW),
        )
    }

    #[test]
    fn each_verdict_has_a_word_of_its_own() {
        let verdicts = [Verdict::Accepted, Verdict::AcceptedButUnusable, Verdict::Refused];
        assert_eq!(verdicts.map(Verdict::as_str), ["accepted", "accepted-but-unusable", "refused"]);
    }

    #[test]
    fn the_worst_severity_is_that_of_the_worst_finding() {
        assert_eq!(report("").worst(), Some(Severity::Error));
        let old = testkit::root_builder("a").version(1).no_basic_constraints().no_key_usage().self_signed();
        let worst = |text: String| report(text).findings.iter().map(|found| found.rule.severity).max();
        for text in [old.pem(), testkit::root("a").pem()] {
            assert_eq!(report(&text).worst(), worst(text));
        }
    }

    #[test]
    fn a_subject_is_pointed_at_by_its_first_line_and_a_lonely_end_by_itself() {
        let text = format!("AAAA\n-----END CERTIFICATE-----\n{}", testkit::root("a").pem());
        let report = report(&text);
        let last = text.lines().count();
        assert_eq!(report.lines(Subject::Certificate(0)), Some(Lines { first: 3, last }));
        assert_eq!(report.line(Subject::Certificate(0)), Some(3));
        assert_eq!(report.line(Subject::Block(0)), Some(2));
        assert_eq!(report.line(Subject::Line(7)), Some(7));
        assert_eq!((report.line(Subject::Bundle), report.line(Subject::Key)), (None, None));
    }

    #[test]
    fn the_first_ca_to_end_is_told_by_the_end_of_its_chain() {
        let end = testkit::NOW + testkit::days(9);
        let soon = testkit::root_builder("soon").not_after(end).self_signed();
        let bundle =
            testkit::bundle(&[&testkit::root("late"), &soon, &testkit::intermediate("below", &soon)]);
        assert_eq!(report(bundle).first_effective_expiry(), Some((1, Timestamp::from_unix(end))));
        assert_eq!(report("").first_effective_expiry(), None);
    }

    #[test]
    fn findings_about_a_bundle_come_by_line_and_then_by_code() {
        let weak = testkit::leaf("worker", &testkit::root("one"));
        let over = testkit::root_builder("old").not_after(testkit::NOW - 1).serial(&[0x80]).self_signed();
        let report = report(testkit::bundle(&[&over, &weak, &over]));
        let line = |finding: &Finding| report.lines(finding.subject).map_or(0, |lines| lines.first);
        let order: Vec<_> =
            report.findings.iter().map(|finding| (line(finding), finding.rule.code)).collect();
        assert!(order.len() > 4 && order.is_sorted(), "{order:?}");
        assert!(order.iter().any(|(line, _)| *line > 1), "{order:?}");
    }
}
