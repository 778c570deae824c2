//! Certificate policies as Go reads them (parser.go, `parseCertificatePoliciesExtension`; RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11
//! and 4.2.1.14).

use crate::certificate::Certificate;
use crate::der::Reader;
use crate::der::tag;
use crate::oid;

/// So many policies or mappings of one certificate are read. Go has no such limit, but no certificate in use comes near it.
const POLICIES_READ: usize = 64;

/// Everything about policies in one certificate. A number is `None` where the field is absent or negative: Go passes over both.
#[derive(Debug, Default)]
pub(crate) struct Policies<'a> {
    pub(crate) listed: Vec<&'a [u8]>,
    /// The issuer's policy and the subject's policy that stands for it.
    pub(crate) mappings: Vec<(&'a [u8], &'a [u8])>,
    pub(crate) require_explicit: Option<u64>,
    pub(crate) inhibit_mapping: Option<u64>,
    pub(crate) inhibit_any: Option<u64>,
}

impl<'a> Policies<'a> {
    /// Does the certificate say anything about policies?
    pub(crate) fn are_stated_in(certificate: &Certificate) -> bool {
        certificate.extensions().any(|(kind, _, _)| {
            matches!(
                kind.as_der_content(),
                oid::CERTIFICATE_POLICIES
                    | oid::POLICY_MAPPINGS
                    | oid::POLICY_CONSTRAINTS
                    | oid::INHIBIT_ANY_POLICY
            )
        })
    }

    /// Reads them; `None` when Go refuses the certificate for one of them, or there are more than are read.
    pub(crate) fn of(certificate: &'a Certificate) -> Option<Self> {
        let mut policies = Policies::default();
        for (kind, _, value) in certificate.extensions() {
            match kind.as_der_content() {
                oid::CERTIFICATE_POLICIES => policies.listed = listed(value)?,
                oid::POLICY_MAPPINGS => policies.mappings = mappings(value)?,
                oid::POLICY_CONSTRAINTS => {
                    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
                    policies.require_explicit = limit(sequence.optional(tag::context(0))?)?;
                    policies.inhibit_mapping = limit(sequence.optional(tag::context(1))?)?;
                }
                oid::INHIBIT_ANY_POLICY => policies.inhibit_any = limit(Some(Reader::new(value).integer()?))?,
                _ => {}
            }
        }
        Some(policies)
    }
}

fn listed(value: &[u8]) -> Option<Vec<&[u8]>> {
    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut listed = Vec::new();
    while !sequence.is_empty() {
        let policy = sequence.enter(tag::SEQUENCE)?.content(tag::OBJECT_IDENTIFIER)?;
        if listed.contains(&policy) || listed.len() == POLICIES_READ || !is_object_identifier(policy) {
            return None;
        }
        listed.push(policy);
    }
    Some(listed)
}

/// Here, unlike elsewhere, Go takes arcs of any size.
fn is_object_identifier(content: &[u8]) -> bool {
    let ends_an_arc = |byte: &u8| byte & 0x80 == 0;
    let starts = std::iter::once(true).chain(content.iter().map(ends_an_arc));
    content.last().is_some_and(ends_an_arc)
        && !content.iter().zip(starts).any(|(&byte, start)| start && byte == 0x80)
}

fn mappings(value: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut mappings = Vec::new();
    while !sequence.is_empty() {
        let mut mapping = sequence.enter(tag::SEQUENCE)?;
        let issuer = mapping.content(tag::OBJECT_IDENTIFIER)?;
        mappings.push((issuer, mapping.content(tag::OBJECT_IDENTIFIER)?));
        if mappings.len() > POLICIES_READ {
            return None;
        }
    }
    Some(mappings)
}

/// The content of an INTEGER, minimal and of at most 64 bits: the outer `None` when it is not.
fn limit(content: Option<&[u8]>) -> Option<Option<u64>> {
    let Some(content) = content else { return Some(None) };
    let minimal = match content {
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        [] => false,
        _ => true,
    };
    if !minimal || content.len() > 8 {
        return None;
    }
    let negative = content.first().is_some_and(|first| first & 0x80 != 0);
    Some((!negative).then(|| content.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid as kit;

    use super::*;

    fn certificate(builder: testkit::CertificateBuilder) -> Certificate {
        Certificate::read(builder.self_signed().der()).unwrap().0
    }

    #[test]
    fn limits_are_read_and_negative_ones_passed_over() {
        let certificate = certificate(
            testkit::root_builder("a").policy_constraints(Some(2), Some(0)).inhibit_any_policy(1),
        );
        let policies = Policies::of(&certificate).unwrap();
        assert_eq!(
            (policies.require_explicit, policies.inhibit_mapping, policies.inhibit_any),
            (Some(2), Some(0), Some(1))
        );
        assert_eq!(limit(Some(&[0xff])), Some(None));
        assert_eq!(limit(Some(&[0, 1])), None);
        assert_eq!(limit(Some(&[1; 9])), None);
    }

    #[test]
    fn a_policy_listed_twice_or_an_empty_one_is_refused() {
        let once = certificate(testkit::root_builder("a").certificate_policies(&[&[1, 3, 1], &[1, 3, 2]]));
        assert_eq!(Policies::of(&once).unwrap().listed.len(), 2);
        let twice = certificate(testkit::root_builder("a").certificate_policies(&[&[1, 3, 1], &[1, 3, 1]]));
        assert!(Policies::of(&twice).is_none());
        let empty = vec![0x30, 0x04, 0x30, 0x02, 0x06, 0x00];
        assert!(
            Policies::of(&certificate(testkit::root_builder("a").extension(
                kit::CERTIFICATE_POLICIES,
                false,
                empty
            )))
            .is_none()
        );
    }

    #[test]
    fn limits_are_whole_numbers_in_their_shortest_form() {
        for (content, expected) in [
            (&[0x01, 0x02][..], Some(Some(258))),
            (&[0x00, 0x80], Some(Some(128))),
            (&[0x7f; 8], Some(Some(0x7f7f_7f7f_7f7f_7f7f))),
            (&[0xff, 0x7f], Some(None)),
            (&[0xff, 0x80], None),
            (&[], None),
        ] {
            assert_eq!(limit(Some(content)), expected, "{content:02x?}");
        }
        assert_eq!(limit(None), Some(None));
    }

    #[test]
    fn as_many_mappings_as_policies_are_read() {
        let pair = [0x30, 0x06, 0x06, 0x01, 0x2a, 0x06, 0x01, 0x2b];
        let value = |count: usize| testkit::der::sequence(&vec![&pair[..]; count]);
        assert_eq!(mappings(&value(POLICIES_READ)).map(|mappings| mappings.len()), Some(POLICIES_READ));
        assert!(mappings(&value(POLICIES_READ + 1)).is_none());
    }
}
