//! The server that is measured: a thread for each port, one connection after the other.

use std::collections::HashMap;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_rustls::server::NamespaceVerifier;
use mtlsmith_rustls::server::without_resumption;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use pki_types::CertificateDer;
use pki_types::PrivateKeyDer;
use pki_types::UnixTime;
use pki_types::pem::PemObject;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::Acceptor;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;

use crate::handshake::provider;
use crate::measure::say;

const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// Serves until it is killed; prints the ports, the one without TLS first. `None` when a file or a port is missing.
pub(crate) fn serve(folder: &Path) -> Option<()> {
    let provider = provider();
    let certificate = CertificateDer::from_pem_file(folder.join("server.crt")).ok()?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).ok()?;
    let own = CertifiedKey::from_der(vec![certificate], key, &provider).ok()?;
    let own = Arc::new(SingleCertAndKey::from(own));
    let directory = NamespaceDirectory::new("tmprl.cloud", Arc::clone(&provider), own.clone()).ok()?;
    let directory = directory.with_protocols(Vec::new());
    let bundle = std::fs::read(folder.join("ca.pem")).ok()?;
    directory.set("orders.a1b2c", &bundle, None, UnixTime::now()).ok()?;
    let mut unjudged = HashMap::new();
    for entry in std::fs::read_dir(folder.join("bundles")).ok()? {
        let path = entry.ok()?.path();
        let (namespace, bundle) = (path.file_stem()?.to_str()?, std::fs::read(&path).ok()?);
        // No directory takes such a bundle: whoever leaves it aside has to fear no more.
        if directory.set(namespace, &bundle, None, UnixTime::now()).is_err() {
            let config = unjudged_config(namespace, &bundle, &provider, own.clone())?;
            unjudged.insert(format!("{namespace}.tmprl.cloud"), config);
        }
    }
    let served = Served { directory, unjudged };
    let plain = TcpListener::bind("127.0.0.1:0").ok()?;
    let tls = TcpListener::bind("127.0.0.1:0").ok()?;
    say(&format!("{} {}", plain.local_addr().ok()?.port(), tls.local_addr().ok()?.port()));
    thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _ = answer(stream); // the client has gone
        }
    });
    for stream in tls.incoming().flatten() {
        let _ = connection(&served, stream); // the client was refused or has gone
    }
    Some(())
}

/// What is served, beside and within the directory.
struct Served {
    directory: NamespaceDirectory,
    unjudged: HashMap<String, Arc<ServerConfig>>,
}

impl Served {
    fn config_for(&self, server_name: Option<&str>) -> Arc<ServerConfig> {
        match self.directory.config_for(server_name) {
            Ok(served) => Arc::clone(&served.config),
            Err(_) => server_name
                .and_then(|name| self.unjudged.get(name).cloned())
                .unwrap_or_else(|| self.directory.refusing()),
        }
    }
}

/// A verifier for whatever stands in the bundle.
fn unjudged_config(
    namespace: &str,
    bundle: &[u8],
    provider: &Arc<CryptoProvider>,
    own: Arc<SingleCertAndKey>,
) -> Option<Arc<ServerConfig>> {
    let verifier = verifier(namespace, bundle, provider);
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    let mut config = builder.with_client_cert_verifier(Arc::new(verifier)).with_cert_resolver(own);
    without_resumption(&mut config);
    Some(Arc::new(config))
}

/// The verifier of one bundle without filters.
pub(super) fn verifier(namespace: &str, bundle: &[u8], provider: &CryptoProvider) -> NamespaceVerifier {
    let profile = Profile::temporal_cloud_with(provider.signature_verification_algorithms.all);
    NamespaceVerifier::new(namespace, NamespaceTrust::read(bundle, None, &profile), provider)
}

fn answer(mut stream: impl Read + Write) -> std::io::Result<()> {
    let mut request = [0; 1_024];
    if stream.read(&mut request)? > 0 {
        stream.write_all(ANSWER)?;
    }
    stream.flush()
}

fn connection(served: &Served, mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(&mut stream).ok()? == 0 {
            return None;
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) => {}
            Err((_, mut alert)) => return alert.write_all(&mut stream).ok(),
        }
    };
    let config = served.config_for(accepted.client_hello().server_name());
    let mut connection = match accepted.into_connection(config) {
        Ok(connection) => connection,
        Err((_, mut alert)) => return alert.write_all(&mut stream).ok(),
    };
    let answered = answer(rustls::Stream::new(&mut connection, &mut stream));
    connection.send_close_notify();
    let _ = connection.write_tls(&mut stream); // an alert, or the goodbye
    answered.ok()
}
