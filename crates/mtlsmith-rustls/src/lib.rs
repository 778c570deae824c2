//! What a server and a Temporal Worker written in Rust put into their TLS configuration.
//!
//! [`server`]: client certificates are verified by rustls-webpki and by the admission decision of `mtlsmith-validate`, per Namespace,
//! chosen by the server name that the client asks for.
//!
//! [`client`]: the certificate that a Worker presents is replaced on the disk while it runs, and judged before it is presented.
//!
//! # A server
//!
//! ```
//! use std::sync::Arc;
//! use mtlsmith_rustls::server::NamespaceDirectory;
//! use rustls::crypto::CryptoProvider;
//! use rustls::server::{Acceptor, ResolvesServerCert};
//!
//! fn directory(provider: Arc<CryptoProvider>, own: Arc<dyn ResolvesServerCert>) -> Result<NamespaceDirectory, rustls::Error> {
//!     NamespaceDirectory::new("tmprl.cloud", provider, own)
//! }
//!
//! /// Once per connection, when the ClientHello is there.
//! fn accept(directory: &NamespaceDirectory, accepted: rustls::server::Accepted) -> Option<rustls::ServerConnection> {
//!     let hello = accepted.client_hello();
//!     let config = match directory.config_for(hello.server_name()) {
//!         Ok(served) => Arc::clone(&served.config),
//!         Err(_) => directory.refusing(),
//!     };
//!     accepted.into_connection(config).ok()
//! }
//! ```
//!
//! `directory.set("orders.a1b2c", &bundle, filters, UnixTime::now())` adds a Namespace or replaces its bundle.
//! `examples/echo_server.rs` is a whole server over tokio and hyper.
//!
//! # A Worker
//!
//! ```no_run
//! use std::sync::Arc;
//! use mtlsmith_rustls::client::{CertificateFiles, RotatingClientCert};
//! use rustls::ClientConfig;
//! use rustls::client::Resumption;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (provider, roots): (Arc<rustls::crypto::CryptoProvider>, rustls::RootCertStore) = unimplemented!();
//! let files = CertificateFiles::directory("/var/lib/mtlsmith/namespaces/orders.a1b2c/leaves/worker");
//! let certificate = RotatingClientCert::builder(files, Arc::clone(&provider)).start()?;
//! let mut config = ClientConfig::builder_with_provider(provider)
//!     .with_safe_default_protocol_versions()?
//!     .with_root_certificates(roots)
//!     .with_client_cert_resolver(certificate.clone());
//! config.resumption = Resumption::disabled();
//! println!("presented until {}", certificate.status().until);
//! # Ok(())
//! # }
//! ```
//!
//! # Why sessions are not resumed
//!
//! A resumed session skips the client's certificate: no verifier is asked and no key is shown. With a ticket a client whose CA was
//! taken out of the bundle, whose certificate has expired, or who was let into another Namespace would come back as if nothing had
//! happened; on its own side a Worker would come back under the certificate that it has just replaced. What resumption would save is
//! small: a client that returns with a chain that was verified before is not verified again, and its one signature is checked in some
//! 40 microseconds.
#![forbid(unsafe_code)]

pub mod client;
pub mod server;
mod text;

/// The provider of cryptography that this crate was built with: aws-lc-rs, else ring.
#[cfg(feature = "aws-lc-rs")]
pub fn default_provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The provider of cryptography that this crate was built with: aws-lc-rs, else ring.
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub fn default_provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}
