//! From the bytes of two files to a pair that fits.

use std::fmt;

use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::private_key::PrivateKeyFile;
use rustls::InconsistentKeys;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;

use super::files::CertificateFiles;
use super::files::Contents;
use super::problem::Reason;
use super::problem::ReloadError;

/// A certificate with those above it and its key; the key fits.
pub(super) struct Pair {
    pub(super) certified: CertifiedKey,
    /// The same certificates, read; the leaf first.
    pub(super) chain: Vec<Member>,
}

impl Pair {
    /// Reads both, and compares the public keys.
    pub(super) fn of(
        files: &CertificateFiles,
        contents: &Contents,
        provider: &CryptoProvider,
    ) -> Result<Self, ReloadError> {
        let ders = certificates(&contents.certificate)
            .map_err(|what| ReloadError::at(Reason::NoCertificate, &files.certificate, what))?;
        let chain = mtlsmith_validate::admission::presented(&ders);
        if let Some(broken) = chain.iter().position(|member| member.certificate().is_none()) {
            let what = format!(
                "certificate {} of {} cannot be parsed; write the whole certificate in PEM",
                broken + 1,
                chain.len()
            );
            return Err(ReloadError::at(Reason::NoCertificate, &files.certificate, what));
        }
        let key =
            private_key(&contents.key).map_err(|what| ReloadError::at(Reason::NoKey, &files.key, what))?;
        let key = provider.key_provider.load_private_key(key).map_err(|error| {
            let what = format_args!("holds a key that the provider of cryptography does not load ({error}); use ECDSA P-256 or P-384, or RSA of 2,048 to 4,096 bits");
            ReloadError::at(Reason::KeyNotLoadable, &files.key, what)
        })?;
        let certified = CertifiedKey::new(ders, key);
        match certified.keys_match() {
            Ok(()) => Ok(Pair { certified, chain }),
            Err(error) => Err(mismatch(files, &certified, &chain, &error)),
        }
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}

fn mismatch(
    files: &CertificateFiles,
    certified: &CertifiedKey,
    chain: &[Member],
    error: &rustls::Error,
) -> ReloadError {
    if matches!(error, rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) {
        let what = "holds a key whose public half the provider does not tell, so nobody knows whether it fits; use another provider";
        return ReloadError::at(Reason::KeyNotLoadable, &files.key, what);
    }
    let of_key = certified.key.public_key().map(|key| fingerprint(&key)).unwrap_or_default();
    let leaf = chain.first().and_then(Member::certificate);
    let of_certificate = leaf.map(|leaf| fingerprint(leaf.subject_public_key_info())).unwrap_or_default();
    let what = format_args!(
        "the certificate is for the public key with SHA-256 {of_certificate}, and {} holds that of {of_key}; install the two that belong together, best by switching one link",
        files.key.display()
    );
    ReloadError::at(Reason::KeyMismatch, &files.certificate, what)
}

/// The certificates of a file: PEM, or a single one as DER.
fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    const FIX: &str = "write the client's certificate and those above it in PEM";
    if bytes.first() == Some(&DER_SEQUENCE) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(bytes).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("holds no certificate; {FIX}")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("is damaged ({error}); {FIX}")),
    }
}

/// The key of a file: PKCS#8, SEC1 or PKCS#1, as PEM or DER.
fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    const FIX: &str = "write the key without a passphrase, in PKCS#8, SEC1 or PKCS#1";
    if bytes.first() == Some(&DER_SEQUENCE) {
        return PrivateKeyDer::try_from(bytes)
            .map(|key| key.clone_key())
            .map_err(|error| format!("{error}; {FIX}"));
    }
    PrivateKeyDer::from_pem_slice(bytes).map_err(|_| {
        let file = PrivateKeyFile::read(bytes, None);
        match file.key().map(|key| key.form()) {
            None => format!("holds no private key; {FIX}"),
            Some(form) => format!("holds a key in {}, which rustls does not load; {FIX}", form.as_str()),
        }
    })
}

/// SHA-256 of a public key, lower-case hexadecimal.
fn fingerprint(public_key: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in sha2::Sha256::digest(public_key) {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
    }
    text
}

/// What DER of a certificate or a key begins with; PEM never does.
const DER_SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;
    use mtlsmith_testkit::Key;
    use zeroize::Zeroizing;

    use super::*;
    use crate::default_provider as provider;

    fn read(certificate: &[u8], key: &[u8]) -> Result<Pair, ReloadError> {
        let contents =
            Contents { certificate: Zeroizing::new(certificate.to_vec()), key: Zeroizing::new(key.to_vec()) };
        Pair::of(&CertificateFiles::pair("c.pem", "k.pem"), &contents, &provider())
    }

    fn leaf(key: &Key) -> Certificate {
        testkit::leaf_builder("worker").key(key.clone()).signed_by(&testkit::root("one"))
    }

    #[test]
    fn keys_of_every_form_are_loaded() {
        for key in [Key::p256("a"), Key::p384("a"), Key::rsa2048("a")] {
            let leaf = leaf(&key);
            for text in [key.pkcs8_pem(), key.traditional_pem()] {
                assert!(read(leaf.pem().as_bytes(), text.as_bytes()).is_ok(), "{text:.30}");
            }
            assert!(read(leaf.der(), key.pkcs8_der()).is_ok());
        }
        let root = testkit::root("one");
        let key = Key::p256("a");
        let chain = testkit::bundle(&[&leaf(&key), &root]);
        assert_eq!(read(chain.as_bytes(), key.pkcs8_pem().as_bytes()).unwrap().chain.len(), 2);
    }

    #[test]
    fn what_cannot_be_a_pair_says_which_file_and_why() {
        let (key, other) = (Key::p256("a"), Key::p256("b"));
        let leaf = leaf(&key).pem();
        let secret = key.pkcs8_pem();
        let encrypted = testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]);
        let broken = testkit::pem_block("CERTIFICATE", &[0x30, 0x03, 1, 2, 3]);
        for (certificate, key, reason, says) in [
            (
                leaf.as_str(),
                other.pkcs8_pem(),
                Reason::KeyMismatch,
                "c.pem: the certificate is for the public key",
            ),
            ("", secret.clone(), Reason::NoCertificate, "c.pem: holds no certificate"),
            (secret.as_str(), secret.clone(), Reason::NoCertificate, "c.pem: holds no certificate"),
            (&leaf[..200], secret.clone(), Reason::NoCertificate, "c.pem: is damaged"),
            (broken.as_str(), secret.clone(), Reason::NoCertificate, "certificate 1 of 1 cannot be parsed"),
            (leaf.as_str(), String::new(), Reason::NoKey, "k.pem: holds no private key"),
            (leaf.as_str(), leaf.clone(), Reason::NoKey, "k.pem: holds no private key"),
            (leaf.as_str(), encrypted, Reason::NoKey, "k.pem: holds a key in encrypted PKCS#8"),
            (
                leaf.as_str(),
                testkit::pem_block("PRIVATE KEY", &[0x30, 0x00]),
                Reason::KeyNotLoadable,
                "k.pem: holds a key that",
            ),
        ] {
            let error = read(certificate.as_bytes(), key.as_bytes()).unwrap_err();
            assert_eq!(error.reason(), reason, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(!error.to_string().contains("PRIVATE KEY-----"), "{error}");
        }
    }
}
