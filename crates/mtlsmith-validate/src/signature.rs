//! Signature checks with whatever algorithms the caller brings.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod keys;
#[cfg(not(feature = "aws-lc-rs"))]
mod no_aws_lc;

use pki_types::AlgorithmIdentifier;
use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;
use pki_types::alg_id;

use crate::certificate::Certificate;
use crate::certificate::Hash;
use crate::certificate::SignatureAlgorithm;
use crate::key::Curve;
use crate::key::EcKey;
use crate::key::PointForm;
use crate::key::PublicKey;

#[cfg(feature = "aws-lc-rs")]
use aws_lc::PreparedKey;
pub(crate) use keys::IssuerKeys;
#[cfg(not(feature = "aws-lc-rs"))]
use no_aws_lc::PreparedKey;

/// The outcome of checking one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureCheck {
    /// The key made this signature.
    Valid,
    /// It did not.
    Invalid,
    /// None of the algorithms at hand fits the key and the signature; nothing is known.
    NoAlgorithm,
}

impl SignatureCheck {
    fn of(verified: Result<(), InvalidSignature>) -> Self {
        match verified {
            Ok(()) => SignatureCheck::Valid,
            Err(InvalidSignature) => SignatureCheck::Invalid,
        }
    }
}

/// Did `issuer`'s key sign `child`?
pub fn check(
    child: &Certificate,
    issuer: &Certificate,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> SignatureCheck {
    check_with_key(child, issuer.key(), issuer.key_bits(), algorithms)
}

/// Did this key sign `child`? `bits` are those of the key's bit string.
pub(crate) fn check_with_key(
    child: &Certificate,
    key: &PublicKey,
    bits: &[u8],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
) -> SignatureCheck {
    match fitting(child, key, algorithms) {
        Ok(algorithm) => {
            SignatureCheck::of(algorithm.verify_signature(bits, child.signed_part(), child.signature()))
        }
        Err(undecided) => undecided,
    }
}

/// The algorithm that decides whether this key signed `child`.
///
/// # Errors
/// The answer where no algorithm is needed for it, or none is at hand.
fn fitting<'a>(
    child: &Certificate,
    key: &PublicKey,
    algorithms: &[&'a dyn SignatureVerificationAlgorithm],
) -> Result<&'a dyn SignatureVerificationAlgorithm, SignatureCheck> {
    let (Some(key), Some(signature)) =
        (key_identifier(key), signature_identifier(child.signature_algorithm()))
    else {
        return Err(SignatureCheck::NoAlgorithm);
    };
    if key_kind(&key) != signature_kind(child.signature_algorithm()) {
        return Err(SignatureCheck::Invalid); // an RSA key makes no ECDSA signature
    }
    let fitting = algorithms
        .iter()
        .find(|algorithm| algorithm.public_key_alg_id() == key && algorithm.signature_alg_id() == signature);
    fitting.copied().ok_or(SignatureCheck::NoAlgorithm)
}

/// The identifier under which providers list a key; `None` for keys that no provider takes. RSA keys below 2,048 or above 8,192
/// bits are left out here, because providers answer "wrong signature" for them.
fn key_identifier(key: &PublicKey) -> Option<AlgorithmIdentifier> {
    match key {
        PublicKey::Rsa(key) if (2_048..=8_192).contains(&key.modulus_bits) => Some(alg_id::RSA_ENCRYPTION),
        PublicKey::Ec(EcKey { curve, point: PointForm::Uncompressed }) => match curve {
            Curve::P256 => Some(alg_id::ECDSA_P256),
            Curve::P384 => Some(alg_id::ECDSA_P384),
            Curve::P521 => Some(alg_id::ECDSA_P521),
            _ => None,
        },
        PublicKey::Ed25519 => Some(alg_id::ED25519),
        _ => None,
    }
}

fn signature_identifier(algorithm: &SignatureAlgorithm) -> Option<AlgorithmIdentifier> {
    Some(match algorithm {
        SignatureAlgorithm::RsaPkcs1(Hash::Sha256) => alg_id::RSA_PKCS1_SHA256,
        SignatureAlgorithm::RsaPkcs1(Hash::Sha384) => alg_id::RSA_PKCS1_SHA384,
        SignatureAlgorithm::RsaPkcs1(Hash::Sha512) => alg_id::RSA_PKCS1_SHA512,
        SignatureAlgorithm::RsaPss(Hash::Sha256) => alg_id::RSA_PSS_SHA256,
        SignatureAlgorithm::RsaPss(Hash::Sha384) => alg_id::RSA_PSS_SHA384,
        SignatureAlgorithm::RsaPss(Hash::Sha512) => alg_id::RSA_PSS_SHA512,
        SignatureAlgorithm::Ecdsa(Hash::Sha256) => alg_id::ECDSA_SHA256,
        SignatureAlgorithm::Ecdsa(Hash::Sha384) => alg_id::ECDSA_SHA384,
        SignatureAlgorithm::Ecdsa(Hash::Sha512) => alg_id::ECDSA_SHA512,
        SignatureAlgorithm::Ed25519 => alg_id::ED25519,
        _ => return None,
    })
}

#[derive(PartialEq, Eq)]
enum Kind {
    Rsa,
    Ecdsa,
    Ed25519,
    Other,
}

fn key_kind(key: &AlgorithmIdentifier) -> Kind {
    match *key {
        alg_id::RSA_ENCRYPTION => Kind::Rsa,
        alg_id::ED25519 => Kind::Ed25519,
        _ => Kind::Ecdsa,
    }
}

fn signature_kind(algorithm: &SignatureAlgorithm) -> Kind {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_) => Kind::Rsa,
        SignatureAlgorithm::Ecdsa(_) => Kind::Ecdsa,
        SignatureAlgorithm::Ed25519 => Kind::Ed25519,
        _ => Kind::Other,
    }
}

/// The algorithms of the provider that the crate was built with; aws-lc-rs when both are there, since it covers more.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub fn default_algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    #[cfg(feature = "aws-lc-rs")]
    return aws_lc_rs();
    #[cfg(not(feature = "aws-lc-rs"))]
    ring()
}

/// The algorithms of aws-lc-rs: RSA PKCS#1 and PSS, ECDSA on P-256, P-384 and P-521 with SHA-256, SHA-384 and SHA-512.
#[cfg(feature = "aws-lc-rs")]
pub fn aws_lc_rs() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    aws_lc::all()
}

/// The algorithms of ring: as those of aws-lc-rs, without P-521 and without SHA-512 on the other curves.
#[cfg(feature = "ring")]
pub fn ring() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    use webpki::ring as provider;
    static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
        provider::ECDSA_P256_SHA256,
        provider::ECDSA_P384_SHA384,
        provider::RSA_PKCS1_2048_8192_SHA256,
        provider::RSA_PKCS1_2048_8192_SHA384,
        provider::RSA_PKCS1_2048_8192_SHA512,
        provider::ECDSA_P256_SHA384,
        provider::ECDSA_P384_SHA256,
        provider::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        provider::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        provider::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        provider::ED25519,
    ];
    ALGORITHMS
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::KeyKind;
    use mtlsmith_testkit::SignatureAlgorithm as Signed;

    use super::*;

    fn verdict(
        key: Key,
        algorithm: Option<Signed>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> SignatureCheck {
        let mut builder = testkit::root_builder("signature").key(key);
        if let Some(algorithm) = algorithm {
            builder = builder.signature_algorithm(algorithm);
        }
        let (certificate, _) = Certificate::read(builder.self_signed().der()).unwrap();
        outcome(&certificate, algorithms)
    }

    /// The same, whether the key is read for each signature or stays read.
    fn outcome(
        certificate: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> SignatureCheck {
        let outcome = check(certificate, certificate, algorithms);
        let mut keys = IssuerKeys::default();
        for _ in 0..2 {
            assert_eq!(keys.check(certificate, certificate, algorithms), outcome);
            assert_eq!(keys.check_with_known(certificate, certificate, algorithms), outcome);
        }
        outcome
    }

    #[test]
    fn every_listed_combination_is_checked() {
        for kind in KeyKind::SIGNING.iter().copied().filter(|kind| *kind != KeyKind::Rsa4096) {
            let expected = match kind {
                KeyKind::P521 if cfg!(not(feature = "aws-lc-rs")) => SignatureCheck::NoAlgorithm,
                _ => SignatureCheck::Valid,
            };
            assert_eq!(
                verdict(Key::new(kind, "signature"), None, default_algorithms()),
                expected,
                "{kind:?}"
            );
        }
        for algorithm in
            [Signed::RsaPkcs1Sha384, Signed::RsaPkcs1Sha512, Signed::RsaPssSha256, Signed::RsaPssSha512]
        {
            let key = Key::rsa2048("signature");
            assert_eq!(verdict(key, Some(algorithm), default_algorithms()), SignatureCheck::Valid);
        }
    }

    #[cfg(feature = "aws-lc-rs")]
    #[test]
    fn aws_lc_rs_checks_every_curve_with_every_hash() {
        for key in [Key::p256("signature"), Key::p384("signature"), Key::p521("signature")] {
            for algorithm in [Signed::EcdsaSha256, Signed::EcdsaSha384, Signed::EcdsaSha512] {
                assert_eq!(verdict(key.clone(), Some(algorithm), aws_lc_rs()), SignatureCheck::Valid);
            }
        }
    }

    #[test]
    fn what_no_algorithm_fits_is_not_called_wrong() {
        assert_eq!(
            verdict(Key::p256("signature"), Some(Signed::EcdsaSha1), default_algorithms()),
            SignatureCheck::NoAlgorithm
        );
        assert_eq!(verdict(Key::p256("signature"), None, &[]), SignatureCheck::NoAlgorithm);
    }

    #[test]
    fn a_wrong_signature_is_called_wrong() {
        for key in [Key::p256("signature"), Key::p384("signature"), Key::rsa2048("signature")] {
            let builder = testkit::root_builder("signature").key(key).corrupt_signature();
            let (certificate, _) = Certificate::read(builder.self_signed().der()).unwrap();
            assert_eq!(outcome(&certificate, default_algorithms()), SignatureCheck::Invalid);
        }
    }

    #[test]
    fn each_hash_is_checked_with_rsa_in_either_padding() {
        for algorithm in [
            Signed::RsaPkcs1Sha256,
            Signed::RsaPkcs1Sha384,
            Signed::RsaPkcs1Sha512,
            Signed::RsaPssSha256,
            Signed::RsaPssSha384,
            Signed::RsaPssSha512,
        ] {
            let key = Key::rsa2048("signature");
            assert_eq!(verdict(key, Some(algorithm), default_algorithms()), SignatureCheck::Valid);
        }
    }
}
