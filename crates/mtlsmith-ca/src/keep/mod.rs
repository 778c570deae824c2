//! Keeping: keys, certificates and the ledger on disk, so that a crash never leaves half of anything.
//!
//! A certificate and its key are two files that must agree, so they are never written where anybody reads. A [`Writer`] records the
//! issuance in the [`ledger`], writes a whole new [`generation`] aside, makes it safe, reads it back, and only then turns one link.
//! What lies where stands in [`home`]. [`place`] writes plain files to where a user wants them; [`export`] turns what is kept into the
//! forms that others read.

pub mod bulk;
pub mod disk;
pub mod error;
pub mod export;
pub mod generation;
pub mod home;
pub mod inventory;
pub mod ledger;
pub mod lock;
pub mod place;
mod recover;
pub mod slot;
pub mod writer;

pub use bulk::Threads;
pub use disk::Disk;
pub use disk::RealDisk;
pub use error::KeepError;
pub use generation::Generation;
pub use generation::NewFile;
pub use home::Home;
pub use ledger::Entry;
pub use ledger::Issuance;
pub use lock::Holder;
pub use recover::Recovery;
pub use slot::Slot;
pub use slot::SlotKind;
pub use writer::Committed;
pub use writer::Delivery;
pub use writer::Sharing;
pub use writer::Writer;
