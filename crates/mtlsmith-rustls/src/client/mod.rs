//! The client side: a certificate that is replaced while the process runs.

mod files;
mod judge;
mod pair;
mod problem;
mod rotating;
mod status;
mod watch;

pub use files::CertificateFiles;
pub use problem::Reason;
pub use problem::ReloadError;
pub use rotating::Reloaded;
pub use rotating::RotatingClientCert;
pub use rotating::RotationBuilder;
pub use status::RotationStatus;
