//! SubjectPublicKeyInfos of odd keys, for [`Key::from_spki`](crate::Key::from_spki): nothing here can sign.
//!
//! Points on curves are real ones where readers check that; other key material only has the right shape.

use crate::der;
use crate::key::Key;
use crate::oid;
use crate::signature::filler;

/// RSA with an odd modulus of exactly this many bits (it is no product of two primes; nobody looks) and this
/// exponent.
pub fn rsa(modulus_bits: usize, exponent: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::object_identifier(oid::RSA_ENCRYPTION), &der::null()]);
    key_info(&algorithm, &rsa_public_key(modulus_bits, exponent))
}

/// RSA with the usual exponent 65537.
pub fn rsa_bits(modulus_bits: usize) -> Vec<u8> {
    rsa(modulus_bits, &[1, 0, 1])
}

/// RSA whose AlgorithmIdentifier lacks the NULL parameters.
pub fn rsa_without_null() -> Vec<u8> {
    let algorithm = der::sequence(&[&der::object_identifier(oid::RSA_ENCRYPTION)]);
    key_info(&algorithm, &rsa_public_key(2048, &[1, 0, 1]))
}

/// An RSA key that is declared for RSASSA-PSS only.
pub fn rsa_pss_oid() -> Vec<u8> {
    let algorithm = der::sequence(&[&der::object_identifier(oid::RSASSA_PSS)]);
    key_info(&algorithm, &rsa_public_key(2048, &[1, 0, 1]))
}

/// An elliptic-curve key on any named curve with these point bytes.
pub fn ec_named(curve: &[u64], point: &[u8]) -> Vec<u8> {
    let algorithm =
        der::sequence(&[&der::object_identifier(oid::EC_PUBLIC_KEY), &der::object_identifier(curve)]);
    key_info(&algorithm, point)
}

/// A P-256 key with its curve spelled out instead of named.
pub fn ec_explicit_p256() -> Vec<u8> {
    let field =
        der::sequence(&[&der::object_identifier(PRIME_FIELD), &der::unsigned_integer(&bytes(P256_PRIME))]);
    let curve = der::sequence(&[&der::octet_string(&bytes(P256_A)), &der::octet_string(&bytes(P256_B))]);
    let parameters = der::sequence(&[
        &der::integer(1),
        &field,
        &curve,
        &der::octet_string(&bytes(P256_GENERATOR)),
        &der::unsigned_integer(&bytes(P256_ORDER)),
        &der::integer(1),
    ]);
    let algorithm = der::sequence(&[&der::object_identifier(oid::EC_PUBLIC_KEY), &parameters]);
    key_info(&algorithm, &Key::p256("explicit parameters").public_key_bytes())
}

/// A P-256 key with a compressed point.
pub fn ec_compressed_p256() -> Vec<u8> {
    let point = Key::p256("compressed point").public_key_bytes();
    let sign = 2 | point[64] & 1;
    ec_named(oid::P256, &[&[sign], &point[1..33]].concat())
}

/// A P-256 key whose point does not lie on the curve.
pub fn ec_off_curve_p256() -> Vec<u8> {
    let mut point = Key::p256("off the curve").public_key_bytes();
    point[64] ^= 1;
    ec_named(oid::P256, &point)
}

/// A key on P-224.
pub fn ec_p224() -> Vec<u8> {
    ec_named(oid::P224, &bytes(P224_POINT))
}

/// A key on secp256k1.
pub fn secp256k1() -> Vec<u8> {
    ec_named(oid::SECP256K1, &bytes(SECP256K1_POINT))
}

/// A key on brainpoolP256r1.
pub fn brainpool_p256r1() -> Vec<u8> {
    ec_named(oid::BRAINPOOL_P256R1, &bytes(BRAINPOOL_P256R1_POINT))
}

/// An Ed448 key.
pub fn ed448() -> Vec<u8> {
    bare(oid::ED448, &filler(b"ed448", 1, 57))
}

/// An X25519 key, which agrees on secrets and cannot sign at all.
pub fn x25519() -> Vec<u8> {
    bare(oid::X25519, &filler(b"x25519", 1, 32))
}

/// An ML-DSA-65 key: 1952 bytes (FIPS 204, table 2).
pub fn ml_dsa_65() -> Vec<u8> {
    bare(oid::ML_DSA_65, &filler(b"ml-dsa-65", 1, 1952))
}

/// A DSA key with numbers of 1024 and 160 bits.
pub fn dsa() -> Vec<u8> {
    let number = |salt, count| der::unsigned_integer(&odd(filler(b"dsa", salt, count)));
    let parameters = der::sequence(&[&number(1, 128), &number(2, 20), &number(3, 128)]);
    let algorithm = der::sequence(&[&der::object_identifier(oid::DSA), &parameters]);
    key_info(&algorithm, &number(4, 128))
}

/// A GOST R 34.10-2012 key of 256 bits.
pub fn gost() -> Vec<u8> {
    let parameters =
        der::sequence(&[&der::object_identifier(GOST_CURVE), &der::object_identifier(GOST_DIGEST)]);
    let algorithm = der::sequence(&[&der::object_identifier(oid::GOST_2012_256), &parameters]);
    key_info(&algorithm, &der::octet_string(&filler(b"gost", 1, 64)))
}

/// A SubjectPublicKeyInfo from its two parts.
pub fn key_info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    der::sequence(&[algorithm, &der::bit_string(key)])
}

fn bare(arcs: &[u64], key: &[u8]) -> Vec<u8> {
    key_info(&der::sequence(&[&der::object_identifier(arcs)]), key)
}

fn rsa_public_key(modulus_bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = odd(filler(format!("rsa {modulus_bits}").as_bytes(), 1, modulus_bits.div_ceil(8)));
    let top = (modulus_bits - 1) % 8;
    modulus[0] = modulus[0] & ((1u16 << top) - 1) as u8 | 1 << top;
    der::sequence(&[&der::unsigned_integer(&modulus), &der::unsigned_integer(exponent)])
}

fn odd(mut number: Vec<u8>) -> Vec<u8> {
    let last = number.len() - 1;
    number[last] |= 1;
    number
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = (0..hexadecimal.len()).step_by(2).map(|start| &hexadecimal[start..start + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("the constants below are hexadecimal")).collect()
}

const PRIME_FIELD: &[u64] = &[1, 2, 840, 10045, 1, 1];
const GOST_CURVE: &[u64] = &[1, 2, 643, 2, 2, 36, 0];
const GOST_DIGEST: &[u64] = &[1, 2, 643, 7, 1, 1, 2, 2];

const P256_PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const P256_A: &str = "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc";
const P256_B: &str = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b";
const P256_GENERATOR: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                              4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

// Points of keys made once and thrown away: readers check that a point lies on its curve.
const P224_POINT: &str = "0465c41baf4d5918bc9a13f4bf2bd35e404230de012cb84f690819431d\
                          99d750b767aa37d5d48e9092776a2fc91b476983c2e72c81df14dd37";
const SECP256K1_POINT: &str = "0403c67f87fa826615083b0e993a78d84c3da0aed1fa5428f5c57574f2e3e914c2\
                               d8e5423e1baa61328c752dba0e79b3dcd13efbfe3138f6f85185e2c1a6e5b3a8";
const BRAINPOOL_P256R1_POINT: &str = "04450c232be6ebc63ac0415a942ef58b1fa1a04360dd8199a71e9ae2759c1aa5d4\
                                      3ed68b88a6d023dfe78ffd968ce0f7c57be51594785f06c27fb4c95f5f4b579a";

#[cfg(test)]
mod tests {
    use super::*;

    fn modulus(spki: &[u8]) -> Vec<u8> {
        let fields = der::split(der::split(spki)[0].1);
        let key = der::split(&fields[1].1[1..])[0].1;
        der::without_leading_zeros(der::split(key)[0].1).to_vec()
    }

    #[test]
    fn moduli_have_exactly_the_bits_asked_for() {
        for bits in [512, 1024, 2047, 2048, 2049, 8192, 8193] {
            let modulus = modulus(&rsa_bits(bits));
            let length = modulus.len() * 8 - modulus[0].leading_zeros() as usize;
            assert_eq!((length, modulus[modulus.len() - 1] & 1), (bits, 1));
        }
    }

    #[test]
    fn the_same_bits_give_the_same_key() {
        assert_eq!(rsa_bits(1024), rsa_bits(1024));
        assert_ne!(rsa_bits(1024), rsa(1024, &[3]));
    }
}
