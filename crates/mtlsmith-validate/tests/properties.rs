//! What holds for every bundle, tried on thousands of seeded ones.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::collections::BTreeSet;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::mutate;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::time::Timestamp;

fn judge(bundle: impl AsRef<[u8]>, seconds: i64) -> Report {
    use std::sync::OnceLock;
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    check_bundle(bundle.as_ref(), PROFILE.get_or_init(Profile::temporal_cloud), Timestamp::from_unix(seconds))
}

/// What was found about what, whatever the order: rule, and the certificate's fingerprint.
fn found(report: &Report) -> BTreeSet<(&'static str, Option<String>)> {
    let fingerprint = |subject| match subject {
        Subject::Certificate(index) => {
            report.bundle.certificate(index).map(|certificate| certificate.sha256_hex())
        }
        _ => None,
    };
    report.findings.iter().map(|finding| (finding.rule.name, fingerprint(finding.subject))).collect()
}

fn text_of(certificates: &[Certificate]) -> String {
    testkit::bundle(&certificates.iter().collect::<Vec<_>>())
}

/// Members drawn from the pool of sound and broken certificates.
fn draw(rng: &mut Rng) -> Vec<Certificate> {
    let base = [testkit::root("property root 1")];
    mutate::certificates(rng, &base.iter().collect::<Vec<_>>())
}

#[test]
fn arbitrary_bytes_are_answered_with_complete_sentences() {
    let mut rng = Rng::new(1);
    for round in 0..4_000_u64 {
        let length = rng.below(600);
        let mut bytes: Vec<u8> = (0..length).map(|_| u8::try_from(rng.bits() & 0xff).unwrap()).collect();
        if round % 3 == 0 {
            bytes = testkit::pem_block("CERTIFICATE", &bytes).into_bytes();
        }
        let report = judge(&bytes, testkit::NOW);
        assert!(!report.findings.is_empty(), "random bytes are no bundle");
        for finding in &report.findings {
            for sentence in [finding.message(), finding.help()] {
                assert!(!sentence.is_empty() && !sentence.contains('{'), "{}: {sentence}", finding.rule.code);
            }
        }
    }
}

#[test]
fn flipped_bytes_within_certificates_are_answered() {
    let mut rng = Rng::new(2);
    let root = testkit::root("flipped");
    for _ in 0..4_000 {
        let mut der = root.der().to_vec();
        for _ in 0..=rng.below(3) {
            let at = rng.below(der.len());
            der[at] ^= 1 << (rng.bits() % 8);
        }
        let report = judge(testkit::pem_block("CERTIFICATE", &der), testkit::NOW);
        for finding in &report.findings {
            assert!(!finding.message().contains('{'), "{}: {}", finding.rule.code, finding.message());
        }
    }
}

#[test]
fn every_sentence_of_every_mutated_bundle_is_complete() {
    let mut rng = Rng::new(3);
    let mut fired = BTreeSet::new();
    for _ in 0..2_000 {
        let base = [testkit::root("property root 1")];
        let text = mutate::pem_bundle(&mut rng, &base.iter().collect::<Vec<_>>());
        let report = judge(&text, testkit::NOW);
        for finding in &report.findings {
            fired.insert(finding.rule.name);
            for sentence in [finding.message(), finding.help()] {
                assert!(!sentence.is_empty() && !sentence.contains('{'), "{}: {sentence}", finding.rule.code);
            }
        }
    }
    println!("{} different rules fired over 2,000 bundles", fired.len());
    assert!(fired.len() >= 25, "the mutations are too tame: {fired:?}");
}

#[test]
fn the_order_of_blocks_does_not_change_what_is_found() {
    let mut rng = Rng::new(4);
    for _ in 0..600 {
        let mut certificates = draw(&mut rng);
        let before = judge(text_of(&certificates), testkit::NOW);
        rng.shuffle(&mut certificates);
        let after = judge(text_of(&certificates), testkit::NOW);
        assert_eq!(found(&before), found(&after));
        assert_eq!(before.verdict(), after.verdict());
    }
}

#[test]
fn adding_an_unrelated_good_ca_removes_no_finding() {
    let mut rng = Rng::new(5);
    let unrelated = testkit::root("unrelated 7f3a");
    for _ in 0..600 {
        let certificates = draw(&mut rng);
        let before = judge(text_of(&certificates), testkit::NOW);
        let after = judge(text_of(&[certificates, vec![unrelated.clone()]].concat()), testkit::NOW);
        let cured = |name: &str| name == "no-certificate"; // there is one now
        let lost: Vec<_> =
            found(&before).difference(&found(&after)).filter(|(name, _)| !cured(name)).cloned().collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}

#[test]
fn an_accepted_bundle_has_a_chain_to_a_root_for_every_certificate() {
    let mut rng = Rng::new(9);
    let mut accepted = 0;
    for _ in 0..2_000 {
        let report = judge(text_of(&draw(&mut rng)), testkit::NOW);
        if report.verdict() == Verdict::Accepted {
            accepted += 1;
            assert!(report.graph.nodes().iter().all(|node| node.effective_expiry.is_some()));
        }
    }
    assert!(accepted >= 20, "only {accepted} bundles were accepted");
}

#[test]
fn a_later_time_never_unexpires() {
    let mut rng = Rng::new(6);
    for _ in 0..300 {
        let text = text_of(&draw(&mut rng));
        let mut expired = BTreeSet::new();
        for day in (-200..=800).step_by(100) {
            let report = judge(&text, testkit::NOW + testkit::days(day));
            let now: BTreeSet<_> =
                found(&report).into_iter().filter(|(name, _)| *name == "expired").collect();
            assert!(expired.is_subset(&now), "on day {day}");
            expired = now;
        }
    }
}

#[test]
fn the_canonical_form_is_its_own_canonical_form() {
    let mut rng = Rng::new(7);
    let base = [testkit::root("property root 1")];
    for _ in 0..600 {
        let text = mutate::pem_bundle(&mut rng, &base.iter().collect::<Vec<_>>());
        let once = Bundle::read(&text).canonical_pem();
        let again = Bundle::read(once.as_bytes());
        assert_eq!(again.canonical_pem(), once);
        assert_eq!(again.canonical_bytes, once.len());
        assert!(once.is_empty() || again.is_canonical, "{once}");
    }
}

#[test]
fn the_same_input_gives_the_same_report() {
    let mut rng = Rng::new(8);
    for _ in 0..200 {
        let text = text_of(&draw(&mut rng));
        let say =
            |report: &Report| report.findings.iter().map(|f| (f.subject, f.message())).collect::<Vec<_>>();
        assert_eq!(say(&judge(&text, testkit::NOW)), say(&judge(&text, testkit::NOW)));
    }
}

#[test]
fn the_cost_of_the_worst_bundle_is_bounded() {
    for count in [16, 40] {
        let same_name: Vec<Certificate> = (0..count)
            .map(|index| {
                let builder = testkit::root_builder("one name").no_ski().no_aki();
                builder.key(testkit::Key::p256(&format!("cost {index}"))).corrupt_signature().self_signed()
            })
            .collect();
        let report = judge(text_of(&same_name), testkit::NOW);
        assert!(report.budget.signatures_spent() <= mtlsmith_validate::budget::SIGNATURE_CHECKS);
        assert!(report.budget.is_exhausted(), "{count} certificates of one name ask for more than there is");
        assert!(report.findings.iter().any(|finding| finding.rule.name == "budget-exhausted"));
    }
}
