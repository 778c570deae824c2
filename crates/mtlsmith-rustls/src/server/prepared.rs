//! Which algorithms check the signatures of chains: those of the provider, some of them in a form that takes a CA's key as it was read
//! when the bundle was.

use rustls::pki_types::SignatureVerificationAlgorithm;

type Algorithms<'a> = &'a [&'static dyn SignatureVerificationAlgorithm];

/// The provider's algorithms; in the place of those that are aws-lc-rs as rustls brings it, the same from `mtlsmith_validate`, which
/// need not read the keys of a bundle again for each client.
#[cfg(feature = "aws-lc-rs")]
pub(super) fn for_chains(offered: Algorithms<'_>) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    let brought = rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.all;
    let prepared: Algorithms<'_> =
        if std::ptr::eq(offered, brought) { mtlsmith_validate::signature::aws_lc_rs() } else { &[] };
    let same = |offered: &'static dyn SignatureVerificationAlgorithm| {
        prepared.iter().copied().find(|prepared| {
            prepared.public_key_alg_id() == offered.public_key_alg_id()
                && prepared.signature_alg_id() == offered.signature_alg_id()
        })
    };
    offered.iter().map(|&algorithm| same(algorithm).unwrap_or(algorithm)).collect()
}

/// The provider's algorithms.
#[cfg(not(feature = "aws-lc-rs"))]
pub(super) fn for_chains(offered: Algorithms<'_>) -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    offered.to_vec()
}

#[cfg(feature = "aws-lc-rs")]
#[cfg(test)]
mod tests {
    use rustls::crypto::aws_lc_rs::default_provider;

    use super::*;

    fn is_prepared(algorithm: &'static dyn SignatureVerificationAlgorithm) -> bool {
        mtlsmith_validate::signature::aws_lc_rs().iter().any(|other| std::ptr::addr_eq(*other, algorithm))
    }

    #[test]
    fn algorithms_of_aws_lc_rs_become_those_that_take_prepared_keys_one_for_one() {
        let offered = default_provider().signature_verification_algorithms.all;
        let chosen = for_chains(offered);
        assert_eq!(chosen.len(), offered.len());
        for (chosen, offered) in chosen.iter().zip(offered) {
            assert_eq!(chosen.public_key_alg_id(), offered.public_key_alg_id());
            assert_eq!(chosen.signature_alg_id(), offered.signature_alg_id());
        }
        assert!(chosen.iter().filter(|algorithm| is_prepared(**algorithm)).count() >= 9);
    }

    #[test]
    fn algorithms_of_anybody_else_stay_what_they_are() {
        let offered = default_provider().signature_verification_algorithms.all.to_vec();
        assert!(!for_chains(&offered).into_iter().any(is_prepared));
    }
}
