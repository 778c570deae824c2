//! `too-many-certificates`: more CA certificates than a Namespace may hold.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::temporal_limits;

rule! {
    /// The bundle holds more certificates than a Namespace may.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes 16 CA certificates per Namespace and refuses the whole upload above that.
    ///
    /// ## How to fix
    /// Drop what is expired, what stands twice, and CAs that no client certificate uses any more; `mtlsmith bundle inspect` shows
    /// all three.
    pub(super) static RULE = {
        code: "BND-002",
        name: "too-many-certificates",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: 16 CA certificates"),
            temporal_limits("Certificates: 16 CA certificates per Namespace"),
        ],
        message: "the bundle holds {certificates} certificates, and a Namespace takes {limit}",
        help: "drop {excess} of them, first {candidates}",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let limit = context.profile.limits.certificates;
    let certificates = context.bundle.members.len() + context.bundle.scan.unread;
    if certificates <= limit {
        return;
    }
    let draft = Draft::new()
        .fact("certificates", certificates)
        .fact("limit", limit)
        .fact("excess", certificates - limit)
        .fact("candidates", candidates(context));
    findings.add(Subject::Bundle, draft);
}

/// The members that are of no use any more: expired ones and duplicates.
fn candidates(context: &Context<'_>) -> String {
    let duplicate = |index| context.graph.node(index).is_some_and(|node| node.duplicate_of.is_some());
    let expired = |member: &crate::bundle::Member| {
        member.certificate().is_some_and(|certificate| certificate.not_after() < context.now)
    };
    let numbers = context.bundle.members.iter().filter(|member| duplicate(member.index) || expired(member));
    let numbers: Vec<String> = numbers.take(8).map(|member| member.number().to_string()).collect();
    if numbers.is_empty() {
        return "those that no client certificate chains to".to_owned();
    }
    format!("those expired or present twice: {}", numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn bundle_of(count: usize) -> String {
        (0..count).map(|index| testkit::root(&format!("ca {index}")).pem()).collect()
    }

    #[test]
    fn sixteen_are_allowed() {
        assert!(findings(&RULE, bundle_of(16)).is_empty());
    }

    #[test]
    fn seventeen_are_one_too_many() {
        assert_eq!(
            messages(&RULE, bundle_of(17)),
            ["the bundle holds 17 certificates, and a Namespace takes 16"]
        );
    }

    #[test]
    fn duplicates_are_the_first_to_drop() {
        let bundle = format!("{}{}", bundle_of(16), testkit::root("ca 3").pem());
        assert!(findings(&RULE, bundle)[0].help().contains("present twice: 17"));
    }

    #[test]
    fn how_many_to_drop_is_told_and_those_that_are_over_come_first() {
        let ending = |end| testkit::root_builder("old").not_after(end).self_signed().pem();
        let help = |bundle: String| findings(&RULE, bundle)[0].help();
        assert!(
            help(bundle_of(18))
                .starts_with("drop 2 of them, first those that no client certificate chains to")
        );
        let over = help(format!("{}{}", ending(testkit::NOW - 1), bundle_of(16)));
        assert_eq!(over, "drop 1 of them, first those expired or present twice: 1");
        let last_second = help(format!("{}{}", ending(testkit::NOW), bundle_of(16)));
        assert!(last_second.contains("no client certificate chains to"), "{last_second}");
    }
}
