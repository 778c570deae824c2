//! What a rotating certificate tells of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mtlsmith_validate::time::Timestamp;

use super::problem::Reason;
use super::problem::ReloadError;

/// What is presented now, and how replacing it went so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationStatus {
    /// How many certificates were presented so far, this one included; 1 for the first.
    pub generation: u64,
    /// The subject of the certificate, control characters escaped.
    pub subject: String,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: String,
    /// The file it was read from, all links followed.
    pub read_from: PathBuf,
    /// The effective expiry: from this second on, servers refuse the certificate. With a known bundle that of the whole path.
    pub until: Timestamp,
    /// Replacements that worked.
    pub succeeded: u64,
    /// Pairs that were not taken, by reason. A pair that stays on the disk counts once, however often it is looked at.
    pub not_taken: BTreeMap<Reason, u64>,
    /// Handshakes in which the certificate was presented although it had expired.
    pub presented_expired: u64,
    /// Why the newest pair on the disk is not the one that is presented; `None` when it is.
    pub last_error: Option<ReloadError>,
}

impl RotationStatus {
    /// Pairs that were loaded and refused for what they say.
    pub fn refused(&self) -> u64 {
        self.not_taken.iter().filter(|(reason, _)| reason.is_refusal()).map(|(_, count)| count).sum()
    }

    /// Pairs that could not be loaded.
    pub fn failed(&self) -> u64 {
        self.not_taken.iter().filter(|(reason, _)| !reason.is_refusal()).map(|(_, count)| count).sum()
    }
}
