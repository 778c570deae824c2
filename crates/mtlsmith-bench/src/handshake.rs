//! Full mutual TLS handshakes in memory, rustls on both ends: what judging clients costs a server, and what a rotating certificate
//! costs a client.

mod loopback;
mod many;
mod memory;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::RotatingClientCert;
use mtlsmith_rustls::server::NamespaceVerifier;
use mtlsmith_rustls::server::without_resumption;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyKind;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use pki_types::CertificateDer;
use pki_types::PrivateKeyDer;
use pki_types::UnixTime;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;

use crate::measure::Candidate;
use crate::measure::Goal;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::readable;
use crate::measure::say;
pub(crate) use loopback::serve;

/// Server time against bare `WebPkiClientVerifier`: a client never seen before, and one that returns.
const FIRST_SEEN: f64 = 1.05;
const RETURNING: f64 = 0.85;
const RESOLVER_NANOSECONDS: f64 = 200.0;
/// A server under load verifies clients for as long as it runs, and has its verifier at hand.
const UNDER_LOAD: Duration = Duration::from_millis(100);
/// More than a Namespace remembers, so that a round of all of them always meets strangers.
const STRANGERS: usize = 4_096;

/// Prints the figures; `false` when a goal is missed.
pub(crate) fn run(peers: Option<&Path>, rounds: usize) -> bool {
    say("handshake: server's processor time, TLS 1.3, in memory");
    let mut met = true;
    for (kind, name) in [(KeyKind::P256, "P-256"), (KeyKind::P384, "P-384")] {
        met &= verifiers(kind, name, rounds);
    }
    met &= resolver(rounds);
    // What follows takes seconds per round.
    let rounds = rounds.div_ceil(3);
    met &= many::replacing_under_load(rounds);
    met &= many::per_namespace();
    met & loopback::run(peers, rounds)
}

/// The time at which everything happens.
#[derive(Debug)]
struct Fixed;

impl TimeProvider for Fixed {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(testkit::NOW).ok()?)))
    }
}

fn provider() -> Arc<CryptoProvider> {
    mtlsmith_rustls::default_provider()
}

fn der(certificate: &Certificate) -> CertificateDer<'static> {
    CertificateDer::from(certificate.der().to_vec())
}

fn certified(provider: &CryptoProvider, leaf: &Certificate) -> Option<Arc<CertifiedKey>> {
    let key = PrivateKeyDer::try_from(leaf.key().pkcs8_der().to_vec()).ok()?;
    let key = provider.key_provider.load_private_key(key).ok()?;
    Some(Arc::new(CertifiedKey::new(vec![der(leaf)], key)))
}

/// Presents one certificate after the other.
#[derive(Debug)]
struct Turns {
    clients: Vec<Arc<CertifiedKey>>,
    next: AtomicUsize,
}

impl ResolvesClientCert for Turns {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.clients.get(turn % self.clients.len()).cloned()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Certificates for both ends.
struct Ends {
    provider: Arc<CryptoProvider>,
    root: Certificate,
    own: Arc<CertifiedKey>,
    clients: Vec<Arc<CertifiedKey>>,
}

impl Ends {
    fn new(kind: KeyKind, count: usize) -> Option<Self> {
        let provider = provider();
        let root =
            testkit::root_builder("bench one").key(Key::new(kind, "bench handshake root")).self_signed();
        let key = Key::new(kind, "bench handshake client");
        let leaf = |number: usize| {
            testkit::leaf_builder(&format!("worker {number}")).key(key.clone()).signed_by(&root)
        };
        let own = testkit::leaf_builder("server")
            .key(Key::new(kind, "bench handshake server"))
            .dns(SERVER_NAME)
            .extended_key_usage(&[testkit::oid::SERVER_AUTH])
            .signed_by(&root);
        let own = certified(&provider, &own)?;
        let first = certified(&provider, &leaf(0))?;
        let more = (1..count)
            .map(|number| Arc::new(CertifiedKey::new(vec![der(&leaf(number))], Arc::clone(&first.key))));
        let clients = std::iter::once(Arc::clone(&first)).chain(more).collect();
        Some(Ends { provider, root, own, clients })
    }

    fn roots(&self) -> Option<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(der(&self.root)).ok()?;
        Some(roots)
    }

    fn server(&self, verifier: Arc<dyn ClientCertVerifier>) -> Option<Arc<ServerConfig>> {
        let builder = ServerConfig::builder_with_details(Arc::clone(&self.provider), Arc::new(Fixed));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).ok()?;
        let own = rustls::sign::SingleCertAndKey::from(Arc::clone(&self.own));
        let mut config = builder.with_client_cert_verifier(verifier).with_cert_resolver(Arc::new(own));
        without_resumption(&mut config);
        Some(Arc::new(config))
    }

    fn bare(&self) -> Option<Arc<ServerConfig>> {
        let roots = Arc::new(self.roots()?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&self.provider)).build();
        self.server(verifier.ok()?)
    }

    fn judging(&self) -> Option<Arc<ServerConfig>> {
        let profile = Profile::temporal_cloud_with(self.provider.signature_verification_algorithms.all);
        let trust = NamespaceTrust::read(self.root.pem().as_bytes(), None, &profile);
        self.server(Arc::new(NamespaceVerifier::new("orders.a1b2c", trust, &self.provider)))
    }

    fn client(&self, count: usize) -> Option<Arc<ClientConfig>> {
        let clients = self.clients.iter().take(count).cloned().collect();
        let builder = ClientConfig::builder_with_details(Arc::clone(&self.provider), Arc::new(Fixed));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).ok()?;
        let turns = Turns { clients, next: AtomicUsize::new(0) };
        let builder = builder.with_root_certificates(self.roots()?);
        let mut config = builder.with_client_cert_resolver(Arc::new(turns));
        config.resumption = Resumption::disabled();
        Some(Arc::new(config))
    }
}

fn verifiers(kind: KeyKind, name: &str, rounds: usize) -> bool {
    let Some(ends) = Ends::new(kind, STRANGERS) else { return false };
    let rows = [
        ("bare", ends.bare(), STRANGERS),
        ("first-seen", ends.judging(), STRANGERS),
        ("returning", ends.judging(), 1),
    ];
    let mut candidates = Vec::new();
    for (row, server, count) in rows {
        let (Some(server), Some(client)) = (server, ends.client(count)) else { return false };
        let run = move |repetitions| {
            let mut spent = Duration::ZERO;
            for _ in 0..repetitions {
                spent += memory::handshake(&server, &client)?;
            }
            Some(spent)
        };
        candidates.push(Candidate { name: row, slice: UNDER_LOAD, run: Box::new(run) });
    }
    let figures = compare(candidates, rounds);
    let cells: String =
        figures.iter().map(|f| format!("{} {} ({:.3}x)  ", f.name, readable(f.time), f.ratio)).collect();
    say(&format!("  {name:<9} {cells}"));
    let ratio = |wanted: &str| figures.iter().find(|figure| figure.name == wanted).map(|figure| figure.ratio);
    let (Some(first), Some(returning)) = (ratio("first-seen"), ratio("returning")) else { return false };
    let met = judge("first seen / bare WebPkiClientVerifier", first, Goal::AtMost(FIRST_SEEN));
    met & judge("returning / bare WebPkiClientVerifier", returning, Goal::AtMost(RETURNING))
}

fn resolver(rounds: usize) -> bool {
    let folder = std::env::temp_dir().join(format!("mtlsmith-bench-resolver-{}", std::process::id()));
    let leaf = testkit::leaf("worker", &testkit::root("one"));
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("tls.crt"), leaf.pem()))
        .and_then(|()| std::fs::write(folder.join("tls.key"), leaf.key().pkcs8_pem()));
    // The files have a fixed validity, the clock of the candidate is the usual one: what is measured reads it.
    let certificate = written.ok().and_then(|()| {
        let builder = RotatingClientCert::builder(CertificateFiles::directory(&folder), provider());
        builder.with_clock(Arc::new(Reading)).start().ok()
    });
    let _ = std::fs::remove_dir_all(&folder); // a leftover in the temporary directory harms nobody
    let Some(certificate) = certificate else { return false };
    let resolve = || {
        black_box(certificate.resolve(&[], &[]));
    };
    let figures = compare(vec![Candidate::of("resolve", resolve)], rounds);
    let Some(figure) = figures.first() else { return false };
    judge("resolver per handshake, ns", figure.time.as_secs_f64() * 1e9, Goal::AtMost(RESOLVER_NANOSECONDS))
}

/// Reads the system's clock, as the default does, and answers the time of the certificates.
#[derive(Debug)]
struct Reading;

impl TimeProvider for Reading {
    fn current_time(&self) -> Option<UnixTime> {
        black_box(UnixTime::now());
        Fixed.current_time()
    }
}

const SERVER_NAME: &str = "orders.a1b2c.tmprl.cloud";
