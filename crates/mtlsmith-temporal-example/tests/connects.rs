//! The example against a server that judges clients as a Namespace does and answers the two calls that the example makes.
#![allow(unreachable_pub, reason = "what is shared with other tests is public there")]

#[allow(dead_code, reason = "its main function runs in a process of its own")]
#[path = "../src/main.rs"]
mod example;
#[path = "../../mtlsmith-rustls/tests/support/mod.rs"]
mod support;

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::HeaderMap;
use hyper::Request;
use hyper::Response;
use hyper::body::Body;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header::HeaderName;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::Reloaded;
use mtlsmith_rustls::client::RotatingClientCert;
use mtlsmith_rustls::server::NamespaceDirectory;
use rustls::server::Acceptor;
use support::live;
use support::live::Live;
use temporalio_client::NamespacedClient;
use temporalio_client::WorkflowCountOptions;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;

/// Answers GetSystemInfo with nothing, and says of every Namespace that it has three Workflows.
fn answer(
    request: &Request<Incoming>,
) -> Response<impl Body<Data = Bytes, Error = std::convert::Infallible> + use<>> {
    let message: &[u8] = match request.uri().path().rsplit('/').next() {
        Some("CountWorkflowExecutions") => &[0, 0, 0, 0, 2, 0x08, 3],
        _ => &[0, 0, 0, 0, 0],
    };
    let trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), 0.into())]);
    let body = Full::new(Bytes::from_static(message)).with_trailers(async { Some(Ok(trailers)) });
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/grpc"));
    response
}

async fn connection(stream: TcpStream, directory: Arc<NamespaceDirectory>) -> Option<()> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
    let served = directory.config_for(start.client_hello().server_name());
    let config = served.map_or_else(|_| directory.refusing(), |served| Arc::clone(&served.config));
    match start.into_stream(config).into_fallible().await {
        Ok(stream) => {
            let service = service_fn(async |request| Ok::<_, hyper::Error>(answer(&request)));
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok()
        }
        Err((_, mut refused)) => {
            // The alert is lost when the connection is reset, which closing it does while the client still writes.
            refused.shutdown().await.ok()?;
            tokio::io::copy(&mut refused.take(65_536), &mut tokio::io::sink()).await.ok().map(drop)
        }
    }
}

async fn serve(listener: TcpListener, directory: Arc<NamespaceDirectory>) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, Arc::clone(&directory)));
    }
}

/// Runs the example as a process of its own, as the documentation says; what it prints, both streams.
fn run(live: &Live, directory: &Path, server_name: &str) -> (bool, String) {
    // In TLS 1.3 a client is refused after it has finished the handshake. Now and then the SDK's transport notices that the connection
    // ends before it has read why, and the SDK says no more than that.
    let answers = std::iter::repeat_with(|| run_once(live, directory, server_name));
    answers.take(20).find(|(_, text)| !text.contains("operation was canceled")).expect("the alert is seen")
}

fn run_once(live: &Live, directory: &Path, server_name: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtlsmith-temporal-example"));
    command.env("TEMPORAL_NAMESPACE", "orders.a1b2c").env("TEMPORAL_ADDRESS", live.address());
    command.env("CERTIFICATE_DIRECTORY", directory).env("TEMPORAL_TLS_SERVER_NAME", server_name);
    command.env("TEMPORAL_TLS_SERVER_CA_CERT_PATH", live.path("server-ca.pem"));
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_example_connects_and_tells_what_it_was_answered() {
    let live = Live::serving(serve);
    let worker = live.path("worker");
    live.switch(&worker, 1, &live::leaf("worker", 1, &live.root));
    let (is_well, text) = run(&live, &worker, live::SERVER_NAME);
    println!("{text}");
    assert!(is_well, "{text}");
    assert!(text.starts_with("CN=worker,O=acme until "), "{text}");
    assert!(text.contains("connected to orders.a1b2c\n"), "{text}");
    assert!(text.ends_with("3 Workflows; generation 1 of the certificate\n"), "{text}");
    let told = live.told.admitted.lock().unwrap();
    assert!(!told.is_empty() && told.iter().all(|client| &*client.namespace == "orders.a1b2c"), "{told:?}");
}

#[test]
fn the_example_is_refused_in_the_words_of_the_sdk() {
    let live = Live::serving(serve);
    let (stranger, expired, worker) = (live.path("stranger"), live.path("expired"), live.path("worker"));
    live.switch(&stranger, 1, &live::leaf("worker", 2, &live::root("somebody else")));
    live.switch(&expired, 1, &live::expired_leaf("worker", &live.root));
    live.switch(&worker, 1, &live::leaf("worker", 1, &live.root));
    for (directory, server_name, says) in [
        (&stranger, live::SERVER_NAME, "UnknownCA"),
        (&worker, "nobody.a1b2c.tmprl.cloud", "AccessDenied"),
        // Nobody has to be asked about this one.
        (&expired, live::SERVER_NAME, "CN=worker,O=acme: was valid until"),
    ] {
        let (is_well, text) = run(&live, directory, server_name);
        println!("{text}");
        assert!(!is_well && text.contains(says), "{says}: {text}");
    }
    assert!(live.told.admitted.lock().unwrap().is_empty());
}

#[test]
fn the_next_connection_presents_the_certificate_that_replaced_the_first() {
    let live = Live::serving(serve);
    let worker = live.path("worker");
    live.switch(&worker, 1, &live::leaf("worker", 1, &live.root));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificate = RotatingClientCert::builder(CertificateFiles::directory(&worker), provider);
    let certificate = certificate.every(Duration::from_secs(3_600)).start().unwrap();
    for generation in 1..=3_u64 {
        let number = usize::try_from(generation).unwrap();
        if number > 1 {
            live.switch(&worker, number, &live::leaf("worker", number, &live.root));
            assert_eq!(certificate.reload_now(), Ok(Reloaded::Replaced(generation)));
        }
        let ca = std::fs::read(live.path("server-ca.pem")).unwrap();
        let server = example::Server { name: Some(live::SERVER_NAME.to_owned()), ca: Some(ca) };
        let address = live.address();
        let counted = live.block_on(async {
            let client = example::connect(&address, "orders.a1b2c", server, Arc::clone(&certificate)).await?;
            assert_eq!(client.namespace(), "orders.a1b2c");
            let count = client.count_workflows("", WorkflowCountOptions::default()).await?;
            Ok::<_, Box<dyn std::error::Error>>(count.count())
        });
        assert_eq!(counted.unwrap(), 3);
        let last = live.told.admitted.lock().unwrap().last().cloned().unwrap();
        assert_eq!(last.sha256.to_string(), certificate.status().sha256);
        assert_eq!(certificate.status().generation, generation);
    }
    assert!(live.told.refused.lock().unwrap().is_empty());
}
