//! Whether a file is still the one that was read.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What changes when a file is written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp(Option<(SystemTime, u64, u64)>);

impl Stamp {
    /// Of the file at a path, links followed; a missing one has a stamp too.
    pub(super) fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        Stamp(
            metadata.map(|found| {
                (found.modified().unwrap_or(SystemTime::UNIX_EPOCH), found.len(), number(&found))
            }),
        )
    }
}

#[cfg(unix)]
fn number(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}
