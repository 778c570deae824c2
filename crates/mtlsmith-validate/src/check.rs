//! The check itself: read, link, run the rules, sort.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::sync::LazyLock;

use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::graph::Graph;
use crate::profile::Profile;
use crate::report::CertificateFilters;
use crate::report::Report;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Date;
use crate::rule::Matter;
use crate::rule::Rule;
use crate::rule::is_in_force;
use crate::rules;
use crate::time::Timestamp;

/// Judges a CA bundle for a time, nothing being known about certificate filters; see [`BundleCheck`] to state them.
///
/// `bytes` is the file as it is: PEM, or base64 of it; anything else is recognised and reported. Broken input is a finding, never an
/// error, so the function always answers. Same bytes, profile and time give the same report. It costs the signature checks that the
/// bundle needs, at most [`crate::budget::SIGNATURE_CHECKS`], and little more.
///
/// ```
/// use mtlsmith_validate::{Profile, Verdict, check_bundle, time::Timestamp};
///
/// let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
/// let report = check_bundle(b"not a certificate", &Profile::temporal_cloud(), now);
/// assert_eq!(report.verdict(), Verdict::Refused);
/// assert_eq!(report.findings[0].rule.name, "no-certificate");
/// ```
pub fn check_bundle(bytes: &[u8], profile: &Profile, now: impl Into<Timestamp>) -> Report {
    BundleCheck { profile, now: now.into(), filters: CertificateFilters::NotStated }.run(bytes)
}

/// A check with everything stated that it may depend on.
#[derive(Debug, Clone, Copy)]
pub struct BundleCheck<'a> {
    /// The rules, limits and algorithms.
    pub profile: &'a Profile,
    /// The time to judge for.
    pub now: Timestamp,
    /// The certificate filters that go with the bundle.
    pub filters: CertificateFilters,
}

impl BundleCheck<'_> {
    /// Judges one bundle.
    pub fn run(&self, bytes: &[u8]) -> Report {
        let bundle = Bundle::read(bytes);
        let mut budget = Budget::default();
        let graph = Graph::of(&bundle, &self.profile.algorithms, &mut budget);
        let mut findings = Vec::new();
        let context = Context {
            input: bytes,
            bundle: &bundle,
            graph: &graph,
            profile: self.profile,
            now: self.now,
            filters: self.filters,
            budget: RefCell::new(budget),
            public_cas: OnceCell::new(),
        };
        let mut rules_run = 0;
        let mut conclusions = Vec::new();
        for step in STEPS.iter().filter(|step| is_in_force(step.since, step.until, self.profile.ruleset)) {
            rules_run += 1;
            match step.check {
                Check::Conclusion(check) => conclusions.push((step.rule, check)),
                check => run(step.rule, check, &context, &mut findings),
            }
        }
        for (rule, check) in conclusions {
            if let Some(draft) = check(&context, &findings) {
                Findings { rule, found: &mut findings }.add(Subject::Bundle, draft);
            }
        }
        let budget = context.budget.into_inner();
        let mut report = Report {
            bundle,
            graph,
            findings,
            now: self.now,
            ruleset: self.profile.ruleset,
            rules_run,
            budget,
            filters: self.filters,
            client: None,
        };
        report.sort();
        report
    }
}

/// What the check needs of a rule, apart from the rule's texts: one after the other in memory, since a clean bundle never reads those.
struct Step {
    check: Check,
    since: Date,
    until: Option<Date>,
    rule: &'static Rule,
}

/// The rules about bundles.
static STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
    let about_bundles = rules::all().filter(|rule| rule.matter() == Matter::Bundle);
    about_bundles.map(|rule| Step { check: rule.check, since: rule.since, until: rule.until, rule }).collect()
});

/// Runs one rule that is about bundles; conclusions are drawn when all others have run.
pub(crate) fn run(rule: &'static Rule, check: Check, context: &Context<'_>, found: &mut Vec<Finding>) {
    let mut findings = Findings { rule, found };
    match check {
        Check::Bundle(check) => check(context, &mut findings),
        Check::EachBlock(check) => {
            for (index, block) in context.bundle.scan.blocks.iter().enumerate() {
                if let Some(draft) = check(context, block) {
                    findings.add(Subject::Block(index), draft);
                }
            }
        }
        Check::EachMember(check) => {
            for member in &context.bundle.members {
                if let Some(draft) = check(context, member) {
                    findings.add(Subject::Certificate(member.index), draft);
                }
            }
        }
        Check::EachCertificate(check) => {
            for member in &context.bundle.members {
                if let Some(certificate) = member.certificate()
                    && let Some(draft) = check(context, member.index, certificate)
                {
                    findings.add(Subject::Certificate(member.index), draft);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn every_rule_about_bundles_of_the_day_is_counted() {
        let profile = Profile::temporal_cloud();
        let about_bundles = rules::all().filter(|rule| rule.matter() == Matter::Bundle);
        let rules = about_bundles.filter(|rule| rule.applies_on(profile.ruleset)).count();
        let now = Timestamp::from_unix(testkit::NOW);
        assert_eq!(check_bundle(testkit::root("a").pem().as_bytes(), &profile, now).rules_run, rules);
    }
}
