//! Certificate requests (PKCS#10, RFC 2986): read for the sake of their key, and written.
//!
//! Of a request that somebody hands in, the key is taken and nothing else: names come from the one who signs, extensions are never
//! copied.

use mtlsmith_validate::name::Name;
use mtlsmith_validate::pem;
use mtlsmith_validate::signature;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::X509CertificationRequest;

use super::AlternativeName;
use super::MintError;
use super::Signer;
use super::Subject;
use super::der;
use super::der::tag;
use super::engine;
use super::issued;
use super::key::PublicKey;
use super::name;

/// A certificate request whose signature was verified: whoever made it holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    public_key: PublicKey,
    subject: Vec<u8>,
}

impl CertificateRequest {
    /// Reads a request, PEM or DER, and verifies its signature by the key it carries: RSA with PKCS#1 or PSS and ECDSA on P-256, P-384
    /// or P-521, each with SHA-256, SHA-384 or SHA-512.
    ///
    /// # Errors
    /// [`MintError::RequestRefused`] when it cannot be read or its signature does not verify, and what [`PublicKey::read`] says of
    /// its key.
    pub fn read(bytes: &[u8]) -> Result<Self, MintError> {
        let der = request_der(bytes)?;
        let (rest, request) = X509CertificationRequest::from_der(&der)
            .map_err(|error| refused(format!("it is no PKCS#10 ({error}); make a new one")))?;
        if !rest.is_empty() {
            return Err(refused(format!("{} bytes follow it; make a new one", rest.len())));
        }
        let info = &request.certification_request_info;
        let public_key = PublicKey::read(info.subject_pki.raw)?;
        verify(&der, &public_key)?;
        Ok(CertificateRequest { public_key, subject: info.subject.as_raw().to_vec() })
    }

    /// The key that it asks to certify.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject that it asks for: to be shown, and to be held against a policy.
    pub fn subject(&self) -> Name<'_> {
        Name::from_der(&self.subject)
    }
}

/// Writes a request for the key of a signer, PEM.
///
/// # Errors
/// [`MintError::AlternativeNameRefused`] for names that cannot stand beside each other, [`MintError::SigningFailed`] of the signer, and
/// [`MintError::RequestRefused`] when the signature that came back is wrong.
pub fn write_request(
    subject: &Subject,
    alternative_names: &[AlternativeName],
    signer: &dyn Signer,
) -> Result<String, MintError> {
    name::agree(alternative_names)?;
    let to_be_signed = engine::request_to_be_signed(subject.name(), signer.public_key(), alternative_names)?;
    let signature = signer.sign(&to_be_signed)?;
    let der = engine::assemble(&to_be_signed, signer.public_key().algorithm(), &signature);
    let read = CertificateRequest::read(&der)?;
    if read.public_key() != signer.public_key() || read.subject() != subject.name() {
        return Err(refused("it is not what was asked for; it was thrown away".to_owned()));
    }
    Ok(issued::block("CERTIFICATE REQUEST", &der))
}

/// The DER of the one request in the bytes.
fn request_der(bytes: &[u8]) -> Result<Vec<u8>, MintError> {
    if bytes.first() == Some(&tag::SEQUENCE) {
        return Ok(bytes.to_vec());
    }
    let scan = pem::scan(bytes);
    let is_request = |block: &&pem::Block| {
        matches!(block.label.as_str(), "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST")
    };
    let mut requests = scan.blocks.iter().filter(is_request);
    let (first, second) = (requests.next(), requests.next());
    match (first.map(|block| &block.body), second) {
        (Some(pem::Body::Delivered(der)), None) => Ok(der.clone()),
        (Some(_), None) => Err(refused("its PEM block is damaged; make a new one".to_owned())),
        (Some(_), Some(_)) => Err(refused("the file holds more than one; sign them one by one".to_owned())),
        (None, _) => Err(refused("there is none in the file; give a PEM or DER file with one".to_owned())),
    }
}

/// Is the request signed by the key that it carries?
fn verify(request: &[u8], key: &PublicKey) -> Result<(), MintError> {
    let broken = || refused("its DER is broken; make a new one".to_owned());
    let content = der::only(request, tag::SEQUENCE).ok_or_else(broken)?;
    let (signed, rest) = der::expect(content, tag::SEQUENCE).ok_or_else(broken)?;
    let (algorithm, rest) = der::expect(rest, tag::SEQUENCE).ok_or_else(broken)?;
    let signature = der::only(rest, tag::BIT_STRING).and_then(der::whole_bytes).ok_or_else(broken)?;
    let key_identifier =
        der::only(key.info(), tag::SEQUENCE).and_then(|info| der::expect(info, tag::SEQUENCE));
    let (key_identifier, _) = key_identifier.ok_or_else(broken)?;
    let fits = |verifier: &&&dyn pki_types::SignatureVerificationAlgorithm| {
        verifier.public_key_alg_id().as_ref() == key_identifier.content
            && verifier.signature_alg_id().as_ref() == algorithm.content
    };
    let verifier = signature::aws_lc_rs().iter().find(fits).ok_or_else(|| {
        refused(
            "it is signed with an algorithm that does not fit its key or is too weak; sign it with SHA-256"
                .to_owned(),
        )
    })?;
    verifier
        .verify_signature(key.bits(), signed.full, signature)
        .map_err(|_| refused("it is not signed by the key that it carries; make a new one".to_owned()))
}

fn refused(problem: String) -> MintError {
    MintError::RequestRefused { problem }
}
