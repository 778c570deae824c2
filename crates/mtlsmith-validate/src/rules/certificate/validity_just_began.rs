//! `validity-just-began`: a certificate has only just become valid.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// The certificate has only just become valid.
    ///
    /// ## Why it matters
    /// A server whose clock is a little behind yours still finds the certificate not yet valid, and refuses it.
    ///
    /// ## How to fix
    /// Wait a few minutes before the upload. When you issue a certificate, let it begin a few minutes in the past: tcld takes
    /// one.
    pub(super) static RULE = {
        code: "CA-123",
        name: "validity-just-began",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, isValid: current time is before NotBefore"),
            official_tool(
                "tcld app/certificates.go: not-before one minute in the past",
                "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go",
            ),
        ],
        message: "the certificate became valid {age} ago, at {not_before}, and a server whose clock is behind refuses \
                  it still",
        help: "upload the bundle after {safe}",
        check: Check::EachCertificate(check),
    }
}

/// Clocks that are kept in step differ by seconds; five minutes is what certificates and tokens usually allow for.
const CLOCK_DIFFERENCE: i64 = 300;

fn check(context: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let age = context.now.since(certificate.not_before());
    (0..CLOCK_DIFFERENCE).contains(&age).then(|| {
        Draft::new()
            .fact("age", Fact::Duration(age))
            .fact("not_before", certificate.not_before())
            .fact("safe", certificate.not_before().plus(CLOCK_DIFFERENCE))
    })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;

    fn begun(seconds_ago: i64) -> String {
        testkit::root_builder("a").not_before(testkit::NOW - seconds_ago).self_signed().pem()
    }

    #[test]
    fn the_first_five_minutes_are_told() {
        let found = findings(&RULE, begun(0));
        assert_eq!(
            found[0].message(),
            "the certificate became valid 0 seconds ago, at 2026-06-15T00:00:00Z, and a server whose clock is behind refuses it still"
        );
        assert_eq!(found[0].help(), "upload the bundle after 2026-06-15T00:05:00Z");
        assert_eq!(findings(&RULE, begun(299)).len(), 1);
    }

    #[test]
    fn after_five_minutes_it_is_settled_and_before_it_another_rule_speaks() {
        assert!(findings(&RULE, begun(300)).is_empty());
        assert!(findings(&RULE, begun(-1)).is_empty());
    }
}
