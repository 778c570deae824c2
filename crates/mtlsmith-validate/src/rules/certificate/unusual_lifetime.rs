//! `unusual-lifetime`: a certificate lives very long or very short.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::profile::DAY;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The lifetime of the certificate is unusual.
    ///
    /// ## Why it matters
    /// Temporal documents no longest lifetime. Below 7 days, which tcld refuses to make, a CA needs a rollover every week.
    /// Above ten years its key outlives the people and the places that knew it, and since nothing is revoked, a lost key stays
    /// good as long.
    ///
    /// ## How to fix
    /// Give the next CA a lifetime between some months and a few years; tcld makes CAs of at most 365 days.
    pub(super) static RULE = {
        code: "CA-025",
        name: "unusual-lifetime",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            official_tool(
                "tcld app/certificates.go: 7 to 365 days",
                "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go",
            ),
            temporal_certificates("long-lived CA certificates are supported"),
        ],
        message: "the lifetime of the certificate is {lifetime}, {compared}",
        help: "give the next CA a lifetime between some months and a few years",
        check: Check::EachCertificate(check),
    }
}

/// What tcld makes at least.
const SHORTEST: i64 = 7 * DAY;
/// Ten years with three leap days, the most that ten years have.
const LONGEST: i64 = 3_653 * DAY;

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let lifetime = certificate.not_after().since(certificate.not_before());
    let compared = match lifetime {
        0..SHORTEST => "less than 7 days",
        _ if lifetime > LONGEST => "more than 10 years",
        _ => return None,
    };
    Some(Draft::new().fact("lifetime", Fact::Duration(lifetime)).fact("compared", compared))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    const DAY: i64 = 86_400;

    fn living(seconds: i64) -> String {
        let start = testkit::NOW - DAY;
        testkit::root_builder("a").not_before(start).not_after(start + seconds).self_signed().pem()
    }

    #[test]
    fn seven_days_to_ten_years_are_usual() {
        assert!(findings(&RULE, living(7 * DAY)).is_empty());
        assert!(findings(&RULE, living(3_653 * DAY)).is_empty());
    }

    #[test]
    fn one_second_less_or_more_is_not() {
        assert_eq!(
            messages(&RULE, living(7 * DAY - 1)),
            ["the lifetime of the certificate is 6 days, less than 7 days"]
        );
        assert_eq!(
            messages(&RULE, living(3_653 * DAY + 1)),
            ["the lifetime of the certificate is 3653 days, more than 10 years"]
        );
    }

    #[test]
    fn a_reversed_validity_is_left_to_its_rule() {
        assert!(findings(&RULE, living(-1)).is_empty());
    }
}
