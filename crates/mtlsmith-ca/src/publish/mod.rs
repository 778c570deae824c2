//! Publishing a CA bundle to Temporal Cloud, so that what we believe to be live never runs ahead of what the server says.
//!
//! # The protocol
//!
//! A Namespace changes by sending its whole specification with the resource version it was read at; the server answers with an
//! asynchronous operation and judges the bundle as a whole. Between the first byte sent and the last byte read, anything may be cut
//! off. So every publisher goes the same way, and [`Publication`] keeps the record:
//!
//! 1. **Read** what is live ([`BundlePublisher::read`]) and decide what shall be.
//! 2. **Record the [`Intent`]**: the target, the resource version it builds on and the id of the operation. The record reaches the
//!    disk before the first byte reaches the server.
//! 3. **Update** with that resource version and that id. Sending the same again is harmless: the server knows the id, and the
//!    resource version fits only once.
//! 4. **Poll** the operation.
//! 5. **Read back** and compare the certificates in their canonical form. Only this makes [`Outcome::Published`]; an operation that
//!    says it is done does not.
//!
//! Whatever cannot be told apart ends as [`Outcome::Unknown`] and is resolved by reading alone ([`BundlePublisher::resolve`]) before
//! anything else happens. A recorded intent found after a crash counts as unknown too. The record says "published" only after step 5,
//! so it may lag behind the server and never leads.
//!
//! Three publishers: [`PrintedCommands`] (the default) writes down the commands for a person; [`CommandPublisher`] runs a configured
//! program; [`CloudOps`] speaks the Cloud Ops API.

pub mod cloud_ops;
pub(crate) mod command;
mod intent;
mod live;
mod outcome;
mod print;
mod publication;
mod rejection;
mod shell;
mod text;

pub use cloud_ops::ApiKey;
pub use cloud_ops::CloudOps;
pub use command::CommandPublisher;
pub use command::CommandSettings;
pub use command::NotACommand;
pub use intent::Intent;
pub use intent::IntentError;
pub use intent::OperationId;
pub use live::LiveNamespace;
pub use live::NamespaceName;
pub use live::NotANamespace;
pub use live::ResourceVersion;
pub use outcome::Doubt;
pub use outcome::Outcome;
pub use outcome::Proof;
pub use outcome::ReadError;
pub use outcome::Reason;
pub use outcome::Retry;
pub use print::Instructions;
pub use print::PrintedCommands;
pub use print::Step;
pub use print::Tool;
pub use publication::Publication;
pub use publication::PublicationError;
pub use publication::publish;
pub use publication::resume;
pub use rejection::MemberFault;
pub use rejection::RejectedMember;
pub use rejection::Rejection;
pub use shell::quoted_command;

/// Something that brings bundles to Temporal Cloud. See the module for the protocol; [`publish`] and [`resume`] follow it.
pub trait BundlePublisher {
    /// What is live now.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be told; nothing has changed then.
    fn read(&mut self, namespace: &NamespaceName) -> Result<LiveNamespace, ReadError>;

    /// Makes the intent real. The intent has been recorded before.
    fn publish(&mut self, intent: &Intent) -> Outcome;

    /// Finds out what became of an intent, by reading alone.
    fn resolve(&mut self, intent: &Intent) -> Outcome;
}
