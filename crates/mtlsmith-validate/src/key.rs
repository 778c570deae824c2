//! Public keys as a certificate states them, those that nobody accepts included.

use std::fmt;

use crate::der::Reader;
use crate::der::tag;
use crate::oid;
use crate::oid::Oid;

/// What kind of public key a certificate carries.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// An RSA key under the plain `rsaEncryption` identifier.
    Rsa(RsaKey),
    /// An RSA key limited to RSASSA-PSS by its identifier (RFC 4055 section 3.1).
    RsaPss,
    /// A key on an elliptic curve (RFC 5480).
    Ec(EcKey),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Ed448 (RFC 8410).
    Ed448,
    /// DSA (RFC 3279).
    Dsa,
    /// ML-DSA (FIPS 204, RFC 9881).
    MlDsa,
    /// A key for key agreement only: X25519 or X448.
    KeyAgreement,
    /// Another algorithm; its identifier in dotted form.
    Other(String),
    /// The algorithm is known, but the key cannot be read; what is wrong with it.
    Unreadable {
        /// The algorithm, such as `RSA`.
        algorithm: &'static str,
        /// What is wrong, such as `the modulus is not a positive number`.
        problem: &'static str,
    },
}

/// The numbers of an RSA key that rules look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaKey {
    /// Length of the modulus in bits, leading zeros not counted.
    pub modulus_bits: usize,
    /// The public exponent; `None` when it does not fit into 63 bits.
    pub exponent: Option<u64>,
    /// Does the algorithm identifier carry the NULL that RFC 3279 section 2.3.1 demands?
    pub null_parameters: bool,
}

/// An elliptic curve key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcKey {
    /// The curve.
    pub curve: Curve,
    /// How the point is written.
    pub point: PointForm,
}

/// A curve, or what stands in the place of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-224.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Another named curve; its identifier in dotted form.
    Other(String),
    /// The curve is spelled out by its parameters instead of named.
    Explicit,
    /// No curve is given.
    Missing,
}

/// The form of an elliptic curve point (SEC 1 section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointForm {
    /// `04 || x || y`, of the length of the curve.
    Uncompressed,
    /// `02` or `03 || x`.
    Compressed,
    /// Anything else: wrong length, the point at infinity, an unknown first byte.
    Invalid,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo's algorithm identifier (its content) and the bytes of its bit string.
    pub(crate) fn read(algorithm: &[u8], key: &[u8]) -> Self {
        let mut identifier = Reader::new(algorithm);
        let Some(kind) = identifier.object_identifier() else {
            return PublicKey::Unreadable {
                algorithm: "unknown",
                problem: "the algorithm identifier is broken",
            };
        };
        let parameters = identifier.rest();
        match kind {
            oid::RSA_ENCRYPTION => rsa(parameters, key),
            oid::RSASSA_PSS => PublicKey::RsaPss,
            oid::EC_PUBLIC_KEY => ec(parameters, key),
            oid::ED25519 if !parameters.is_empty() || key.len() != 32 => {
                PublicKey::Unreadable { algorithm: "Ed25519", problem: "wrong size or parameters" }
            }
            oid::ED25519 => PublicKey::Ed25519,
            oid::ED448 => PublicKey::Ed448,
            oid::DSA => PublicKey::Dsa,
            oid::ML_DSA_44 | oid::ML_DSA_65 | oid::ML_DSA_87 => PublicKey::MlDsa,
            oid::X25519 | oid::X448 => PublicKey::KeyAgreement,
            other => PublicKey::Other(Oid::from_der_content(other).to_string()),
        }
    }

    /// An RSA key, if it is one.
    pub fn rsa(&self) -> Option<&RsaKey> {
        match self {
            PublicKey::Rsa(key) => Some(key),
            _ => None,
        }
    }

    /// An elliptic curve key, if it is one.
    pub fn ec(&self) -> Option<&EcKey> {
        match self {
            PublicKey::Ec(key) => Some(key),
            _ => None,
        }
    }
}

fn rsa(parameters: &[u8], key: &[u8]) -> PublicKey {
    let unreadable = |problem| PublicKey::Unreadable { algorithm: "RSA", problem };
    let Some(mut sequence) = Reader::new(key).enter(tag::SEQUENCE) else {
        return unreadable("the key is not a SEQUENCE of two numbers");
    };
    let Some(modulus) = sequence.integer() else { return unreadable("the modulus is broken") };
    let Some(exponent) = sequence.integer() else { return unreadable("the public exponent is broken") };
    let positive = |number: &[u8]| number != [0] && number.first().is_some_and(|first| first & 0x80 == 0);
    if !positive(modulus) {
        return unreadable("the modulus is not a positive number");
    }
    if !positive(exponent) {
        return unreadable("the public exponent is not a positive number");
    }
    let exponent =
        (exponent.len() <= 8).then(|| exponent.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)));
    let null_parameters = parameters == [0x05, 0x00];
    PublicKey::Rsa(RsaKey { modulus_bits: bit_length(modulus), exponent, null_parameters })
}

fn bit_length(number: &[u8]) -> usize {
    let mut significant = number.iter().skip_while(|&&byte| byte == 0);
    match significant.next() {
        None => 0,
        Some(first) => {
            (0..8).rev().find(|bit| first >> bit & 1 == 1).map_or(0, |bit| bit + 1) + significant.count() * 8
        }
    }
}

fn ec(parameters: &[u8], key: &[u8]) -> PublicKey {
    let mut reader = Reader::new(parameters);
    let curve = match reader.object_identifier() {
        Some(oid::P224) => Curve::P224,
        Some(oid::P256) => Curve::P256,
        Some(oid::P384) => Curve::P384,
        Some(oid::P521) => Curve::P521,
        Some(other) => Curve::Other(Oid::from_der_content(other).to_string()),
        None if reader.peek(tag::SEQUENCE) => Curve::Explicit,
        None => Curve::Missing,
    };
    let point = match (key.first(), curve.coordinate_bytes()) {
        (Some(0x04), Some(bytes)) if key.len() == 1 + 2 * bytes => PointForm::Uncompressed,
        (Some(0x04), None) => PointForm::Uncompressed,
        (Some(0x02 | 0x03), _) => PointForm::Compressed,
        _ => PointForm::Invalid,
    };
    PublicKey::Ec(EcKey { curve, point })
}

impl Curve {
    /// Bytes of one coordinate, for the curves whose size is known here.
    fn coordinate_bytes(&self) -> Option<usize> {
        match self {
            Curve::P224 => Some(28),
            Curve::P256 => Some(32),
            Curve::P384 => Some(48),
            Curve::P521 => Some(66),
            _ => None,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Curve::P224 => f.write_str("P-224"),
            Curve::P256 => f.write_str("P-256"),
            Curve::P384 => f.write_str("P-384"),
            Curve::P521 => f.write_str("P-521"),
            Curve::Other(oid) => f.write_str(known_curve(oid).unwrap_or(oid)),
            Curve::Explicit => f.write_str("explicit parameters"),
            Curve::Missing => f.write_str("no curve"),
        }
    }
}

/// The usual names of curves that turn up in the wild and are refused.
fn known_curve(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.3.132.0.10" => "secp256k1",
        "1.2.840.10045.3.1.1" => "P-192",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        "1.2.156.10197.1.301" => "SM2",
        _ => return None,
    })
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicKey::Rsa(key) => write!(f, "RSA {}", key.modulus_bits),
            PublicKey::RsaPss => f.write_str("RSA (PSS only)"),
            PublicKey::Ec(EcKey {
                curve: curve @ (Curve::P224 | Curve::P256 | Curve::P384 | Curve::P521),
                ..
            }) => {
                write!(f, "{curve}")
            }
            PublicKey::Ec(key) => write!(f, "EC {}", key.curve),
            PublicKey::Ed25519 => f.write_str("Ed25519"),
            PublicKey::Ed448 => f.write_str("Ed448"),
            PublicKey::Dsa => f.write_str("DSA"),
            PublicKey::MlDsa => f.write_str("ML-DSA"),
            PublicKey::KeyAgreement => f.write_str("X25519/X448"),
            PublicKey::Other(oid) => write!(f, "key {oid}"),
            PublicKey::Unreadable { algorithm, .. } => write!(f, "{algorithm} (unreadable)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        assert_eq!(bit_length(&[0x00, 0xff, 0x00]), 16);
        assert_eq!(bit_length(&[0x01, 0x00]), 9);
        assert_eq!(bit_length(&[0x00]), 0);
    }

    #[test]
    fn the_form_of_a_point_goes_by_length_and_first_byte() {
        let parameters = [&[0x06, 0x08][..], oid::P256].concat();
        let point = |first: u8, length: usize| {
            let mut bytes = vec![first];
            bytes.resize(length, 1);
            match ec(&parameters, &bytes) {
                PublicKey::Ec(key) => key.point,
                _ => unreachable!("an EC key"),
            }
        };
        assert_eq!(point(4, 65), PointForm::Uncompressed);
        assert_eq!(point(4, 64), PointForm::Invalid);
        assert_eq!(point(2, 33), PointForm::Compressed);
        assert_eq!(point(0, 1), PointForm::Invalid);
    }

    #[test]
    fn each_curve_has_points_of_one_length_and_other_curves_of_any() {
        let point = |curve: &[u8], length: usize| {
            let parameters = [&[0x06, u8::try_from(curve.len()).unwrap()][..], curve].concat();
            let mut bytes = vec![4];
            bytes.resize(length, 1);
            match ec(&parameters, &bytes) {
                PublicKey::Ec(key) => key.point,
                _ => unreachable!("an EC key"),
            }
        };
        for (curve, length) in [(oid::P224, 57), (oid::P256, 65), (oid::P384, 97), (oid::P521, 133)] {
            assert_eq!(point(curve, length), PointForm::Uncompressed);
            assert_eq!(point(curve, length - 1), PointForm::Invalid);
            assert_eq!(point(curve, length + 1), PointForm::Invalid);
        }
        assert_eq!(point(&[0x2b, 0x81, 0x04, 0x00, 0x0a], 9), PointForm::Uncompressed);
    }

    #[test]
    fn curves_are_told_by_their_usual_names() {
        for (identifier, name) in [
            ("1.3.132.0.10", Some("secp256k1")),
            ("1.2.840.10045.3.1.1", Some("P-192")),
            ("1.3.36.3.3.2.8.1.1.7", Some("brainpoolP256r1")),
            ("1.3.36.3.3.2.8.1.1.11", Some("brainpoolP384r1")),
            ("1.3.36.3.3.2.8.1.1.13", Some("brainpoolP512r1")),
            ("1.2.156.10197.1.301", Some("SM2")),
            ("1.2.3", None),
        ] {
            assert_eq!(known_curve(identifier), name);
        }
    }
}
