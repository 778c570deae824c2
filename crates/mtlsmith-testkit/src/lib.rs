//! Test PKIs made in memory, with every byte under control, and the comparison of outputs with stored ones.
//!
//! It is for tests only and never a normal dependency. It writes DER with a writer of its own, so that it
//! checks the reader under test independently and can also write certificates that no CA would.
//!
//! ```
//! use mtlsmith_testkit as testkit;
//!
//! let root = testkit::root("root");
//! let leaf = testkit::leaf("worker", &root);
//! let expired = testkit::root_builder("old").not_after(testkit::NOW - testkit::days(1)).self_signed();
//! let text = testkit::bundle(&[&root, &expired]);
//! assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
//! assert_eq!(leaf.issuer_der(), root.subject_der());
//! ```
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test kit: a failure here is a failure of the test"
)]

mod builder;
mod certificate;
pub mod cloud_ops;
pub mod der;
mod ecdsa;
mod extension;
pub mod golden;
mod key;
pub mod mutate;
mod name;
mod number;
pub mod oid;
mod pem;
mod pki;
mod random;
mod rsa;
mod signature;
mod small_disk;
pub mod spki;
pub mod time;

pub use builder::CertificateBuilder;
pub use certificate::Certificate;
pub use extension::BasicConstraints;
pub use extension::Extension;
pub use extension::GeneralName;
pub use extension::KeyUsage;
pub use extension::NameConstraints;
pub use key::Key;
pub use key::KeyKind;
pub use name::Name;
pub use name::StringType;
pub use pem::base64_line;
pub use pem::bundle;
pub use pem::pem_block;
pub use pem::pem_block_with_columns;
pub use pki::intermediate;
pub use pki::intermediate_builder;
pub use pki::leaf;
pub use pki::leaf_builder;
pub use pki::root;
pub use pki::root_builder;
pub use random::Rng;
pub use signature::Hash;
pub use signature::SignatureAlgorithm;
pub use small_disk::SmallDisk;
pub use time::NOT_AFTER;
pub use time::NOT_BEFORE;
pub use time::NOW;
pub use time::days;
pub use time::hours;

/// Says on standard error that something was not tested, and why. Past the capture of test output: a skip that nobody sees is no better
/// than a missing test.
pub fn not_tested(what: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "!!!! NOT TESTED: {what}"); // nobody to tell when standard error is closed
}
