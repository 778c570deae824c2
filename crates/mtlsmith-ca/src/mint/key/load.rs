//! Private keys that users bring: PKCS#8, SEC1 and PKCS#1, in PEM or DER, plain or encrypted.

use aws_lc_rs::signature::RsaKeyPair;
use mtlsmith_validate::pem;
use mtlsmith_validate::pem::Body;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use zeroize::Zeroizing;

use crate::mint::MintError;
use crate::mint::der;
use crate::mint::der::tag;
use crate::mint::error::CONVERT;

use super::KeyAlgorithm;
use super::Passphrase;
use super::PrivateKey;
use super::kind;
use super::public;

/// A key that was read, and how it was written.
#[derive(Debug)]
pub struct LoadedKey {
    /// The key.
    pub key: PrivateKey,
    /// How it was written.
    pub form: KeyForm,
    /// Was it encrypted?
    pub encrypted: bool,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// PKCS#8, `PRIVATE KEY`.
    Pkcs8,
    /// SEC1, `EC PRIVATE KEY`.
    Sec1,
    /// PKCS#1, `RSA PRIVATE KEY`.
    Pkcs1,
}

impl PrivateKey {
    /// Reads a private key. `passphrase` is asked once, and only when the key is encrypted; it answers `None` when there is none.
    ///
    /// In PEM, blocks that are no key are passed over (`openssl ecparam -genkey` writes `EC PARAMETERS` first); two keys are an error.
    ///
    /// # Errors
    /// [`MintError::KeyUnreadable`], [`MintError::KeyKindRefused`], and for encrypted keys [`MintError::PassphraseNeeded`],
    /// [`MintError::WrongPassphrase`] and [`MintError::EncryptionRefused`].
    pub fn read(
        bytes: &[u8],
        passphrase: impl FnOnce() -> Result<Option<Passphrase>, MintError>,
    ) -> Result<LoadedKey, MintError> {
        let (label, der) = key_block(bytes)?;
        match label.as_str() {
            "ENCRYPTED PRIVATE KEY" => encrypted_key(&der, passphrase),
            "" if is_encrypted(&der) => encrypted_key(&der, passphrase),
            _ => plain_key(&der).map(|(key, form)| LoadedKey { key, form, encrypted: false }),
        }
    }

    /// Reads a private key that is not encrypted.
    ///
    /// # Errors
    /// As [`PrivateKey::read`]; [`MintError::PassphraseNeeded`] when it is encrypted after all.
    pub fn read_plain(bytes: &[u8]) -> Result<Self, MintError> {
        PrivateKey::read(bytes, || Ok(None)).map(|loaded| loaded.key)
    }
}

fn encrypted_key(
    der: &[u8],
    passphrase: impl FnOnce() -> Result<Option<Passphrase>, MintError>,
) -> Result<LoadedKey, MintError> {
    let passphrase = passphrase()?.ok_or(MintError::PassphraseNeeded)?;
    let opened = super::encrypted::decrypt(der, &passphrase)?;
    let (key, form) = plain_key(&opened)?;
    Ok(LoadedKey { key, form, encrypted: true })
}

/// The label and content of the one key in a PEM text; an empty label for DER.
fn key_block(bytes: &[u8]) -> Result<(String, Zeroizing<Vec<u8>>), MintError> {
    if bytes.first() == Some(&tag::SEQUENCE) {
        return Ok((String::new(), Zeroizing::new(bytes.to_vec())));
    }
    let mut found = None;
    for block in pem::scan(bytes).blocks {
        let is_key = block.label.ends_with("PRIVATE KEY");
        let has_headers = block.headers > 0;
        let content = match block.body {
            Body::Delivered(content) => Some(Zeroizing::new(content)),
            Body::Skipped { recovered, .. } => {
                drop(recovered.map(Zeroizing::new));
                None
            }
        };
        if !is_key {
            continue;
        }
        let Some(content) = content else {
            return Err(unreadable(format!("its PEM block is damaged; {CONVERT}")));
        };
        if has_headers {
            return Err(MintError::EncryptionRefused {
                problem:
                    "it has the old OpenSSL header `DEK-Info`, which derives its key with one round of MD5"
                        .to_owned(),
            });
        }
        if found.replace((block.label, content)).is_some() {
            return Err(unreadable("the file holds more than one private key; leave one".to_owned()));
        }
    }
    found.ok_or_else(|| {
        unreadable("there is no private key in it; give a PEM or DER file with one".to_owned())
    })
}

/// Is this DER an EncryptedPrivateKeyInfo: a SEQUENCE that starts with a SEQUENCE, where plain keys start with their version?
fn is_encrypted(der: &[u8]) -> bool {
    der::only(der, tag::SEQUENCE).and_then(der::next).is_some_and(|(first, _)| first.tag == tag::SEQUENCE)
}

fn plain_key(der: &[u8]) -> Result<(PrivateKey, KeyForm), MintError> {
    let mut fields = der::only(der, tag::SEQUENCE).and_then(|content| der::expect(content, tag::INTEGER));
    let Some((_, after_version)) = fields.take() else {
        return Err(unreadable(format!("it is neither PKCS#8 nor SEC1 nor PKCS#1; {CONVERT}")));
    };
    match der::next(after_version).map(|(element, _)| element.tag) {
        Some(tag::SEQUENCE) => Ok((pkcs8(der)?, KeyForm::Pkcs8)),
        Some(tag::INTEGER) => Ok((pkcs1(der, after_version)?, KeyForm::Pkcs1)),
        _ => Ok((sec1(der)?, KeyForm::Sec1)),
    }
}

fn pkcs8(der: &[u8]) -> Result<PrivateKey, MintError> {
    let info = PrivateKeyInfoRef::from_der(der)
        .map_err(|error| unreadable(format!("it is no PKCS#8 ({error}); {CONVERT}")))?;
    match info.algorithm.oid.to_string().as_str() {
        RSA => {
            let key = info.private_key.as_bytes();
            let fields = der::only(key, tag::SEQUENCE).and_then(|content| der::expect(content, tag::INTEGER));
            let (_, after_version) =
                fields.ok_or_else(|| unreadable(format!("the RSA key is broken; {CONVERT}")))?;
            pkcs1(key, after_version)
        }
        EC => sec1(der),
        ED25519 => Err(kind::edwards("Ed25519")),
        other => Err(MintError::KeyKindRefused {
            kind: other.to_owned(),
            reason: "only RSA, P-256, P-384 and P-521 are taken; make a new key",
            code: Some(kind::UNSUPPORTED_KEY_TYPE),
        }),
    }
}

/// A SEC1 key, or one in PKCS#8; the library reads both. A curve that is not the one tried is not taken by it.
fn sec1(der: &[u8]) -> Result<PrivateKey, MintError> {
    [KeyAlgorithm::P256, KeyAlgorithm::P384, KeyAlgorithm::P521]
        .into_iter()
        .find_map(|algorithm| PrivateKey::ecdsa(algorithm, der))
        .ok_or_else(|| MintError::KeyKindRefused {
            kind: "elliptic curve".to_owned(),
            reason: "it is on none of P-256, P-384 and P-521, or it is broken; make a new key",
            code: Some(UNSUPPORTED_CURVE),
        })
}

fn pkcs1(der: &[u8], after_version: &[u8]) -> Result<PrivateKey, MintError> {
    let modulus = der::expect(after_version, tag::INTEGER)
        .and_then(|(modulus, _)| public::modulus_bits(modulus.content));
    if let Some(bits) = modulus.filter(|bits| *bits < 2_048) {
        return Err(MintError::KeyKindRefused {
            kind: format!("RSA {bits}"),
            reason: "the least is 2048 bits; make a new key",
            code: Some(public::RSA_TOO_SMALL),
        });
    }
    let pair = RsaKeyPair::from_der(der)
        .map_err(|error| unreadable(format!("the RSA key is not consistent ({error}); make a new one")))?;
    PrivateKey::rsa(pair)
}

fn unreadable(problem: String) -> MintError {
    MintError::KeyUnreadable { problem }
}

/// `CA-010 unsupported-curve`.
const UNSUPPORTED_CURVE: &str = "CA-010";

// Key algorithms (RFC 3279 section 2.3.1, RFC 5480 section 2.1.1, RFC 8410 section 3).
const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::key::KeyKind;

    #[test]
    fn what_is_written_is_read_back() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048] {
            let key = PrivateKey::generate(kind).unwrap();
            let read = PrivateKey::read_plain(key.pkcs8_pem().unwrap().as_bytes()).unwrap();
            assert_eq!(read.public_key(), key.public_key());
            let read = PrivateKey::read_plain(&key.pkcs8().unwrap()).unwrap();
            assert_eq!(read.algorithm(), kind.algorithm());
        }
    }

    #[test]
    fn two_keys_in_one_file_are_not_chosen_between() {
        let keys = [(); 2].map(|()| PrivateKey::generate(KeyKind::P256).unwrap().pkcs8_pem().unwrap());
        let both = format!("{}{}", keys[0].as_str(), keys[1].as_str());
        let refused = PrivateKey::read_plain(both.as_bytes()).unwrap_err();
        assert!(refused.to_string().contains("more than one private key"), "{refused}");
    }

    #[test]
    fn what_is_no_key_is_refused_in_words() {
        for bytes in [&b""[..], b"hello", b"\x30\x00", b"\x30\x03\x02\x01\x00"] {
            assert!(PrivateKey::read_plain(bytes).is_err(), "{bytes:?}");
        }
    }
}
