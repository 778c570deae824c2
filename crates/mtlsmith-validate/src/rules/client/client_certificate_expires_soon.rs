//! `client-certificate-expires-soon`: the client is let in for a short while more.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::profile::DAY;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::temporal_notifications;

rule! {
    /// The client is let in for a short while more.
    ///
    /// ## Why it matters
    /// Temporal sends no mail about client certificates: the worker stops connecting, and its workflows stand still. What counts is
    /// the earliest end on the way up, the CA's included.
    ///
    /// ## How to fix
    /// Renew the certificate now, and have it renewed when two thirds of its lifetime are over.
    pub(super) static RULE = {
        code: "EE-207",
        name: "client-certificate-expires-soon",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Expiration: a client whose certificate has expired cannot connect"),
            temporal_notifications("mails are about the CA certificates of a Namespace"),
        ],
        message: "the client is let in for {left} more, until {until}, and Temporal sends no mail about client certificates",
        help: "renew the certificate, and its CA first if that ends earlier",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let lifetime = leaf.not_after().since(leaf.not_before());
    let until = context.until.unwrap_or(leaf.not_after());
    let left = until.since(context.now);
    let soon = left >= 0 && left < DAY.max(lifetime / 3);
    soon.then(|| Draft::new().fact("left", Fact::Duration(left)).fact("until", until))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(lifetime: i64, left: i64) -> Vec<String> {
        let root = testkit::root("one");
        let end = testkit::NOW + left;
        let leaf = testkit::leaf_builder("worker").not_before(end - lifetime).not_after(end).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn the_last_third_of_a_lifetime_is_told() {
        let days = testkit::days;
        assert!(sentences(days(30), days(10)).is_empty());
        let found = sentences(days(30), days(10) - 1);
        assert!(
            found[0].starts_with("the client is let in for 9 days more, until 2026-06-24T23:59:59Z"),
            "{found:?}"
        );
        assert_eq!(sentences(days(30), 0).len(), 1);
        assert!(sentences(days(30), -1).is_empty(), "that is another rule's");
    }

    #[test]
    fn the_last_day_is_told_however_short_the_lifetime() {
        assert!(sentences(testkit::days(2), testkit::days(1)).is_empty());
        assert_eq!(sentences(testkit::days(2), testkit::days(1) - 1).len(), 1);
    }

    #[test]
    fn the_end_of_the_ca_counts() {
        let root = testkit::root_builder("one").not_after(testkit::NOW + 7_200).self_signed();
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]);
        assert!(found[0].starts_with("the client is let in for 2 hours more"), "{found:?}");
    }
}
