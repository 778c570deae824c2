//! `serial-too-long`: the serial number has more than 20 octets.

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
    /// The serial number has more than 20 octets.
    ///
    /// ## Why it matters
    /// RFC 5280 allows 20 octets at most, the zero in front of a set first bit included. Go reads longer ones, other readers
    /// need not.
    ///
    /// ## How to fix
    /// Let the tool that issues certificates choose shorter serial numbers: 16 random bytes are plenty.
    pub(super) static RULE = {
        code: "CA-220",
        name: "serial-too-long",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.1.2.2: not longer than 20 octets")],
        message: "the serial number has {octets} octets, where RFC 5280 allows {limit}",
        help: "give the next certificate of this CA a serial number of at most {limit} octets",
        check: Check::EachCertificate(check),
    }
}

const OCTETS_ALLOWED: usize = 20;

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let octets = certificate.serial().len();
    (octets > OCTETS_ALLOWED).then(|| Draft::new().fact("octets", octets).fact("limit", OCTETS_ALLOWED))
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
    fn twenty_octets_are_allowed_and_one_more_is_not() {
        assert!(findings(&RULE, with_serial(&[0x7f; 20])).is_empty());
        let message = "the serial number has 21 octets, where RFC 5280 allows 20";
        assert_eq!(messages(&RULE, with_serial(&[0x7f; 21])), [message]);
    }
}
