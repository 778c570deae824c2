//! `serial-zero`: the serial number is zero.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The serial number is zero.
    ///
    /// ## Why it matters
    /// RFC 5280 asks for a positive number. Go reads zero, but it tells nothing apart: two certificates of one issuer with the
    /// same number break tools that identify certificates by issuer and serial number.
    ///
    /// ## How to fix
    /// Let the tool that issues certificates choose random serial numbers; with `openssl x509` leave out `-set_serial 0`.
    pub(super) static RULE = {
        code: "CA-120",
        name: "serial-zero",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.1.2.2: a positive integer, unique for each certificate of a CA")],
        message: "the serial number is zero, where RFC 5280 asks for a positive one",
        help: "give the next certificate of this CA a random positive serial number",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    (certificate.serial() == [0]).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with_serial(content: &[u8]) -> String {
        testkit::root_builder("a").serial(content).self_signed().pem()
    }

    #[test]
    fn zero_is_flagged_and_one_is_fine() {
        assert_eq!(
            messages(&RULE, with_serial(&[0])),
            ["the serial number is zero, where RFC 5280 asks for a positive one"]
        );
        assert!(findings(&RULE, with_serial(&[1])).is_empty());
        assert!(findings(&RULE, with_serial(&[0, 0x80])).is_empty());
    }
}
