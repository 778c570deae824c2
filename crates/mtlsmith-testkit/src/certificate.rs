//! A finished certificate: its bytes, and what is needed to issue others with it.

use aws_lc_rs::digest;

use crate::key::Key;
use crate::name::Name;
use crate::pem;

/// A certificate and the key that its subject holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) tbs_der: Vec<u8>,
    pub(crate) subject_der: Vec<u8>,
    pub(crate) issuer_der: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) key: Key,
}

impl Certificate {
    /// The whole certificate, trailing bytes included when the builder was given some.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn tbs_der(&self) -> &[u8] {
        &self.tbs_der
    }

    /// The certificate as a `CERTIFICATE` block: LF, 64 columns.
    pub fn pem(&self) -> String {
        pem::pem_block("CERTIFICATE", &self.der)
    }

    /// The same with CR LF line ends.
    pub fn pem_crlf(&self) -> String {
        self.pem().replace('\n', "\r\n")
    }

    /// The key of the subject.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The subject as encoded.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The subject, for use as the name of another certificate: the same bytes.
    pub fn subject(&self) -> Name {
        Name::raw(&self.subject_der)
    }

    /// The issuer as encoded.
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// The content bytes of the serial number.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The signature, without the leading byte of its BIT STRING.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Start of validity as given to the builder (a raw validity does not change it).
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity as given to the builder (a raw validity does not change it).
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// The subject key identifier in the certificate, if it has one.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    /// The SHA-256 fingerprint in lower-case hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex(digest::digest(&digest::SHA256, &self.der).as_ref())
    }

    /// The SHA-1 fingerprint in lower-case hexadecimal digits.
    pub fn sha1_hex(&self) -> String {
        hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref())
    }

    /// The same certificate with other bytes: for damage that no builder writes. Key and names stay.
    pub fn with_der(&self, der: Vec<u8>) -> Self {
        Self { der, ..self.clone() }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
