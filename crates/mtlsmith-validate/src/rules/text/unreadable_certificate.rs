//! `unreadable-certificate`: a block labelled as a certificate holds none.

use crate::bundle::Member;
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
    /// A block labelled as a certificate cannot be read as one.
    ///
    /// ## Why it matters
    /// Temporal Cloud refuses a bundle in which one certificate cannot be read.
    ///
    /// ## How to fix
    /// Copy the certificate anew from the CA that made it. Most often a line was lost on the way, or the block holds something else than
    /// its label says.
    pub(super) static RULE = {
        code: "BND-113",
        name: "unreadable-certificate",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 parser.go, ParseCertificate"), rfc5280("section 4.1: the fields of a certificate")],
        message: "the certificate cannot be read: {reason}",
        help: "copy it anew from the CA that made it",
        check: Check::EachMember(check),
    }
}

fn check(context: &Context<'_>, member: &Member) -> Option<Draft> {
    let unparsable = member.content.as_ref().err()?;
    let der = member.block.and_then(|block| context.bundle.scan.blocks.get(block)?.content());
    let reason = match der.and_then(announced_length) {
        Some((announced, present)) => {
            format!("it announces {announced} bytes and {present} are there, so a line is probably missing")
        }
        None => unparsable.to_string(),
    };
    Some(Draft::new().fact("reason", reason))
}

/// The length that the outermost element announces and the bytes that are there, when they are fewer.
fn announced_length(der: &[u8]) -> Option<(usize, usize)> {
    let (&first, rest) = der.strip_prefix(&[0x30])?.split_first()?;
    let (header, length) = match first {
        0..=0x7f => (2, usize::from(first)),
        0x81 | 0x82 => {
            let count = usize::from(first & 0x7f);
            (2 + count, rest.get(..count)?.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)))
        }
        _ => return None,
    };
    (header + length > der.len()).then_some((header + length, der.len()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn the_field_is_named() {
        let junk = testkit::pem_block("CERTIFICATE", b"no certificate");
        assert_eq!(messages(&RULE, junk), ["the certificate cannot be read: certificate: the DER is broken"]);
        let version = testkit::root_builder("a").version(9).self_signed().pem();
        assert_eq!(
            messages(&RULE, version),
            ["the certificate cannot be read: version: there is no X.509 version above 3"]
        );
    }

    #[test]
    fn half_a_certificate_and_an_empty_block_are_flagged() {
        let der = testkit::root("a").der().to_vec();
        let announced = der.len();
        let told = format!(
            "the certificate cannot be read: it announces {announced} bytes and {} are there, so a line is probably missing",
            announced - 48
        );
        assert_eq!(messages(&RULE, testkit::pem_block("CERTIFICATE", &der[..announced - 48])), [told]);
        assert_eq!(findings(&RULE, testkit::pem_block("CERTIFICATE", b"")).len(), 1);
    }

    #[test]
    fn a_whole_certificate_is_fine() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn each_form_of_an_announced_length_is_read() {
        let told = |der: &[u8]| messages(&RULE, testkit::pem_block("CERTIFICATE", der));
        for (der, announced) in [
            (&[0x30, 0x05, 0x01, 0x01][..], 7),
            (&[0x30, 0x81, 0xff, 0x01], 258),
            (&[0x30, 0x82, 0x01, 0x02], 262),
        ] {
            let sentence = format!("it announces {announced} bytes and 4 are there");
            assert!(told(der)[0].contains(&sentence), "{der:02x?}: {:?}", told(der));
        }
    }
}
