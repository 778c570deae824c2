//! Certificate extensions: which there are, and the content of those that decide something.
//!
//! Contents are read with the strictness of Go's `processExtensions`; a content that Go cannot read is kept as [`Malformed`], since
//! Go then refuses the whole certificate.

use crate::der::Reader;
use crate::der::tag;
use crate::oid;
use crate::oid::Oid;

use super::Span;

/// An extension whose content was read as `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension<T> {
    /// Is it marked critical?
    pub critical: bool,
    /// The content, or the reason why Go cannot read it.
    pub value: Result<T, Malformed>,
}

/// What Go cannot read about an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl<T> Extension<T> {
    /// The content, when it could be read.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }
}

/// Basic Constraints (RFC 5280 section 4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// May the key sign certificates?
    pub ca: bool,
    /// How many CA certificates may stand below this one in a chain, end-entity certificate not counted.
    pub path_length: Option<u64>,
}

/// Key Usage bits (RFC 5280 section 4.2.1.3): bit 0 is digitalSignature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Is digitalSignature asserted?
    pub const fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    /// Is keyCertSign asserted?
    pub const fn key_cert_sign(self) -> bool {
        self.0 & 1 << 5 != 0
    }

    /// The names of the asserted bits, in the order of the standard.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES.into_iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name)
    }
}

/// Extended Key Usage (RFC 5280 section 4.2.1.12).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExtendedKeyUsage {
    /// `clientAuth` is listed.
    pub client_auth: bool,
    /// `serverAuth` is listed.
    pub server_auth: bool,
    /// `anyExtendedKeyUsage` is listed.
    pub any: bool,
    /// How many purposes are listed.
    pub count: usize,
    /// The purposes that are none of these, in dotted form.
    pub others: Vec<String>,
}

impl ExtendedKeyUsage {
    /// Does Go let a chain through this certificate serve a TLS client? An empty list counts as no limit there
    /// (`verify.go`, `checkChainForKeyUsage`).
    pub fn go_allows_client(&self) -> bool {
        self.client_auth || self.any || self.count == 0
    }

    /// The purposes by their usual names, others in dotted form.
    pub fn names(&self) -> Vec<&str> {
        let known = [
            (self.client_auth, "clientAuth"),
            (self.server_auth, "serverAuth"),
            (self.any, "anyExtendedKeyUsage"),
        ];
        let mut names: Vec<&str> =
            known.into_iter().filter(|(listed, _)| *listed).map(|(_, name)| name).collect();
        names.extend(self.others.iter().map(String::as_str));
        names
    }
}

/// The extensions of one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extensions {
    /// Every extension in the order of the encoding, the first 64.
    pub(crate) list: Vec<RawExtension>,
    pub(crate) basic_constraints: Option<Extension<BasicConstraints>>,
    pub(crate) key_usage: Option<Extension<KeyUsage>>,
    pub(crate) extended_key_usage: Option<Extension<ExtendedKeyUsage>>,
    pub(crate) subject_key_identifier: Option<Extension<Span>>,
    pub(crate) authority_key_identifier: Option<Extension<Option<Span>>>,
    pub(crate) subject_alternative_name: Option<Extension<Span>>,
    pub(crate) name_constraints: Option<Extension<Span>>,
    pub(crate) policy_constraints: Option<Extension<PolicyConstraints>>,
    pub(crate) inhibit_any_policy: Option<Extension<u64>>,
    pub(crate) crl_distribution_points: Option<Extension<()>>,
    /// `true` when Authority Information Access names an OCSP responder.
    pub(crate) authority_information_access: Option<Extension<bool>>,
    pub(crate) certificate_policies: Option<Extension<()>>,
    pub(crate) policy_mappings: Option<Extension<()>>,
    /// Index into `list` of the first extension whose identifier stood there before.
    pub(crate) duplicate: Option<usize>,
}

/// One extension, unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawExtension {
    pub(crate) oid: Span,
    pub(crate) critical: bool,
    pub(crate) value: Span,
}

/// Policy Constraints (RFC 5280 section 4.2.1.11): after how many certificates each limit begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy.
    pub require_explicit_policy: Option<u64>,
    /// inhibitPolicyMapping.
    pub inhibit_policy_mapping: Option<u64>,
}

/// No certificate in use has more extensions; those behind are not read and the certificate is reported.
pub(crate) const EXTENSIONS_READ: usize = 64;

impl Extensions {
    /// Takes in one extension.
    pub(crate) fn add(&mut self, der: &[u8], raw: RawExtension) {
        let kind = raw.oid.of(der);
        if self.duplicate.is_none() && self.list.iter().any(|earlier| earlier.oid.of(der) == kind) {
            self.duplicate = Some(self.list.len());
        }
        self.list.push(raw);
        let value = raw.value.of(der);
        let critical = raw.critical;
        macro_rules! read {
            ($field:ident, $read:expr) => {
                self.$field = Some(Extension { critical, value: $read.ok_or(Malformed(stringify!($field))) })
            };
        }
        match kind {
            oid::BASIC_CONSTRAINTS => read!(basic_constraints, basic_constraints(value)),
            oid::KEY_USAGE => read!(key_usage, key_usage(value)),
            oid::EXTENDED_KEY_USAGE => read!(extended_key_usage, extended_key_usage(value)),
            oid::SUBJECT_KEY_IDENTIFIER => {
                read!(
                    subject_key_identifier,
                    Reader::new(value).content(tag::OCTET_STRING).map(|id| Span::within(der, id))
                );
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                read!(
                    authority_key_identifier,
                    authority_key_identifier(value).map(|id| id.map(|id| Span::within(der, id)))
                );
            }
            oid::SUBJECT_ALTERNATIVE_NAME => read!(subject_alternative_name, Some(raw.value)),
            oid::NAME_CONSTRAINTS => read!(name_constraints, Some(raw.value)),
            oid::POLICY_CONSTRAINTS => read!(policy_constraints, policy_constraints(value)),
            oid::INHIBIT_ANY_POLICY => read!(inhibit_any_policy, Reader::new(value).unsigned()),
            oid::CRL_DISTRIBUTION_POINTS => read!(crl_distribution_points, crl_distribution_points(value)),
            oid::AUTHORITY_INFORMATION_ACCESS => {
                read!(authority_information_access, authority_information_access(value));
            }
            oid::CERTIFICATE_POLICIES => read!(certificate_policies, certificate_policies(value)),
            oid::POLICY_MAPPINGS => read!(policy_mappings, policy_mappings(value)),
            _ => {}
        }
    }
}

fn basic_constraints(value: &[u8]) -> Option<BasicConstraints> {
    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
    let ca = if sequence.peek(tag::BOOLEAN) { sequence.boolean()? } else { false };
    let path_length = if sequence.peek(tag::INTEGER) { Some(sequence.unsigned()?) } else { None };
    Some(BasicConstraints { ca, path_length })
}

fn key_usage(value: &[u8]) -> Option<KeyUsage> {
    let (bytes, _) = Reader::new(value).bit_string()?;
    let bit = |index: usize| bytes.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1);
    Some(KeyUsage((0..9).filter(|&index| bit(index)).fold(0, |bits, index| bits | 1 << index)))
}

fn extended_key_usage(value: &[u8]) -> Option<ExtendedKeyUsage> {
    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut usage = ExtendedKeyUsage::default();
    while !sequence.is_empty() {
        usage.count += 1;
        match sequence.object_identifier()? {
            oid::CLIENT_AUTH => usage.client_auth = true,
            oid::SERVER_AUTH => usage.server_auth = true,
            oid::ANY_EXTENDED_KEY_USAGE => usage.any = true,
            other if usage.others.len() < 16 => usage.others.push(Oid::from_der_content(other).to_string()),
            _ => {}
        }
    }
    Some(usage)
}

fn authority_key_identifier(value: &[u8]) -> Option<Option<&[u8]>> {
    Reader::new(value).enter(tag::SEQUENCE)?.optional(tag::context(0))
}

fn policy_constraints(value: &[u8]) -> Option<PolicyConstraints> {
    let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut limit = |number| {
        let Some(content) = sequence.optional(tag::context(number))? else { return Some(None) };
        let small = content.len() <= 8 && content.first().is_some_and(|first| first & 0x80 == 0);
        small.then(|| Some(content.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))))
    };
    let require_explicit_policy = limit(0)?;
    Some(PolicyConstraints { require_explicit_policy, inhibit_policy_mapping: limit(1)? })
}

fn crl_distribution_points(value: &[u8]) -> Option<()> {
    let mut points = Reader::new(value).enter(tag::SEQUENCE)?;
    while !points.is_empty() {
        let mut point = points.enter(tag::SEQUENCE)?;
        let Some(name) = point.optional(tag::context_constructed(0))? else { continue };
        let mut names = Reader::new(name).enter(tag::context_constructed(0))?;
        while names.peek(tag::context(6)) {
            names.any()?;
        }
    }
    Some(())
}

fn authority_information_access(value: &[u8]) -> Option<bool> {
    let mut descriptions = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut ocsp = false;
    while !descriptions.is_empty() {
        let mut description = descriptions.enter(tag::SEQUENCE)?;
        let method = description.object_identifier()?;
        if description.peek(tag::context(6)) {
            description.any()?;
            ocsp |= method == oid::OCSP;
        }
    }
    Some(ocsp)
}

fn certificate_policies(value: &[u8]) -> Option<()> {
    let mut policies = Reader::new(value).enter(tag::SEQUENCE)?;
    let mut seen: Vec<&[u8]> = Vec::new();
    while !policies.is_empty() {
        let policy = policies.enter(tag::SEQUENCE)?.content(tag::OBJECT_IDENTIFIER)?;
        if seen.contains(&policy) || seen.len() >= EXTENSIONS_READ {
            return None;
        }
        seen.push(policy);
    }
    Some(())
}

fn policy_mappings(value: &[u8]) -> Option<()> {
    let mut mappings = Reader::new(value).enter(tag::SEQUENCE)?;
    while !mappings.is_empty() {
        let mut mapping = mappings.enter(tag::SEQUENCE)?;
        mapping.content(tag::OBJECT_IDENTIFIER)?;
        mapping.content(tag::OBJECT_IDENTIFIER)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn of_other_purposes_the_first_sixteen_are_kept_and_all_are_counted() {
        let purposes: Vec<Vec<u8>> =
            (1..=17).map(|last| testkit::der::object_identifier(&[1, 2, last])).collect();
        let purposes: Vec<&[u8]> = purposes.iter().map(Vec::as_slice).collect();
        let usage = extended_key_usage(&testkit::der::sequence(&purposes)).unwrap();
        assert_eq!((usage.count, usage.others.len(), usage.others[15].as_str()), (17, 16, "1.2.16"));
    }

    #[test]
    fn policy_constraints_are_positive_numbers_of_up_to_eight_bytes() {
        let read = |number: &[u8]| {
            let value = testkit::der::sequence(&[&testkit::der::context_primitive(0, number)]);
            policy_constraints(&value).map(|constraints| constraints.require_explicit_policy)
        };
        assert_eq!(read(&[0x01, 0x02]), Some(Some(258)));
        assert_eq!(read(&[0x7f; 8]), Some(Some(0x7f7f_7f7f_7f7f_7f7f)));
        assert_eq!((read(&[0x01; 9]), read(&[0x80]), read(&[])), (None, None, None));
    }

    #[test]
    fn policies_are_a_list_in_which_none_stands_twice() {
        let policy = |last| testkit::der::sequence(&[&testkit::der::object_identifier(&[1, 2, last])]);
        let list = |policies: &[Vec<u8>]| {
            certificate_policies(&testkit::der::sequence(
                &policies.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            ))
        };
        assert_eq!(list(&[policy(1), policy(2)]), Some(()));
        assert_eq!(list(&[policy(1), policy(1)]), None);
        assert_eq!(list(&[policy(1), vec![5, 0]]), None);
        let many: Vec<Vec<u8>> = (1..=65).map(policy).collect();
        assert_eq!((list(&many[..64]), list(&many)), (Some(()), None));
    }

    #[test]
    fn a_mapping_is_a_pair_of_policies() {
        let policy = testkit::der::object_identifier(&[1, 2, 3]);
        let of = |pair: &[&[u8]]| policy_mappings(&testkit::der::sequence(&[&testkit::der::sequence(pair)]));
        assert_eq!(of(&[&policy, &policy]), Some(()));
        assert_eq!(of(&[&policy]), None);
        assert_eq!(policy_mappings(&[5, 0]), None);
    }
}
