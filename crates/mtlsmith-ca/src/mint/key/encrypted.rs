//! Encrypted PKCS#8 (PBES2), with an upper bound on what a file may make us compute.

use std::fmt;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::SecretDocument;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::pkcs5::scrypt;
use zeroize::Zeroizing;

use crate::mint::MintError;
use crate::mint::Random;

/// A passphrase, from wherever the caller had it: a terminal, a file, the environment. Wiped when dropped, never shown.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes as they are; a line end that a file carries behind the passphrase is for the caller to take off.
    pub fn new(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Passphrase(bytes.into())
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The passphrase as text, if it is text.
    #[cfg(feature = "pkcs11")]
    pub(in crate::mint) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase([secret])")
    }
}

/// The PKCS#8 inside an EncryptedPrivateKeyInfo.
pub(super) fn decrypt(der: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, MintError> {
    let refused = |problem: String| MintError::EncryptionRefused { problem };
    let info = EncryptedPrivateKeyInfoRef::from_der(der)
        .map_err(|error| refused(format!("it is no PKCS#8 with PBES2 ({error})")))?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(refused("it uses PBES1, which is broken".to_owned()));
    };
    affordable(&parameters.kdf).map_err(refused)?;
    match info.decrypt(&*passphrase.0) {
        Ok(document) => Ok(document.to_bytes()),
        Err(pkcs8::Error::Asn1(_)) => Err(MintError::WrongPassphrase), // padding fits by chance once in 256 times
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed)) => {
            Err(MintError::WrongPassphrase)
        }
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Encrypts with fresh salt and initialisation vector.
pub(super) fn encrypt(
    info: &PrivateKeyInfoRef<'_>,
    passphrase: &Passphrase,
    random: &dyn Random,
) -> Result<SecretDocument, MintError> {
    if passphrase.is_empty() {
        return Err(MintError::PassphraseNeeded);
    }
    let (mut salt, mut vector) = ([0; 16], [0; 16]);
    random.fill(&mut salt)?;
    random.fill(&mut vector)?;
    let failed = |error: String| MintError::EncryptionRefused { problem: error };
    let cost = scrypt::Params::new(LOG_N, 8, 1).map_err(|error| failed(error.to_string()))?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, &salt, vector)
        .map_err(|error| failed(error.to_string()))?;
    info.encrypt_with_params(parameters, &*passphrase.0).map_err(|error| failed(error.to_string()))
}

/// A file says itself how long its key takes to derive; one that asks for more than any tool writes is not tried.
fn affordable(kdf: &Kdf) -> Result<(), String> {
    match kdf {
        Kdf::Pbkdf2(cost) if cost.iteration_count > ITERATIONS_TRIED => Err(format!(
            "it asks for {} rounds of PBKDF2, and at most {ITERATIONS_TRIED} are tried",
            cost.iteration_count
        )),
        Kdf::Scrypt(cost) => {
            let memory = cost.cost_parameter.saturating_mul(128).saturating_mul(cost.block_size.into());
            let work = memory.saturating_mul(cost.parallelization.into());
            if work > SCRYPT_WORK_TRIED {
                return Err(format!(
                    "it asks for {work} bytes of work by scrypt, and at most {SCRYPT_WORK_TRIED} are tried"
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// scrypt's N as a power of two: 16,384, what OpenSSL's own `-scrypt` writes and its reader takes without a raised memory limit.
const LOG_N: u8 = 14;

/// Rounds of PBKDF2: OWASP recommends 600,000; ten million take some seconds.
const ITERATIONS_TRIED: u32 = 10_000_000;

/// 128·N·r·p: sixteen times what [`LOG_N`] costs, and the 256 MiB that N 2^18 with r 8 takes.
const SCRYPT_WORK_TRIED: u64 = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::SystemRandom;
    use crate::mint::key::KeyKind;
    use crate::mint::key::PrivateKey;

    fn encrypted() -> (PrivateKey, SecretDocument) {
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        let der = key.pkcs8().unwrap();
        let info = PrivateKeyInfoRef::from_der(&der).unwrap();
        let document = encrypt(&info, &Passphrase::new(b"correct".to_vec()), &SystemRandom).unwrap();
        (key, document)
    }

    #[test]
    fn the_passphrase_opens_what_it_closed() {
        let (key, document) = encrypted();
        let opened = decrypt(document.as_bytes(), &Passphrase::new(b"correct".to_vec())).unwrap();
        assert_eq!(opened, key.pkcs8().unwrap());
        let wrong = decrypt(document.as_bytes(), &Passphrase::new(b"wrong".to_vec()));
        assert!(matches!(wrong, Err(MintError::WrongPassphrase)));
    }

    #[test]
    fn an_empty_passphrase_closes_nothing() {
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        let refused = key.encrypted_pkcs8_pem(&Passphrase::new(Vec::new()), &SystemRandom);
        assert!(matches!(refused, Err(MintError::PassphraseNeeded)));
    }

    #[test]
    fn files_that_ask_for_too_much_work_are_not_tried() {
        let salt = [0; 8];
        let dear = scrypt::Params::new(22, 8, 1).unwrap();
        let dear = Parameters::generate_scrypt_aes256cbc(dear, &salt, [0; 16]).unwrap();
        assert!(affordable(&dear.kdf).unwrap_err().contains("scrypt"));
        let most = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS_TRIED, &salt, [0; 16]).unwrap();
        assert!(affordable(&most.kdf).is_ok());
        let above =
            Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS_TRIED + 1, &salt, [0; 16]).unwrap();
        assert!(affordable(&above.kdf).unwrap_err().contains("PBKDF2"));
    }
}
