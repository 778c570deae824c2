//! Client certificates per second in memory, from request to issued, against the work that no CA can avoid: making a key, signing,
//! verifying, with the same library in the same run. Rounds of both take turns, and the medians are compared.
//!
//! `cargo run --release -p mtlsmith-ca --example mint_rate [ROUNDS]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement, no product"
)]

use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom as Rng;
use aws_lc_rs::signature;
use aws_lc_rs::signature::EcdsaKeyPair;
use aws_lc_rs::signature::EcdsaSigningAlgorithm;
use aws_lc_rs::signature::EcdsaVerificationAlgorithm;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::UnparsedPublicKey;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

const BATCH: u32 = 100;

fn main() {
    let rounds = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(101);
    let p256 = (&signature::ECDSA_P256_SHA256_ASN1_SIGNING, &signature::ECDSA_P256_SHA256_ASN1);
    let p384 = (&signature::ECDSA_P384_SHA384_ASN1_SIGNING, &signature::ECDSA_P384_SHA384_ASN1);
    compare(KeyKind::P256, p256.0, p256.1, rounds);
    compare(KeyKind::P384, p384.0, p384.1, rounds);
}

fn compare(
    kind: KeyKind,
    signing: &'static EcdsaSigningAlgorithm,
    verification: &'static EcdsaVerificationAlgorithm,
    rounds: usize,
) {
    let profile = Profile::temporal_cloud();
    let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
    let authority = authority(kind, &profile, now);
    let judgement = Judgement::by(&profile);
    let mut request =
        LeafRequest::new(Subject::new(Some("acme"), &["worker"], Some("payments.a1b2c")).unwrap());
    request.alternative_names = vec![AlternativeName::dns("worker.acme.internal").unwrap()];
    let ca = EcdsaKeyPair::generate(signing).unwrap();
    let random = Rng::new();
    let message = [7; 450];
    let floor = || {
        let key = EcdsaKeyPair::generate(signing).unwrap();
        let signed = ca.sign(&random, &message).unwrap();
        UnparsedPublicKey::new(verification, ca.public_key().as_ref())
            .verify(&message, signed.as_ref())
            .unwrap();
        black_box(key);
    };
    let mint = || {
        let key = PrivateKey::generate(kind).unwrap();
        let draft = Draft::leaf(&request, key.public_key(), &authority, now, &SystemRandom).unwrap();
        black_box(draft.check(&judgement).unwrap().sign().unwrap());
    };
    let steps = || {
        let key = PrivateKey::generate(kind).unwrap();
        black_box(Draft::leaf(&request, key.public_key(), &authority, now, &SystemRandom).unwrap());
    };
    let judged = || {
        let key = PrivateKey::generate(kind).unwrap();
        let draft = Draft::leaf(&request, key.public_key(), &authority, now, &SystemRandom).unwrap();
        black_box(draft.check(&judgement).unwrap());
    };
    let bare = || {
        black_box(EcdsaKeyPair::generate(signing).unwrap());
    };
    let contestants: [&dyn Fn(); 5] = [&floor, &mint, &bare, &steps, &judged];
    let medians = medians(&contestants, rounds);
    let per_leaf = |index: usize| medians[index] / BATCH;
    println!("{kind}: floor {:?}, minted {:?}", per_leaf(0), per_leaf(1));
    println!("  key {:?}, key and draft {:?}, and judged {:?}", per_leaf(2), per_leaf(3), per_leaf(4));
    println!("  ratio to the floor {:.3}", medians[1].as_secs_f64() / medians[0].as_secs_f64());
    println!("  two threads against one: {:.2} times", speed_up(&mint, rounds));
}

/// How many times as many leaves two threads make in the same time, the median of some rounds.
fn speed_up(mint: &(dyn Fn() + Sync), rounds: usize) -> f64 {
    let many = || (0..10 * BATCH).for_each(|_| mint());
    let mut ratios: Vec<f64> = (0..rounds.div_ceil(10))
        .map(|_| {
            let start = Instant::now();
            many();
            let one = start.elapsed();
            let start = Instant::now();
            std::thread::scope(|scope| {
                scope.spawn(many);
                scope.spawn(many);
            });
            2.0 * one.as_secs_f64() / start.elapsed().as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn authority(kind: KeyKind, profile: &Profile, now: Timestamp) -> Authority {
    let key = PrivateKey::generate(kind).unwrap();
    let request = CaRequest::for_organization("acme", now, &SystemRandom).unwrap();
    let draft = Draft::ca(&request, &key, now, &SystemRandom).unwrap();
    let pem = draft.check(&Judgement::by(profile)).unwrap().sign().unwrap().pem();
    Authority::new(pem.as_bytes(), Box::new(key), profile, now).unwrap()
}

fn medians(contestants: &[&dyn Fn()], rounds: usize) -> Vec<Duration> {
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..rounds {
        for (contestant, times) in contestants.iter().zip(&mut times) {
            let start = Instant::now();
            (0..BATCH).for_each(|_| contestant());
            times.push(start.elapsed());
        }
    }
    for times in &mut times {
        times.sort();
    }
    times.into_iter().map(|times| times[times.len() / 2]).collect()
}
