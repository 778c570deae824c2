//! Decisions about chains that no CA would issue: whatever stands against a client, something is said about it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::mutate;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::time::Timestamp;

/// How many pairs of a bundle and a chain are decided.
const PAIRS: u64 = 300;

#[test]
fn no_client_is_refused_or_contested_without_a_word() {
    let profile = Profile::temporal_cloud();
    let now = Timestamp::from_unix(testkit::NOW);
    let mut counts = [0; 3];
    for seed in 0..PAIRS {
        let mut rng = testkit::Rng::new(seed);
        let certificates = mutate::certificates(&mut rng, &[]);
        let bundle: Vec<&testkit::Certificate> = certificates.iter().collect();
        let trust = NamespaceTrust::read(testkit::bundle(&bundle).as_bytes(), None, &profile);
        let mut chains: Vec<Vec<&[u8]>> = vec![Vec::new(), vec![b"no certificate"]];
        for (index, certificate) in certificates.iter().enumerate() {
            let good = testkit::leaf("worker", certificate);
            let decision = trust.decide(&presented([good.der(), certificate.der()]), now);
            count(&decision, &mut counts, seed);
            chains.push(certificates[index..].iter().map(testkit::Certificate::der).collect());
        }
        for chain in chains {
            count(&trust.decide(&presented(chain), now), &mut counts, seed);
        }
    }
    println!("admitted, refused, contested: {counts:?}");
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

fn count(decision: &Decision, counts: &mut [usize; 3], seed: u64) {
    assert_eq!(decision.findings().is_empty(), decision.is_admitted(), "seed {seed}: {decision:?}");
    let kind = match decision {
        Decision::Admitted(_) => 0,
        Decision::Refused(_) => 1,
        Decision::Contested(_) => 2,
    };
    counts[kind] += 1;
}
