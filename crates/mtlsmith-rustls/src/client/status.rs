//! What a rotating certificate tells of itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_validate::time::Timestamp;
use tracing::warn;

use super::problem::Reason;
use super::problem::ReloadError;
use super::rotating::Reloaded;

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
    /// When the files were last looked at to the end. Much longer ago than the interval: the disk does not answer.
    pub last_look: Timestamp,
}

/// How replacing went so far.
pub(super) struct Progress {
    pub(super) last_look: Timestamp,
    pub(super) succeeded: u64,
    pub(super) not_taken: BTreeMap<Reason, u64>,
    pub(super) last_error: Option<ReloadError>,
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

impl Progress {
    pub(super) fn begun(now: Timestamp) -> Self {
        Progress { last_look: now, succeeded: 0, not_taken: BTreeMap::new(), last_error: None }
    }

    /// Counts an outcome, unless it is the one that stands already: the same files, refused for the same reason.
    pub(super) fn note(&mut self, loaded: &Result<Reloaded, ReloadError>, is_new: bool, file: &Path) {
        match loaded {
            Ok(reloaded) => {
                self.last_error = None;
                self.succeeded += u64::from(matches!(reloaded, Reloaded::Replaced(_)));
            }
            Err(error) => {
                let known = self.last_error.as_ref().map(ReloadError::reason);
                if is_new || known != Some(error.reason()) {
                    *self.not_taken.entry(error.reason()).or_default() += 1;
                    warn!(
                        target: "mtlsmith::rotation",
                        file = %file.display(), reason = error.reason().as_str(), error = %error,
                        "client certificate not replaced"
                    );
                }
                self.last_error = Some(error.clone());
            }
        }
    }
}
