//! The algorithms of aws-lc-rs, and public keys that stay read: aws-lc-rs keeps what it computes about a key, which saves an eighth
//! of each further check with RSA-2048 and a fiftieth with a curve.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::signature as provider;
use aws_lc_rs::signature::ParsedPublicKey;
use aws_lc_rs::signature::VerificationAlgorithm;
use pki_types::AlgorithmIdentifier;
use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;
use webpki::aws_lc_rs as listed;

/// One algorithm, twice: as webpki offers it, which reads the key for each signature, and as aws-lc-rs itself does.
pub(super) struct Algorithm {
    listed: &'static dyn SignatureVerificationAlgorithm,
    verification: &'static dyn VerificationAlgorithm,
}

/// A public key, read for one algorithm.
#[derive(Debug, Clone)]
pub(crate) struct PreparedKey {
    algorithm: &'static Algorithm,
    key: ParsedPublicKey,
}

impl PreparedKey {
    /// `None` when the algorithm is not one of ours, or the key cannot be read.
    pub(crate) fn read(algorithm: &dyn SignatureVerificationAlgorithm, bits: &[u8]) -> Option<Self> {
        let algorithm = ALGORITHMS.iter().find(|known| is_same(known, algorithm))?;
        let key = ParsedPublicKey::new(algorithm.verification, bits).ok()?;
        Some(PreparedKey { algorithm, key })
    }

    /// Is it this key, read for this algorithm?
    pub(crate) fn is(&self, algorithm: &dyn SignatureVerificationAlgorithm, bits: &[u8]) -> bool {
        is_same(self.algorithm, algorithm) && self.key.as_ref() == bits
    }

    /// Did the key make this signature?
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.key.verify_sig(message, signature).map_err(|_| InvalidSignature)
    }
}

/// Is `algorithm` the very one in [`ALGORITHMS`]? No other object lies at its address, unless one without a size.
fn is_same(known: &'static Algorithm, algorithm: &dyn SignatureVerificationAlgorithm) -> bool {
    std::ptr::addr_eq(known, algorithm) && size_of_val(algorithm) == size_of::<Algorithm>()
}

/// What `signature::aws_lc_rs` lists.
pub(super) fn all() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static LIST: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
        let mut list: Vec<&'static dyn SignatureVerificationAlgorithm> = Vec::with_capacity(ALGORITHMS.len());
        for algorithm in &ALGORITHMS {
            list.push(algorithm);
        }
        list
    });
    &LIST
}

const fn pair(
    listed: &'static dyn SignatureVerificationAlgorithm,
    verification: &'static dyn VerificationAlgorithm,
) -> Algorithm {
    Algorithm { listed, verification }
}

/// The usual ones first. Named one by one, because webpki's own list is that of ring as soon as both features are on somewhere in a
/// build.
static ALGORITHMS: [Algorithm; 16] = [
    pair(listed::ECDSA_P256_SHA256, &provider::ECDSA_P256_SHA256_ASN1),
    pair(listed::ECDSA_P384_SHA384, &provider::ECDSA_P384_SHA384_ASN1),
    pair(listed::RSA_PKCS1_2048_8192_SHA256, &provider::RSA_PKCS1_2048_8192_SHA256),
    pair(listed::RSA_PKCS1_2048_8192_SHA384, &provider::RSA_PKCS1_2048_8192_SHA384),
    pair(listed::RSA_PKCS1_2048_8192_SHA512, &provider::RSA_PKCS1_2048_8192_SHA512),
    pair(listed::ECDSA_P256_SHA384, &provider::ECDSA_P256_SHA384_ASN1),
    pair(listed::ECDSA_P256_SHA512, &provider::ECDSA_P256_SHA512_ASN1),
    pair(listed::ECDSA_P384_SHA256, &provider::ECDSA_P384_SHA256_ASN1),
    pair(listed::ECDSA_P384_SHA512, &provider::ECDSA_P384_SHA512_ASN1),
    pair(listed::ECDSA_P521_SHA256, &provider::ECDSA_P521_SHA256_ASN1),
    pair(listed::ECDSA_P521_SHA384, &provider::ECDSA_P521_SHA384_ASN1),
    pair(listed::ECDSA_P521_SHA512, &provider::ECDSA_P521_SHA512_ASN1),
    pair(listed::RSA_PSS_2048_8192_SHA256_LEGACY_KEY, &provider::RSA_PSS_2048_8192_SHA256),
    pair(listed::RSA_PSS_2048_8192_SHA384_LEGACY_KEY, &provider::RSA_PSS_2048_8192_SHA384),
    pair(listed::RSA_PSS_2048_8192_SHA512_LEGACY_KEY, &provider::RSA_PSS_2048_8192_SHA512),
    pair(listed::ED25519, &provider::ED25519),
];

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.listed.verify_signature(key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.listed.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.listed.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.listed.fips()
    }
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.listed.fmt(f)
    }
}
