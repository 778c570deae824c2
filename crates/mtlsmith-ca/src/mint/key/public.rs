//! Public keys as certificates carry them: a SubjectPublicKeyInfo whose kind is known and accepted.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature;
use aws_lc_rs::signature::ParsedPublicKey;
use aws_lc_rs::signature::UnparsedPublicKey;
use aws_lc_rs::signature::VerificationAlgorithm;
use pki_types::alg_id;

use crate::mint::MintError;
use crate::mint::der;
use crate::mint::der::tag;

use super::kind;

/// What a public key is. The signature algorithm follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256; signs with SHA-256.
    P256,
    /// ECDSA on P-384; signs with SHA-384.
    P384,
    /// ECDSA on P-521; signs with SHA-512.
    P521,
    /// RSA; signs with PKCS#1 v1.5 and SHA-256.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
}

impl KeyAlgorithm {
    /// The signature algorithm that goes with such a key: the hash fits the curve.
    pub const fn signature(self) -> &'static str {
        match self {
            KeyAlgorithm::P256 => "ecdsa-with-SHA256",
            KeyAlgorithm::P384 => "ecdsa-with-SHA384",
            KeyAlgorithm::P521 => "ecdsa-with-SHA512",
            KeyAlgorithm::Rsa { .. } => "sha256WithRSAEncryption",
        }
    }

    /// The content of the signature's AlgorithmIdentifier.
    pub(crate) fn signature_identifier(self) -> &'static [u8] {
        match self {
            KeyAlgorithm::P256 => SIGNED_WITH_SHA256,
            KeyAlgorithm::P384 => SIGNED_WITH_SHA384,
            KeyAlgorithm::P521 => SIGNED_WITH_SHA512,
            KeyAlgorithm::Rsa { .. } => SIGNED_WITH_RSA,
        }
    }

    /// The hash that is signed.
    pub(crate) fn digest(self) -> &'static digest::Algorithm {
        match self {
            KeyAlgorithm::P384 => &digest::SHA384,
            KeyAlgorithm::P521 => &digest::SHA512,
            KeyAlgorithm::P256 | KeyAlgorithm::Rsa { .. } => &digest::SHA256,
        }
    }

    /// As many bytes as a signature usually has.
    pub(crate) const fn signature_bytes(self) -> usize {
        match self {
            KeyAlgorithm::P256 => 71,
            KeyAlgorithm::P384 => 103,
            KeyAlgorithm::P521 => 138,
            KeyAlgorithm::Rsa { bits } => bits.div_ceil(8),
        }
    }

    /// The content of the key's AlgorithmIdentifier.
    fn identifier(self) -> &'static [u8] {
        match self {
            KeyAlgorithm::P256 => KEY_P256,
            KeyAlgorithm::P384 => KEY_P384,
            KeyAlgorithm::P521 => KEY_P521,
            KeyAlgorithm::Rsa { .. } => KEY_RSA,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyAlgorithm::P256 => f.write_str("P-256"),
            KeyAlgorithm::P384 => f.write_str("P-384"),
            KeyAlgorithm::P521 => f.write_str("P-521"),
            KeyAlgorithm::Rsa { bits } => write!(f, "RSA {bits}"),
        }
    }
}

/// A public key of an accepted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    info: Vec<u8>,
    bits: usize,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo, DER.
    ///
    /// # Errors
    /// [`MintError::KeyKindRefused`] for kinds, sizes and encodings that Temporal Cloud refuses, [`MintError::KeyUnreadable`] for
    /// bytes that are no key.
    pub fn read(info: &[u8]) -> Result<Self, MintError> {
        let broken =
            || MintError::KeyUnreadable { problem: "the public key is no SubjectPublicKeyInfo".to_owned() };
        let content = der::only(info, tag::SEQUENCE).ok_or_else(broken)?;
        let (identifier, rest) = der::expect(content, tag::SEQUENCE).ok_or_else(broken)?;
        let bits = der::only(rest, tag::BIT_STRING).and_then(der::whole_bytes).ok_or_else(broken)?;
        let algorithm = algorithm(identifier.content, bits)?;
        let key = PublicKey { algorithm, bits: bits.len(), info: info.to_vec() };
        key.verifier()?;
        Ok(key)
    }

    /// From the bits of a key that a library has made or checked.
    pub(super) fn from_bits(algorithm: KeyAlgorithm, bits: &[u8]) -> Self {
        let identifier = der::wrap(tag::SEQUENCE, &[algorithm.identifier()]);
        let info = der::wrap(tag::SEQUENCE, &[&identifier, &der::bit_string(bits)]);
        PublicKey { algorithm, bits: bits.len(), info }
    }

    /// The key, ready to verify signatures of the algorithm that goes with it.
    pub(in crate::mint) fn verifier(&self) -> Result<ParsedPublicKey, MintError> {
        let verification: &'static dyn VerificationAlgorithm = match self.algorithm {
            KeyAlgorithm::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            KeyAlgorithm::P384 => &signature::ECDSA_P384_SHA384_ASN1,
            KeyAlgorithm::P521 => &signature::ECDSA_P521_SHA512_ASN1,
            KeyAlgorithm::Rsa { .. } => &signature::RSA_PKCS1_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(verification, self.bits()).parse().map_err(|_| MintError::KeyUnreadable {
            problem: format!("the {} public key is not valid", self.algorithm),
        })
    }

    /// What it is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The SubjectPublicKeyInfo, DER.
    pub fn info(&self) -> &[u8] {
        &self.info
    }

    /// The bytes of its bit string.
    pub fn bits(&self) -> &[u8] {
        self.info.get(self.info.len() - self.bits..).unwrap_or_default()
    }

    /// The key identifier: the first 160 bits of SHA-256 over the bit string (RFC 7093 section 2, method 1).
    pub fn identifier(&self) -> [u8; 20] {
        let hash = digest::digest(&digest::SHA256, self.bits());
        hash.as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// SHA-256 over the SubjectPublicKeyInfo, hexadecimal.
    pub fn sha256_hex(&self) -> String {
        hex(digest::digest(&digest::SHA256, &self.info).as_ref())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn algorithm(identifier: &[u8], bits: &[u8]) -> Result<KeyAlgorithm, MintError> {
    let refused =
        |kind: String, reason, code| Err(MintError::KeyKindRefused { kind, reason, code: Some(code) });
    match identifier {
        KEY_P256 => Ok(KeyAlgorithm::P256),
        KEY_P384 => Ok(KeyAlgorithm::P384),
        KEY_P521 => Ok(KeyAlgorithm::P521),
        KEY_RSA => match rsa_bits(bits) {
            Some(bits @ 2_048..=8_192) => Ok(KeyAlgorithm::Rsa { bits }),
            Some(bits @ ..2_048) => refused(format!("RSA {bits}"), "the least is 2048 bits", RSA_TOO_SMALL),
            Some(bits) => refused(format!("RSA {bits}"), "Go refuses more than 8192 bits", RSA_TOO_LARGE),
            None => Err(MintError::KeyUnreadable { problem: "the RSA public key is broken".to_owned() }),
        },
        identifier if identifier == alg_id::ED25519.as_ref() => Err(kind::edwards("Ed25519")),
        _ => refused(
            "unknown".to_owned(),
            "only RSA, P-256, P-384 and P-521, in their usual encoding, are taken",
            kind::UNSUPPORTED_KEY_TYPE,
        ),
    }
}

/// Bits of the modulus of an RSAPublicKey.
pub(super) fn rsa_bits(key: &[u8]) -> Option<usize> {
    let (modulus, _) = der::expect(der::only(key, tag::SEQUENCE)?, tag::INTEGER)?;
    modulus_bits(modulus.content)
}

/// Bits of a positive INTEGER.
pub(super) fn modulus_bits(number: &[u8]) -> Option<usize> {
    let number = number.strip_prefix(&[0]).unwrap_or(number);
    let first = number.first()?;
    let leading = usize::try_from(first.leading_zeros()).ok()?;
    Some(number.len() * 8 - leading)
}

/// `CA-007 rsa-key-too-small`.
pub(super) const RSA_TOO_SMALL: &str = "CA-007";
/// `CA-107 rsa-key-too-large`.
const RSA_TOO_LARGE: &str = "CA-107";

// The contents of AlgorithmIdentifier (RFC 5480 section 2.1.1, RFC 3279 section 2.3.1; RFC 5758 section 3.2, RFC 4055 section 5).
const KEY_P256: &[u8] =
    &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const KEY_P384: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
const KEY_P521: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x23];
const KEY_RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
const SIGNED_WITH_SHA256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const SIGNED_WITH_SHA384: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const SIGNED_WITH_SHA512: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
const SIGNED_WITH_RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0];

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::*;

    #[test]
    fn identifiers_are_those_that_every_provider_lists() {
        for (ours, theirs) in [
            (KEY_P256, alg_id::ECDSA_P256),
            (KEY_P384, alg_id::ECDSA_P384),
            (KEY_P521, alg_id::ECDSA_P521),
            (KEY_RSA, alg_id::RSA_ENCRYPTION),
            (SIGNED_WITH_SHA256, alg_id::ECDSA_SHA256),
            (SIGNED_WITH_SHA384, alg_id::ECDSA_SHA384),
            (SIGNED_WITH_SHA512, alg_id::ECDSA_SHA512),
            (SIGNED_WITH_RSA, alg_id::RSA_PKCS1_SHA256),
        ] {
            assert_eq!(ours, theirs.as_ref());
        }
    }

    #[test]
    fn accepted_keys_are_read_and_written_alike() {
        for (key, algorithm) in [
            (Key::p256("public"), KeyAlgorithm::P256),
            (Key::p384("public"), KeyAlgorithm::P384),
            (Key::p521("public"), KeyAlgorithm::P521),
            (Key::rsa2048("public"), KeyAlgorithm::Rsa { bits: 2_048 }),
        ] {
            let read = PublicKey::read(key.spki_der()).unwrap();
            assert_eq!((read.algorithm(), read.bits()), (algorithm, &key.public_key_bytes()[..]));
            assert_eq!(PublicKey::from_bits(algorithm, read.bits()), read);
        }
    }

    #[test]
    fn every_other_key_is_refused_with_the_rule_it_breaks() {
        for (info, code) in [
            (spki::rsa_bits(2_047), Some("CA-007")),
            (spki::rsa_bits(8_193), Some("CA-107")),
            (spki::ec_p224(), Some("CA-005")),
            (spki::secp256k1(), Some("CA-005")),
            (spki::ec_explicit_p256(), Some("CA-005")),
            (Key::new(testkit::KeyKind::Ed25519, "public").spki_der().to_vec(), Some("CA-005")),
            (spki::ec_off_curve_p256(), None),
            (vec![0x30, 0], None),
        ] {
            assert_eq!(PublicKey::read(&info).unwrap_err().code(), code);
        }
    }
}
