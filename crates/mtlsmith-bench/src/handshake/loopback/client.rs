//! The calling side: one connection, one request.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use mtlsmith_testkit::Certificate;
use pki_types::CertificateDer;
use pki_types::PrivateKeyDer;
use pki_types::ServerName;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::StreamOwned;
use rustls::client::Resumption;

use crate::handshake::der;
use crate::handshake::provider;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\nConnection: close\r\n\r\n";

/// Calls with one certificate.
pub(super) struct Caller {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
}

impl Caller {
    /// Presents a chain, with the key of its first certificate.
    pub(super) fn new(root: &Certificate, server_name: &str, chain: &[&Certificate]) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(der(root)).ok()?;
        let key = PrivateKeyDer::try_from(chain.first()?.key().pkcs8_der().to_vec()).ok()?;
        let chain: Vec<CertificateDer<'static>> = chain.iter().map(|certificate| der(certificate)).collect();
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).ok()?;
        let mut config = builder.with_root_certificates(roots).with_client_auth_cert(chain, key).ok()?;
        config.resumption = Resumption::disabled();
        let server_name = ServerName::try_from(server_name.to_owned()).ok()?;
        Some(Caller { config: Arc::new(config), server_name })
    }

    fn answer(&self, port: u16) -> Option<Vec<u8>> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_nodelay(true).ok()?;
        let client = ClientConnection::new(Arc::clone(&self.config), self.server_name.clone()).ok()?;
        let mut stream = StreamOwned::new(client, stream);
        let mut answer = Vec::new();
        // Who is refused finds out by writing or by reading; an answer is all that counts.
        let _ = stream.write_all(REQUEST).and_then(|()| stream.read_to_end(&mut answer));
        Some(answer)
    }

    /// `None` unless the server answers.
    pub(super) fn call(&self, port: u16) -> Option<()> {
        self.answer(port)?.starts_with(b"HTTP/1").then_some(())
    }

    /// Does the server answer?
    pub(super) fn is_answered(&self, port: u16) -> Option<bool> {
        Some(!self.answer(port)?.is_empty())
    }
}

/// The same request without TLS.
pub(super) fn plain(port: u16) -> Option<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(REQUEST).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    answer.starts_with(b"HTTP/1").then_some(())
}
