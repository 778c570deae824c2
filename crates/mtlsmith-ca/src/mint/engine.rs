//! The one place that knows rcgen. It writes the bytes to be signed; what it gets wrong or cannot say is put right here: names are
//! taken byte for byte from the CA and the request, since rcgen keeps one attribute of each type and one string type.

use std::cell::RefCell;

use mtlsmith_validate::name::Name;
use mtlsmith_validate::time::Timestamp;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DistinguishedName;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyIdMethod;
use rcgen::KeyUsagePurpose;
use rcgen::PublicKeyData;
use rcgen::SerialNumber;
use rcgen::SignatureAlgorithm;
use rcgen::SigningKey;
use time::OffsetDateTime;

use super::AlternativeName;
use super::MintError;
use super::Serial;
use super::der;
use super::der::tag;
use super::key::KeyAlgorithm;
use super::key::PublicKey;
use super::request::Validity;

/// Everything that a certificate says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) serial: &'a Serial,
    pub(super) issuer: Name<'a>,
    pub(super) validity: Validity,
    pub(super) subject: Name<'a>,
    pub(super) public_key: &'a PublicKey,
    pub(super) authority_key_identifier: Option<&'a [u8]>,
    pub(super) signer: KeyAlgorithm,
    pub(super) role: Role,
    pub(super) alternative_names: &'a [AlternativeName],
}

/// What the certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Issuing, with at most so many CA certificates below it.
    Authority { path_length: Option<u8> },
    /// Connecting to Temporal Cloud.
    Client,
}

/// The bytes to be signed: a TBSCertificate.
pub(super) fn to_be_signed(content: &Content<'_>) -> Result<Vec<u8>, MintError> {
    let recorder = Recorder { algorithm: algorithm(content.signer), recorded: RefCell::default() };
    let parameters = parameters(content)?;
    // What the issuer is called and which key it has is put in from the CA itself, below.
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name = DistinguishedName::new();
    issuer.key_identifier_method =
        KeyIdMethod::PreSpecified(content.authority_key_identifier.unwrap_or_default().to_vec());
    let issuer = Issuer::from_params(&issuer, &recorder);
    parameters.signed_by(&Carried(content.public_key), &issuer).map_err(failed)?;
    let written = recorder.recorded.take();
    with_names(&written, content.issuer, content.subject)
        .ok_or_else(|| MintError::Engine { problem: "its bytes are not those of a certificate".to_owned() })
}

/// The bytes to be signed of a certificate request: a CertificationRequestInfo.
pub(super) fn request_to_be_signed(
    subject: Name<'_>,
    public_key: &PublicKey,
    alternative_names: &[AlternativeName],
) -> Result<Vec<u8>, MintError> {
    let recorder = RequestRecorder { public_key, recorded: RefCell::default() };
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.subject_alt_names =
        alternative_names.iter().map(AlternativeName::engine).collect::<Result<_, _>>()?;
    parameters.serialize_request(&recorder).map_err(failed)?;
    let written = recorder.recorded.take();
    with_subject(&written, subject)
        .ok_or_else(|| MintError::Engine { problem: "its bytes are not those of a request".to_owned() })
}

/// A certificate or a request from the bytes to be signed and the signature over them.
pub(super) fn assemble(to_be_signed: &[u8], signer: KeyAlgorithm, signature: &[u8]) -> Vec<u8> {
    let algorithm = der::wrap(tag::SEQUENCE, &[signer.signature_identifier()]);
    der::wrap(tag::SEQUENCE, &[to_be_signed, &algorithm, &der::bit_string(signature)])
}

fn parameters(content: &Content<'_>) -> Result<CertificateParams, MintError> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.not_before = date(content.validity.not_before)?;
    parameters.not_after = date(content.validity.not_after)?;
    parameters.serial_number = Some(SerialNumber::from_slice(content.serial.content()));
    parameters.subject_alt_names =
        content.alternative_names.iter().map(AlternativeName::engine).collect::<Result<_, _>>()?;
    parameters.use_authority_key_identifier_extension = content.authority_key_identifier.is_some();
    parameters.key_identifier_method = KeyIdMethod::PreSpecified(content.public_key.identifier().to_vec());
    match content.role {
        Role::Authority { path_length } => {
            let constraints =
                path_length.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained);
            parameters.is_ca = IsCa::Ca(constraints);
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        Role::Client => {
            parameters.is_ca = IsCa::ExplicitNoCa;
            parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
    }
    Ok(parameters)
}

fn date(time: Timestamp) -> Result<OffsetDateTime, MintError> {
    OffsetDateTime::from_unix_timestamp(time.unix()).map_err(|_| MintError::LifetimeRefused {
        seconds: time.unix(),
        problem: "certificates know the years up to 9999 alone",
    })
}

/// A TBSCertificate with these names in the place of those that it has.
fn with_names(written: &[u8], issuer: Name<'_>, subject: Name<'_>) -> Option<Vec<u8>> {
    let content = der::only(written, tag::SEQUENCE)?;
    let mut rest = content;
    for _ in ["version", "serial number", "signature algorithm"] {
        (_, rest) = der::next(rest)?;
    }
    let head = content.get(..content.len() - rest.len())?;
    let (_, rest) = der::expect(rest, tag::SEQUENCE)?;
    let (validity, rest) = der::expect(rest, tag::SEQUENCE)?;
    let (_, rest) = der::expect(rest, tag::SEQUENCE)?;
    Some(der::wrap(tag::SEQUENCE, &[head, issuer.as_der(), validity.full, subject.as_der(), rest]))
}

/// A CertificationRequestInfo with this subject in the place of the one that it has.
fn with_subject(written: &[u8], subject: Name<'_>) -> Option<Vec<u8>> {
    let content = der::only(written, tag::SEQUENCE)?;
    let (version, rest) = der::expect(content, tag::INTEGER)?;
    let (_, rest) = der::expect(rest, tag::SEQUENCE)?;
    Some(der::wrap(tag::SEQUENCE, &[version.full, subject.as_der(), rest]))
}

/// Takes the place of the issuer's key: it keeps what it should sign, and signs nothing.
struct Recorder {
    algorithm: &'static SignatureAlgorithm,
    recorded: RefCell<Vec<u8>>,
}

impl PublicKeyData for Recorder {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Recorder {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        *self.recorded.borrow_mut() = message.to_vec();
        Ok(Vec::new())
    }
}

/// The same for a request, which carries the key that signs it.
struct RequestRecorder<'a> {
    public_key: &'a PublicKey,
    recorded: RefCell<Vec<u8>>,
}

impl PublicKeyData for RequestRecorder<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public_key.bits()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        algorithm(self.public_key.algorithm())
    }
}

impl SigningKey for RequestRecorder<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        *self.recorded.borrow_mut() = message.to_vec();
        Ok(Vec::new())
    }
}

/// The key that the certificate is about.
struct Carried<'a>(&'a PublicKey);

impl PublicKeyData for Carried<'_> {
    fn subject_public_key_info(&self) -> Vec<u8> {
        self.0.info().to_vec()
    }

    fn der_bytes(&self) -> &[u8] {
        self.0.bits()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        algorithm(self.0.algorithm())
    }
}

fn algorithm(key: KeyAlgorithm) -> &'static SignatureAlgorithm {
    match key {
        KeyAlgorithm::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        KeyAlgorithm::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
        KeyAlgorithm::P521 => &rcgen::PKCS_ECDSA_P521_SHA512,
        KeyAlgorithm::Rsa { .. } => &rcgen::PKCS_RSA_SHA256,
    }
}

fn failed(error: rcgen::Error) -> MintError {
    MintError::Engine { problem: error.to_string() }
}
