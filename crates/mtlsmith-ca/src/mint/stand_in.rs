//! Signatures that stand in for those still to be made, so that the validator can judge a certificate before the real key signs it.
//!
//! The verifiers here take a stand-in for a good signature, and ask the real algorithm about every other one. They judge drafts and
//! nothing else: what was signed is checked again with the real algorithms.

use std::sync::LazyLock;

use mtlsmith_validate::Profile;
use mtlsmith_validate::signature;
use pki_types::AlgorithmIdentifier;
use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;

use super::engine;
use super::key::KeyAlgorithm;

/// The certificate that these bytes will become, with a stand-in for its signature.
pub(super) fn draft_certificate(to_be_signed: &[u8], signer: KeyAlgorithm) -> Vec<u8> {
    let stand_in = vec![STAND_IN; signer.signature_bytes()];
    engine::assemble(to_be_signed, signer, &stand_in)
}

/// The profile for judging drafts.
pub(super) fn profile(profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    profile.algorithms = VERIFIERS
        .iter()
        .map(|verifier| -> &'static dyn SignatureVerificationAlgorithm { verifier })
        .collect();
    profile
}

/// No signature of any algorithm repeats this byte throughout: an ECDSA one starts with 0x30, and an RSA one of this form would have
/// to be found by trying.
const STAND_IN: u8 = 0x5a;

static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| signature::aws_lc_rs().iter().copied().map(Verifier).collect());

#[derive(Debug)]
struct Verifier(&'static dyn SignatureVerificationAlgorithm);

impl SignatureVerificationAlgorithm for Verifier {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        if !signature.is_empty() && signature.iter().all(|byte| *byte == STAND_IN) {
            return Ok(());
        }
        self.0.verify_signature(public_key, message, signature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.0.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0.signature_alg_id()
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::check_bundle;
    use mtlsmith_validate::time::Timestamp;

    use super::*;

    #[test]
    fn a_draft_is_judged_as_if_it_were_signed_and_a_wrong_signature_is_still_wrong() {
        let profile = profile(&Profile::temporal_cloud());
        let judged = |pem: String| {
            let report = check_bundle(pem.as_bytes(), &profile, Timestamp::from_unix(testkit::NOW));
            report.findings.iter().map(|finding| finding.rule.code).collect::<Vec<_>>()
        };
        let root = testkit::root("stand-in");
        let draft = draft_certificate(root.tbs_der(), KeyAlgorithm::P256);
        assert_eq!(judged(testkit::pem_block("CERTIFICATE", &draft)), judged(root.pem()));
        let wrong = testkit::root_builder("stand-in").corrupt_signature().self_signed();
        assert_ne!(judged(wrong.pem()), judged(root.pem()));
    }
}
