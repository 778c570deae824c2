//! Without aws-lc-rs no key stays read: what stands in the place of `aws_lc`.

use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;

/// There is none.
#[derive(Debug, Clone)]
pub(crate) enum PreparedKey {}

impl PreparedKey {
    pub(crate) fn read(_: &dyn SignatureVerificationAlgorithm, _: &[u8]) -> Option<Self> {
        None
    }

    pub(crate) fn is(&self, _: &dyn SignatureVerificationAlgorithm, _: &[u8]) -> bool {
        match *self {}
    }

    pub(crate) fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
        match *self {}
    }
}
