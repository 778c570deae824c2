//! Private keys in memory. They cannot be cloned, compared, serialised or printed; their bytes leave only as wiped buffers.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING;
use aws_lc_rs::signature::ECDSA_P521_SHA512_ASN1_SIGNING;
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::signature::EcdsaSigningAlgorithm;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use aws_lc_rs::signature::RsaKeyPair;
use zeroize::Zeroizing;

use crate::mint::MintError;

use super::KeyAlgorithm;
use super::KeyKind;
use super::PublicKey;

/// A private key. Its memory belongs to aws-lc, which wipes it when the key is dropped.
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`MintError::KeyGenerationFailed`] when the library cannot, as without randomness.
    pub fn generate(kind: KeyKind) -> Result<Self, MintError> {
        let failed = |_| MintError::KeyGenerationFailed { kind: kind.as_str() };
        let rsa = |size| RsaKeyPair::generate(size).map(|pair| Pair::Rsa(Box::new(pair)));
        let pair = match kind {
            KeyKind::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Pair::Ecdsa),
            KeyKind::P384 => EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map(Pair::Ecdsa),
            KeyKind::P521 => EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).map(Pair::Ecdsa),
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
        };
        let pair = pair.map_err(failed)?;
        let public = PublicKey::from_bits(kind.algorithm(), bits(&pair));
        Ok(PrivateKey { pair, public })
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The public half as a SubjectPublicKeyInfo, DER.
    pub fn public_key_info(&self) -> &[u8] {
        self.public.info()
    }

    /// What it is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.public.algorithm()
    }

    /// Signs with the algorithm that goes with the key, [`KeyAlgorithm::signature`].
    ///
    /// # Errors
    /// [`MintError::SigningFailed`] when the library cannot.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, MintError> {
        let failed = |_| MintError::SigningFailed {
            signer: "the key in memory".to_owned(),
            problem: "the library failed; try again".to_owned(),
        };
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }

    /// The key as PKCS#8, DER.
    ///
    /// # Errors
    /// [`MintError::KeyUnreadable`] when the library cannot write it.
    pub fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, MintError> {
        let failed = |_| MintError::KeyUnreadable { problem: "the library cannot write it".to_owned() };
        Ok(Zeroizing::new(match &self.pair {
            // The library's documents wipe themselves.
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec(),
            Pair::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(&**pair).map_err(failed)?.as_ref().to_vec(),
        }))
    }

    /// From DER: PKCS#8, or SEC1 that names its curve or not. `None` when it is no ECDSA key of this algorithm.
    pub(super) fn ecdsa(algorithm: KeyAlgorithm, der: &[u8]) -> Option<Self> {
        let signing: &'static EcdsaSigningAlgorithm = match algorithm {
            KeyAlgorithm::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            KeyAlgorithm::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            KeyAlgorithm::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
            KeyAlgorithm::Rsa { .. } => return None,
        };
        let pair = Pair::Ecdsa(EcdsaKeyPair::from_private_key_der(signing, der).ok()?);
        let public = PublicKey::from_bits(algorithm, bits(&pair));
        Some(PrivateKey { pair, public })
    }

    /// From an RSA pair.
    pub(super) fn rsa(pair: RsaKeyPair) -> Result<Self, MintError> {
        let pair = Pair::Rsa(Box::new(pair));
        let bits = bits(&pair);
        let modulus = super::public::rsa_bits(bits)
            .ok_or_else(|| MintError::KeyUnreadable { problem: "the RSA key is broken".to_owned() })?;
        let public = PublicKey::from_bits(KeyAlgorithm::Rsa { bits: modulus }, bits);
        Ok(PrivateKey { pair, public })
    }
}

fn bits(pair: &Pair) -> &[u8] {
    match pair {
        Pair::Ecdsa(pair) => pair.public_key().as_ref(),
        Pair::Rsa(pair) => pair.public_key().as_ref(),
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PrivateKey { pair: _, public } = self;
        write!(f, "PrivateKey({}, [secret])", public.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_it_is_and_nothing_else() {
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(P-256, [secret])");
        assert_eq!(PublicKey::read(key.public_key_info()).unwrap(), *key.public_key());
    }

    #[test]
    fn two_keys_are_never_the_same() {
        let keys = [KeyKind::P256, KeyKind::P256].map(|kind| PrivateKey::generate(kind).unwrap());
        assert_ne!(keys[0].public_key_info(), keys[1].public_key_info());
    }
}
