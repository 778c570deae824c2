//! Signature algorithms as a certificate names them, weak and unknown ones included.

use std::fmt;

use crate::der::Reader;
use crate::der::tag;
use crate::oid;
use crate::oid::Oid;

/// A hash function inside a signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Hash {
    /// MD2 (RFC 1319).
    Md2,
    /// MD5 (RFC 1321).
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// The algorithm of a certificate's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS with parameters that Go knows: SHA-256, SHA-384 or SHA-512, MGF1 of the same hash, salt as long as the hash.
    RsaPss(Hash),
    /// RSASSA-PSS with other parameters; what is unusual about them.
    RsaPssUnusual(&'static str),
    /// ECDSA.
    Ecdsa(Hash),
    /// DSA.
    Dsa,
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// ML-DSA (RFC 9881).
    MlDsa,
    /// Another algorithm; its identifier in dotted form.
    Other(String),
}

impl SignatureAlgorithm {
    /// Reads the content of an AlgorithmIdentifier.
    pub(crate) fn read(identifier: &[u8]) -> Self {
        let mut reader = Reader::new(identifier);
        let Some(kind) = reader.object_identifier() else {
            return SignatureAlgorithm::Other("unreadable".to_owned());
        };
        match kind {
            oid::MD2_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Md2),
            oid::MD5_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Md5),
            oid::SHA1_WITH_RSA | oid::SHA1_WITH_RSA_OIW => SignatureAlgorithm::RsaPkcs1(Hash::Sha1),
            oid::SHA224_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Sha224),
            oid::SHA256_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Sha256),
            oid::SHA384_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Sha384),
            oid::SHA512_WITH_RSA => SignatureAlgorithm::RsaPkcs1(Hash::Sha512),
            oid::RSASSA_PSS => pss(reader.rest()),
            oid::ECDSA_WITH_SHA1 => SignatureAlgorithm::Ecdsa(Hash::Sha1),
            oid::ECDSA_WITH_SHA224 => SignatureAlgorithm::Ecdsa(Hash::Sha224),
            oid::ECDSA_WITH_SHA256 => SignatureAlgorithm::Ecdsa(Hash::Sha256),
            oid::ECDSA_WITH_SHA384 => SignatureAlgorithm::Ecdsa(Hash::Sha384),
            oid::ECDSA_WITH_SHA512 => SignatureAlgorithm::Ecdsa(Hash::Sha512),
            oid::DSA_WITH_SHA1 | oid::DSA_WITH_SHA256 => SignatureAlgorithm::Dsa,
            oid::ED25519 => SignatureAlgorithm::Ed25519,
            oid::ED448 => SignatureAlgorithm::Ed448,
            oid::ML_DSA_44 | oid::ML_DSA_65 | oid::ML_DSA_87 => SignatureAlgorithm::MlDsa,
            other => SignatureAlgorithm::Other(Oid::from_der_content(other).to_string()),
        }
    }

    /// The hash function, where the algorithm names one.
    pub fn hash(&self) -> Option<Hash> {
        match self {
            SignatureAlgorithm::RsaPkcs1(hash)
            | SignatureAlgorithm::RsaPss(hash)
            | SignatureAlgorithm::Ecdsa(hash) => Some(*hash),
            _ => None,
        }
    }
}

/// Reads RSASSA-PSS-params (RFC 4055 section 3.1), telling the three sets apart that Go knows (`x509.go`,
/// `getSignatureAlgorithmFromAI`).
fn pss(parameters: &[u8]) -> SignatureAlgorithm {
    read_pss(parameters).unwrap_or(SignatureAlgorithm::RsaPssUnusual("the parameters cannot be read"))
}

fn read_pss(parameters: &[u8]) -> Option<SignatureAlgorithm> {
    let unusual = |what| Some(SignatureAlgorithm::RsaPssUnusual(what));
    let mut sequence = Reader::new(parameters).enter(tag::SEQUENCE)?;
    let Some(hash) = sequence.optional(tag::context_constructed(0))? else {
        return unusual("the hash is left at its default, SHA-1");
    };
    let hash = plain_identifier(Reader::new(hash).content(tag::SEQUENCE)?)?;
    let Some(mask) = sequence.optional(tag::context_constructed(1))? else {
        return unusual("the mask generation is left at its default, MGF1 with SHA-1");
    };
    let mut mask = Reader::new(mask).enter(tag::SEQUENCE)?;
    if mask.object_identifier()? != oid::MGF1 {
        return unusual("the mask generation is not MGF1");
    }
    if plain_identifier(mask.content(tag::SEQUENCE)?)? != hash {
        return unusual("MGF1 uses another hash than the signature");
    }
    let Some(salt) = sequence.optional(tag::context_constructed(2))? else {
        return unusual("the salt is left at its default, 20 bytes");
    };
    let salt = Reader::new(salt).unsigned()?;
    let trailer = match sequence.optional(tag::context_constructed(3))? {
        Some(trailer) => Reader::new(trailer).unsigned()?,
        None => 1,
    };
    if trailer != 1 {
        return unusual("the trailer field is not 1");
    }
    let (hash, length) = match hash {
        oid::SHA256 => (Hash::Sha256, 32),
        oid::SHA384 => (Hash::Sha384, 48),
        oid::SHA512 => (Hash::Sha512, 64),
        _ => return unusual("the hash is not SHA-256, SHA-384 or SHA-512"),
    };
    if salt != length {
        return unusual("the salt is not as long as the hash");
    }
    Some(SignatureAlgorithm::RsaPss(hash))
}

/// The identifier of a hash whose parameters are absent or NULL.
fn plain_identifier(identifier: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(identifier);
    let kind = reader.object_identifier()?;
    (reader.is_empty() || reader.rest() == [0x05, 0x00]).then_some(kind)
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hash::Md2 => "MD2",
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha224 => "SHA-224",
            Hash::Sha256 => "SHA-256",
            Hash::Sha384 => "SHA-384",
            Hash::Sha512 => "SHA-512",
        })
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureAlgorithm::RsaPkcs1(hash) => write!(f, "RSA with {hash}"),
            SignatureAlgorithm::RsaPss(hash) => write!(f, "RSA-PSS with {hash}"),
            SignatureAlgorithm::RsaPssUnusual(_) => f.write_str("RSA-PSS with unusual parameters"),
            SignatureAlgorithm::Ecdsa(hash) => write!(f, "ECDSA with {hash}"),
            SignatureAlgorithm::Dsa => f.write_str("DSA"),
            SignatureAlgorithm::Ed25519 => f.write_str("Ed25519"),
            SignatureAlgorithm::Ed448 => f.write_str("Ed448"),
            SignatureAlgorithm::MlDsa => f.write_str("ML-DSA"),
            SignatureAlgorithm::Other(oid) => write!(f, "algorithm {oid}"),
        }
    }
}
