//! Minting: from a request to a certificate that was judged before it was signed and read again after, against the work that no CA
//! can avoid, rcgen alone, Go, and programs that mint.

mod bulk;
mod programs;

use std::hint::black_box;
use std::path::Path;
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
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use crate::Arguments;
use crate::measure::Candidate;
use crate::measure::Goal;
use crate::measure::IN_PROCESS;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::readable;
use crate::measure::say;
use crate::peers;

struct Row {
    kind: KeyKind,
    name: &'static str,
    signing: &'static EcdsaSigningAlgorithm,
    verification: &'static EcdsaVerificationAlgorithm,
    /// Over making a key, signing and verifying.
    over_floor: f64,
    faster_than_go: f64,
}

/// Two threads against one.
const TWO_THREADS: f64 = 1.85;

/// Prints the figures; `false` when a goal is missed.
pub(crate) fn run(arguments: &Arguments) -> bool {
    say(
        "mint: a client certificate and its key in memory, judged before the signature and read again after it",
    );
    let rows = [
        Row {
            kind: KeyKind::P256,
            name: "P-256",
            signing: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            verification: &signature::ECDSA_P256_SHA256_ASN1,
            over_floor: 1.15,
            faster_than_go: 1.7,
        },
        Row {
            kind: KeyKind::P384,
            name: "P-384",
            signing: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            verification: &signature::ECDSA_P384_SHA384_ASN1,
            over_floor: 1.08,
            faster_than_go: 2.9,
        },
    ];
    let mut met = true;
    for row in &rows {
        met &= in_memory(row, arguments.peers.as_deref(), arguments.rounds).unwrap_or_else(|error| {
            say(&format!("    {error}"));
            false
        });
    }
    if let Some(mtlsmith) = arguments.mtlsmith.as_deref() {
        met &= programs::run(mtlsmith, arguments.bare.as_deref(), arguments.rounds);
        met &= bulk::run(mtlsmith);
    }
    met
}

fn now() -> Timestamp {
    Timestamp::from_unix(testkit::NOW)
}

fn authority(kind: KeyKind, profile: &Profile) -> Result<Authority, MintError> {
    let key = PrivateKey::generate(kind)?;
    let request = CaRequest::for_organization("acme", now(), &SystemRandom)?;
    let issued = Draft::ca(&request, &key, now(), &SystemRandom)?.check(&Judgement::by(profile))?.sign()?;
    Authority::new(issued.pem().as_bytes(), Box::new(key), profile, now())
}

fn request() -> Result<LeafRequest, MintError> {
    let mut request = LeafRequest::new(Subject::new(Some("acme"), &["worker"], Some("payments.a1b2c"))?);
    request.alternative_names = vec![AlternativeName::dns("worker.acme.internal")?];
    Ok(request)
}

/// Mints one certificate with a new key.
fn mint(
    kind: KeyKind,
    request: &LeafRequest,
    authority: &Authority,
    profile: &Profile,
) -> Result<(), MintError> {
    let key = PrivateKey::generate(kind)?;
    let draft = Draft::leaf(request, key.public_key(), authority, now(), &SystemRandom)?;
    black_box((draft.check(&Judgement::by(profile))?.sign()?, key));
    Ok(())
}

fn in_memory(row: &Row, folder: Option<&Path>, rounds: usize) -> Result<bool, MintError> {
    let profile = Profile::temporal_cloud();
    let (authority, request) = (authority(row.kind, &profile)?, request()?);
    let Ok(ca) = EcdsaKeyPair::generate(row.signing) else { return Ok(false) };
    let random = Rng::new();
    let floor = || {
        let message = [7; 450];
        let key = EcdsaKeyPair::generate(row.signing);
        let signed = ca.sign(&random, &message);
        let public = UnparsedPublicKey::new(row.verification, ca.public_key().as_ref());
        assert!(
            signed.is_ok_and(|signed| public.verify(&message, signed.as_ref()).is_ok()),
            "a key made for this bench"
        );
        black_box(key.is_ok());
    };
    let minted =
        || assert!(mint(row.kind, &request, &authority, &profile).is_ok(), "a request made for this bench");
    let mut candidates = vec![Candidate::of("floor", floor), Candidate::of("mtlsmith", minted)];
    candidates.extend(peers::minting(folder, row.name));
    let figures = compare(candidates, rounds);
    let cells: String =
        figures.iter().map(|f| format!("{} {} ({:.3}x)  ", f.name, readable(f.time), f.ratio)).collect();
    say(&format!("  {:<9} {cells}", row.name));
    let ratio = |wanted: &str| figures.iter().find(|figure| figure.name == wanted).map(|figure| figure.ratio);
    let Some(own) = ratio("mtlsmith") else { return Ok(false) };
    let mut met = judge("minted / key, signature and verification", own, Goal::AtMost(row.over_floor));
    if let Some(go) = ratio("go") {
        met &= judge("Go / mtlsmith", go / own, Goal::AtLeast(row.faster_than_go));
    }
    // The floor's own figure beside it: two processors of a machine may share more than it seems.
    say(&format!("    two threads / one, of the floor: {:.3}", speed_up(&floor, rounds)));
    Ok(met & judge("two threads / one", speed_up(&minted, rounds), Goal::AtLeast(TWO_THREADS)))
}

/// How many times as much work two threads do in the same time: the median of the rounds, by the clock.
fn speed_up(work: &(dyn Fn() + Sync), rounds: usize) -> f64 {
    let by = |threads: usize, repetitions: u32| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..repetitions).for_each(|_| work()));
            }
        });
        start.elapsed().as_secs_f64()
    };
    let mut repetitions = 64;
    while by(1, repetitions) < IN_PROCESS.as_secs_f64() {
        repetitions *= 2;
    }
    median((0..rounds).map(|_| 2.0 * by(1, repetitions) / by(2, repetitions)).collect())
}
