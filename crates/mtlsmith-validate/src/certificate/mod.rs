//! One certificate, read once: where each field lies in its DER, and the values that rules look at.
//!
//! Nothing is decided here. What is so broken that no field can be named is [`Unparsable`]; what Go refuses although it can be read
//! is kept as it is, for a rule to speak about.

mod algorithm;
mod extensions;
mod general_name;
mod go;
mod read;

use std::fmt;

use sha1::Sha1;
use sha2::Digest;
use sha2::Sha256;

use crate::key::PublicKey;
use crate::name::Name;
use crate::oid::Oid;
use crate::time::Timestamp;

pub use algorithm::Hash;
pub use algorithm::SignatureAlgorithm;
pub use extensions::BasicConstraints;
pub use extensions::ExtendedKeyUsage;
pub use extensions::Extension;
pub(crate) use extensions::Extensions;
pub use extensions::KeyUsage;
pub use extensions::Malformed;
pub use extensions::PolicyConstraints;
pub use general_name::GeneralName;
pub use general_name::GeneralNames;
pub(crate) use go::ParseRefusal;
pub(crate) use go::Policies;
pub(crate) use go::go_parse_refusals;
pub(crate) use go::go_parses;
pub(crate) use go::go_unhandled_critical;

/// A place within a certificate's DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    start: usize,
    length: usize,
}

impl Span {
    /// The place of a slice that was cut out of `der`.
    pub(crate) fn within(der: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr().saturating_sub(der.as_ptr().addr());
        Span { start, length: part.len() }
    }

    pub(crate) fn of(self, der: &[u8]) -> &[u8] {
        der.get(self.start..self.start + self.length).unwrap_or_default()
    }
}

/// A certificate of a bundle or a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: Span,
    serial: Span,
    issuer: Span,
    subject: Span,
    spki: Span,
    key_algorithm: Span,
    key_bits: Span,
    inner_algorithm: Span,
    outer_algorithm: Span,
    signature: Span,
    version: u64,
    not_before: Timestamp,
    not_after: Timestamp,
    go_reads_validity: bool,
    key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    extensions: Extensions,
    extensions_unread: bool,
}

/// Why bytes are no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unparsable {
    /// The field that could not be read, such as `validity`.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl fmt::Display for Unparsable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for Unparsable {}

impl Certificate {
    /// Reads one certificate, and says how many bytes follow it.
    ///
    /// # Errors
    /// [`Unparsable`] with the first field that cannot be read.
    pub fn read(der: &[u8]) -> Result<(Self, usize), Unparsable> {
        read::read(der)
    }

    /// The DER bytes, without anything that followed them.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The X.509 version, 1 to 3.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The serial number: the content bytes of its INTEGER, big-endian two's complement.
    pub fn serial(&self) -> &[u8] {
        self.serial.of(&self.der)
    }

    /// The subject's name.
    pub fn subject(&self) -> Name<'_> {
        Name::from_der(self.subject.of(&self.der))
    }

    /// The issuer's name.
    pub fn issuer(&self) -> Name<'_> {
        Name::from_der(self.issuer.of(&self.der))
    }

    /// Are subject and issuer the same bytes?
    pub fn is_self_issued(&self) -> bool {
        self.issuer().links_to(self.subject())
    }

    /// Are both times of the Validity written in a form that Go reads?
    pub(crate) fn go_reads_validity(&self) -> bool {
        self.go_reads_validity
    }

    /// The first second at which the certificate is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second at which the certificate is valid (RFC 5280 section 4.1.2.5: inclusive).
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The public key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The SubjectPublicKeyInfo, DER, tag and length included.
    pub fn subject_public_key_info(&self) -> &[u8] {
        self.spki.of(&self.der)
    }

    /// The content of the key's AlgorithmIdentifier.
    pub(crate) fn key_algorithm(&self) -> &[u8] {
        self.key_algorithm.of(&self.der)
    }

    /// The bytes of the key's bit string.
    pub(crate) fn key_bits(&self) -> &[u8] {
        self.key_bits.of(&self.der)
    }

    /// The algorithm with which the issuer signed.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signature_algorithm
    }

    /// The content of the outer AlgorithmIdentifier of the signature.
    pub(crate) fn outer_algorithm(&self) -> &[u8] {
        self.outer_algorithm.of(&self.der)
    }

    /// The content of the AlgorithmIdentifier within the signed part.
    pub(crate) fn inner_algorithm(&self) -> &[u8] {
        self.inner_algorithm.of(&self.der)
    }

    /// Do the signed and the unsigned copy of the signature algorithm agree, as RFC 5280 section 4.1.1.2 demands?
    pub fn signature_algorithms_agree(&self) -> bool {
        self.outer_algorithm.of(&self.der) == self.inner_algorithm.of(&self.der)
    }

    /// The signed part, DER.
    pub fn signed_part(&self) -> &[u8] {
        self.tbs.of(&self.der)
    }

    /// The signature's bytes.
    pub fn signature(&self) -> &[u8] {
        self.signature.of(&self.der)
    }

    /// Basic Constraints.
    pub fn basic_constraints(&self) -> Option<&Extension<BasicConstraints>> {
        self.extensions.basic_constraints.as_ref()
    }

    /// Is this a CA certificate: Basic Constraints readable and with `CA:TRUE`?
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().and_then(Extension::get).is_some_and(|constraints| constraints.ca)
    }

    /// The path length that Basic Constraints allow below this certificate.
    pub fn path_length(&self) -> Option<u64> {
        self.basic_constraints().and_then(Extension::get).and_then(|constraints| constraints.path_length)
    }

    /// Key Usage.
    pub fn key_usage(&self) -> Option<&Extension<KeyUsage>> {
        self.extensions.key_usage.as_ref()
    }

    /// Extended Key Usage.
    pub fn extended_key_usage(&self) -> Option<&Extension<ExtendedKeyUsage>> {
        self.extensions.extended_key_usage.as_ref()
    }

    /// The Subject Key Identifier.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        let id = self.extensions.subject_key_identifier.as_ref()?.get()?;
        Some(id.of(&self.der))
    }

    /// The key identifier within the Authority Key Identifier.
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        let id = self.extensions.authority_key_identifier.as_ref()?.get()?.as_ref()?;
        Some(id.of(&self.der))
    }

    /// The names in the Subject Alternative Name extension; none when it is absent.
    pub fn subject_alternative_names(&self) -> GeneralNames<'_> {
        GeneralNames::of_extension(self.subject_alternative_name_der().unwrap_or_default())
    }

    /// The content of the Subject Alternative Name extension, DER.
    pub fn subject_alternative_name_der(&self) -> Option<&[u8]> {
        let extension = self.extensions.subject_alternative_name.as_ref()?;
        extension.get().map(|span| span.of(&self.der))
    }

    /// The content of the Name Constraints extension, DER, and whether it is critical.
    pub fn name_constraints_der(&self) -> Option<(&[u8], bool)> {
        let extension = self.extensions.name_constraints.as_ref()?;
        extension.get().map(|span| (span.of(&self.der), extension.critical))
    }

    /// Policy Constraints.
    pub fn policy_constraints(&self) -> Option<&Extension<PolicyConstraints>> {
        self.extensions.policy_constraints.as_ref()
    }

    /// Every extension in the order of the encoding: identifier, critical or not, content.
    pub fn extensions(&self) -> impl Iterator<Item = (Oid<'_>, bool, &[u8])> {
        self.extensions
            .list
            .iter()
            .map(|raw| (Oid::from_der_content(raw.oid.of(&self.der)), raw.critical, raw.value.of(&self.der)))
    }

    /// The extensions as read, for rules of this crate.
    pub(crate) fn read_extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Were there more extensions than are read?
    pub(crate) fn has_unread_extensions(&self) -> bool {
        self.extensions_unread
    }

    /// SHA-256 over the DER.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.der).into()
    }

    /// SHA-1 over the DER, the fingerprint that Temporal's tools show. An identifier, not a defence.
    pub fn sha1(&self) -> [u8; 20] {
        Sha1::digest(&self.der).into()
    }

    /// SHA-256 in 64 lower-case hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256())
    }

    /// SHA-1 in 40 lower-case hexadecimal digits, as `--ca-certificate-fingerprint` of tcld takes it.
    pub fn sha1_hex(&self) -> String {
        hex(&self.sha1())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' - 10 + value });
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
    text
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn the_hashes_are_those_of_the_whole_certificate() {
        let root = testkit::root("a");
        let read = Certificate::read(root.der()).unwrap().0;
        assert_eq!((read.sha256_hex(), read.sha1_hex()), (root.sha256_hex(), root.sha1_hex()));
    }
}
