//! Signing with a key in memory.

use crate::mint::MintError;
use crate::mint::key::PrivateKey;
use crate::mint::key::PublicKey;

use super::Signer;

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        PrivateKey::public_key(self)
    }

    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, MintError> {
        PrivateKey::sign(self, to_be_signed)
    }
}
