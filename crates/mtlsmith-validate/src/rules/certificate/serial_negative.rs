//! `serial-negative`: the serial number is negative.

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
    /// The serial number is negative.
    ///
    /// ## Why it matters
    /// Go 1.23 and later do not read a certificate with a negative serial number, so Temporal's tools and its control plane
    /// cannot take the bundle. It comes from tools that write random bytes without a zero in front when the first bit is set.
    ///
    /// ## How to fix
    /// Issue the certificate again with a positive serial number, such as 16 random bytes whose first bit is zero.
    pub(super) static RULE = {
        code: "CA-020",
        name: "serial-negative",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 parser.go, parseCertificate: negative serial number, refused since Go 1.23"),
            rfc5280("section 4.1.2.2: a positive integer"),
        ],
        message: "the serial number is negative (content {content}), and Go refuses to read such a certificate",
        help: "issue the certificate again with a positive serial number",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let negative = certificate.serial().first().is_some_and(|first| first & 0x80 != 0);
    negative.then(|| Draft::new().fact("content", hexadecimal(certificate.serial())))
}

/// The first bytes in hexadecimal: a serial number of an attacker may have thousands.
fn hexadecimal(content: &[u8]) -> String {
    let digits: String = content.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    if content.len() > 20 { digits + "..." } else { digits }
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
    fn the_first_bit_decides() {
        let message = "the serial number is negative (content 80), and Go refuses to read such a certificate";
        assert_eq!(messages(&RULE, with_serial(&[0x80])), [message]);
        for positive in [&[0x7f][..], &[0x00, 0x80], &[0x00], &[0x01]] {
            assert!(findings(&RULE, with_serial(positive)).is_empty(), "{positive:02x?}");
        }
    }

    #[test]
    fn a_long_number_is_cut() {
        let found = messages(&RULE, with_serial(&[0x81; 21]));
        assert!(found[0].contains("818181...)"), "{found:?}");
    }

    #[test]
    fn a_number_of_twenty_bytes_is_shown_whole() {
        let found = messages(&RULE, with_serial(&[0x81; 20]));
        assert!(found[0].contains(&format!("(content {})", "81".repeat(20))), "{found:?}");
    }
}
