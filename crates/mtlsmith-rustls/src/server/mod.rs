//! The server side: who may enter which Namespace.

mod admitted;
mod cache;
mod directory;
mod error;
mod gate;
mod memo;
mod prepared;
mod verifier;

pub use admitted::AdmittedClient;
pub use admitted::Observer;
pub use admitted::RefusedClient;
pub use directory::NamespaceDirectory;
pub use directory::ServedNamespace;
pub use directory::without_resumption;
pub use error::NotReplaced;
pub use error::UnknownNamespace;
pub use gate::HandshakeLimits;
pub use verifier::NamespaceVerifier;

pub use crate::text::SHOWN_BYTES;
