//! Connects to Temporal Cloud with the official Rust SDK and a client certificate that is renewed while the process runs.
//!
//! ```text
//! TEMPORAL_NAMESPACE=orders.a1b2c CERTIFICATE_DIRECTORY=/var/lib/mtlsmith/namespaces/orders.a1b2c/leaves/worker cargo run
//! ```
//!
//! The connection is what a Worker of `temporalio-sdk` is made with: `Worker::new(&runtime, client, options)`.

use std::env;
use std::error::Error;
use std::sync::Arc;

use mtlsmith_rustls::client::CertificateFiles;
use mtlsmith_rustls::client::RotatingClientCert;
use temporalio_client::Client;
use temporalio_client::ClientOptions;
use temporalio_client::Connection;
use temporalio_client::ConnectionOptions;
use temporalio_client::NamespacedClient;
use temporalio_client::TlsOptions;
use temporalio_client::Url;
use temporalio_client::WorkflowCountOptions;

/// Another name and another authority of the server than those of Temporal Cloud.
pub(crate) struct Server {
    pub(crate) name: Option<String>,
    pub(crate) ca: Option<Vec<u8>>,
}

/// A connection that presents whatever certificate lies on the disk when it is made or made anew.
pub(crate) async fn connect(
    address: &str,
    namespace: &str,
    server: Server,
    certificate: Arc<RotatingClientCert>,
) -> Result<Client, Box<dyn Error>> {
    let tls = TlsOptions::builder()
        .client_cert_resolver(certificate)
        .maybe_domain(server.name)
        .maybe_server_root_ca_cert(server.ca)
        .build();
    // With a resolver of certificates the SDK speaks TLS itself, beneath the transport. The transport must not be asked for TLS as well:
    // an https address ends in HttpsUriWithoutTlsSupport.
    let address = Url::parse(&format!("http://{address}"))?;
    let options = ConnectionOptions::new(address)
        .identity("mtlsmith-temporal-example")
        .tls_options(tls)
        // The SDK's balancing over addresses takes no resolver of certificates, and it is on unless switched off.
        .dns_load_balancing(None)
        .build();
    let connection = Connection::connect(options).await?;
    Ok(Client::new(connection, ClientOptions::new(namespace).build())?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let namespace =
        env::var("TEMPORAL_NAMESPACE").map_err(|_| "set TEMPORAL_NAMESPACE, such as orders.a1b2c")?;
    let directory = env::var("CERTIFICATE_DIRECTORY")
        .map_err(|_| "set CERTIFICATE_DIRECTORY, with tls.crt and tls.key")?;
    let address = env::var("TEMPORAL_ADDRESS").unwrap_or_else(|_| format!("{namespace}.tmprl.cloud:7233"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificate =
        RotatingClientCert::builder(CertificateFiles::directory(directory), provider).start()?;
    println!("{} until {}", certificate.status().subject, certificate.status().until);
    let ca = env::var("TEMPORAL_TLS_SERVER_CA_CERT_PATH").ok().map(std::fs::read).transpose()?;
    let server = Server { name: env::var("TEMPORAL_TLS_SERVER_NAME").ok(), ca };
    let client = connect(&address, &namespace, server, Arc::clone(&certificate)).await?;
    println!("connected to {}", client.namespace());
    let count = client.count_workflows("", WorkflowCountOptions::default()).await?;
    println!(
        "{} Workflows; generation {} of the certificate",
        count.count(),
        certificate.status().generation
    );
    Ok(())
}
