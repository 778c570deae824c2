//! The verdict in words, the same in every format for people.

use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;

use crate::text::layout::duration;
use crate::text::layout::list;

/// `accepted`, `accepted but unusable`, `refused`.
pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::AcceptedButUnusable => "accepted but unusable",
        Verdict::Refused => "refused",
    }
}

/// What the verdict means.
pub(crate) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "nothing known keeps Temporal Cloud from taking this bundle",
        Verdict::AcceptedButUnusable => {
            "Temporal Cloud would take this bundle, but clients could not connect"
        }
        Verdict::Refused => "Temporal Cloud or its tools would not take this bundle as it is",
    }
}

/// What the verdict is because of: `because of certificates 2 and 3`; nothing for a bundle that is accepted.
pub(crate) fn reason(report: &Report) -> Option<String> {
    match report.verdict() {
        Verdict::Accepted => None,
        Verdict::AcceptedButUnusable => Some(format!("because of {}", culprits(report, Effect::Connect))),
        Verdict::Refused => Some(format!("because of {}", culprits(report, Effect::Upload))),
    }
}

/// What is to be said with the meaning of the verdict: why it is not better, or else how long it is good.
pub(crate) fn remark(report: &Report) -> Option<String> {
    reason(report).or_else(|| Some(format!("clients can connect {}", works(report)?)))
}

/// Until when clients get in: `until 2027-11-23 at the earliest (certificate 2), 2036-11-20 at the latest`. Nothing for a bundle
/// that is refused, where the question does not arise, or that lets nobody in.
fn works(report: &Report) -> Option<String> {
    let last = report.effective_expiry().filter(|&expiry| expiry > report.now)?;
    if report.verdict() == Verdict::Refused {
        return None;
    }
    let left = |expiry: mtlsmith_validate::time::Timestamp| duration(expiry.since(report.now));
    Some(match report.first_effective_expiry() {
        Some((_, first)) if first <= report.now => format!("until {} at the latest", last.date()),
        Some((member, first)) if first != last => format!(
            "until {} at the earliest (certificate {}, {} left), {} at the latest",
            first.date(),
            member + 1,
            left(first),
            last.date()
        ),
        _ => format!("until {} ({} left)", last.date(), left(last)),
    })
}

/// What the errors with this effect are about: `certificates 2 and 3 and BND-002 (too many certificates)`.
fn culprits(report: &Report, effect: Effect) -> String {
    let errors =
        report.findings.iter().filter(|f| f.rule.severity == Severity::Error && f.rule.effect == effect);
    let [mut certificates, mut blocks, mut texts] = KINDS.map(Culprits::of);
    let mut whole: Vec<String> = Vec::new();
    for finding in errors {
        match (member(report, finding.subject), report.line(finding.subject)) {
            (Some(number), _) => certificates.add(number, finding),
            (None, Some(line)) if matches!(finding.subject, Subject::Line(_)) => texts.add(line, finding),
            (None, Some(line)) => blocks.add(line, finding),
            (None, None) if finding.rule.name == SAYS_THE_SAME => {}
            (None, None) => whole.push(format!("{} ({})", finding.rule.code, in_words(finding.rule))),
        }
    }
    let mut parts: Vec<String> = [certificates, blocks, texts].iter().filter_map(Culprits::said).collect();
    whole.dedup();
    parts.extend(whole);
    list(&parts)
}

/// The number of the certificate that a finding is about.
fn member(report: &Report, subject: Subject) -> Option<usize> {
    let members = &report.bundle.members;
    match subject {
        Subject::Bundle | Subject::Line(_) | Subject::Key | Subject::Trusted(_) => None,
        Subject::Certificate(index) => Some(index + 1),
        Subject::Block(block) => {
            members.iter().find(|member| member.block == Some(block)).map(|member| member.number())
        }
    }
}

/// Things of one kind that errors are about.
struct Culprits {
    kind: Kind,
    numbers: Vec<usize>,
    rules: Vec<&'static Rule>,
}

/// How one thing is called, several of them, and many of them.
struct Kind {
    one: &'static str,
    several: &'static str,
    many: &'static str,
}

impl Culprits {
    fn of(kind: Kind) -> Self {
        Culprits { kind, numbers: Vec::new(), rules: Vec::new() }
    }

    fn add(&mut self, number: usize, finding: &Finding) {
        self.numbers.push(number);
        if self.rules.iter().all(|rule| !std::ptr::eq(*rule, finding.rule)) {
            self.rules.push(finding.rule);
        }
    }

    /// `certificate 2`, `certificates 2 and 3`, `16 certificates (expired, not version 3)`.
    fn said(&self) -> Option<String> {
        let mut numbers = self.numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        match words.len() {
            0 => None,
            1 => Some(format!("{} {}", self.kind.one, list(&words))),
            2..=NUMBERED => Some(format!("{} {}", self.kind.several, list(&words))),
            many => Some(format!("{} {} ({})", Fact::from(many), self.kind.many, self.rules_said())),
        }
    }

    fn rules_said(&self) -> String {
        let mut names: Vec<String> = self.rules.iter().take(NUMBERED).map(|rule| in_words(rule)).collect();
        if self.rules.len() > NUMBERED {
            names.push(format!("{} more", self.rules.len() - NUMBERED));
        }
        names.join(", ")
    }
}

fn in_words(rule: &Rule) -> String {
    rule.name.replace('-', " ")
}

const KINDS: [Kind; 3] = [
    Kind { one: "certificate", several: "certificates", many: "certificates" },
    Kind { one: "the block at line", several: "the blocks at lines", many: "blocks" },
    Kind { one: "the text at line", several: "the texts at lines", many: "pieces of text" },
];

/// Up to so many culprits are told by their numbers.
const NUMBERED: usize = 6;

/// The rule that says for the bundle what the verdict says anyway.
const SAYS_THE_SAME: &str = "whole-bundle-refused";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::testing::report;

    fn ending(name: &str, days: i64) -> testkit::Certificate {
        testkit::root_builder(name).not_after(testkit::NOW + testkit::days(days)).self_signed()
    }

    #[test]
    fn the_first_end_and_the_last_are_told_when_they_differ() {
        let text = testkit::bundle(&[&ending("long", 3_000), &ending("short", 2)]);
        let report = report(text.as_bytes());
        assert_eq!(report.verdict(), Verdict::Accepted);
        assert_eq!(
            works(&report).as_deref(),
            Some("until 2026-06-17 at the earliest (certificate 2, 2 days left), 2034-09-01 at the latest")
        );
        assert_eq!(report.first_effective_expiry().map(|(member, _)| member), Some(1));
    }

    #[test]
    fn one_end_is_told_once() {
        let text = testkit::bundle(&[&ending("one", 300), &ending("two", 300)]);
        assert_eq!(works(&report(text.as_bytes())).as_deref(), Some("until 2027-04-11 (300 days left)"));
    }

    #[test]
    fn an_intermediate_ends_with_its_root_and_a_leaf_does_not_count() {
        let (long, short) = (ending("long", 3_000), ending("short", 40));
        let below = testkit::intermediate_builder("below").not_after(testkit::NOW + testkit::days(900));
        let below = below.signed_by(&short);
        let text = testkit::bundle(&[&long, &below, &short]);
        let first = report(text.as_bytes()).first_effective_expiry();
        assert_eq!(
            first.map(|(member, expiry)| (member, expiry.unix())),
            Some((1, testkit::NOW + testkit::days(40)))
        );
        let leaf = testkit::leaf("leaf", &long);
        let first = report(testkit::bundle(&[&leaf, &long]).as_bytes()).first_effective_expiry();
        assert_eq!(first.map(|(member, _)| member), Some(1));
    }

    #[test]
    fn a_refused_bundle_works_until_no_day() {
        let text = testkit::bundle(&[&ending("long", 3_000), &ending("over", -2)]);
        let report = report(text.as_bytes());
        assert_eq!((report.verdict(), works(&report)), (Verdict::Refused, None));
        assert_eq!(reason(&report).as_deref(), Some("because of certificate 2"));
    }

    #[test]
    fn many_culprits_are_counted_and_their_rules_named() {
        let old: Vec<testkit::Certificate> =
            (0..7).map(|number| ending(&format!("old {number}"), -2)).collect();
        let of = |count: usize| {
            let text: String = old.iter().take(count).map(testkit::Certificate::pem).collect();
            reason(&report(text.as_bytes())).unwrap_or_default()
        };
        assert_eq!(of(6), "because of certificates 1, 2, 3, 4, 5 and 6");
        assert_eq!(of(7), "because of 7 certificates (expired)");
    }

    #[test]
    fn text_behind_the_blocks_is_told_by_its_line() {
        let pem = testkit::root("root").pem();
        let line = pem.lines().count() + 1;
        let report = report(format!("{pem}# more\n").as_bytes());
        assert_eq!(reason(&report), Some(format!("because of the text at line {line}")));
    }

    #[test]
    fn an_end_without_a_beginning_is_told_by_its_own_line() {
        let pem = testkit::root("root").pem();
        let damaged = pem.replace("-----BEGIN CERTIFICATE-----\n", "");
        let line = damaged.lines().count();
        let report = report(format!("{damaged}{pem}").as_bytes());
        assert_eq!(reason(&report), Some(format!("because of the block at line {line}")));
    }
}
