//! Minting: from a request to a certificate that the validator accepts.
//!
//! A certificate comes into being in three steps that cannot be taken in another order: a [`Draft`] holds the exact bytes to be
//! signed; [`Draft::check`] has `mtlsmith-validate` judge them, in place of the certificate that they will become, and gives a
//! [`Checked`]; [`Checked::sign`] lets the real key sign once, reads the result again, compares all of it with the draft, and gives an
//! [`Issued`]. What does not pass is an error, and no certificate.
//!
//! ```
//! use mtlsmith_ca::mint::{Authority, CaRequest, Draft, Judgement, LeafRequest, Subject, SystemRandom, key::{KeyKind, PrivateKey}};
//! use mtlsmith_validate::{Profile, time::Timestamp};
//!
//! let profile = Profile::temporal_cloud();
//! let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
//! let judgement = Judgement::by(&profile);
//!
//! let ca_key = PrivateKey::generate(KeyKind::P384)?;
//! let request = CaRequest::for_organization("acme", now, &SystemRandom)?;
//! let ca = Draft::ca(&request, &ca_key, now, &SystemRandom)?.check(&judgement)?.sign()?;
//!
//! let authority = Authority::new(ca.pem().as_bytes(), Box::new(ca_key), &profile, now)?;
//! let key = PrivateKey::generate(KeyKind::P256)?;
//! let request = LeafRequest::new(Subject::new(Some("acme"), &["worker"], Some("payments.a1b2c"))?);
//! let leaf = Draft::leaf(&request, key.public_key(), &authority, now, &SystemRandom)?.check(&judgement)?.sign()?;
//! assert_eq!(leaf.certificate().issuer(), ca.certificate().subject());
//! # Ok::<(), mtlsmith_ca::mint::MintError>(())
//! ```

mod authority;
mod checked;
mod csr;
mod der;
mod draft;
mod engine;
mod error;
mod issued;
mod judge;
pub mod key;
mod name;
mod random;
mod request;
mod serial;
mod signer;
mod stand_in;

pub use authority::Authority;
pub use checked::Checked;
pub use csr::CertificateRequest;
pub use csr::write_request;
pub use draft::Draft;
pub use error::MintError;
pub use error::Refusal;
pub use issued::Issued;
pub use issued::certificate_pem;
pub use judge::Judgement;
pub use judge::TargetNamespace;
pub use name::AlternativeName;
pub use name::Subject;
pub use random::Random;
pub use random::SystemRandom;
pub use request::CaRequest;
pub use request::LeafRequest;
pub use request::Lifetime;
pub use serial::Serial;
pub use signer::CommandInput;
pub use signer::CommandSigner;
#[cfg(feature = "pkcs11")]
pub use signer::Pkcs11Signer;
pub use signer::Signer;
