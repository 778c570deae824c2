//! Differential tests of admission: more than 20,000 chains before bundles, decided by both models of a server, by Go's `crypto/tls`
//! rules and by OpenSSL's libcrypto. Without `go` or without a C compiler and libcrypto, nothing is compared with that one, and the log
//! says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::panic,
    clippy::print_stdout,
    clippy::explicit_auto_deref,
    reason = "the helpers of a test fail with the test"
)]

#[path = "../go_paths/bundles.rs"]
#[allow(dead_code, reason = "only some of its bundles are of use here")]
mod bundles;
mod corpus;
#[path = "../go_paths/go.rs"]
#[allow(dead_code, reason = "only chains are asked about here")]
mod go;
mod libcrypto;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::Family;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::Opinion;
use mtlsmith_validate::admission::View;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::path;
use mtlsmith_validate::path::Anchors;
use mtlsmith_validate::path::PathFaultKind;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use corpus::Pair;
use go::Oracle;
use libcrypto::Libcrypto;

/// A pair and what this crate makes of it.
struct Judged {
    trust: NamespaceTrust,
    opinions: Vec<Opinion>,
}

impl Judged {
    fn new(pair: &Pair, profile: &Profile) -> Self {
        let pem: String = pair.trusted.iter().map(|der| bundles::pem(der)).collect();
        let trust = NamespaceTrust::read(pem.as_bytes(), None, profile);
        let now = Timestamp::from_unix(pair.at);
        let opinions = trust.opinions_on(&presented(&pair.presented), now, &mut Budget::default());
        Judged { trust, opinions }
    }

    fn view(&self, family: Family, anchors: Anchors) -> &View {
        let of_server =
            |opinion: &&Opinion| opinion.server.family == family && opinion.server.anchors == anchors;
        &self.opinions.iter().find(of_server).unwrap().view
    }
}

/// Every pair, made and judged once for all tests.
fn judged() -> &'static [(Pair, Judged)] {
    static JUDGED: LazyLock<Vec<(Pair, Judged)>> = LazyLock::new(|| {
        let profile = Profile::temporal_cloud();
        let judge = &|pair: Pair| {
            let judged = Judged::new(&pair, &profile);
            (pair, judged)
        };
        std::thread::scope(|scope| {
            let halves = [0, 1]
                .map(|odd| scope.spawn(move || corpus::half(odd).into_iter().map(judge).collect::<Vec<_>>()));
            halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
        })
    });
    assert!(JUDGED.len() >= 20_000);
    &JUDGED
}

const BOTH: [Anchors; 2] = [Anchors::Roots, Anchors::EveryMember];

/// What others say about every pair, as far as they are here.
struct Answers {
    /// With the roots trusted, and with every member of the bundle.
    go: Option<[Vec<(bool, String)>; 2]>,
    libcrypto: Option<Vec<libcrypto::Answer>>,
}

impl Answers {
    fn ask() -> Self {
        let (oracle, libcrypto) = (Oracle::build(), Libcrypto::build());
        std::thread::scope(|scope| {
            let by_libcrypto = scope.spawn(|| libcrypto.map(|libcrypto| libcrypto.answers(judged())));
            let go = oracle.map(|oracle| {
                BOTH.map(|anchors| {
                    let question = |(pair, judged): &(Pair, Judged)| chain_question(pair, judged, anchors);
                    oracle.chains(&judged().iter().map(question).collect::<Vec<_>>())
                })
            });
            Answers { go, libcrypto: by_libcrypto.join().unwrap() }
        })
    }
}

#[test]
fn both_models_decide_as_those_they_are_models_of() {
    let answers = Answers::ask();
    let mut wrong = Vec::new();
    for (number, anchors) in BOTH.into_iter().enumerate() {
        if let Some(go) = &answers.go {
            compare_with_go(anchors, &go[number], &mut wrong);
        }
        if let Some(libcrypto) = &answers.libcrypto {
            compare_with_libcrypto(anchors, libcrypto, &mut wrong);
        }
    }
    let shown: Vec<&String> = wrong.iter().take(10).collect();
    assert!(shown.is_empty(), "{} differences, the first: {shown:#?}", wrong.len());
    if let (Some([_, go]), Some(libcrypto)) = (&answers.go, &answers.libcrypto) {
        name_differences(go, libcrypto);
    }
}

fn compare_with_go(anchors: Anchors, answers: &[(bool, String)], wrong: &mut Vec<String>) {
    let admitted = answers.iter().filter(|(admitted, _)| *admitted).count();
    println!("{anchors:?}: {} chains through Go, {admitted} admitted", answers.len());
    for ((pair, judged), (admitted, error)) in judged().iter().zip(answers) {
        let view = judged.view(Family::Go, anchors);
        if view.admits() != *admitted {
            wrong.push(format!("{} {anchors:?}: here {view:?}, Go {admitted} {error}", pair.name));
        }
    }
}

fn compare_with_libcrypto(anchors: Anchors, answers: &[libcrypto::Answer], wrong: &mut Vec<String>) {
    let mut sure = BTreeMap::<&str, usize>::new();
    for ((pair, judged), answer) in judged().iter().zip(answers) {
        let codes = if anchors == Anchors::Roots { answer.whole } else { answer.partial };
        let view = judged.view(Family::OpenSsl, anchors);
        let (contradicts, kind) = match view {
            View::Admits(_) => (codes.iter().any(|&code| code != 0), "admits"),
            View::Refuses(_) => (codes.contains(&0), "refuses"),
            View::Varies(..) if codes.iter().all(|&code| (code == 0) == (codes[0] == 0)) => {
                (false, "varies, OpenSSL does not")
            }
            View::Varies(..) => (false, "varies, and so does OpenSSL"),
        };
        *sure.entry(kind).or_default() += 1;
        if contradicts {
            wrong.push(format!("{} {anchors:?}: here {view:?}, OpenSSL {codes:?}", pair.name));
        }
    }
    println!("{anchors:?}: {} chains through libcrypto; the model {sure:?}", answers.len());
}

/// With the roots that this crate names, or with every member: what Go cannot parse is left out by its pool loader.
fn chain_question(pair: &Pair, judged: &Judged, anchors: Anchors) -> go::ChainQuestion {
    let members = &judged.trust.bundle().members;
    let read = members.iter().filter(|member| path::go_reads(member));
    let is_root = |index: usize| anchors == Anchors::EveryMember || judged.trust.graph().is_root(index);
    let (roots, others): (Vec<_>, Vec<_>) = read.partition(|member| is_root(member.index));
    let pem = |index: usize| bundles::pem(judged.trust.bundle().certificate(index).unwrap().der());
    let behind = pair.presented.iter().skip(1).map(|der| bundles::pem(der));
    go::ChainQuestion {
        roots: roots.iter().map(|member| pem(member.index)).collect(),
        others: others.iter().map(|member| pem(member.index)).chain(behind).collect(),
        peer: bundles::pem(&pair.presented[0]),
        at: pair.at,
    }
}

/// How Go and OpenSSL part, by what stops the one that refuses. Every way stands in `testdata/pairs/differences.json`; one that is not
/// there fails the test, and so does one that no longer occurs.
fn name_differences(go: &[(bool, String)], libcrypto: &[libcrypto::Answer]) {
    let mut seen = BTreeMap::<String, usize>::new();
    let (mut agreed, mut unnamed) = (0, Vec::new());
    for (((pair, judged), (go, _)), answer) in judged().iter().zip(go).zip(libcrypto) {
        if *go == (answer.partial[0] == 0) {
            agreed += 1;
            continue;
        }
        let refuser = if *go { Family::OpenSsl } else { Family::Go };
        match judged.view(refuser, Anchors::EveryMember).fault() {
            Some(fault) => *seen.entry(difference(*go, &fault.kind)).or_default() += 1,
            None => unnamed.push(&pair.name),
        }
    }
    println!("{agreed} of {} chains are the same to Go and OpenSSL, the others: {seen:#?}", go.len());
    assert!(unnamed.is_empty(), "{} differences without a name, the first: {}", unnamed.len(), unnamed[0]);
    assert_eq!(seen.keys().cloned().collect::<BTreeSet<String>>(), listed());
}

/// The name of a difference: who admits, and what stops the other.
fn difference(go_admits: bool, fault: &PathFaultKind) -> String {
    let fault = match fault {
        PathFaultKind::Unreadable => "unreadable",
        PathFaultKind::UnhandledCriticalExtension(_) | PathFaultKind::UnknownCriticalExtension(_) => {
            "critical-extension"
        }
        PathFaultKind::NotYetValid(_) => "not-yet-valid",
        PathFaultKind::Expired(_) => "expired",
        PathFaultKind::IssuerMissing => "issuer-missing",
        PathFaultKind::NotACa => "no-ca",
        PathFaultKind::MayNotSign => "may-not-sign",
        PathFaultKind::WrongKey => "wrong-key",
        PathFaultKind::SignatureNotChecked => "signature-not-checked",
        PathFaultKind::Loop => "same-ca-twice",
        PathFaultKind::PathTooLong { .. } => "path-too-long",
        PathFaultKind::Policy => "policies",
        PathFaultKind::ExtendedKeyUsage => "extended-key-usage",
        PathFaultKind::NameConstraint { .. } => "name-constraint",
        PathFaultKind::TooComplex => "too-many-issuers",
        PathFaultKind::SelfSigned => "self-signed",
        PathFaultKind::UntrustedRoot => "untrusted-root",
        PathFaultKind::IdentifierMismatch => "key-identifier",
        PathFaultKind::ClientKeyUsage => "client-key-usage",
        PathFaultKind::InvalidExtension => "invalid-extension",
        PathFaultKind::WeakAlgorithm => "weak-algorithm",
        PathFaultKind::ReadDifferently => "read-differently",
        other => panic!("no name for {other:?}"),
    };
    format!("{} alone admits: {fault}", if go_admits { "Go" } else { "OpenSSL" })
}

fn listed() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/pairs/differences.json");
    let listed: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(listed.values().all(|reason| reason.as_str().is_some_and(|reason| reason.len() > 20)));
    listed.into_keys().collect()
}

#[test]
fn every_difference_stands_in_the_page_about_them() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differences.md");
    let text = std::fs::read_to_string(page).unwrap();
    for name in listed() {
        assert!(text.contains(&format!("`{name}`")), "docs/differences.md says nothing about {name}");
    }
}
