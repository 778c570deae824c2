//! One bundle in this process: PEM bytes to finished report, against the bare signature checks of the same bundle.

use std::hint::black_box;
use std::path::Path;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;
use mtlsmith_validate::Profile;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::report::Report;
use mtlsmith_validate::signature;
use mtlsmith_validate::signature::SignatureCheck;
use mtlsmith_validate::time::Timestamp;

use crate::measure::Candidate;
use crate::measure::Figure;
use crate::measure::Goal;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::readable;
use crate::measure::say;
use crate::peers;

struct Row {
    kind: KeyKind,
    name: &'static str,
    /// Report over signature checks, for 1 and for 16 certificates.
    goals: (f64, f64),
    /// How many times faster than Go.
    faster_than_go: f64,
}

const ROWS: [Row; 4] = [
    Row { kind: KeyKind::P256, name: "P-256", goals: (1.15, 1.10), faster_than_go: 1.6 },
    Row { kind: KeyKind::P384, name: "P-384", goals: (1.05, 1.04), faster_than_go: 3.3 },
    Row { kind: KeyKind::Rsa2048, name: "RSA-2048", goals: (1.40, 1.25), faster_than_go: 2.2 },
    Row { kind: KeyKind::Rsa4096, name: "RSA-4096", goals: (1.15, 1.10), faster_than_go: 3.9 },
];

/// OpenSSL 3.0 in process, whatever the key.
const FASTER_THAN_OPENSSL: f64 = 3.4;

/// Prints the table; `false` when a goal is missed.
pub(crate) fn run(peers: Option<&Path>, rounds: usize) -> bool {
    say("bundle: PEM bytes to finished report, against the bare signature checks of the same bundle");
    say("  key       n    signatures only        mtlsmith                 Go                 OpenSSL");
    let mut met = true;
    for row in &ROWS {
        for count in [1, 4, 16] {
            let bundle = bundle(row.kind, row.name, count);
            let figures = measure(&bundle, peers, rounds);
            say(&line(row.name, count, &figures));
            met &= judge_row(row, count, &figures);
        }
    }
    met
}

/// A bundle as teams have them: up to four roots, each with up to three issuing CAs, every key of its own.
fn bundle(kind: KeyKind, name: &str, count: usize) -> String {
    let key = |index: usize| Key::new(kind, &format!("bench {name} {index}"));
    let mut made: Vec<Certificate> = Vec::new();
    let mut root = None;
    for index in 0..count {
        let subject = format!("acme {name} 2026 {index}");
        let next = match &root {
            Some(issuer) if index % 4 != 0 => {
                testkit::intermediate_builder(&subject).key(key(index)).signed_by(issuer)
            }
            _ => testkit::root_builder(&subject).key(key(index)).self_signed(),
        };
        if index % 4 == 0 {
            root = Some(next.clone());
        }
        made.push(next);
    }
    testkit::bundle(&made.iter().collect::<Vec<_>>())
}

fn measure(bundle: &str, peers: Option<&Path>, rounds: usize) -> Vec<Figure> {
    let profile = Profile::temporal_cloud();
    let now = Timestamp::from_unix(testkit::NOW);
    let report = check_bundle(bundle.as_bytes(), &profile, now);
    let pairs = pairs(&report);
    let mut candidates = vec![
        Candidate::of("signatures", || {
            for &(child, issuer) in &pairs {
                let check = signature::check(child, issuer, &profile.algorithms);
                assert_eq!(black_box(check), SignatureCheck::Valid, "a bundle made for this bench");
            }
        }),
        Candidate::of("mtlsmith", || {
            black_box(check_bundle(black_box(bundle.as_bytes()), &profile, now));
        }),
    ];
    candidates.extend(peers::in_process(peers, bundle));
    compare(candidates, rounds)
}

/// Who has to be checked with whose key.
fn pairs(
    report: &Report,
) -> Vec<(&mtlsmith_validate::certificate::Certificate, &mtlsmith_validate::certificate::Certificate)> {
    let nodes = report.graph.nodes().iter().enumerate();
    nodes
        .filter_map(|(index, node)| {
            let issuer = *node.link.issuers().first()?;
            Some((report.bundle.certificate(index)?, report.bundle.certificate(issuer)?))
        })
        .collect()
}

fn line(name: &str, count: usize, figures: &[Figure]) -> String {
    let cells: String = ["signatures", "mtlsmith", "go", "openssl"]
        .iter()
        .map(|wanted| match figures.iter().find(|figure| figure.name == *wanted) {
            Some(figure) => format!("{:>12} ({:>5.3}x) ", readable(figure.time), figure.ratio),
            None => format!("{:>21} ", "-"),
        })
        .collect();
    format!("  {name:<9}{count:>2} {cells}")
}

fn judge_row(row: &Row, count: usize, figures: &[Figure]) -> bool {
    let ratio = |wanted: &str| figures.iter().find(|figure| figure.name == wanted).map(|figure| figure.ratio);
    let Some(own) = ratio("mtlsmith") else { return false };
    let mut met = true;
    match count {
        1 => met &= judge("report / signatures, 1 certificate", own, Goal::AtMost(row.goals.0)),
        16 => {
            met &= judge("report / signatures, 16 certificates", own, Goal::AtMost(row.goals.1));
            if let Some(go) = ratio("go") {
                met &= judge("Go / mtlsmith", go / own, Goal::AtLeast(row.faster_than_go));
            }
            if let Some(openssl) = ratio("openssl") {
                met &= judge("OpenSSL / mtlsmith", openssl / own, Goal::AtLeast(FASTER_THAN_OPENSSL));
            }
        }
        _ => {}
    }
    met
}
