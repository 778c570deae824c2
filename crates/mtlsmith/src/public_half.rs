//! The public half of a private key that does not carry it along.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING;
use aws_lc_rs::signature::ECDSA_P521_SHA512_ASN1_SIGNING;
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::signature::EcdsaSigningAlgorithm;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair;

/// DER of the SubjectPublicKeyInfo of a private key in PKCS#8, PKCS#1 or SEC1; `None` for a kind of key or a form that is not known.
pub(crate) fn of(private_key: &[u8]) -> Option<Vec<u8>> {
    elliptic(private_key).or_else(|| rsa(private_key)).or_else(|| edwards(private_key))
}

fn elliptic(der: &[u8]) -> Option<Vec<u8>> {
    let mut pairs = CURVES.iter().filter_map(|curve| EcdsaKeyPair::from_private_key_der(curve, der).ok());
    key_info(pairs.next()?.public_key())
}

fn rsa(der: &[u8]) -> Option<Vec<u8>> {
    let pair = rsa::KeyPair::from_pkcs8(der).or_else(|_| rsa::KeyPair::from_der(der)).ok()?;
    key_info(pair.public_key())
}

fn edwards(der: &[u8]) -> Option<Vec<u8>> {
    key_info(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?.public_key())
}

fn key_info(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Option<Vec<u8>> {
    key.as_der().ok().map(|der| der.as_ref().to_vec())
}

static CURVES: [&EcdsaSigningAlgorithm; 3] =
    [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING];

#[cfg(test)]
mod tests {
    use mtlsmith_testkit::Key;

    use super::*;

    #[test]
    fn every_kind_of_key_in_every_form_gives_its_public_half() {
        for key in [Key::p256("a"), Key::p384("b"), Key::p521("c"), Key::rsa2048("d"), Key::ed25519("e")] {
            assert_eq!(of(key.pkcs8_der()).as_deref(), Some(key.spki_der()), "{:?}", key.kind());
        }
    }

    #[test]
    fn what_is_no_key_has_none() {
        assert_eq!(of(b""), None);
        assert_eq!(of(&[0x30, 0x00]), None);
        assert_eq!(of(mtlsmith_testkit::root("a").der()), None);
    }
}
