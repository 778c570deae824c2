//! ECDSA keys from a name and signatures without chance: the same test gives the same certificate in every
//! run, so that fingerprints can stand in stored outputs.
//!
//! The point multiplications are the crypto library's; only the arithmetic modulo the group order is done
//! here.

use aws_lc_rs::agreement::ECDH_P256;
use aws_lc_rs::agreement::ECDH_P384;
use aws_lc_rs::agreement::ECDH_P521;
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::digest;

use crate::der;
use crate::number::Modulus;
use crate::number::bytes_of;
use crate::number::is_zero;
use crate::number::shift_right;
use crate::oid;

/// A NIST curve with the numbers that signing needs.
pub(crate) struct Curve {
    pub(crate) oid: &'static [u64],
    pub(crate) bytes: usize,
    bits: usize,
    order: &'static [u8],
    agreement: &'static aws_lc_rs::agreement::Algorithm,
}

impl Curve {
    /// The private key that belongs to a name.
    pub(crate) fn scalar(&self, name: &str) -> Vec<u8> {
        let wide = digest::digest(&digest::SHA512, format!("mtlsmith test key {name}").as_bytes());
        self.fixed(&Modulus::new(self.order).reduce(wide.as_ref()))
    }

    /// The uncompressed public point of a private key.
    pub(crate) fn point(&self, scalar: &[u8]) -> Vec<u8> {
        let private =
            PrivateKey::from_private_key(self.agreement, scalar).expect("a scalar below the group order");
        private.compute_public_key().expect("every scalar has a point").as_ref().to_vec()
    }

    /// An ECDSA signature over a digest, as `SEQUENCE { r, s }`. The digest may have any length.
    pub(crate) fn sign(&self, scalar: &[u8], digest: &[u8]) -> Vec<u8> {
        let order = Modulus::new(self.order);
        let secret = order.reduce(scalar);
        let message = order.reduce(&self.leftmost_bits(digest));
        for attempt in 0u8.. {
            let seed = [scalar, digest, &[attempt]].concat();
            let nonce = order.reduce(digest::digest(&digest::SHA512, &seed).as_ref());
            let point = self.point(&self.fixed(&nonce));
            let r = order.reduce(&point[1..=self.bytes]);
            let sum = order.add(&message, &order.multiply(&r, &secret));
            let s = order.multiply(&order.invert(&nonce), &sum);
            if !is_zero(&r) && !is_zero(&s) {
                let (r, s) = (der::unsigned_integer(&bytes_of(&r)), der::unsigned_integer(&bytes_of(&s)));
                return der::sequence(&[&r, &s]);
            }
        }
        unreachable!("256 nonces in a row gave zero")
    }

    fn leftmost_bits(&self, digest: &[u8]) -> Vec<u8> {
        if digest.len() * 8 <= self.bits {
            return digest.to_vec();
        }
        let kept = &digest[..self.bits.div_ceil(8)];
        shift_right(kept, (kept.len() * 8 - self.bits) as u32)
    }

    fn fixed(&self, limbs: &[u64]) -> Vec<u8> {
        let bytes = bytes_of(limbs);
        bytes[bytes.len() - self.bytes..].to_vec()
    }
}

/// P-256.
pub(crate) const P256: Curve =
    Curve { oid: oid::P256, bytes: 32, bits: 256, order: &ORDER_P256, agreement: &ECDH_P256 };

/// P-384.
pub(crate) const P384: Curve =
    Curve { oid: oid::P384, bytes: 48, bits: 384, order: &ORDER_P384, agreement: &ECDH_P384 };

/// P-521.
pub(crate) const P521: Curve =
    Curve { oid: oid::P521, bytes: 66, bits: 521, order: &ORDER_P521, agreement: &ECDH_P521 };

/// The group order of P-256: FIPS 186-4, D.1.2.3.
const ORDER_P256: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The group order of P-384: FIPS 186-4, D.1.2.4.
const ORDER_P384: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

/// The group order of P-521: FIPS 186-4, D.1.2.5.
const ORDER_P521: [u8; 66] = [
    0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa,
    0x51, 0x86, 0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48, 0xf7, 0x09, 0xa5, 0xd0, 0x3b,
    0xb5, 0xc9, 0xb8, 0x89, 0x9c, 0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09,
];

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature;
    use aws_lc_rs::signature::EcdsaVerificationAlgorithm;
    use aws_lc_rs::signature::UnparsedPublicKey;

    use super::*;

    fn verifies(
        curve: &Curve,
        hash: &'static digest::Algorithm,
        algorithm: &'static EcdsaVerificationAlgorithm,
    ) {
        for name in ["one", "two", "three", "four", "five", "six", "seven", "eight"] {
            let scalar = curve.scalar(name);
            let made = curve.sign(&scalar, digest::digest(hash, name.as_bytes()).as_ref());
            let public = UnparsedPublicKey::new(algorithm, curve.point(&scalar));
            public.verify(name.as_bytes(), &made).expect("the crypto library accepts the signature");
            public.verify(b"another message", &made).expect_err("the signature is bound to the message");
        }
    }

    #[test]
    fn signatures_verify_for_each_curve_and_hash() {
        verifies(&P256, &digest::SHA1_FOR_LEGACY_USE_ONLY, &signature::ECDSA_P256_SHA1_ASN1);
        verifies(&P256, &digest::SHA256, &signature::ECDSA_P256_SHA256_ASN1);
        verifies(&P256, &digest::SHA384, &signature::ECDSA_P256_SHA384_ASN1);
        verifies(&P256, &digest::SHA512, &signature::ECDSA_P256_SHA512_ASN1);
        verifies(&P384, &digest::SHA256, &signature::ECDSA_P384_SHA256_ASN1);
        verifies(&P384, &digest::SHA384, &signature::ECDSA_P384_SHA384_ASN1);
        verifies(&P384, &digest::SHA512, &signature::ECDSA_P384_SHA512_ASN1);
        verifies(&P521, &digest::SHA1_FOR_LEGACY_USE_ONLY, &signature::ECDSA_P521_SHA1_ASN1);
        verifies(&P521, &digest::SHA256, &signature::ECDSA_P521_SHA256_ASN1);
        verifies(&P521, &digest::SHA384, &signature::ECDSA_P521_SHA384_ASN1);
        verifies(&P521, &digest::SHA512, &signature::ECDSA_P521_SHA512_ASN1);
    }

    #[test]
    fn a_signature_repeats() {
        let scalar = P256.scalar("one");
        assert_eq!(P256.sign(&scalar, &[7; 32]), P256.sign(&scalar, &[7; 32]));
        assert_ne!(P256.scalar("one"), P256.scalar("two"));
    }
}
