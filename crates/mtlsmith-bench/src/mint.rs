//! Minting: from a request to a certificate that was judged before it was signed and read again after, against the work that no CA
//! can avoid, rcgen alone, Go, and programs that mint.

use std::hint::black_box;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
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
        met &= whole_process(mtlsmith, arguments.rounds);
        met &= on_disk(mtlsmith);
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
    let mut candidates = vec![
        Candidate::of("floor", floor),
        Candidate::of("mtlsmith", || {
            assert!(mint(row.kind, &request, &authority, &profile).is_ok(), "a request made for this bench");
        }),
    ];
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
    let speed_up = speed_up(&|| mint(row.kind, &request, &authority, &profile).is_ok());
    Ok(met & judge("two threads / one", speed_up, Goal::AtLeast(TWO_THREADS)))
}

/// How many times as many certificates two threads make in the same time: the median of some rounds, by the clock.
fn speed_up(mint: &(dyn Fn() -> bool + Sync)) -> f64 {
    let many = || assert!((0..1_000).all(|_| mint()), "a request made for this bench");
    let ratios = (0..7).map(|_| {
        let start = Instant::now();
        many();
        let one = start.elapsed();
        let start = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(many);
            scope.spawn(many);
        });
        2.0 * one.as_secs_f64() / start.elapsed().as_secs_f64()
    });
    median(ratios.collect())
}

/// A folder with a CA for the programs.
fn workshop() -> Option<PathBuf> {
    let folder = std::env::temp_dir().join(format!("mtlsmith-bench-mint-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let ca = testkit::root_builder("acme bench 2026").not_before(0).not_after(4_000_000_000).self_signed();
    std::fs::write(folder.join("ca.pem"), ca.pem()).ok()?;
    std::fs::write(folder.join("ca.key"), ca.key().pkcs8_pem()).ok()?;
    std::fs::write(
        folder.join("leaf.ext"),
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n",
    )
    .ok()?;
    Some(folder)
}

/// A program run in a folder, its start-up included.
fn program(name: &'static str, folder: &Path, path: &Path, line: &str) -> Candidate<'static> {
    let (path, folder) = (path.to_owned(), folder.to_owned());
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let run = move |repetitions: u64| {
        let start = Instant::now();
        for _ in 0..repetitions {
            let mut command = Command::new(&path);
            command
                .args(&words)
                .current_dir(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.status().ok()?.success().then_some(())?;
        }
        Some(start.elapsed())
    };
    Candidate { name, run: Box::new(run) }
}

fn whole_process(mtlsmith: &Path, rounds: usize) -> bool {
    let Some(folder) = workshop() else { return false };
    say("mint: whole program, one client certificate with a new P-256 key, files written");
    let gen_leaf = "gen leaf --quiet --force --common-name worker --ca-cert ca.pem --ca-key ca.key --cert a.pem --key a.key \
                    --allow-lax-permissions";
    let openssl = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA ca.pem -CAkey ca.key -subj /CN=worker -days 30 \
                   -keyout b.key -out b.pem";
    let certtool = "--generate-privkey --ecc --curve secp256r1 --outfile c.key";
    let mut candidates = vec![program("mtlsmith", &folder, mtlsmith, gen_leaf)];
    for (name, path, line) in [("openssl", "openssl", openssl), ("certtool, key alone", "certtool", certtool)]
    {
        let there =
            Command::new(path).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        if there {
            candidates.push(program(name, &folder, Path::new(path), line));
        } else {
            say(&format!("    !!!! NOT MEASURED: {path} is not installed"));
        }
    }
    let mut met = true;
    for figure in compare(candidates, rounds) {
        say(&format!("  {:<20}{:>12} ({:>5.3}x)", figure.name, readable(figure.time), figure.ratio));
        if figure.name != "mtlsmith" {
            met &= judge(&format!("{} / mtlsmith", figure.name), figure.ratio, Goal::AtLeast(1.0));
        }
    }
    met
}

/// Ten thousand client certificates with their keys on disk, durable, against a shell loop of openssl, of which a part is run.
fn on_disk(mtlsmith: &Path) -> bool {
    const LEAVES: u32 = 10_000;
    const IN_LOOP: u32 = 100;
    let Some(folder) = workshop() else { return false };
    let home = folder.join("home");
    let _ = std::fs::remove_dir_all(&home); // of a run before
    let list: String = (0..LEAVES).map(|number| format!("worker-{number}\n")).collect();
    if std::fs::write(folder.join("leaves.csv"), format!("name\n{list}")).is_err() {
        return false;
    }
    let timed = |program: &Path, words: &[&str]| -> Option<Duration> {
        let start = Instant::now();
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(&folder)
            .env("MTLSMITH_HOME", &home)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.status().ok()?.success().then(|| start.elapsed())
    };
    let bulk = ["gen", "leaf", "--quiet", "--namespace", "orders.a1b2c", "--from", "leaves.csv"];
    let script = format!(
        "for i in $(seq {IN_LOOP}); do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA ca.pem -CAkey ca.key \
         -subj /CN=w$i -days 30 -keyout l$i.key -out l$i.pem 2>/dev/null || exit 1; done; sync"
    );
    let Some(own) = timed(mtlsmith, &["new", "orders.a1b2c", "--quiet"]).and_then(|_| timed(mtlsmith, &bulk))
    else {
        say("    the ten thousand could not be minted");
        return false;
    };
    let looped = timed(Path::new("sh"), &["-c", &script]);
    let _ = std::fs::remove_dir_all(&folder); // the next run has a folder of its own
    let Some(looped) = looped else { return false };
    let (own, looped) = (own / LEAVES, looped / IN_LOOP);
    say(&format!(
        "  on disk, durable: {} each of {LEAVES}; openssl in a shell loop {} each",
        readable(own),
        readable(looped)
    ));
    judge("shell loop of openssl / mtlsmith", looped.as_secs_f64() / own.as_secs_f64(), Goal::AtLeast(100.0))
}
