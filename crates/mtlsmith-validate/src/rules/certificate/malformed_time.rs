//! `malformed-time`: a date is written in a way that Go does not read.

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
    /// A date of the certificate is written in a form that Go does not read.
    ///
    /// ## Why it matters
    /// RFC 5280 writes times in UTC with seconds and a `Z`. Other readers are lenient about offsets such as `+0000`; Go then
    /// refuses the whole certificate, so Temporal's tools and its control plane cannot take the bundle.
    ///
    /// ## How to fix
    /// Issue the certificate again with a current tool.
    pub(super) static RULE = {
        code: "CA-033",
        name: "malformed-time",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseValidity and parseTime"),
            rfc5280("section 4.1.2.5: UTCTime and GeneralizedTime"),
        ],
        message: "the validity of the certificate, {not_before} to {not_after}, is written in a form that Go cannot \
                  read",
        help: "issue the certificate again with its dates as YYMMDDHHMMSSZ, or from 2050 on as YYYYMMDDHHMMSSZ",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (!certificate.go_reads_validity()).then(|| {
        Draft::new().fact("not_before", certificate.not_before()).fact("not_after", certificate.not_after())
    })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn written(not_before: &[u8]) -> String {
        let utc_time = |text: &[u8]| testkit::der::tagged(0x17, text);
        let validity = testkit::time::validity(&utc_time(not_before), &utc_time(b"270101000000Z"));
        testkit::root_builder("a").validity_raw(validity).self_signed().pem()
    }

    #[test]
    fn an_offset_of_nothing_is_not_read() {
        assert_eq!(
            messages(&RULE, written(b"260101000000+0000")),
            [
                "the validity of the certificate, 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z, is written in a form that Go cannot read"
            ]
        );
    }

    #[test]
    fn the_usual_form_is_fine() {
        assert!(findings(&RULE, written(b"260101000000Z")).is_empty());
        assert!(
            findings(&RULE, testkit::root_builder("a").not_after(2_600_000_000).self_signed().pem())
                .is_empty()
        );
    }
}
