//! A server that trusts what is published, and clients that connect to it all the time, each with the pair that is in force at that
//! moment.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::cloud_ops::FakeCloud;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
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
use super::support::slot;

const SERVER_NAME: &str = "orders.a1b2c.tmprl.cloud";

/// What all tests under load share: the server by the clock of the test, and clients that read what is in force.
pub(crate) struct Load {
    provider: Arc<CryptoProvider>,
    directory: NamespaceDirectory,
    clock: Arc<Clock>,
    server_ca: CertificateDer<'static>,
    /// No second passes while somebody connects: here a second takes no time, and there a connection takes milliseconds.
    standing: RwLock<()>,
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
        let standing = RwLock::new(());
        Load { provider, directory, clock, server_ca, standing, connections, refused }
    }

    /// A server of the Cloud Ops API whose bundle the server of the clients trusts, from before anybody can read it.
    pub(crate) fn cloud(self: &Arc<Self>, place: &Place) -> FakeCloud {
        let folder = place.path("home/namespaces").join(NAMESPACE);
        let bundle = fs::read_to_string(folder.join("ca-bundle.pem")).unwrap();
        let filters = FilterSet::read(&fs::read(folder.join("filters.json")).unwrap()).0;
        place.write("key", KEY);
        let cloud = FakeCloud::start(NAMESPACE, KEY, &bundle, &[]);
        cloud.judged_by(|text, _| match Bundle::read(text.as_bytes()).certificates().count() {
            1..=16 => Ok(()),
            _ => Err("an accepted client ca is required when mtls is enabled".to_owned()),
        });
        let load = Arc::clone(self);
        let publish = move |bundle: &str| {
            let now = Timestamp::from_unix(load.clock.0.load(Ordering::SeqCst));
            load.directory.set(NAMESPACE, bundle.as_bytes(), Some(filters.clone()), now).unwrap();
        };
        publish(&bundle);
        cloud.watched_by(publish);
        cloud
    }

    /// Sets the clock of the server, and whatever else is to be set with it.
    pub(crate) fn set_clock(&self, place: &Place, now: Timestamp) {
        let _nobody_connects = self.standing.write().unwrap();
        self.clock.0.store(now.unix(), Ordering::SeqCst);
        place.set_clock(now);
    }

    /// Connects with these leaves in turn until it is done.
    pub(crate) fn clients(&self, place: &Place, names: &[&str], offset: usize, done: &AtomicBool) {
        for number in (offset..).step_by(7) {
            if done.load(Ordering::Relaxed) {
                return;
            }
            self.connect(place, names[number % names.len()]);
        }
    }

    /// One connection of a leaf, with what is in force for it now.
    pub(crate) fn connect(&self, place: &Place, name: &str) {
        let _time_stands_still = self.standing.read().unwrap();
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

/// The API key.
pub(crate) const KEY: &str = "tmprl_SECRET-0123456789";
