//! Judge CA bundles and client certificates against what Temporal Cloud demands.
//!
//! A Namespace trusts a *CA bundle* that its owner uploads. [`check_bundle`] says before the upload what is wrong with one: every
//! fault at once, where it is, why, by which source, and how to repair it.
//!
//! The crate decides, and does nothing else: no file, no clock, no randomness, no output, no cryptography of its own. Bytes and the
//! time are arguments; signatures are checked with the algorithms in the [`Profile`], which the features `aws-lc-rs` (default) and
//! `ring` supply.
//!
//! ```
//! use mtlsmith_validate::{Profile, check_bundle, time::Timestamp};
//!
//! let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
//! let bundle = b"\xef\xbb\xbf-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
//! let report = check_bundle(bundle, &Profile::temporal_cloud(), now);
//! for finding in &report.findings {
//!     println!("{}: {}", finding.rule.code, finding.message());
//! }
//! assert!(report.findings.iter().any(|finding| finding.rule.name == "byte-order-mark"));
//! ```
#![forbid(unsafe_code)]

pub mod admission;
pub mod budget;
pub mod bundle;
pub mod certificate;
mod check;
pub mod client_configuration;
mod der;
pub mod difference;
pub mod edit;
pub mod error_text;
pub mod filters;
pub mod finding;
pub mod fingerprint;
pub mod graph;
pub mod input;
pub mod key;
pub mod name;
mod name_constraints;
pub mod oid;
pub mod path;
pub mod pem;
pub mod private_key;
pub mod profile;
mod public_ca;
pub mod report;
pub mod rule;
pub mod rules;
pub mod signature;
pub mod time;
pub mod well_known;

pub use check::BundleCheck;
pub use check::check_bundle;
pub use profile::Profile;
pub use report::CertificateFilters;
pub use report::Report;
pub use report::Verdict;
