//! `expiry-approaching`: a certificate ends within the next weeks.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::temporal_notifications;

rule! {
    /// The certificate ends within the first window, 60 days unless configured.
    ///
    /// ## Why it matters
    /// An expired member makes Temporal Cloud refuse every change of the bundle, and no worker below it connects. A rollover
    /// takes its time: the new CA has to be uploaded beside the old one, and each client certificate issued again, before the
    /// old one can go.
    ///
    /// ## How to fix
    /// Plan the rollover now: add the new CA beside the old one, reissue the client certificates, then drop the old one.
    pub(super) static RULE = {
        code: "CA-024",
        name: "expiry-approaching",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("rollover of CA certificates"),
            temporal_notifications(
                "CA certificate expiry: 15, 10 and 5 days before, to Account Owner, Global Admin and Namespace Admin",
            ),
        ],
        message: "the certificate expires in {left}, at {not_after}",
        help: "plan its rollover; the first step will be: mtlsmith bundle add FILE new-ca.pem --output both.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let windows = &context.profile.expiry_windows;
    super::ends_within(context, certificate, windows.warning.max(windows.urgent), windows.notice)
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
    fn the_first_window_begins_after_sixty_days_and_ends_before_fifteen() {
        assert!(findings(&RULE, ending(60 * DAY + 1)).is_empty());
        let message = "the certificate expires in 60 days, at 2026-08-14T00:00:00Z";
        assert_eq!(messages(&RULE, ending(60 * DAY)), [message]);
        assert_eq!(findings(&RULE, ending(15 * DAY + 1)).len(), 1);
        assert!(findings(&RULE, ending(15 * DAY)).is_empty());
    }

    #[test]
    fn a_certificate_that_is_not_valid_is_left_to_other_rules() {
        let not_yet =
            testkit::root_builder("a").not_before(testkit::NOW + 1).not_after(testkit::NOW + 30 * DAY);
        assert!(findings(&RULE, not_yet.self_signed().pem()).is_empty());
        assert!(findings(&RULE, ending(0)).is_empty());
    }
}
