//! Private keys as text: PKCS#8, which every SDK loads, plain or encrypted. All of it in memory that is wiped.

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::SecretDocument;
use pkcs8::der::pem::LineEnding;
use zeroize::Zeroizing;

use crate::mint::MintError;
use crate::mint::Random;

use super::Passphrase;
use super::PrivateKey;
use super::encrypted;

impl PrivateKey {
    /// The key as PKCS#8 in PEM, `PRIVATE KEY`, as every SDK reads it.
    ///
    /// # Errors
    /// [`MintError::KeyUnreadable`] when the library cannot write it.
    pub fn pkcs8_pem(&self) -> Result<Zeroizing<String>, MintError> {
        let document = SecretDocument::try_from(self.pkcs8()?.as_slice()).map_err(unwritable)?;
        document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(unwritable)
    }

    /// The key as PKCS#8 in PEM, `ENCRYPTED PRIVATE KEY`: PBES2 with scrypt (N 16,384, r 8, p 1, as OpenSSL takes it) and
    /// AES-256-CBC. For CA keys: no SDK but Java's loads an encrypted client key.
    ///
    /// # Errors
    /// [`MintError::RandomnessUnavailable`], or [`MintError::PassphraseNeeded`] when the passphrase is empty.
    pub fn encrypted_pkcs8_pem(
        &self,
        passphrase: &Passphrase,
        random: &dyn Random,
    ) -> Result<Zeroizing<String>, MintError> {
        let der = self.pkcs8()?;
        let info = PrivateKeyInfoRef::from_der(&der).map_err(unwritable)?;
        let document = encrypted::encrypt(&info, passphrase, random)?;
        document.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(unwritable)
    }
}

fn unwritable(error: impl std::fmt::Display) -> MintError {
    MintError::KeyUnreadable { problem: format!("it cannot be written: {error}") }
}
