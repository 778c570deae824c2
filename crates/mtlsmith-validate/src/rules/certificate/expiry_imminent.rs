//! `expiry-imminent`: a certificate is about to end.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::rule;
use crate::rule::temporal_notifications;

rule! {
    /// The certificate ends within the last window, 5 days unless configured.
    ///
    /// ## Why it matters
    /// Temporal's last mail about a CA certificate goes out 5 days before its end, to Account Owners, Global Admins and
    /// Namespace Admins. Once it has ended, every change of the bundle is refused and no worker below it connects.
    ///
    /// ## How to fix
    /// Act today: upload the new CA beside the old one while `add` still works, issue each client certificate again, then drop
    /// the old one.
    pub(super) static RULE = {
        code: "CA-224",
        name: "expiry-imminent",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_notifications(
                "CA certificate expiry: 15, 10 and 5 days before, to Account Owner, Global Admin and Namespace Admin",
            ),
            TCLD_406,
        ],
        message: "the certificate expires in only {left}, at {not_after}",
        help: "upload its successor now, while additions are still accepted: mtlsmith bundle add FILE new-ca.pem --output both.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let windows = &context.profile.expiry_windows;
    super::ends_within(context, certificate, 0, windows.urgent)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::rules::testing::profile;
    use crate::time::Timestamp;

    const DAY: i64 = 86_400;

    fn ending(seconds_from_now: i64) -> String {
        testkit::root_builder("a").not_after(testkit::NOW + seconds_from_now).self_signed().pem()
    }

    #[test]
    fn the_last_window_begins_after_five_days_and_ends_with_the_certificate() {
        assert!(findings(&RULE, ending(5 * DAY + 1)).is_empty());
        let message = "the certificate expires in only 5 days, at 2026-06-20T00:00:00Z";
        assert_eq!(messages(&RULE, ending(5 * DAY)), [message]);
        assert_eq!(findings(&RULE, ending(1)).len(), 1);
        assert!(findings(&RULE, ending(0)).is_empty());
    }

    #[test]
    fn exactly_one_of_the_expiry_rules_fires() {
        let names = ["expired", "expiry-imminent", "expiry-near", "expiry-approaching"];
        for (left, name) in
            [(0, "expired"), (1, names[1]), (5 * DAY, names[1]), (15 * DAY, names[2]), (60 * DAY, names[3])]
        {
            let report =
                crate::check_bundle(ending(left).as_bytes(), profile(), Timestamp::from_unix(testkit::NOW));
            let fired: Vec<&str> = report
                .findings
                .iter()
                .map(|finding| finding.rule.name)
                .filter(|name| names.contains(name))
                .collect();
            assert_eq!(fired, [name], "{left} s left");
        }
    }

    #[test]
    fn a_certificate_that_is_not_valid_is_left_to_other_rules() {
        let not_yet =
            testkit::root_builder("a").not_before(testkit::NOW + 1).not_after(testkit::NOW + 3 * DAY);
        assert!(findings(&RULE, not_yet.self_signed().pem()).is_empty());
        assert!(findings(&RULE, ending(0)).is_empty());
    }
}
