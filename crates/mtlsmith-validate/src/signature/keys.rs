//! The public keys of issuers, each read once however many certificates it signed.

use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;

use super::PreparedKey;
use super::SignatureCheck;
use super::fitting;
use super::key_identifier;
use crate::certificate::Certificate;

/// Public keys that stay read. Whoever checks with them answers as [`super::check`] does, only sooner.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssuerKeys {
    read: Vec<PreparedKey>,
}

impl IssuerKeys {
    /// Did `issuer`'s key sign `child`? From now on the key stays read.
    pub(crate) fn check(
        &mut self,
        child: &Certificate,
        issuer: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> SignatureCheck {
        match fitting(child, issuer.key(), algorithms) {
            Ok(algorithm) => {
                self.keep(issuer, algorithm);
                self.verify_certificate(child, issuer, algorithm)
            }
            Err(undecided) => undecided,
        }
    }

    /// Did `issuer`'s key sign `child`? A key that is not here yet is read for this check alone.
    pub(crate) fn check_with_known(
        &self,
        child: &Certificate,
        issuer: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> SignatureCheck {
        match fitting(child, issuer.key(), algorithms) {
            Ok(algorithm) => self.verify_certificate(child, issuer, algorithm),
            Err(undecided) => undecided,
        }
    }

    /// Reads an issuer's key ahead, for the first algorithm that fits it: lists have the usual ones first.
    pub(crate) fn add(&mut self, issuer: &Certificate, algorithms: &[&dyn SignatureVerificationAlgorithm]) {
        let key = key_identifier(issuer.key());
        let usual = algorithms.iter().find(|algorithm| Some(algorithm.public_key_alg_id()) == key);
        if let Some(algorithm) = usual {
            self.keep(issuer, *algorithm);
        }
    }

    /// Checks a signature as `algorithm` does, with the key as it was read beforehand if it was.
    pub(crate) fn verify(
        &self,
        algorithm: &dyn SignatureVerificationAlgorithm,
        bits: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match self.read.iter().find(|key| key.is(algorithm, bits)) {
            Some(key) => key.verify(message, signature),
            None => algorithm.verify_signature(bits, message, signature),
        }
    }

    fn verify_certificate(
        &self,
        child: &Certificate,
        issuer: &Certificate,
        algorithm: &dyn SignatureVerificationAlgorithm,
    ) -> SignatureCheck {
        let (message, signature) = (child.signed_part(), child.signature());
        SignatureCheck::of(self.verify(algorithm, issuer.key_bits(), message, signature))
    }

    fn keep(&mut self, issuer: &Certificate, algorithm: &dyn SignatureVerificationAlgorithm) {
        let bits = issuer.key_bits();
        if !self.read.iter().any(|key| key.is(algorithm, bits)) {
            self.read.extend(PreparedKey::read(algorithm, bits));
        }
    }
}

#[cfg(feature = "aws-lc-rs")]
#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use pki_types::AlgorithmIdentifier;
    use pki_types::alg_id;

    use super::*;
    use crate::signature::aws_lc_rs;

    /// Takes no signature, and has no size.
    #[derive(Debug)]
    struct Never;

    impl SignatureVerificationAlgorithm for Never {
        fn verify_signature(&self, _: &[u8], _: &[u8], _: &[u8]) -> Result<(), InvalidSignature> {
            Err(InvalidSignature)
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_P256
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_SHA256
        }
    }

    fn read(certificate: &testkit::Certificate) -> Certificate {
        Certificate::read(certificate.der()).unwrap().0
    }

    #[test]
    fn a_key_is_read_once_for_each_algorithm_that_it_signs_with() {
        let root = testkit::root("root");
        let issuer = read(&root);
        let mut keys = IssuerKeys::default();
        keys.add(&issuer, aws_lc_rs());
        for name in ["one", "two"] {
            let child = read(&testkit::intermediate(name, &root));
            assert_eq!(keys.check(&child, &issuer, aws_lc_rs()), SignatureCheck::Valid);
        }
        assert_eq!(keys.read.len(), 1);
        let by_another_hash = testkit::intermediate_builder("three")
            .signature_algorithm(testkit::SignatureAlgorithm::EcdsaSha384);
        let child = read(&by_another_hash.signed_by(&root));
        assert_eq!(keys.check_with_known(&child, &issuer, aws_lc_rs()), SignatureCheck::Valid);
        assert_eq!(keys.read.len(), 1, "for this check alone");
        assert_eq!(keys.check(&child, &issuer, aws_lc_rs()), SignatureCheck::Valid);
        assert_eq!(keys.read.len(), 2);
    }

    #[test]
    fn no_key_is_taken_for_another_one() {
        let signer = testkit::root("root");
        let namesake = testkit::root_builder("root").key(Key::p256("namesake")).self_signed();
        let child = read(&testkit::intermediate("child", &signer));
        let mut keys = IssuerKeys::default();
        for (issuer, outcome) in [
            (&signer, SignatureCheck::Valid),
            (&namesake, SignatureCheck::Invalid),
            (&signer, SignatureCheck::Valid),
        ] {
            assert_eq!(keys.check(&child, &read(issuer), aws_lc_rs()), outcome);
        }
    }

    #[test]
    fn algorithms_of_others_are_asked_each_time() {
        let root = read(&testkit::root("root"));
        let mut keys = IssuerKeys::default();
        assert_eq!(keys.check(&root, &root, aws_lc_rs()), SignatureCheck::Valid);
        for _ in 0..2 {
            assert_eq!(keys.check(&root, &root, &[&Never]), SignatureCheck::Invalid);
        }
        assert_eq!(keys.read.len(), 1);
    }
}
