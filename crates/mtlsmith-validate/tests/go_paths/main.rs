//! Differential tests: which certificates Go parses, which are roots, and which chain to one, over thousands of bundles, against Go's
//! `crypto/x509` itself; and what OpenSSL decides differently. Without `go` or `openssl` on the PATH nothing is compared, and the log
//! says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::explicit_auto_deref,
    reason = "the helpers of a test fail with the test"
)]

mod bundles;
mod go;
mod openssl;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mtlsmith_validate::Profile;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::graph::Graph;
use mtlsmith_validate::graph::Link;
use mtlsmith_validate::key::Curve;
use mtlsmith_validate::key::PublicKey;
use mtlsmith_validate::path;
use mtlsmith_validate::path::Path;
use mtlsmith_validate::path::PathFault;
use mtlsmith_validate::path::PathFaultKind;
use mtlsmith_validate::time::Timestamp;

use bundles::Question;
use go::Oracle;

/// Every bundle, made once for all tests.
fn questions() -> &'static [Question] {
    static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(bundles::all);
    &QUESTIONS
}

/// A bundle as this crate sees it, the verdict on each member included.
struct Judged<'a> {
    question: &'a Question,
    bundle: Bundle,
    graph: Graph,
    verdicts: Vec<Result<Path, PathFault>>,
}

impl<'a> Judged<'a> {
    fn new(question: &'a Question, profile: &Profile) -> Self {
        let bundle = Bundle::read(&question.pem);
        let graph = Graph::of(&bundle, &profile.algorithms, &mut Budget::default());
        let now = Timestamp::from_unix(question.at);
        let verify = |target| path::verify_as_go(&bundle, &graph, now, &mut Budget::default(), target);
        let verdicts = (0..bundle.members.len()).map(verify).collect();
        Judged { question, bundle, graph, verdicts }
    }
}

/// What this crate and Go may decide differently, and why. A reason that no longer occurs fails the test, as does a difference
/// without a reason.
const EXPLAINED: &[&str] = &[
    // Go reads times with an offset or without seconds; RFC 5280 section 4.1.2.5 forbids both, and what OpenSSL makes of them differs
    // from release to release.
    "parsed: a time in a forbidden form",
    // The oracle calls a certificate a root when Go can check its own signature. The graph also takes for a root what calls itself
    // one and whose signature nobody at hand can check; the rules on algorithms speak about it.
    "self-signed: the signature cannot be checked",
    // Go checks signatures by RSA keys of 1,024 to 2,047 bits and by P-224 keys; the providers here do not.
    "verifies: no algorithm for the issuer's key",
];

#[test]
fn verdicts_agree_with_go() {
    let Some(oracle) = Oracle::build() else { return };
    let profile = Profile::temporal_cloud();
    let questions = questions();
    assert!(questions.len() >= 2_000);
    let judged: Vec<Judged<'_>> = questions.iter().map(|question| Judged::new(question, &profile)).collect();
    let answers = oracle.bundles(questions);
    let mut found = Differences::default();
    let mut chains = Vec::new();
    for (judged, answer) in judged.iter().zip(&answers) {
        compare(judged, answer, &mut found, &mut chains);
    }
    compare_with_same_roots(&oracle, &judged, &chains, &mut found);
    found.report();
}

#[derive(Default)]
struct Differences {
    compared: usize,
    explained: BTreeMap<&'static str, usize>,
    unexplained: Vec<String>,
}

impl Differences {
    fn report(self) {
        println!("{} verdicts compared, explained: {:?}", self.compared, self.explained);
        let shown: Vec<&String> = self.unexplained.iter().take(20).collect();
        assert!(shown.is_empty(), "{} differences, the first: {shown:#?}", self.unexplained.len());
        let occurred: Vec<&str> = self.explained.keys().copied().collect();
        assert_eq!(occurred, EXPLAINED, "a reason no longer occurs: take it out of the table");
    }

    fn note(&mut self, judged: &Judged<'_>, member: usize, what: String) {
        let members = judged.bundle.members.len();
        self.unexplained.push(format!("{} member {member} of {members}: {what}", judged.question.name));
    }
}

/// Members whose verdict has to be asked for with our roots, since Go's are others: bundle and member.
type Pending = Vec<(usize, usize)>;

fn compare(judged: &Judged<'_>, answer: &go::Answer, found: &mut Differences, chains: &mut Pending) {
    let theirs: Vec<&go::Member> =
        answer.members.iter().filter(|member| go::is_certificate_label(&member.label)).collect();
    let delivered = judged.bundle.members.iter().filter(|member| member.delivered);
    let ours: Vec<usize> = delivered.map(|member| member.index).take(theirs.len()).collect();
    if ours.len() != theirs.len() && theirs.len() <= mtlsmith_validate::pem::BLOCKS_READ {
        found.note(judged, 0, format!("{} blocks here, {} in Go", ours.len(), theirs.len()));
        return;
    }
    let roots_differ = ours
        .iter()
        .zip(&theirs)
        .any(|(&member, theirs)| theirs.parsed && judged.graph.is_root(member) != theirs.self_signed);
    for (&member, theirs) in ours.iter().zip(&theirs) {
        found.compared += 1;
        let parsed = path::go_reads(&judged.bundle.members[member]);
        if parsed != theirs.parsed {
            let ours = judged.bundle.members[member].content.as_ref().err();
            if theirs.parsed && ours.is_some_and(|fault| fault.field == "validity") {
                *found.explained.entry("parsed: a time in a forbidden form").or_default() += 1;
                continue;
            }
            found.note(
                judged,
                member,
                format!("parsed here: {parsed} {ours:?}, in Go: {} {}", theirs.parsed, theirs.error),
            );
            continue;
        }
        let root = judged.graph.is_root(member);
        if parsed && root != theirs.self_signed {
            match explain_root(judged, member) {
                Some(reason) => *found.explained.entry(reason).or_default() += 1,
                None => found.note(
                    judged,
                    member,
                    format!("root here: {root}, self-signed in Go: {}", theirs.self_signed),
                ),
            }
        }
        if roots_differ {
            if parsed && fits_a_handshake(&judged.bundle, member) {
                chains.push((judged.question.index, member));
            }
        } else {
            agree(judged, member, theirs.verifies, &theirs.verify_error, found);
        }
    }
}

fn agree(judged: &Judged<'_>, member: usize, theirs: bool, error: &str, found: &mut Differences) {
    let ours = &judged.verdicts[member];
    if ours.is_ok() != theirs {
        let unchecked = ours.as_ref().is_err_and(|fault| fault.kind == PathFaultKind::SignatureNotChecked);
        if theirs && unchecked && issuer_is_rare(judged, member) {
            *found.explained.entry("verifies: no algorithm for the issuer's key").or_default() += 1;
            return;
        }
        found.note(judged, member, format!("here {ours:?}, in Go {theirs} {error}"));
    } else if let Err(ours) = ours
        && let Some(expected) = go::kind_of(error)
        && !expected.contains(&go::class(&ours.kind))
        && (go::speaks_of_chains(expected) || ours.path == [member])
    {
        found.note(judged, member, format!("here {ours:?}, in Go {error}"));
    }
}

fn explain_root(judged: &Judged<'_>, member: usize) -> Option<&'static str> {
    let node = judged.graph.node(member)?;
    let certificate = judged.bundle.certificate(member)?;
    let unchecked = matches!(node.link, Link::Unchecked(_)) && cannot_be_checked(certificate);
    unchecked.then_some("self-signed: the signature cannot be checked")
}

/// Was the certificate signed, if at all, by a key for which the provider has no algorithm?
fn issuer_is_rare(judged: &Judged<'_>, member: usize) -> bool {
    let Some(Link::Unchecked(issuers)) = judged.graph.node(member).map(|node| &node.link) else {
        return false;
    };
    issuers.iter().all(|&issuer| match judged.bundle.certificate(issuer).map(Certificate::key) {
        Some(PublicKey::Rsa(key)) => key.modulus_bits < 2_048,
        Some(PublicKey::Ec(key)) => key.curve == Curve::P224,
        _ => false,
    })
}

/// Is there truly no algorithm for the certificate's own signature: a weak hash, a key too small or too large, a rare curve?
fn cannot_be_checked(certificate: &Certificate) -> bool {
    use mtlsmith_validate::certificate::Hash;
    let weak = matches!(
        certificate.signature_algorithm().hash(),
        None | Some(Hash::Md2 | Hash::Md5 | Hash::Sha1 | Hash::Sha224)
    );
    weak || match certificate.key() {
        PublicKey::Rsa(key) => !(2_048..=8_192).contains(&key.modulus_bits),
        PublicKey::Ec(key) => key.curve == Curve::P224,
        PublicKey::Ed25519 => false,
        _ => true,
    }
}

/// Asks Go once more, with the roots that the graph names.
fn compare_with_same_roots(
    oracle: &Oracle,
    judged: &[Judged<'_>],
    chains: &Pending,
    found: &mut Differences,
) {
    let questions: Vec<go::ChainQuestion> =
        chains.iter().map(|&(index, member)| chain_question(&judged[index], member)).collect();
    for (&(index, member), (admitted, error)) in chains.iter().zip(oracle.chains(&questions)) {
        let admitted = admitted || error.starts_with("key type");
        assert!(!error.contains("presented certificate"), "{error}");
        agree(&judged[index], member, admitted, error.strip_prefix("verify: ").unwrap_or(&error), found);
    }
}

/// `oracle chain` asks as a TLS server, which refuses larger RSA keys before it looks at chains.
fn fits_a_handshake(bundle: &Bundle, member: usize) -> bool {
    let certificate = bundle.certificate(member);
    certificate.and_then(|certificate| certificate.key().rsa()).is_none_or(|key| key.modulus_bits <= 8_192)
}

fn chain_question(judged: &Judged<'_>, member: usize) -> go::ChainQuestion {
    let pooled = judged.bundle.members.iter().filter(|member| {
        let block = member.block.map(|block| &judged.bundle.scan.blocks[block]);
        let plain = block.is_none_or(|block| block.label == "CERTIFICATE" && block.headers == 0);
        plain && member.delivered && path::go_reads(member)
    });
    let (roots, others): (Vec<_>, Vec<_>) = pooled.partition(|member| judged.graph.is_root(member.index));
    let pem = |index: usize| bundles::pem(judged.bundle.certificate(index).unwrap().der());
    let small = |index: &usize| fits_a_handshake(&judged.bundle, *index);
    go::ChainQuestion {
        roots: roots.iter().map(|member| pem(member.index)).collect(),
        others: others.iter().map(|member| member.index).filter(small).map(pem).collect(),
        peer: pem(member),
        at: judged.question.at,
    }
}

/// The kinds of differences to OpenSSL, each with a section in docs/differences.md. A kind that no longer occurs fails the test, as
/// does a difference without a kind.
const KINDS: &[&str] = &[
    "critical-constraints-of-other-kinds",
    "dead-end",
    "directory-constraints",
    "empty-key-usage",
    "extended-key-usage-any-or-empty",
    "extensions-in-version-1",
    "go-does-not-parse",
    "key-identifier-mismatch",
    "key-usage-of-the-client",
    "names-folded",
    "names-that-cannot-be-compared",
    "path-length-of-self-issued",
    "policies",
    "rare-algorithms",
    "root-signature-unchecked",
    "same-ca-twice",
    "second-of-not-after",
    "too-many-issuers",
];

#[test]
fn differences_to_openssl_are_named() {
    if !openssl::is_there() {
        return;
    }
    let profile = Profile::temporal_cloud();
    let questions = questions();
    let mut kinds: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut unnamed = Vec::new();
    let (mut compared, mut unread) = (0, 0);
    let folder = openssl::Folder::new();
    for question in questions.iter().filter(|question| bundles::is_for_openssl(question)) {
        let judged = Judged::new(question, &profile);
        let Some(opinions) = openssl::opinions(&folder, &judged) else {
            unread += 1;
            continue;
        };
        for (member, opinion) in opinions {
            compared += 1;
            let ours = &judged.verdicts[member];
            if ours.is_ok() != (opinion == openssl::Opinion::Admits) {
                match openssl::kind(&judged, member, opinion) {
                    Some(kind) => *kinds.entry(kind).or_default() += 1,
                    None => unnamed.push(format!(
                        "{} member {member}: here {ours:?}, OpenSSL {opinion:?}",
                        question.name
                    )),
                }
            }
        }
    }
    println!(
        "{compared} verdicts compared, {unread} bundles that OpenSSL does not load, by kind: {kinds:#?}"
    );
    let shown: Vec<&String> = unnamed.iter().take(20).collect();
    assert!(shown.is_empty(), "{} differences without a kind, the first: {shown:#?}", unnamed.len());
    let occurred: Vec<&str> = kinds.keys().copied().collect();
    assert_eq!(
        occurred, KINDS,
        "a kind no longer occurs: take it out of the table and of docs/differences.md"
    );
}

#[test]
fn every_kind_has_its_section() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differences.md");
    let text = std::fs::read_to_string(page).unwrap();
    for kind in KINDS {
        assert!(text.contains(&format!("`{kind}`")), "docs/differences.md says nothing about {kind}");
    }
}
