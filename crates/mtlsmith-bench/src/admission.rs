//! One client certificate before a Namespace whose bundle was read beforehand, and many before many.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::AccessIndex;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::signature;
use mtlsmith_validate::signature::SignatureCheck;
use mtlsmith_validate::time::Timestamp;
use pki_types::CertificateDer;
use pki_types::UnixTime;
use webpki::EndEntityCert;
use webpki::KeyUsage;

use crate::measure::Candidate;
use crate::measure::Goal;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::processor_time;
use crate::measure::readable;
use crate::measure::say;
use crate::peers;

/// A decision over the bare signature checks, and over webpki's verification of the same chain.
const OVER_SIGNATURES: f64 = 1.10;
const OVER_WEBPKI: f64 = 1.10;
/// How many times faster than Go's `Verify`.
const FASTER_THAN_GO: f64 = 1.45;
/// One pair of the matrix, once the chains are verified.
const PAIR: Duration = Duration::from_nanos(200);

/// Prints the figures; `false` when a goal is missed.
pub(crate) fn run(folder: Option<&Path>, rounds: usize) -> bool {
    say("admission: leaf and intermediate as DER to decision; the bundle was read beforehand");
    let mut met = true;
    for (kind, name) in [(KeyKind::P256, "P-256"), (KeyKind::P384, "P-384"), (KeyKind::Rsa2048, "RSA-2048")] {
        met &= decision(kind, name, folder, rounds);
    }
    say("matrix: 1,000 Namespaces, 1,000 clients");
    met & matrix("a CA per Namespace", 1_000) & matrix("10 CAs, shared", 10)
}

struct Chain {
    root: Certificate,
    middle: Certificate,
    leaf: Certificate,
}

fn chain(kind: KeyKind, name: &str) -> Chain {
    let key = |part: &str| Key::new(kind, &format!("bench admission {name} {part}"));
    let root = testkit::root_builder("acme root").key(key("root")).self_signed();
    let middle = testkit::intermediate_builder("acme issuing").key(key("middle")).signed_by(&root);
    let leaf =
        testkit::leaf_builder("worker").key(key("leaf")).dns("worker.acme.internal").signed_by(&middle);
    Chain { root, middle, leaf }
}

fn decision(kind: KeyKind, name: &str, folder: Option<&Path>, rounds: usize) -> bool {
    let Chain { root, middle, leaf } = chain(kind, name);
    let profile = Profile::temporal_cloud();
    let now = Timestamp::from_unix(testkit::NOW);
    let trust = NamespaceTrust::read(root.pem().as_bytes(), None, &profile);
    let ders = [leaf.der(), middle.der()];
    let parsed: Vec<Member> = presented([leaf.der(), middle.der(), root.der()]);
    let certificates: Vec<&certificate::Certificate> =
        parsed.iter().filter_map(Member::certificate).collect();
    let root_der = CertificateDer::from(root.der());
    let Ok(anchor) = webpki::anchor_from_trusted_cert(&root_der) else { return false };
    let anchors = [anchor];
    let (leaf_der, middle_der) = (CertificateDer::from(leaf.der()), [CertificateDer::from(middle.der())]);
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(testkit::NOW).unwrap_or_default()));
    let mut candidates = vec![
        Candidate::of("signatures", || {
            for pair in certificates.windows(2) {
                let [child, issuer] = pair else { continue };
                let check = signature::check(child, issuer, &profile.algorithms);
                assert_eq!(black_box(check), SignatureCheck::Valid, "a chain made for this bench");
            }
        }),
        Candidate::of("mtlsmith", || {
            let decision = trust.decide(&presented(black_box(ders)), now);
            assert!(black_box(decision).is_admitted(), "a chain made for this bench");
        }),
        Candidate::of("webpki", || {
            let leaf = EndEntityCert::try_from(black_box(&leaf_der));
            let verified = leaf.map(|leaf| {
                let usage = KeyUsage::client_auth();
                leaf.verify_for_usage(&profile.algorithms, &anchors, &middle_der, at, usage, None, None)
                    .is_ok()
            });
            assert_eq!(verified, Ok(true), "a chain made for this bench");
        }),
    ];
    candidates.extend(peers::verifying(folder, &testkit::bundle(&[&leaf, &middle, &root])));
    let figures = compare(candidates, rounds);
    let cells: String =
        figures.iter().map(|f| format!("{} {} ({:.3}x)  ", f.name, readable(f.time), f.ratio)).collect();
    say(&format!("  {name:<9} {cells}"));
    let ratio = |wanted: &str| figures.iter().find(|figure| figure.name == wanted).map(|figure| figure.ratio);
    let (Some(own), Some(webpki)) = (ratio("mtlsmith"), ratio("webpki")) else { return false };
    if kind != KeyKind::P256 {
        return true;
    }
    let mut met = judge("decision / signatures", own, Goal::AtMost(OVER_SIGNATURES));
    met &= judge("decision / webpki", own / webpki, Goal::AtMost(OVER_WEBPKI));
    if let Some(go) = ratio("go") {
        met &= judge("Go / decision", go / own, Goal::AtLeast(FASTER_THAN_GO));
    }
    met
}

/// A thousand clients before a thousand Namespaces: what a pair costs beside the signatures.
fn matrix(what: &str, cas: usize) -> bool {
    const COUNT: usize = 1_000;
    let key = Key::p256("bench matrix");
    let roots: Vec<Certificate> = (0..cas)
        .map(|number| testkit::root_builder(&format!("acme {number}")).key(key.clone()).self_signed())
        .collect();
    let root = |number: usize| roots.get(number % cas);
    let profile = Profile::temporal_cloud();
    let namespaces: Vec<NamespaceTrust> = (0..COUNT)
        .filter_map(|number| {
            let text = format!(
                r#"{{"filters":[{{"commonName":"worker {number}*"}},{{"organizationalUnit":"ops"}}]}}"#
            );
            Some(NamespaceTrust::read(
                root(number)?.pem().as_bytes(),
                Some(FilterSet::read(text.as_bytes()).0),
                &profile,
            ))
        })
        .collect();
    let clients: Vec<Vec<Member>> = (0..COUNT)
        .filter_map(|number| {
            let leaf =
                testkit::leaf_builder(&format!("worker {number}")).key(key.clone()).signed_by(root(number)?);
            Some(presented([leaf.der()]))
        })
        .collect();
    let now = Timestamp::from_unix(testkit::NOW);
    let index = AccessIndex::new(&namespaces);
    let start = processor_time();
    let open: usize = clients
        .iter()
        .map(|client| index.row(client, now).iter().filter(|access| access.opens()).count())
        .sum();
    let all = processor_time().saturating_sub(start);
    let signatures = signatures_of(&clients, &roots, &profile);
    let pairs = u32::try_from(clients.len() * namespaces.len()).unwrap_or(u32::MAX);
    let pair = all.saturating_sub(signatures) / pairs.max(1);
    say(&format!(
        "  {what:<20} {open} open; all {}, signatures {}, per pair {}",
        readable(all),
        readable(signatures),
        readable(pair)
    ));
    judge("per pair, ns", pair.as_secs_f64() * 1e9, Goal::AtMost(PAIR.as_secs_f64() * 1e9))
}

/// What the signatures of these leaves cost by themselves.
fn signatures_of(clients: &[Vec<Member>], roots: &[Certificate], profile: &Profile) -> Duration {
    let Some(issuer) = roots.first() else { return Duration::ZERO };
    let Ok((issuer, _)) = certificate::Certificate::read(issuer.der()) else { return Duration::ZERO };
    let start = processor_time();
    for client in clients {
        if let Some(leaf) = client.first().and_then(Member::certificate) {
            black_box(signature::check(leaf, &issuer, &profile.algorithms));
        }
    }
    processor_time().saturating_sub(start)
}
