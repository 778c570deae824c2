//! A gRPC-shaped echo server that lets clients in per Namespace, and says whom:
//! `cargo run --example echo_server -- 127.0.0.1:7233 server.crt server.key orders.a1b2c=ca.pem billing.a1b2c=other.pem`
//! A client that asks for `orders.a1b2c.tmprl.cloud` has to present a certificate below `ca.pem`.

use std::{error::Error, io, sync::Arc, time::Duration};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http2;
use hyper::{HeaderMap, Request, Response, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mtlsmith_rustls::server::NamespaceDirectory;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject};
use rustls::{server::Acceptor, sign::CertifiedKey, sign::SingleCertAndKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;

/// Accepts connections for as long as the listener does.
pub(crate) async fn serve(listener: TcpListener, directory: Arc<NamespaceDirectory>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // Who is refused is told by `tracing`, or by an observer of the directory; the error here only ends the task.
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
    let stream = tokio::time::timeout(Duration::from_secs(10), handshake).await??;
    let service = service_fn(async |request| Ok::<_, hyper::Error>(echo(request)));
    Ok(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await?)
}

/// Answers with what came, and with the trailer that ends a gRPC call.
fn echo(request: Request<Incoming>) -> Response<impl Body<Data = Bytes, Error = hyper::Error>> {
    let encoding = request.headers().get("grpc-encoding").cloned();
    let trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), 0.into())]);
    let mut response = Response::new(request.into_body().with_trailers(async { Some(Ok(trailers)) }));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    headers.extend(encoding.map(|encoding| (HeaderName::from_static("grpc-encoding"), encoding)));
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
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
