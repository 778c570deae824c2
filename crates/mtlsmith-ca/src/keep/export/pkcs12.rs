//! PKCS#12, which Java reads as a key store: one entry with the key and its chain, encrypted with AES-256 and authenticated with SHA-256.

use p12_keystore::Certificate;
use p12_keystore::KeyStore;
use p12_keystore::KeyStoreEntry;
use p12_keystore::PrivateKey;
use p12_keystore::PrivateKeyChain;
use pki_types::CertificateDer;
use pki_types::PrivatePkcs8KeyDer;
use pki_types::pem::PemObject;
use sha2::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ExportError;

/// The key store.
///
/// # Errors
/// When there is no certificate, when the key is not PKCS#8 in PEM, or when the password is too short for Java's tools.
pub fn pkcs12(
    alias: &str,
    certificates_pem: &[u8],
    key_pem: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, ExportError> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(ExportError::value(
            "password",
            "has less than 6 characters, which Java's keytool refuses",
        ));
    }
    let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem)
        .map_err(|_| ExportError::value("key", "is not an unencrypted PKCS#8 key in PEM"))?;
    let key = Zeroizing::new(key.secret_pkcs8_der().to_vec());
    let chain: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(certificates_pem)
        .collect::<Result<_, _>>()
        .map_err(|_| ExportError::value("certificate", "is not PEM"))?;
    let Some(leaf) = chain.first() else {
        return Err(ExportError::value("certificate", "is missing"));
    };
    let identifier = Sha256::digest(leaf).to_vec();
    let certificates = chain
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ExportError::value("certificate", "cannot be read"))?;
    let key = PrivateKey::from_der(&key).map_err(|_| ExportError::value("key", "cannot be read"))?;
    let mut store = KeyStore::new();
    store.add_entry(
        alias,
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(identifier, key, certificates)),
    );
    let bytes = store.writer(password).encryption_iterations(ITERATIONS).mac_iterations(ITERATIONS).write();
    bytes.map(Zeroizing::new).map_err(|_| ExportError::value("key store", "could not be made"))
}

/// What keytool insists on.
const SHORTEST_PASSWORD: usize = 6;

/// What Java writes too; the file is opened at each start of a worker, so more would be felt.
const ITERATIONS: u32 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use mtlsmith_testkit as testkit;

    #[test]
    fn a_short_password_a_missing_certificate_and_a_foreign_key_are_refused() {
        let leaf = testkit::leaf("worker", &testkit::root("root"));
        let (pem, key) = (leaf.pem(), leaf.key().pkcs8_pem());
        assert!(pkcs12("w", pem.as_bytes(), key.as_bytes(), "12345").is_err());
        assert!(pkcs12("w", b"", key.as_bytes(), "123456").is_err());
        assert!(pkcs12("w", pem.as_bytes(), b"-----BEGIN EC PRIVATE KEY-----\n", "123456").is_err());
        assert!(pkcs12("w", pem.as_bytes(), key.as_bytes(), "123456").is_ok());
    }
}
