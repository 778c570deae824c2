//! One writer at a time: a lock that the system frees when its holder ends, however it ends, with word of who that is.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::disk::Disk;
use super::disk::HeldLock;
use super::disk::LockAttempt;
use super::error::KeepError;

/// Who holds the lock: what a person who waits wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The number of the process.
    pub process: u32,
    /// The machine.
    pub host: String,
    /// What was called, without arguments that could be secret.
    pub command: String,
    /// Since when, as RFC 3339.
    pub since: String,
}

impl Holder {
    /// This process, doing `command` on `host` since `now`.
    pub fn this_process(host: impl Into<String>, command: impl Into<String>, now: Timestamp) -> Self {
        Holder {
            process: std::process::id(),
            host: host.into(),
            command: command.into(),
            since: now.to_string(),
        }
    }
}

impl fmt::Display for Holder {
    /// The words were read from a file, so what could move a terminal's cursor is shown escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (command, host, since) =
            (self.command.escape_debug(), self.host.escape_debug(), self.since.escape_debug());
        write!(f, "process {} on {host} ({command}) since {since}", self.process)
    }
}

/// Takes the lock, waiting for at most `patience`.
pub(crate) fn take(
    disk: &dyn Disk,
    path: &Path,
    holder: &Holder,
    patience: Duration,
) -> Result<Box<dyn HeldLock>, KeepError> {
    let words = serde_json::to_string(holder).unwrap_or_default();
    let mut waited = Duration::ZERO;
    let mut pause = SHORTEST_PAUSE;
    loop {
        let busy = match disk.try_lock(path, &words).map_err(KeepError::disk(path, "lock"))? {
            LockAttempt::Held(lock) => return Ok(lock),
            LockAttempt::Busy(words) => words,
        };
        let left = patience.saturating_sub(waited);
        if left.is_zero() {
            let holder = serde_json::from_str(&busy).ok();
            return Err(KeepError::StoreBusy { path: path.to_owned(), holder, waited });
        }
        let now = pause.min(left);
        std::thread::sleep(now);
        waited = waited.saturating_add(now);
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// The first wait between two tries.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// The longest wait between two tries: how late one may notice that the lock is free.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keep::disk::RealDisk;

    fn holder() -> Holder {
        Holder::this_process("here", "gen leaf", Timestamp::from_unix(0))
    }

    #[test]
    fn the_second_one_is_told_who_has_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = take(&RealDisk, &path, &holder(), Duration::ZERO).unwrap();
        match take(&RealDisk, &path, &holder(), Duration::ZERO) {
            Err(KeepError::StoreBusy { holder: Some(found), .. }) => assert_eq!(found, holder()),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("two hold one lock"),
        }
        drop(held);
        take(&RealDisk, &path, &holder(), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_link_in_place_of_the_lock_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let victim = directory.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(take(&RealDisk, &path, &holder(), Duration::ZERO).is_err());
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    }
}
