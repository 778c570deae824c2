//! A public key infrastructure that is valid now, and an echo server on the loopback interface: for clients that have clocks of their
//! own.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::SystemTime;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_rustls::server::Observer;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::Key;
use rustls::RootCertStore;
use rustls::pki_types::UnixTime;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;
use tokio::net::TcpListener;

use super::Told;
use super::der;
use super::echo_server;
use super::key;

pub const SERVER_NAME: &str = "orders.a1b2c.tmprl.cloud";

/// Certificates and the server that judges them.
pub struct Live {
    pub server_ca: Certificate,
    pub root: Certificate,
    pub directory: Arc<NamespaceDirectory>,
    pub told: Arc<Told>,
    own: Arc<SingleCertAndKey>,
    /// Where files for clients lie.
    pub files: tempfile::TempDir,
    pub port: u16,
    runtime: Option<tokio::runtime::Runtime>,
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub fn valid_now(builder: CertificateBuilder) -> CertificateBuilder {
    builder.not_before(now() - testkit::hours(2)).not_after(now() + testkit::days(90))
}

pub fn root(name: &str) -> Certificate {
    valid_now(testkit::root_builder(name)).not_after(now() + testkit::days(3_000)).self_signed()
}

/// A client's certificate with a key of its own.
pub fn leaf(name: &str, number: usize, root: &Certificate) -> Certificate {
    let key = Key::p256(&format!("live {name} {number}"));
    valid_now(testkit::leaf_builder(name))
        .serial(&[1, u8::try_from(number % 256).unwrap(), 7])
        .key(key)
        .signed_by(root)
}

pub fn expired_leaf(name: &str, root: &Certificate) -> Certificate {
    valid_now(testkit::leaf_builder(name)).not_after(now() - 60).signed_by(root)
}

impl Live {
    /// Starts an echo server that serves `orders.a1b2c`.
    pub fn start() -> Self {
        Live::serving(echo_server::serve)
    }

    /// Starts a server that serves `orders.a1b2c`.
    pub fn serving<F>(serve: impl FnOnce(TcpListener, Arc<NamespaceDirectory>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send,
    {
        let (server_ca, root) = (root("live server ca"), root("live one"));
        let provider = mtlsmith_rustls::default_provider();
        let own = valid_now(testkit::leaf_builder("server"))
            .dns("*.a1b2c.tmprl.cloud")
            .extended_key_usage(&[testkit::oid::SERVER_AUTH])
            .signed_by(&server_ca);
        let signing = provider.key_provider.load_private_key(key(&own)).unwrap();
        let own = Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![der(&own)], signing)));
        let told = Arc::new(Told::default());
        let observer: Arc<dyn Observer> = told.clone();
        let directory = NamespaceDirectory::new("tmprl.cloud", provider, own.clone()).unwrap();
        let directory = Arc::new(directory.with_observer(observer));
        directory.set("orders.a1b2c", root.pem().as_bytes(), None, UnixTime::now()).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (port, listens) = mpsc::channel();
        let served = Arc::clone(&directory);
        runtime.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            port.send(listener.local_addr().unwrap().port()).unwrap();
            serve(listener, served).await
        });
        let files = tempfile::tempdir().unwrap();
        fs::write(files.path().join("server-ca.pem"), server_ca.pem()).unwrap();
        Live {
            server_ca,
            root,
            directory,
            told,
            own,
            files,
            port: listens.recv().unwrap(),
            runtime: Some(runtime),
        }
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(future)
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// What the server presents, for another server of the same name.
    pub fn server_certificate(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.own)
    }

    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(der(&self.server_ca)).unwrap();
        roots
    }

    /// Writes a certificate and its key as `<name>.crt` and `<name>.key`.
    pub fn write(&self, name: &str, leaf: &Certificate) {
        write_pair(&self.path(&format!("{name}.crt")), &self.path(&format!("{name}.key")), leaf);
    }

    /// Makes a generation in a leaf's directory and switches the link `current` to it, as `mtlsmith` does.
    pub fn switch(&self, directory: &Path, number: usize, leaf: &Certificate) {
        let generation = directory.join(format!("{number}-0"));
        fs::create_dir_all(&generation).unwrap();
        write_pair(&generation.join("tls.crt"), &generation.join("tls.key"), leaf);
        let staged = directory.join("staged");
        std::os::unix::fs::symlink(format!("{number}-0"), &staged).unwrap();
        fs::rename(&staged, directory.join("current")).unwrap();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn write_pair(certificate: &Path, key: &Path, leaf: &Certificate) {
    fs::write(certificate, leaf.pem()).unwrap();
    fs::write(key, leaf.key().pkcs8_pem()).unwrap();
}
