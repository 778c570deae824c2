//! `validity-reversed`: a certificate ends before it begins.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The certificate ends before it begins.
    ///
    /// ## Why it matters
    /// There is no second at which such a certificate is valid: it is always expired or not yet valid, and Temporal Cloud
    /// refuses a bundle with either.
    ///
    /// ## How to fix
    /// Issue the certificate again with its two dates in order.
    pub(super) static RULE = {
        code: "CA-122",
        name: "validity-reversed",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, isValid: both dates of every member of the chain"),
            rfc5280("section 4.1.2.5: the period from notBefore through notAfter, inclusive"),
        ],
        message: "the certificate ends at {not_after}, before it begins at {not_before}, so it is never valid",
        help: "issue the certificate again with its dates in order",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let reversed = certificate.not_after() < certificate.not_before();
    reversed.then(|| {
        Draft::new().fact("not_after", certificate.not_after()).fact("not_before", certificate.not_before())
    })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn lasting(from: i64, to: i64) -> String {
        testkit::root_builder("a")
            .not_before(testkit::NOW + from)
            .not_after(testkit::NOW + to)
            .self_signed()
            .pem()
    }

    #[test]
    fn a_certificate_of_a_single_second_is_in_order() {
        assert!(findings(&RULE, lasting(0, 0)).is_empty());
    }

    #[test]
    fn one_second_the_other_way_is_not() {
        let message = "the certificate ends at 2026-06-14T23:59:59Z, before it begins at 2026-06-15T00:00:00Z, so it is never valid";
        assert_eq!(messages(&RULE, lasting(0, -1)), [message]);
    }
}
