//! The values of certificate extensions.

use std::net::IpAddr;

use crate::der;
use crate::name::Name;
use crate::oid;

/// One extension as it goes into the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its object identifier.
    pub oid: Vec<u64>,
    /// Whether it is marked critical.
    pub critical: bool,
    /// The bytes inside the OCTET STRING.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension with these value bytes.
    pub fn new(oid: &[u64], critical: bool, value: Vec<u8>) -> Self {
        Self { oid: oid.to_vec(), critical, value }
    }

    /// The encoded Extension. FALSE is the default and is left out.
    pub fn der(&self) -> Vec<u8> {
        let critical = if self.critical { der::boolean(true) } else { Vec::new() };
        der::sequence(&[&der::object_identifier(&self.oid), &critical, &der::octet_string(&self.value)])
    }
}

/// Basic Constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the certificate is a CA; FALSE is written by leaving the field out.
    pub ca: bool,
    /// The path length constraint.
    pub path_len: Option<u64>,
    /// Whether the extension is critical.
    pub critical: bool,
}

impl BasicConstraints {
    /// The extension.
    pub fn extension(self) -> Extension {
        let ca = if self.ca { der::boolean(true) } else { Vec::new() };
        let path_len = self.path_len.map(der::integer).unwrap_or_default();
        Extension::new(oid::BASIC_CONSTRAINTS, self.critical, der::sequence(&[&ca, &path_len]))
    }
}

/// The bits of Key Usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUsage {
    /// digitalSignature.
    DigitalSignature = 0,
    /// nonRepudiation, also named contentCommitment.
    ContentCommitment = 1,
    /// keyEncipherment.
    KeyEncipherment = 2,
    /// dataEncipherment.
    DataEncipherment = 3,
    /// keyAgreement.
    KeyAgreement = 4,
    /// keyCertSign.
    KeyCertSign = 5,
    /// cRLSign.
    CrlSign = 6,
    /// encipherOnly.
    EncipherOnly = 7,
    /// decipherOnly.
    DecipherOnly = 8,
}

/// A GeneralName, in a Subject Alternative Name or in a name constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// dNSName, written as given.
    Dns(String),
    /// rfc822Name, written as given.
    Email(String),
    /// uniformResourceIdentifier, written as given.
    Uri(String),
    /// iPAddress: an address in an alternative name.
    Ip(IpAddr),
    /// iPAddress with a mask: a network in a name constraint.
    IpNetwork(IpAddr, IpAddr),
    /// iPAddress with exactly these bytes, of any length.
    IpRaw(Vec<u8>),
    /// directoryName.
    Directory(Name),
    /// otherName: a type and an encoded value.
    OtherName(Vec<u64>, Vec<u8>),
    /// registeredID.
    RegisteredId(Vec<u64>),
    /// Any other tag byte with any content.
    Other(u8, Vec<u8>),
}

impl GeneralName {
    /// The encoded name.
    pub fn der(&self) -> Vec<u8> {
        match self {
            Self::OtherName(oid, value) => {
                let parts = [der::object_identifier(oid), der::context_constructed(0, value)].concat();
                der::context_constructed(0, &parts)
            }
            Self::Email(text) => der::context_primitive(1, text.as_bytes()),
            Self::Dns(text) => der::context_primitive(2, text.as_bytes()),
            Self::Directory(name) => der::context_constructed(4, &name.der()),
            Self::Uri(text) => der::context_primitive(6, text.as_bytes()),
            Self::Ip(address) => der::context_primitive(7, &octets(*address)),
            Self::IpNetwork(address, mask) => {
                der::context_primitive(7, &[octets(*address), octets(*mask)].concat())
            }
            Self::IpRaw(bytes) => der::context_primitive(7, bytes),
            Self::RegisteredId(arcs) => {
                der::context_primitive(8, der::split(&der::object_identifier(arcs))[0].1)
            }
            Self::Other(tag, content) => der::tagged(*tag, content),
        }
    }
}

/// Name Constraints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Permitted subtrees; the field is left out when empty.
    pub permitted: Vec<GeneralName>,
    /// Excluded subtrees; the field is left out when empty.
    pub excluded: Vec<GeneralName>,
}

impl NameConstraints {
    /// The extension, critical or not.
    pub fn extension(&self, critical: bool) -> Extension {
        let permitted = subtrees(0, &self.permitted);
        let excluded = subtrees(1, &self.excluded);
        Extension::new(oid::NAME_CONSTRAINTS, critical, der::sequence(&[&permitted, &excluded]))
    }
}

pub(crate) fn key_usage(critical: bool, usages: &[KeyUsage]) -> Extension {
    let bits: Vec<usize> = usages.iter().map(|usage| *usage as usize).collect();
    Extension::new(oid::KEY_USAGE, critical, der::named_bits(&bits))
}

pub(crate) fn extended_key_usage(critical: bool, purposes: &[&[u64]]) -> Extension {
    let encoded: Vec<Vec<u8>> = purposes.iter().map(|purpose| der::object_identifier(purpose)).collect();
    Extension::new(oid::EXTENDED_KEY_USAGE, critical, der::tagged(der::SEQUENCE, &encoded.concat()))
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> Extension {
    Extension::new(oid::SUBJECT_KEY_IDENTIFIER, false, der::octet_string(identifier))
}

pub(crate) fn authority_key_identifier(identifier: &[u8]) -> Extension {
    let value = der::sequence(&[&der::context_primitive(0, identifier)]);
    Extension::new(oid::AUTHORITY_KEY_IDENTIFIER, false, value)
}

pub(crate) fn alternative_names(names: &[GeneralName]) -> Extension {
    let encoded: Vec<Vec<u8>> = names.iter().map(GeneralName::der).collect();
    Extension::new(oid::SUBJECT_ALTERNATIVE_NAME, false, der::tagged(der::SEQUENCE, &encoded.concat()))
}

pub(crate) fn crl_distribution_point(uri: &str) -> Extension {
    let names = der::context_constructed(0, &GeneralName::Uri(uri.to_owned()).der());
    let point = der::sequence(&[&der::context_constructed(0, &names)]);
    Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, der::sequence(&[&point]))
}

pub(crate) fn authority_info_access(method: &[u64], uri: &str) -> Extension {
    let access = der::sequence(&[&der::object_identifier(method), &GeneralName::Uri(uri.to_owned()).der()]);
    Extension::new(oid::AUTHORITY_INFO_ACCESS, false, der::sequence(&[&access]))
}

pub(crate) fn certificate_policies(policies: &[&[u64]]) -> Extension {
    let encoded: Vec<Vec<u8>> =
        policies.iter().map(|policy| der::sequence(&[&der::object_identifier(policy)])).collect();
    Extension::new(oid::CERTIFICATE_POLICIES, false, der::tagged(der::SEQUENCE, &encoded.concat()))
}

pub(crate) fn policy_constraints(require_explicit: Option<u64>, inhibit_mapping: Option<u64>) -> Extension {
    let field = |number: u8, skip: Option<u64>| {
        let content = |count| der::context_primitive(number, der::split(&der::integer(count))[0].1);
        skip.map(content).unwrap_or_default()
    };
    let value = der::sequence(&[&field(0, require_explicit), &field(1, inhibit_mapping)]);
    Extension::new(oid::POLICY_CONSTRAINTS, true, value)
}

pub(crate) fn inhibit_any_policy(skip: u64) -> Extension {
    Extension::new(oid::INHIBIT_ANY_POLICY, true, der::integer(skip))
}

fn subtrees(number: u8, names: &[GeneralName]) -> Vec<u8> {
    if names.is_empty() {
        return Vec::new();
    }
    let encoded: Vec<Vec<u8>> = names.iter().map(|name| der::sequence(&[&name.der()])).collect();
    der::context_constructed(number, &encoded.concat())
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    }
}
