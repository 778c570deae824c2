//! `not-yet-valid`: a certificate is not valid yet.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// The certificate is not valid yet.
    ///
    /// ## Why it matters
    /// Go checks both ends of the validity of every certificate of a chain, and it reports a date in the future with the same
    /// error as one in the past, for which Temporal Cloud is known to refuse the whole bundle.
    ///
    /// ## How to fix
    /// Upload the bundle once the certificate is valid. When you issue a certificate, let it begin a few minutes in the past:
    /// tcld takes one.
    pub(super) static RULE = {
        code: "CA-023",
        name: "not-yet-valid",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, isValid: current time is before NotBefore"),
            TCLD_406,
            official_tool(
                "tcld app/certificates.go: not-before one minute in the past",
                "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go",
            ),
        ],
        message: "the certificate becomes valid in {wait}, at {not_before}",
        help: "upload the bundle after {not_before}, or issue the certificate again with an earlier start",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let wait = certificate.not_before().since(context.now);
    (wait > 0)
        .then(|| Draft::new().fact("wait", Fact::Duration(wait)).fact("not_before", certificate.not_before()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn beginning(seconds_from_now: i64) -> String {
        testkit::root_builder("a").not_before(testkit::NOW + seconds_from_now).self_signed().pem()
    }

    #[test]
    fn not_before_itself_is_early_enough() {
        assert!(findings(&RULE, beginning(0)).is_empty());
    }

    #[test]
    fn one_second_before_it_is_too_early() {
        assert_eq!(
            messages(&RULE, beginning(1)),
            ["the certificate becomes valid in 1 second, at 2026-06-15T00:00:01Z"]
        );
        assert_eq!(
            messages(&RULE, beginning(3 * 86_400)),
            ["the certificate becomes valid in 3 days, at 2026-06-18T00:00:00Z"]
        );
    }
}
