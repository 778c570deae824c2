//! Builds a certificate field by field. Nothing is checked: whatever is asked for is written.

mod extensions;

use std::sync::Arc;

use aws_lc_rs::digest;

use crate::certificate::Certificate;
use crate::der;
use crate::extension::BasicConstraints;
use crate::extension::Extension;
use crate::extension::GeneralName;
use crate::key::Key;
use crate::name::Name;
use crate::signature::SignatureAlgorithm;
use crate::time;

/// A certificate to be. Every setter takes and returns it by value; clone it to make variants.
///
/// A new builder makes a v3 certificate for `CN=test` with a P-256 key, valid through 2026, with a subject
/// key identifier and (when signed by another) an authority key identifier, and with no other extension. The
/// serial number follows from the contents.
///
/// Extensions of the standard setters are written in a fixed order, then those of [`Self::extension`] as
/// added. To mark a standard one critical, or to damage it, leave it out and add it with [`Self::extension`].
#[derive(Clone)]
pub struct CertificateBuilder {
    subject: Name,
    issuer: Option<Name>,
    key: Key,
    version: u8,
    serial: Option<Vec<u8>>,
    not_before: i64,
    not_after: i64,
    validity: Option<Vec<u8>>,
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<Extension>,
    extended_key_usage: Option<Extension>,
    subject_key_identifier: Identifier,
    authority_key_identifier: Identifier,
    alternative_names: Vec<GeneralName>,
    alternative_names_critical: bool,
    extensions: Vec<Extension>,
    signature: Option<SignatureAlgorithm>,
    inner_signature: Option<SignatureAlgorithm>,
    outer_signature: Option<SignatureAlgorithm>,
    damaged_signature: bool,
    trailing: Vec<u8>,
    mutate_tbs: Option<TbsMutation>,
}

type TbsMutation = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;

#[derive(Clone)]
enum Identifier {
    Automatic,
    Absent,
    Exactly(Vec<u8>),
}

impl CertificateBuilder {
    /// A builder with the defaults named above.
    #[expect(
        clippy::new_without_default,
        reason = "the defaults are worth the name `new`, and one way is enough"
    )]
    pub fn new() -> Self {
        Self {
            subject: Name::new().cn("test"),
            issuer: None,
            key: Key::p256("default"),
            version: 3,
            serial: None,
            not_before: time::NOT_BEFORE,
            not_after: time::NOT_AFTER,
            validity: None,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: None,
            subject_key_identifier: Identifier::Automatic,
            authority_key_identifier: Identifier::Automatic,
            alternative_names: Vec::new(),
            alternative_names_critical: false,
            extensions: Vec::new(),
            signature: None,
            inner_signature: None,
            outer_signature: None,
            damaged_signature: false,
            trailing: Vec::new(),
            mutate_tbs: None,
        }
    }

    /// The subject: a [`Name`], or text for [`Name::parse`].
    pub fn subject(mut self, name: impl Into<Name>) -> Self {
        self.subject = name.into();
        self
    }

    /// The issuer, instead of the subject of whoever signs.
    pub fn issuer_name(mut self, name: impl Into<Name>) -> Self {
        self.issuer = Some(name.into());
        self
    }

    /// The key of the subject.
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// The version as people count: 3 is written as INTEGER 2, 1 is written by leaving the field out. Version
    /// 1 also leaves out the automatic key identifiers.
    pub fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// The content bytes of the serial number, unchanged.
    pub fn serial(mut self, content: &[u8]) -> Self {
        self.serial = Some(content.to_vec());
        self
    }

    /// The start of validity in Unix seconds.
    pub fn not_before(mut self, unix_seconds: i64) -> Self {
        self.not_before = unix_seconds;
        self
    }

    /// The end of validity in Unix seconds.
    pub fn not_after(mut self, unix_seconds: i64) -> Self {
        self.not_after = unix_seconds;
        self
    }

    /// The whole Validity SEQUENCE, see [`time::validity`].
    pub fn validity_raw(mut self, der: Vec<u8>) -> Self {
        self.validity = Some(der);
        self
    }

    /// The algorithm to sign with, instead of the usual one of the signer's key.
    pub fn signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.signature = Some(algorithm);
        self
    }

    /// Another identifier in the signed part; the signature is made as before.
    pub fn inner_signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.inner_signature = Some(algorithm);
        self
    }

    /// Another identifier beside the signature; the signature is made as before.
    pub fn outer_signature_algorithm(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.outer_signature = Some(algorithm);
        self
    }

    /// Flips a bit in the last byte of the signature: well-formed, and wrong.
    pub fn corrupt_signature(mut self) -> Self {
        self.damaged_signature = true;
        self
    }

    /// Bytes after the outer SEQUENCE.
    pub fn trailing(mut self, bytes: &[u8]) -> Self {
        self.trailing = bytes.to_vec();
        self
    }

    /// Changes the encoded TBSCertificate before it is signed.
    pub fn mutate_tbs(mut self, mutation: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.mutate_tbs = Some(Arc::new(mutation));
        self
    }

    /// Signs with the subject's own key, the issuer being the subject.
    pub fn self_signed(&self) -> Certificate {
        self.build(&self.subject.der(), &self.key, None)
    }

    /// Signs with the key of another certificate, the issuer being exactly its subject bytes.
    pub fn signed_by(&self, issuer: &Certificate) -> Certificate {
        self.build(&issuer.subject_der, &issuer.key, issuer.subject_key_identifier.as_deref())
    }

    /// Signs with a key and a name of which there need be no certificate.
    pub fn signed_by_key(&self, issuer_name: impl Into<Name>, key: &Key) -> Certificate {
        self.build(&issuer_name.into().der(), key, Some(&key.identifier()))
    }

    fn build(&self, signer_name: &[u8], signer: &Key, signer_identifier: Option<&[u8]>) -> Certificate {
        let issuer_der = self.issuer.as_ref().map_or_else(|| signer_name.to_vec(), Name::der);
        let algorithm = self.signature.clone().unwrap_or_else(|| SignatureAlgorithm::for_key(signer));
        let subject_key_identifier = self.chosen(&self.subject_key_identifier, Some(&self.key.identifier()));
        let authority_key_identifier = self.chosen(&self.authority_key_identifier, signer_identifier);
        let after_serial = [
            self.inner_signature.as_ref().unwrap_or(&algorithm).der(),
            issuer_der.clone(),
            self.encoded_validity(),
            self.subject.der(),
            self.key.spki_der().to_vec(),
            self.encoded_extensions(subject_key_identifier.as_deref(), authority_key_identifier.as_deref()),
        ]
        .concat();
        let serial = self.serial.clone().unwrap_or_else(|| serial_from(&after_serial, signer));
        let mut tbs_der =
            der::sequence(&[&self.encoded_version(), &der::integer_raw(&serial), &after_serial]);
        if let Some(mutation) = &self.mutate_tbs {
            mutation(&mut tbs_der);
        }
        let signature = self.sign(&algorithm, signer, &tbs_der);
        Certificate {
            der: self.whole(&tbs_der, &algorithm, &signature),
            tbs_der,
            subject_der: self.subject.der(),
            issuer_der,
            serial,
            signature,
            not_before: self.not_before,
            not_after: self.not_after,
            subject_key_identifier,
            key: self.key.clone(),
        }
    }

    fn sign(&self, algorithm: &SignatureAlgorithm, signer: &Key, tbs_der: &[u8]) -> Vec<u8> {
        let mut signature = algorithm.sign(signer, tbs_der);
        if let (true, Some(last)) = (self.damaged_signature, signature.last_mut()) {
            *last ^= 1;
        }
        signature
    }

    fn whole(&self, tbs_der: &[u8], algorithm: &SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
        let outer = self.outer_signature.as_ref().unwrap_or(algorithm).der();
        let certificate = der::sequence(&[tbs_der, &outer, &der::bit_string(signature)]);
        [certificate.as_slice(), &self.trailing].concat()
    }

    fn chosen(&self, choice: &Identifier, automatic: Option<&[u8]>) -> Option<Vec<u8>> {
        match choice {
            Identifier::Automatic if self.version == 1 => None,
            Identifier::Automatic => automatic.map(<[u8]>::to_vec),
            Identifier::Absent => None,
            Identifier::Exactly(bytes) => Some(bytes.clone()),
        }
    }

    fn encoded_version(&self) -> Vec<u8> {
        match self.version {
            1 => Vec::new(),
            counted => der::context_constructed(0, &der::integer_raw(&[counted.wrapping_sub(1)])),
        }
    }

    fn encoded_validity(&self) -> Vec<u8> {
        let from_times = || time::validity(&time::time(self.not_before), &time::time(self.not_after));
        self.validity.clone().unwrap_or_else(from_times)
    }
}

impl std::fmt::Debug for CertificateBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CertificateBuilder").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Sixteen bytes that differ when the contents or the signer differ: positive, and not shortened by a zero.
fn serial_from(contents: &[u8], signer: &Key) -> Vec<u8> {
    let wide = digest::digest(&digest::SHA256, &[contents, signer.spki_der()].concat());
    let mut serial = wide.as_ref()[..16].to_vec();
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}
