//! The second step: judged, and not yet signed.

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::finding::Finding;

use super::Draft;
use super::Issued;
use super::MintError;
use super::engine;

/// A draft that the validator accepts. It can be signed, once.
#[derive(Debug)]
pub struct Checked<'a> {
    draft: Draft<'a>,
    certificate: Certificate,
    findings: Vec<Finding>,
}

impl<'a> Checked<'a> {
    pub(super) fn new(draft: Draft<'a>, certificate: Certificate, findings: Vec<Finding>) -> Self {
        Checked { draft, certificate, findings }
    }

    /// The certificate as it will be, all but its signature.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What is worth knowing about a CA although nothing stands against it: warnings and notices.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Lets the real key sign, and compares the certificate with the draft.
    ///
    /// # Errors
    /// [`MintError::SigningFailed`] of the signer; [`MintError::NotAsDrafted`] when anything differs, a wrong signature included.
    pub fn sign(self) -> Result<Issued, MintError> {
        let Checked { draft, certificate, findings } = self;
        let signer = draft.signer();
        let signature = signer.sign(&draft.to_be_signed)?;
        let der = engine::assemble(&draft.to_be_signed, signer.public_key().algorithm(), &signature);
        Issued::verify(&der, &draft, &certificate, findings)
    }
}
