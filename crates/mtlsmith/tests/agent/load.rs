//! The agent rotates leaves while clients connect all the time, each with the pair that is in force at that moment: nobody is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;

use super::support::NAMESPACE;
use super::support::Place;
use super::support::ended;
use super::support::slot;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);
const SERVER_NAME: &str = "orders.a1b2c.tmprl.cloud";

/// What all tests under load share: the server by the clock of the test, and clients that read what is in force.
pub(crate) struct Load {
    provider: Arc<CryptoProvider>,
    directory: NamespaceDirectory,
    clock: Arc<Clock>,
    server_ca: CertificateDer<'static>,
    pub(crate) connections: AtomicU64,
    pub(crate) refused: AtomicU64,
}

#[derive(Debug)]
struct Clock(AtomicI64);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl Load {
    pub(crate) fn new(now: Timestamp) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let ca = testkit::root("public ca");
        let leaf = testkit::leaf_builder("server")
            .dns("*.a1b2c.tmprl.cloud")
            .extended_key_usage(&[testkit::oid::SERVER_AUTH])
            .signed_by(&ca);
        let key = PrivateKeyDer::try_from(leaf.key().pkcs8_der().to_vec()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = CertifiedKey::new(vec![CertificateDer::from(leaf.der().to_vec())], key);
        let clock = Arc::new(Clock(AtomicI64::new(now.unix())));
        let directory = NamespaceDirectory::new(
            "tmprl.cloud",
            Arc::clone(&provider),
            Arc::new(SingleCertAndKey::from(certified)),
        )
        .unwrap()
        .with_clock(clock.clone());
        let server_ca = CertificateDer::from(ca.der().to_vec());
        let (connections, refused) = (AtomicU64::new(0), AtomicU64::new(0));
        Load { provider, directory, clock, server_ca, connections, refused }
    }

    /// What is published: from now on the server trusts this.
    pub(crate) fn publish(&self, bundle: &Path, filters: &Path) {
        let filters = FilterSet::read(&fs::read(filters).unwrap()).0;
        let now = Timestamp::from_unix(self.clock.0.load(Ordering::SeqCst));
        self.directory.set(NAMESPACE, &fs::read(bundle).unwrap(), Some(filters), now).unwrap();
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.clock.0.store(now.unix(), Ordering::SeqCst);
    }

    /// One connection of a leaf, with what is in force for it now.
    pub(crate) fn connect(&self, place: &Place, name: &str) {
        let generation = place.home().read(&slot(name)).unwrap();
        let bundle = Bundle::read(generation.file("tls.crt").unwrap());
        let chain = bundle.certificates().map(|one| CertificateDer::from(one.der().to_vec())).collect();
        let key = PrivateKeyDer::from_pem_slice(generation.file("tls.key").unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(self.server_ca.clone()).unwrap();
        let clock = Arc::new(Clock(AtomicI64::new(testkit::NOW)));
        let mut config = ClientConfig::builder_with_details(Arc::clone(&self.provider), clock)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let served = self.directory.config_for(Some(SERVER_NAME)).unwrap();
        self.connections.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = shake(Arc::new(config), Arc::clone(&served.config)) {
            eprintln!("{name}, generation {}: {error}", generation.number());
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// One handshake in memory, up to the first bytes that the server reads.
fn shake(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Result<(), rustls::Error> {
    let mut client = ClientConnection::new(client, SERVER_NAME.try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    client.writer().write_all(b"hello").unwrap();
    for _ in 0..10 {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    assert!(!client.is_handshaking() && !server.is_handshaking(), "the handshake stands still");
    Ok(())
}

/// Ends the clients, also when the test fails.
pub(crate) struct Finished<'a>(pub(crate) &'a AtomicBool);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many leaves, how many rotations of each: a few, or as many as `MTLSMITH_LOAD` says, such as `200x50`.
fn size() -> (usize, usize) {
    let text = std::env::var("MTLSMITH_LOAD").unwrap_or_else(|_| "20x6".to_owned());
    let (leaves, rounds) = text.split_once('x').expect("MTLSMITH_LOAD is LEAVESxROUNDS");
    (leaves.parse().unwrap(), rounds.parse().unwrap())
}

#[test]
fn nobody_is_refused_while_the_agent_rotates() {
    let (leaves, rounds) = size();
    let place = Place::new();
    let names: Vec<String> = (0..leaves).map(|number| format!("leaf-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    place.furnish(START, "10m", &names);
    place.write("agent.toml", &format!("check-every = \"1s\"\n[[namespace]]\nname = \"{NAMESPACE}\"\n"));
    let load = Load::new(START);
    let folder = place.path("home/namespaces").join(NAMESPACE);
    load.publish(&folder.join("ca-bundle.pem"), &folder.join("filters.json"));
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("started", 1);
    let (done, start) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        let finished = Finished(&done);
        for offset in 0..2 {
            let (load, place, names, done) = (&load, &place, &names, &done);
            scope.spawn(move || {
                for number in (offset..).step_by(7) {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    load.connect(place, names[number % names.len()]);
                }
            });
        }
        let mut now = START;
        for round in 1..=rounds {
            now = now.plus(450);
            load.set_clock(now);
            place.set_clock(now);
            agent.signal(Signal::HUP);
            agent.wait_for("rotated", round * names.len());
        }
        drop(finished);
    });
    let took = start.elapsed();
    for name in &names {
        load.connect(&place, name);
        assert_eq!(usize::try_from(place.in_force(name).0).unwrap(), rounds + 1);
    }
    let status = fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap_or_default();
    let fields: BTreeMap<&str, &str> = status.lines().filter_map(|line| line.split_once(':')).collect();
    let memory = fields.get("VmHWM").map_or("not known", |text| text.trim());
    agent.stop();
    let (connections, refused) = (load.connections.into_inner(), load.refused.into_inner());
    eprintln!(
        "{leaves} leaves, {rounds} rotations each in {took:.1?}: {connections} connections, {refused} refused; memory of the agent at most {memory}"
    );
    assert_eq!(refused, 0);
    assert!(connections > u64::try_from(rounds).unwrap());
    ended(place.under_virtual_clock("inventory verify"), 0);
}
