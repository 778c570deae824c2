//! Signature algorithms: their AlgorithmIdentifier and the signature itself.
//!
//! What the crypto library does not offer is padded here by hand. What cannot be made at all (MD5, keys
//! without a private half, an algorithm that does not fit the key) becomes junk of plausible length.

use aws_lc_rs::digest;
use aws_lc_rs::digest::digest;
use aws_lc_rs::signature as library;

use crate::der;
use crate::key::Key;
use crate::key::KeyKind;
use crate::key::RsaSecret;
use crate::key::Secret;
use crate::oid;
use crate::rsa;

/// How a certificate is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// ecdsa-with-SHA1.
    EcdsaSha1,
    /// ecdsa-with-SHA256.
    EcdsaSha256,
    /// ecdsa-with-SHA384.
    EcdsaSha384,
    /// ecdsa-with-SHA512.
    EcdsaSha512,
    /// md5WithRSAEncryption; the signature is junk.
    RsaPkcs1Md5,
    /// sha1WithRSAEncryption.
    RsaPkcs1Sha1,
    /// sha256WithRSAEncryption.
    RsaPkcs1Sha256,
    /// sha384WithRSAEncryption.
    RsaPkcs1Sha384,
    /// sha512WithRSAEncryption.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    RsaPssSha512,
    /// RSASSA-PSS with any salt length.
    RsaPss {
        /// The hash, for the message and for MGF1.
        hash: Hash,
        /// The length of the salt in bytes.
        salt: usize,
    },
    /// Ed25519.
    Ed25519,
    /// This AlgorithmIdentifier; the signature is junk. To put another identifier over a good signature, set
    /// `inner_signature_algorithm` and `outer_signature_algorithm` of the builder instead.
    Custom(Vec<u8>),
}

/// Hashes for RSASSA-PSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1: all parameters but the salt are then defaults, which DER leaves out.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn oid(self) -> &'static [u64] {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    pub(crate) fn identifier(self) -> Vec<u8> {
        der::sequence(&[&der::object_identifier(self.oid()), &der::null()])
    }
}

impl SignatureAlgorithm {
    /// The usual algorithm of a key.
    pub fn for_key(key: &Key) -> Self {
        match key.kind() {
            KeyKind::P256 => Self::EcdsaSha256,
            KeyKind::P384 => Self::EcdsaSha384,
            KeyKind::P521 => Self::EcdsaSha512,
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => Self::RsaPkcs1Sha256,
            KeyKind::Ed25519 => Self::Ed25519,
            KeyKind::PublicOnly if is_rsa(key.spki_der()) => Self::RsaPkcs1Sha256,
            KeyKind::PublicOnly => Self::EcdsaSha256,
        }
    }

    /// The AlgorithmIdentifier.
    pub fn der(&self) -> Vec<u8> {
        let bare = |arcs: &[u64]| der::sequence(&[&der::object_identifier(arcs)]);
        let with_null = |arcs: &[u64]| der::sequence(&[&der::object_identifier(arcs), &der::null()]);
        match self {
            Self::EcdsaSha1 => bare(oid::ECDSA_WITH_SHA1),
            Self::EcdsaSha256 => bare(oid::ECDSA_WITH_SHA256),
            Self::EcdsaSha384 => bare(oid::ECDSA_WITH_SHA384),
            Self::EcdsaSha512 => bare(oid::ECDSA_WITH_SHA512),
            Self::RsaPkcs1Md5 => with_null(oid::MD5_WITH_RSA),
            Self::RsaPkcs1Sha1 => with_null(oid::SHA1_WITH_RSA),
            Self::RsaPkcs1Sha256 => with_null(oid::SHA256_WITH_RSA),
            Self::RsaPkcs1Sha384 => with_null(oid::SHA384_WITH_RSA),
            Self::RsaPkcs1Sha512 => with_null(oid::SHA512_WITH_RSA),
            Self::RsaPssSha256 => pss_identifier(Hash::Sha256, 32),
            Self::RsaPssSha384 => pss_identifier(Hash::Sha384, 48),
            Self::RsaPssSha512 => pss_identifier(Hash::Sha512, 64),
            Self::RsaPss { hash, salt } => pss_identifier(*hash, *salt),
            Self::Ed25519 => bare(oid::ED25519),
            Self::Custom(der) => der.clone(),
        }
    }

    /// Signs, or makes junk of plausible length where it cannot.
    pub(crate) fn sign(&self, key: &Key, message: &[u8]) -> Vec<u8> {
        let made = match key.secret() {
            Secret::Ec { curve, scalar } => {
                self.ecdsa_hash().map(|hash| curve.sign(scalar, digest(hash.algorithm(), message).as_ref()))
            }
            Secret::Rsa(secret) => self.sign_rsa(secret, message),
            Secret::Ed25519(pair) => (*self == Self::Ed25519).then(|| pair.sign(message).as_ref().to_vec()),
            Secret::None => None,
        };
        made.unwrap_or_else(|| self.junk(key, message))
    }

    fn ecdsa_hash(&self) -> Option<Hash> {
        match self {
            Self::EcdsaSha1 => Some(Hash::Sha1),
            Self::EcdsaSha256 => Some(Hash::Sha256),
            Self::EcdsaSha384 => Some(Hash::Sha384),
            Self::EcdsaSha512 => Some(Hash::Sha512),
            _ => None,
        }
    }

    fn sign_rsa(&self, secret: &RsaSecret, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::RsaPkcs1Sha256 => Some(rsa::by_library(secret, &library::RSA_PKCS1_SHA256, message)),
            Self::RsaPkcs1Sha384 => Some(rsa::by_library(secret, &library::RSA_PKCS1_SHA384, message)),
            Self::RsaPkcs1Sha512 => Some(rsa::by_library(secret, &library::RSA_PKCS1_SHA512, message)),
            Self::RsaPssSha256 => Some(rsa::by_library(secret, &library::RSA_PSS_SHA256, message)),
            Self::RsaPssSha384 => Some(rsa::by_library(secret, &library::RSA_PSS_SHA384, message)),
            Self::RsaPssSha512 => Some(rsa::by_library(secret, &library::RSA_PSS_SHA512, message)),
            Self::RsaPkcs1Sha1 => {
                Some(rsa::private_operation(secret, &rsa::pkcs1_padded(secret, Hash::Sha1, message)))
            }
            Self::RsaPss { hash, salt } => {
                Some(rsa::private_operation(secret, &rsa::pss_padded(secret, *hash, *salt, message)))
            }
            _ => None,
        }
    }

    fn junk(&self, key: &Key, message: &[u8]) -> Vec<u8> {
        match self {
            Self::EcdsaSha1 | Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512 => {
                let number = |salt| der::unsigned_integer(&filler(message, salt, 32));
                der::sequence(&[&number(1), &number(2)])
            }
            Self::Ed25519 => filler(message, 1, 64),
            _ => filler(message, 1, modulus_bytes(key.spki_der()).unwrap_or(256)),
        }
    }
}

fn pss_identifier(hash: Hash, salt: usize) -> Vec<u8> {
    let mask = der::sequence(&[&der::object_identifier(oid::MGF1), &hash.identifier()]);
    let hash_fields = match hash {
        Hash::Sha1 => Vec::new(),
        _ => [der::context_constructed(0, &hash.identifier()), der::context_constructed(1, &mask)].concat(),
    };
    let salt_field = match salt {
        20 => Vec::new(),
        other => der::context_constructed(2, &der::integer(other as u64)),
    };
    der::sequence(&[&der::object_identifier(oid::RSASSA_PSS), &der::sequence(&[&hash_fields, &salt_field])])
}

/// Bytes without meaning that follow from a message. The first one is below 0x80 and not zero.
pub(crate) fn filler(message: &[u8], salt: u8, count: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(count + 32);
    for counter in 0u32.. {
        if out.len() >= count {
            break;
        }
        out.extend_from_slice(
            digest(&digest::SHA256, &[&[salt], counter.to_be_bytes().as_slice(), message].concat()).as_ref(),
        );
    }
    out.truncate(count);
    if let Some(first) = out.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    out
}

fn is_rsa(spki: &[u8]) -> bool {
    let oid = &der::object_identifier(oid::RSA_ENCRYPTION);
    spki.windows(oid.len()).any(|window| window == oid)
}

fn modulus_bytes(spki: &[u8]) -> Option<usize> {
    if !is_rsa(spki) {
        return None;
    }
    let fields = der::split(der::split(spki)[0].1);
    let key = der::split(&fields[1].1[1..]);
    Some(der::without_leading_zeros(der::split(key[0].1)[0].1).len())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::UnparsedPublicKey;
    use aws_lc_rs::signature::VerificationAlgorithm;

    use super::*;

    fn accepts(key: &Key, algorithm: &SignatureAlgorithm, library: &'static dyn VerificationAlgorithm) {
        let made = algorithm.sign(key, b"message");
        let public = UnparsedPublicKey::new(library, key.public_key_bytes());
        public.verify(b"message", &made).expect("the crypto library accepts the signature");
    }

    #[test]
    fn paddings_made_by_hand_verify() {
        let key = Key::rsa2048("paddings");
        let pss = |hash, salt| SignatureAlgorithm::RsaPss { hash, salt };
        accepts(
            &key,
            &SignatureAlgorithm::RsaPkcs1Sha1,
            &library::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        );
        accepts(&key, &pss(Hash::Sha256, 32), &library::RSA_PSS_2048_8192_SHA256);
        accepts(&key, &pss(Hash::Sha384, 48), &library::RSA_PSS_2048_8192_SHA384);
        accepts(&key, &pss(Hash::Sha512, 64), &library::RSA_PSS_2048_8192_SHA512);
    }

    #[test]
    fn algorithms_made_by_the_library_verify() {
        let key = Key::rsa2048("paddings");
        accepts(&key, &SignatureAlgorithm::RsaPkcs1Sha256, &library::RSA_PKCS1_2048_8192_SHA256);
        accepts(&key, &SignatureAlgorithm::RsaPkcs1Sha384, &library::RSA_PKCS1_2048_8192_SHA384);
        accepts(&key, &SignatureAlgorithm::RsaPkcs1Sha512, &library::RSA_PKCS1_2048_8192_SHA512);
        accepts(&key, &SignatureAlgorithm::RsaPssSha256, &library::RSA_PSS_2048_8192_SHA256);
        accepts(&Key::ed25519("e"), &SignatureAlgorithm::Ed25519, &library::ED25519);
    }

    #[test]
    fn junk_has_a_plausible_length() {
        assert_eq!(SignatureAlgorithm::RsaPkcs1Md5.sign(&Key::rsa2048("paddings"), b"m").len(), 256);
        assert_eq!(SignatureAlgorithm::RsaPkcs1Sha256.sign(&Key::p256("e"), b"m").len(), 256);
        assert_eq!(SignatureAlgorithm::EcdsaSha256.sign(&Key::ed25519("e"), b"m").len(), 70);
    }
}
