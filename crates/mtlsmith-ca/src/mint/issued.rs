//! The third step: signed, read again, and compared with what was asked for.

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::finding::Finding;
use pkcs8::der::pem;
use pkcs8::der::pem::LineEnding;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::X509Certificate;

use super::Draft;
use super::MintError;
use super::Serial;
use super::engine::Role;
use super::key::hex;

/// A certificate that was signed, read again, and found to be what was asked for.
#[derive(Debug)]
pub struct Issued {
    certificate: Certificate,
    serial: Serial,
    findings: Vec<Finding>,
}

impl Issued {
    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// DER.
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// PEM: one `CERTIFICATE` block, 64 columns, LF.
    pub fn pem(&self) -> String {
        certificate_pem(self.der())
    }

    /// The serial number that was drawn for it.
    pub fn serial(&self) -> &Serial {
        &self.serial
    }

    /// What is worth knowing about a CA although nothing stands against it: warnings and notices.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Reads what was signed and compares all of it.
    pub(super) fn verify(
        der: &[u8],
        draft: &Draft<'_>,
        judged: &Certificate,
        findings: Vec<Finding>,
    ) -> Result<Self, MintError> {
        let (certificate, trailing) =
            Certificate::read(der).map_err(|unparsable| differs("bytes", "a certificate", unparsable))?;
        same("length", &0, &trailing)?;
        same_bytes("signed part", judged.signed_part(), certificate.signed_part())?;
        let authority = draft.authority();
        let issuer = authority.map_or(&certificate, |authority| authority.certificate());
        same_bytes("issuer", issuer.subject().as_der(), certificate.issuer().as_der())?;
        same_bytes("serial number", draft.serial.content(), certificate.serial())?;
        same_bytes("public key", draft.public_key.info(), certificate.subject_public_key_info())?;
        if let Some(authority) = authority {
            let identifiers = [issuer.subject_key_identifier(), certificate.authority_key_identifier()];
            let [expected, found] = identifiers.map(Option::unwrap_or_default);
            same_bytes("authority key identifier", expected, found)?;
            let validity = authority.validity();
            if certificate.not_before() < validity.not_before || certificate.not_after() > validity.not_after
            {
                return Err(differs("validity", validity.not_after, certificate.not_after()));
            }
            if authority.certificates().any(|above| certificate.subject().is_canonically(above.subject())) {
                return Err(differs("subject", "unlike those of the CAs above it", certificate.subject()));
            }
        }
        same("role as a CA", &matches!(draft.role, Role::Authority { .. }), &certificate.is_ca())?;
        let verified = match authority {
            Some(authority) => {
                authority.verifier().verify_sig(certificate.signed_part(), certificate.signature())
            }
            None => {
                draft.public_key.verifier()?.verify_sig(certificate.signed_part(), certificate.signature())
            }
        };
        verified.map_err(|_| differs("signature", "one by the CA's key", "one that does not verify"))?;
        same("signature algorithm", &true, &certificate.signature_algorithms_agree())?;
        second_reader_agrees(&certificate)?;
        Ok(Issued { certificate, serial: draft.serial.clone(), findings })
    }
}

/// Another parser must read the certificate to its end and see the same in it.
fn second_reader_agrees(certificate: &Certificate) -> Result<(), MintError> {
    let (rest, other) = X509Certificate::from_der(certificate.der())
        .map_err(|error| differs("bytes, to a second reader,", "a certificate", error))?;
    same("length", &0, &rest.len())?;
    same_bytes("issuer", certificate.issuer().as_der(), other.issuer().as_raw())?;
    same_bytes("subject", certificate.subject().as_der(), other.subject().as_raw())?;
    same_bytes("serial number", certificate.serial(), other.raw_serial())?;
    same_bytes("public key", certificate.subject_public_key_info(), other.public_key().raw)?;
    same("first second", &certificate.not_before().unix(), &other.validity().not_before.timestamp())?;
    same("last second", &certificate.not_after().unix(), &other.validity().not_after.timestamp())?;
    same("role as a CA", &certificate.is_ca(), &other.is_ca())?;
    same("number of extensions", &certificate.extensions().count(), &other.extensions().len())
}

fn same<T: PartialEq + ToString>(what: &'static str, expected: &T, found: &T) -> Result<(), MintError> {
    if expected == found { Ok(()) } else { Err(differs(what, expected.to_string(), found.to_string())) }
}

fn same_bytes(what: &'static str, expected: &[u8], found: &[u8]) -> Result<(), MintError> {
    if expected == found { Ok(()) } else { Err(differs(what, hex(expected), hex(found))) }
}

fn differs(what: &'static str, expected: impl ToString, found: impl ToString) -> MintError {
    MintError::NotAsDrafted { what, expected: expected.to_string(), found: found.to_string() }
}

/// One `CERTIFICATE` block: 64 columns, LF.
pub fn certificate_pem(der: &[u8]) -> String {
    block("CERTIFICATE", der)
}

/// One PEM block, 64 columns, LF.
pub(super) fn block(label: &'static str, der: &[u8]) -> String {
    // It fails for labels that are none and for lengths beyond memory.
    pem::encode_string(label, LineEnding::LF, der).unwrap_or_default()
}
