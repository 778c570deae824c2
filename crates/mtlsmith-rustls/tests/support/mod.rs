//! Handshakes in memory between a rustls client and a [`NamespaceDirectory`], with a fixed clock.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

#[path = "../../examples/echo_server.rs"]
pub mod echo_server;
pub mod live;
#[path = "../../examples/rotating_client.rs"]
pub mod rotating_client;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mtlsmith_rustls::server::AdmittedClient;
use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_rustls::server::Observer;
use mtlsmith_rustls::server::RefusedClient;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_validate::time::Timestamp;
use rustls::AlertDescription;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::UnixTime;
use rustls::server::Acceptor;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;

/// The time at which everything happens, seconds since 1970.
pub const NOW: i64 = testkit::NOW;

/// What the server names of all Namespaces end with.
pub const SUFFIX: &str = "tmprl.cloud";

/// The name by which a client asks for the Namespace `orders`.
pub const ORDERS: &str = "orders.a1b2c.tmprl.cloud";

/// The versions of TLS that each refusal is tried with.
pub const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// A clock that a test moves.
#[derive(Debug)]
pub struct Moving(pub AtomicI64);

impl TimeProvider for Moving {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.load(Ordering::Relaxed)).unwrap();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

#[derive(Debug)]
pub struct Clock(pub i64);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(self.0).unwrap())))
    }
}

/// Writes down what the application is told.
#[derive(Debug, Default)]
pub struct Told {
    pub admitted: Mutex<Vec<AdmittedClient>>,
    pub refused: Mutex<Vec<RefusedClient>>,
}

impl Observer for Told {
    fn admitted(&self, client: &AdmittedClient) {
        self.admitted.lock().unwrap().push(client.clone());
    }

    fn refused(&self, client: &RefusedClient) {
        self.refused.lock().unwrap().push(client.clone());
    }
}

/// The providers that this build has.
pub fn providers() -> Vec<Arc<CryptoProvider>> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
        #[cfg(feature = "ring")]
        Arc::new(rustls::crypto::ring::default_provider()),
    ]
}

pub fn der(certificate: &Certificate) -> CertificateDer<'static> {
    CertificateDer::from(certificate.der().to_vec())
}

pub fn key(certificate: &Certificate) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(certificate.key().pkcs8_der().to_vec()).unwrap()
}

/// The certificate authority of the server's own certificate, which clients trust.
pub fn server_ca() -> Certificate {
    testkit::root("public ca")
}

pub fn server_certificate(provider: &CryptoProvider) -> Arc<dyn ResolvesServerCert> {
    let leaf = testkit::leaf_builder("server")
        .dns("*.a1b2c.tmprl.cloud")
        .extended_key_usage(&[testkit::oid::SERVER_AUTH])
        .signed_by(&server_ca());
    let signing = provider.key_provider.load_private_key(key(&leaf)).unwrap();
    Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![der(&leaf)], signing)))
}

/// A server without client certificates that hands out sessions, resumes them and takes early data, as rustls does unless told
/// otherwise.
pub fn generous(provider: &Arc<CryptoProvider>, own: Arc<dyn ResolvesServerCert>) -> Arc<ServerConfig> {
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions();
    let mut config = builder.unwrap().with_no_client_auth().with_cert_resolver(own);
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.max_early_data_size = 1_024;
    Arc::new(config)
}

/// A directory at a time, and what it tells.
pub fn directory_at(now: i64, provider: &Arc<CryptoProvider>) -> (NamespaceDirectory, Arc<Told>) {
    let told = Arc::new(Told::default());
    let observer: Arc<dyn Observer> = told.clone();
    let directory = NamespaceDirectory::new(SUFFIX, Arc::clone(provider), server_certificate(provider))
        .unwrap()
        .with_clock(Arc::new(Clock(now)))
        .with_observer(observer);
    (directory, told)
}

pub fn directory(provider: &Arc<CryptoProvider>) -> (NamespaceDirectory, Arc<Told>) {
    directory_at(NOW, provider)
}

/// Serves a Namespace with these CAs; filters as JSON, none when the text is empty.
pub fn serve(directory: &NamespaceDirectory, namespace: &str, cas: &[&Certificate], filters: &str) -> u64 {
    let filters =
        (!filters.is_empty()).then(|| mtlsmith_validate::filters::FilterSet::read(filters.as_bytes()).0);
    let bundle = testkit::bundle(cas);
    directory.set(namespace, bundle.as_bytes(), filters, Timestamp::from_unix(NOW)).unwrap()
}

/// A client that presents this chain, with the key of its first certificate; nothing when the chain is empty.
pub fn client(
    provider: &Arc<CryptoProvider>,
    chain: &[&Certificate],
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(der(&server_ca())).unwrap();
    let builder = ClientConfig::builder_with_details(Arc::clone(provider), Arc::new(Clock(NOW)))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match chain.first() {
        None => builder.with_no_client_auth(),
        Some(leaf) => {
            let chain = chain.iter().map(|certificate| der(certificate)).collect();
            builder.with_client_auth_cert(chain, key(leaf)).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// How a handshake ended.
#[derive(Debug)]
pub enum Ended {
    /// Both sides finished; the server's side, for questions about the client.
    Finished(Box<ServerConnection>),
    /// The server refused; the alert that the client saw.
    Refused(AlertDescription),
    /// The server gave up without a word.
    GaveUp(rustls::Error),
}

/// One handshake for the server name of a Namespace.
pub fn handshake(directory: &NamespaceDirectory, config: Arc<ClientConfig>, server_name: &str) -> Ended {
    connect(directory, config, server_name).1
}

/// One handshake; the client's side too.
pub fn connect(
    directory: &NamespaceDirectory,
    config: Arc<ClientConfig>,
    server_name: &str,
) -> (ClientConnection, Ended) {
    let mut client = ClientConnection::new(config, server_name.to_owned().try_into().unwrap()).unwrap();
    let ended = shake(directory, &mut client);
    (client, ended)
}

fn shake(directory: &NamespaceDirectory, client: &mut ClientConnection) -> Ended {
    shake_with(client, |name| {
        let served = directory.config_for(name);
        served.map_or_else(|_| directory.refusing(), |served| Arc::clone(&served.config))
    })
}

/// One handshake with a server that chooses its configuration by the server name.
pub fn shake_with(
    client: &mut ClientConnection,
    choose: impl Fn(Option<&str>) -> Arc<ServerConfig>,
) -> Ended {
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut hello.as_slice()).unwrap();
    let accepted = acceptor.accept().unwrap().unwrap();
    let config = choose(accepted.client_hello().server_name());
    let mut server = match accepted.into_connection(config) {
        Ok(server) => server,
        Err((_, mut alert)) => {
            let mut bytes = Vec::new();
            alert.write_all(&mut bytes).unwrap();
            return Ended::Refused(alert_seen(client, &bytes));
        }
    };
    loop {
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let from_server = bytes.len();
        if let Some(alert) = feed(client, &bytes) {
            return Ended::Refused(alert);
        }
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        if from_server == 0 && bytes.is_empty() {
            assert!(!server.is_handshaking() && !client.is_handshaking(), "the handshake stands still");
            return Ended::Finished(Box::new(server));
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            if let Err(error) = server.process_new_packets() {
                let mut alert = Vec::new();
                server.write_tls(&mut alert).unwrap();
                if alert.is_empty() {
                    return Ended::GaveUp(error);
                }
                return Ended::Refused(alert_seen(client, &alert));
            }
        }
    }
}

fn alert_seen(client: &mut ClientConnection, bytes: &[u8]) -> AlertDescription {
    feed(client, bytes).expect("the client sees an alert")
}

/// The alert that arrived, if one did.
fn feed(client: &mut ClientConnection, mut bytes: &[u8]) -> Option<AlertDescription> {
    while !bytes.is_empty() {
        client.read_tls(&mut bytes).unwrap();
        match client.process_new_packets() {
            Ok(_) => {}
            Err(rustls::Error::AlertReceived(alert)) => return Some(alert),
            Err(other) => panic!("the client fails by itself: {other}"),
        }
    }
    None
}

pub fn alert(ended: Ended) -> Option<AlertDescription> {
    match ended {
        Ended::Finished(_) => None,
        Ended::Refused(alert) => Some(alert),
        Ended::GaveUp(error) => panic!("no alert tells of {error}"),
    }
}
