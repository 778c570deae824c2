//! Who holds a private key and signs with it: this process, another program, a PKCS#11 token.

mod command;
mod memory;
#[cfg(feature = "pkcs11")]
mod pkcs11;

use super::MintError;
use super::key::PublicKey;

pub use command::CommandInput;
pub use command::CommandSigner;
#[cfg(feature = "pkcs11")]
pub use pkcs11::Pkcs11Signer;

/// Whoever holds a private key. What it returns is verified before anything is made of it.
pub trait Signer: Send + Sync {
    /// The public half of the key. The signature algorithm follows from it: the hash fits the curve, RSA is PKCS#1 v1.5 with SHA-256
    /// ([`KeyAlgorithm::signature`](super::key::KeyAlgorithm::signature)).
    fn public_key(&self) -> &PublicKey;

    /// Signs: a DER ECDSA-Sig-Value for ECDSA, as many bytes as the modulus has for RSA.
    ///
    /// # Errors
    /// [`MintError::SigningFailed`] with who was asked and what happened.
    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, MintError>;
}
