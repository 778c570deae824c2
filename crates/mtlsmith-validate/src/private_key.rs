//! The file with a client's private key: what kind of key it holds and in which form, never the key itself.
//!
//! Nothing here keeps a secret number: of a key stay its form, its kind and its public half. The copies that reading makes are
//! overwritten before they are let go.

mod content;

use zeroize::Zeroize;

use crate::input;
use crate::key::PublicKey;
use crate::pem;
use crate::pem::Block;
use crate::pem::Body;
use content::Content;

/// How the public key of a private key is worked out: DER of the key as it stands in the file (PKCS#8, PKCS#1 or SEC1) to DER of the
/// SubjectPublicKeyInfo.
pub type Derive<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// A file with a private key, as far as anything but its owner may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKeyFile {
    keys: Vec<PrivateKey>,
    is_pem: bool,
    before: Option<String>,
}

/// A private key of a file, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateKey {
    form: KeyForm,
    kind: Option<PublicKey>,
    public: Option<Vec<u8>>,
}

/// The form in which a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// PKCS#8 (RFC 5958), `PRIVATE KEY`.
    Pkcs8,
    /// PKCS#1 (RFC 8017), `RSA PRIVATE KEY`.
    Pkcs1,
    /// SEC1 (RFC 5915), `EC PRIVATE KEY`.
    Sec1,
    /// PKCS#8 under a passphrase, `ENCRYPTED PRIVATE KEY`.
    EncryptedPkcs8,
    /// Any other form under a passphrase, by PEM headers such as `DEK-Info` (RFC 1421).
    EncryptedLegacy,
    /// OpenSSH's own form.
    OpenSsh,
    /// Announced as a private key, and nothing that can be read.
    Unreadable,
}

impl PrivateKeyFile {
    /// Reads a file: PEM, or one key in DER. Never fails: a file without a key has none. `derive` is asked for the public key of each
    /// key that can be read; without it, a key tells its public half only where its form carries it along.
    pub fn read(bytes: &[u8], derive: Option<Derive<'_>>) -> Self {
        let scan = pem::scan(bytes);
        if scan.blocks.is_empty() {
            let keys = if input::is_private_key(bytes) || content::is_encrypted(bytes) {
                vec![PrivateKey::of(Content::read(bytes), derive, bytes)]
            } else {
                Vec::new()
            };
            return PrivateKeyFile { keys, is_pem: false, before: None };
        }
        let before = scan.blocks.first().filter(|block| !block.is_private_key()).map(Block::shown_label);
        let keys: Vec<PrivateKey> = scan
            .blocks
            .iter()
            .filter(|block| block.is_private_key())
            .map(|block| of_block(block, derive))
            .collect();
        for block in scan.blocks {
            if let Body::Delivered(mut der) | Body::Skipped { recovered: Some(mut der), .. } = block.body {
                der.zeroize();
            }
        }
        let before = before.filter(|_| !keys.is_empty());
        PrivateKeyFile { keys, is_pem: true, before }
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> &[PrivateKey] {
        &self.keys
    }

    /// The first key, which is the one that programs load.
    pub fn key(&self) -> Option<&PrivateKey> {
        self.keys.first()
    }

    /// Is the file PEM? The SDKs load no other.
    pub fn is_pem(&self) -> bool {
        self.is_pem
    }

    /// The label of the first PEM block when it is no key, as in `EC PARAMETERS`, and a key follows.
    pub fn before_the_key(&self) -> Option<&str> {
        self.before.as_deref()
    }
}

impl PrivateKey {
    fn of(content: Content, derive: Option<Derive<'_>>, der: &[u8]) -> Self {
        let Content { form, kind, public } = content;
        // The half that a key carries along might be another's; the one worked out cannot.
        let derived = derive.filter(|_| kind.is_some()).and_then(|derive| derive(der));
        PrivateKey { form, kind, public: derived.or(public) }
    }

    /// The form in which it is written.
    pub fn form(&self) -> KeyForm {
        self.form
    }

    /// What kind of key it is, and of which size; the form of an elliptic curve point means nothing here. `None` when it cannot be
    /// seen, since the key is encrypted or broken.
    pub fn kind(&self) -> Option<&PublicKey> {
        self.kind.as_ref()
    }

    /// The SubjectPublicKeyInfo of the public half, when it is known.
    pub fn public_key_info(&self) -> Option<&[u8]> {
        self.public.as_deref()
    }
}

fn of_block(block: &Block, derive: Option<Derive<'_>>) -> PrivateKey {
    let announced = |form| PrivateKey { form, kind: None, public: None };
    let label = block.label.trim();
    let Body::Delivered(der) = &block.body else { return announced(KeyForm::Unreadable) };
    if block.headers > 0 {
        return announced(KeyForm::EncryptedLegacy);
    }
    match label {
        "ENCRYPTED PRIVATE KEY" => announced(KeyForm::EncryptedPkcs8),
        "OPENSSH PRIVATE KEY" => announced(KeyForm::OpenSsh),
        _ => PrivateKey::of(Content::read(der), derive, der),
    }
}

impl KeyForm {
    /// The form by its usual name.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyForm::Pkcs8 => "PKCS#8",
            KeyForm::Pkcs1 => "PKCS#1",
            KeyForm::Sec1 => "SEC1",
            KeyForm::EncryptedPkcs8 => "encrypted PKCS#8",
            KeyForm::EncryptedLegacy => "the encrypted form of old OpenSSL",
            KeyForm::OpenSsh => "OpenSSH's own form",
            KeyForm::Unreadable => "unreadable",
        }
    }

    /// Does it take a passphrase to read the key?
    pub const fn is_encrypted(self) -> bool {
        matches!(self, KeyForm::EncryptedPkcs8 | KeyForm::EncryptedLegacy)
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::*;
    use crate::key::Curve;

    fn only(bytes: impl AsRef<[u8]>) -> PrivateKey {
        let file = PrivateKeyFile::read(bytes.as_ref(), None);
        assert_eq!(file.keys().len(), 1);
        file.keys()[0].clone()
    }

    fn curve(key: &PrivateKey) -> Curve {
        key.kind().unwrap().ec().unwrap().curve.clone()
    }

    #[test]
    fn plain_keys_tell_form_kind_and_public_half() {
        let (ec, rsa) = (Key::p384("file"), Key::rsa2048("file"));
        for (text, form, key) in [
            (ec.pkcs8_pem(), KeyForm::Pkcs8, &ec),
            (ec.traditional_pem(), KeyForm::Sec1, &ec),
            (rsa.pkcs8_pem(), KeyForm::Pkcs8, &rsa),
            (rsa.traditional_pem(), KeyForm::Pkcs1, &rsa),
        ] {
            let read = only(&text);
            assert_eq!(read.form(), form);
            assert_eq!(read.public_key_info(), Some(key.spki_der()), "{form:?}");
        }
        assert_eq!(curve(&only(ec.pkcs8_pem())), Curve::P384);
        assert_eq!(only(rsa.traditional_pem()).kind().unwrap().rsa().unwrap().modulus_bits, 2048);
        assert_eq!(only(Key::ed25519("file").pkcs8_pem()).kind(), Some(&PublicKey::Ed25519));
    }

    #[test]
    fn der_is_read_as_well_and_known_not_to_be_pem() {
        let key = Key::p256("file");
        let file = PrivateKeyFile::read(key.pkcs8_der(), None);
        assert!(!file.is_pem());
        assert_eq!(file.key().unwrap().public_key_info(), Some(key.spki_der()));
        assert!(PrivateKeyFile::read(testkit::root("a").der(), None).keys().is_empty());
        assert!(PrivateKeyFile::read(b"", None).keys().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        let key = Key::p256("file");
        let body = key.traditional_pem().lines().nth(1).unwrap().to_owned();
        let legacy = format!(
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{body}\n-----END EC PRIVATE KEY-----\n"
        );
        for (text, form) in [
            (legacy, KeyForm::EncryptedLegacy),
            (testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]), KeyForm::EncryptedPkcs8),
            (testkit::pem_block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"), KeyForm::OpenSsh),
            (testkit::pem_block("PRIVATE KEY", &[0x30, 0x00]), KeyForm::Unreadable),
            (format!("  {}", key.pkcs8_pem()), KeyForm::Unreadable),
        ] {
            let read = only(&text);
            assert_eq!(read.form(), form, "{text}");
            assert!(read.kind().is_none() && read.public_key_info().is_none());
            assert_eq!(form.is_encrypted(), form.as_str().contains("encrypted"));
        }
    }

    #[test]
    fn the_public_half_worked_out_goes_before_the_one_carried_along() {
        let key = Key::p256("file");
        let derive = |der: &[u8]| (der == key.pkcs8_der()).then(|| vec![1]);
        let file = PrivateKeyFile::read(key.pkcs8_pem().as_bytes(), Some(&derive));
        assert_eq!(file.key().unwrap().public_key_info(), Some(&[1][..]));
        let file = PrivateKeyFile::read(key.traditional_pem().as_bytes(), Some(&derive));
        assert_eq!(file.key().unwrap().public_key_info(), Some(key.spki_der()));
    }

    #[test]
    fn what_stands_before_the_key_is_named() {
        let key = Key::p256("file").traditional_pem();
        let parameters = testkit::pem_block("EC PARAMETERS", &[0x06, 0x00]);
        let file = PrivateKeyFile::read(format!("{parameters}{key}").as_bytes(), None);
        assert_eq!(file.before_the_key(), Some("EC PARAMETERS"));
        assert_eq!(
            PrivateKeyFile::read(format!("{key}{parameters}").as_bytes(), None).before_the_key(),
            None
        );
        assert_eq!(PrivateKeyFile::read(parameters.as_bytes(), None).before_the_key(), None);
    }

    #[test]
    fn what_is_kept_shows_no_secret_number() {
        let key = Key::p256("file");
        let text = format!("{:?}", PrivateKeyFile::read(key.pkcs8_pem().as_bytes(), None));
        let secret = &key.pkcs8_der()[36..68];
        assert!(!text.contains(&format!("{secret:?}").trim_matches(['[', ']'])[..20]));
    }
}
