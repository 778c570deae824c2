//! Random bundles from a seed: certificates broken in different ways, then damage to the text.

mod misshape;
mod pool;
mod text;

use crate::certificate::Certificate;
use crate::random::Rng;

pub use misshape::misshapen;
pub use pool::pool;
pub use text::damage;

/// A bundle text. It draws from [`pool`] and from `extra`, repeats and shuffles, and half of the time damages
/// the text.
///
/// The bytes follow from the seed and from `extra` alone, in every process.
///
/// ```
/// use mtlsmith_testkit::Rng;
/// use mtlsmith_testkit::mutate;
///
/// assert_eq!(mutate::pem_bundle(&mut Rng::new(7), &[]), mutate::pem_bundle(&mut Rng::new(7), &[]));
/// ```
pub fn pem_bundle(rng: &mut Rng, extra: &[&Certificate]) -> Vec<u8> {
    let chosen = certificates(rng, extra);
    let mut text: Vec<u8> = chosen.iter().flat_map(|certificate| certificate.pem().into_bytes()).collect();
    if rng.percent(50) {
        for _ in 0..=rng.below(3) {
            text = damage(rng, &text);
        }
    }
    text
}

/// The certificates of a random bundle, none to twenty, in random order. Half of the time the chain of each
/// one is likely to be complete, because its issuers from the pool are added.
pub fn certificates(rng: &mut Rng, extra: &[&Certificate]) -> Vec<Certificate> {
    let all: Vec<&Certificate> =
        pool().iter().map(|(_, certificate)| certificate).chain(extra.iter().copied()).collect();
    let count = if rng.percent(10) { rng.below(21) } else { 1 + rng.below(6) };
    let mut chosen: Vec<Certificate> = (0..count).map(|_| (*rng.pick(&all)).clone()).collect();
    if rng.percent(50) {
        add_issuers(&mut chosen, &all);
    }
    if rng.percent(20) && !chosen.is_empty() {
        chosen.push(rng.pick(&chosen.clone()).clone());
    }
    if rng.percent(50) {
        rng.shuffle(&mut chosen);
    }
    chosen
}

fn add_issuers(chosen: &mut Vec<Certificate>, all: &[&Certificate]) {
    let mut place = 0;
    while place < chosen.len() && chosen.len() < 20 {
        let wanted = &chosen[place].issuer_der;
        let issuer = all.iter().find(|candidate| candidate.subject_der == *wanted);
        if let Some(issuer) = issuer.filter(|issuer| !chosen.contains(issuer)) {
            chosen.push((*issuer).clone());
        }
        place += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_lc_rs::digest;

    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_in_every_run() {
        let mut context = digest::Context::new(&digest::SHA256);
        for seed in 0..50 {
            context.update(&pem_bundle(&mut Rng::new(seed), &[]));
        }
        let all: String = context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        // Changes whenever the pool, the ways or the generator do; it must not change between two runs of one
        // source.
        assert_eq!(all, "ea97474f54c974df610571f33cb25197cc5c7d799a0636004d6c43eb8074b926");
    }

    #[test]
    fn different_seeds_give_different_bundles() {
        let bundles: BTreeSet<Vec<u8>> = (0..200).map(|seed| pem_bundle(&mut Rng::new(seed), &[])).collect();
        assert!(bundles.len() > 180, "only {} different bundles from 200 seeds", bundles.len());
    }

    #[test]
    fn certificates_of_the_caller_are_drawn() {
        let mine = crate::root("of the caller");
        let drawn = (0..500).any(|seed| certificates(&mut Rng::new(seed), &[&mine]).contains(&mine));
        assert!(drawn);
    }
}
