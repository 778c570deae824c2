//! The acting half of leaf rotation: one client certificate replaced by the next, or left as it was.
//!
//! In this order: what is in force is looked at under the lock; the planner decides; the certificate is drafted, judged against the
//! Namespace's live bundle and filters, and signed; that hooks will have to run is noted on the disk; the ledger's line, the new
//! generation, read back and judged once more; the link turned; the hooks, until they succeed. Whatever ends this, the old pair is in
//! force or the new one, whole, and no hook is forgotten.
//!
//! ```text
//! <home>/hooks/<place, + for />+<generation>.json   hooks of a generation that have not all succeeded yet
//! ```

mod hook;
mod live;
mod look;
mod pending;
mod rotation;

pub use hook::ExecuteHook;
pub use hook::FilesHook;
pub use hook::Hook;
pub use hook::HookError;
pub use hook::HookSignal;
pub use hook::SecretHook;
pub use hook::SignalHook;
pub use live::LiveTrust;
pub use look::InForceLeaf;
pub use look::look;
pub use pending::Attempt;
pub use pending::Owed;
pub use pending::PendingHooks;
pub use pending::run_hooks;
pub use pending::run_some_hooks;
pub use rotation::NewKey;
pub use rotation::NextPair;
pub use rotation::Prepared;
pub use rotation::Rotated;
pub use rotation::Rotation;
pub use rotation::RotationError;
pub use rotation::When;

/// The certificate of a client in the state directory, with those that it sends along.
pub const LEAF_CERTIFICATE: &str = "tls.crt";

/// Its key.
pub const LEAF_KEY: &str = "tls.key";
