//! A gRPC-shaped echo server that lets clients in per Namespace:
//! `cargo run --example echo_server -- 127.0.0.1:7233 server.crt server.key orders.a1b2c=ca.pem billing.a1b2c=other.pem`
//! A client that asks for `orders.a1b2c.tmprl.cloud` has to present a certificate below `ca.pem`.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, Response};
use hyper::{body::Incoming, header::HeaderValue, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mtlsmith_rustls::server::NamespaceDirectory;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls::server::Acceptor;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

/// Accepts connections for as long as the listener does.
pub(crate) async fn serve(listener: TcpListener, directory: Arc<NamespaceDirectory>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // Who is refused is told by `tracing` and by the observer of the directory; the error here only ends the task.
        tokio::spawn(connection(stream, Arc::clone(&directory)));
    }
}

async fn connection(
    stream: TcpStream,
    directory: Arc<NamespaceDirectory>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let handshake = async {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let served = directory.config_for(start.client_hello().server_name());
        let config = served.map_or_else(|_| directory.refusing(), |served| Arc::clone(&served.config));
        match start.into_stream(config).into_fallible().await {
            Ok(stream) => Ok(stream),
            Err((error, mut refused)) => {
                // Closing while the client still writes would reset the connection, and the alert with the reason would be lost.
                refused.shutdown().await?;
                tokio::io::copy(&mut refused.take(65_536), &mut tokio::io::sink()).await?;
                Err(error)
            }
        }
    };
    let stream = timeout(Duration::from_secs(10), handshake).await??;
    let service = service_fn(async |request| Ok::<_, hyper::Error>(echo(request)));
    Ok(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await?)
}

/// Answers with what came, and with the trailer that ends a gRPC call.
fn echo(
    request: Request<Incoming>,
) -> Response<impl hyper::body::Body<Data = hyper::body::Bytes, Error = hyper::Error>> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", 0.into());
    let mut response = Response::new(request.into_body().with_trailers(async { Some(Ok(trailers)) }));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, certificate, key, namespaces @ ..] = arguments.as_slice() else {
        return Err("usage: echo_server ADDRESS CERTIFICATE KEY NAMESPACE=BUNDLE...".into());
    };
    let provider = mtlsmith_rustls::default_provider();
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let own = CertifiedKey::from_der(chain, PrivateKeyDer::from_pem_file(key)?, &provider)?;
    let directory = NamespaceDirectory::new("tmprl.cloud", provider, Arc::new(SingleCertAndKey::from(own)))?;
    for namespace in namespaces {
        let (name, bundle) = namespace.split_once('=').ok_or("give each Namespace as NAMESPACE=BUNDLE")?;
        directory.set(name, &std::fs::read(bundle)?, None, UnixTime::now())?;
    }
    Ok(serve(TcpListener::bind(address).await?, Arc::new(directory)).await?)
}
