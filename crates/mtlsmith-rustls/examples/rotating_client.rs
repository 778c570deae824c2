//! A client whose certificate may be replaced at any time; it says hello every few seconds, each time over a new connection:
//! `cargo run --example rotating_client -- 127.0.0.1:7233 orders.a1b2c.tmprl.cloud server-ca.pem state/leaves/worker`
//! The last argument is a directory with `tls.crt` and `tls.key`, or one with a link `current` to such a directory.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::RotatingClientCert;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The configuration is made once; the certificate in it changes.
pub(crate) fn config(
    roots: RootCertStore,
    certificate: &Arc<RotatingClientCert>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(mtlsmith_rustls::default_provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would go on under the certificate that it began with.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// One connection, one question; answers what the server says.
pub(crate) async fn ask(
    config: &Arc<ClientConfig>,
    address: &str,
    server_name: &str,
    question: &str,
) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(server_name.to_owned())?;
    let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let body: Full<Bytes> = Full::from(question.to_owned());
    let request = Request::post(format!("https://{server_name}/echo")).body(body)?;
    let answer = sender.send_request(request).await?.into_body().collect().await?;
    drop(sender);
    driver.await??;
    Ok(answer.to_bytes())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, server_name, server_ca, directory] = arguments.as_slice() else {
        return Err("usage: rotating_client ADDRESS SERVER_NAME SERVER_CA DIRECTORY".into());
    };
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(server_ca)? {
        roots.add(root?)?;
    }
    let files = CertificateFiles::directory(directory);
    let certificate = RotatingClientCert::builder(files, mtlsmith_rustls::default_provider());
    let certificate = certificate.every(Duration::from_secs(5)).start()?;
    let config = config(roots, &certificate)?;
    loop {
        let answer = match ask(&config, address, server_name, "hello").await {
            Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
            Err(error) => error.to_string(),
        };
        let status = certificate.status();
        let (generation, until) = (status.generation, status.until);
        writeln!(std::io::stdout(), "generation {generation}, good until {until}: {answer}")?;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}
