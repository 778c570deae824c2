//! `expiry-near`: a certificate ends within the next days.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_notifications;

rule! {
    /// The certificate ends within the second window, 15 days unless configured.
    ///
    /// ## Why it matters
    /// Temporal sends mails 15, 10 and 5 days before a CA certificate of a Namespace ends, to Account Owners, Global Admins and
    /// Namespace Admins alone, and none about client certificates. Once it has ended, every change of the bundle is refused and
    /// no worker below it connects.
    ///
    /// ## How to fix
    /// Start the rollover: upload the new CA beside the old one, issue each client certificate again, then drop the old one.
    pub(super) static RULE = {
        code: "CA-124",
        name: "expiry-near",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_notifications(
            "CA certificate expiry: 15, 10 and 5 days before, to Account Owner, Global Admin and Namespace Admin",
        )],
        message: "the certificate expires in {left}, at {not_after}",
        help: "start its rollover: mtlsmith bundle add FILE new-ca.pem --output both.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let windows = &context.profile.expiry_windows;
    super::ends_within(context, certificate, windows.urgent, windows.warning)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    const DAY: i64 = 86_400;

    fn ending(seconds_from_now: i64) -> String {
        testkit::root_builder("a").not_after(testkit::NOW + seconds_from_now).self_signed().pem()
    }

    #[test]
    fn the_second_window_begins_after_fifteen_days_and_ends_before_five() {
        assert!(findings(&RULE, ending(15 * DAY + 1)).is_empty());
        let message = "the certificate expires in 15 days, at 2026-06-30T00:00:00Z";
        assert_eq!(messages(&RULE, ending(15 * DAY)), [message]);
        assert_eq!(findings(&RULE, ending(5 * DAY + 1)).len(), 1);
        assert!(findings(&RULE, ending(5 * DAY)).is_empty());
    }

    #[test]
    fn a_certificate_that_is_not_valid_is_left_to_other_rules() {
        let not_yet =
            testkit::root_builder("a").not_before(testkit::NOW + 1).not_after(testkit::NOW + 10 * DAY);
        assert!(findings(&RULE, not_yet.self_signed().pem()).is_empty());
        assert!(findings(&RULE, ending(0)).is_empty());
    }
}
