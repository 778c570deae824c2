//! What a server and a Temporal Worker written in Rust put into their TLS configuration.
//!
//! [`server`]: client certificates are verified by rustls-webpki and by the admission decision of `mtlsmith-validate`, per Namespace,
//! chosen by the server name that the client asks for.
#![forbid(unsafe_code)]

pub mod server;
