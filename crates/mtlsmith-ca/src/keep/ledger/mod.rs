//! The ledger: one line of JSON for each issuance, chained by hash, so that what was changed, dropped or reordered shows.
//!
//! Ledger first, files second: no certificate without a record. So a line may stand for a certificate that never came; the writer after
//! it sees that its generation is missing and adds a line that says so. Nothing in the ledger is ever taken back, except what is not
//! a whole line: a last line without its end is the rest of a writer that was interrupted, and only the next writer removes it.
//!
//! A chain cannot see that its end was cut off, so the number of lines and the hash of the last one are kept in a file beside it. With
//! them stands a stamp of the file as its last writer left it. A writer that finds another stamp verifies every line before it goes on,
//! and refuses to issue on top of what was changed; one that finds the same stamp verifies the end alone. So nobody has to read a
//! million lines for one certificate. What the stamp cannot show is a disk that lost bytes by itself: verifying everything shows that.

mod entry;
mod scan;
mod tail;
mod verify;

use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use super::disk::Access;
use super::disk::Disk;
use super::disk::ReadAt;
use super::error::KeepError;
use super::generation::hex;
use super::home::Home;
use super::home::is_missing;

pub use entry::Entry;
pub use entry::Event;
pub use entry::GENESIS;
pub use entry::Issuance;
pub(crate) use tail::Tail;
pub use verify::Fault;
pub use verify::Verified;

/// The ledger of a home.
#[derive(Clone, Copy)]
pub struct Ledger<'h> {
    home: &'h Home,
}

/// Where the ledger ends, as the last writer left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// How many lines there are.
    pub(crate) lines: u64,
    /// How many bytes they have.
    pub(crate) length: u64,
    /// The hash of the last one, or [`GENESIS`].
    pub(crate) hash: String,
    /// What [`Disk::stamp`] said of the ledger then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamp: Option<String>,
    /// A digest over the rest of this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
}

impl Head {
    pub(crate) fn new(lines: u64, length: u64, hash: String) -> Self {
        Head { lines, length, hash, stamp: None, sum: None }
    }

    /// Every head has one but those that were written before there were any.
    fn has_sum(&self) -> bool {
        self.sum.is_some()
    }

    fn sum(&self) -> String {
        let Head { lines, length, hash, stamp, sum: _ } = self;
        let text = format!("mtlsmith ledger head 1\n{lines}\n{length}\n{hash}\n{stamp:?}\n");
        hex(Sha256::digest(text.as_bytes()).as_slice()).chars().take(SUM_DIGITS).collect()
    }
}

impl<'h> Ledger<'h> {
    pub(crate) fn of(home: &'h Home) -> Self {
        Ledger { home }
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.home.path().join(FILE)
    }

    /// Was a ledger ever made here?
    pub(crate) fn is_made(&self) -> bool {
        self.disk().status(&self.head_path()).is_ok()
    }

    /// Makes an empty ledger, unless there is one.
    pub(crate) fn create(&self) -> Result<(), KeepError> {
        let (path, head) = (self.path(), self.head_path());
        let ledger_is_missing = matches!(self.disk().status(&path), Err(error) if is_missing(&error));
        let head_is_missing = matches!(self.disk().status(&head), Err(error) if is_missing(&error));
        if ledger_is_missing && head_is_missing {
            if !self.home.slots()?.is_empty() {
                return Err(KeepError::LedgerMissing { path });
            }
            // The head first: a ledger without a head is taken for damage.
            self.write_head(&Head::new(0, 0, GENESIS.to_owned()))?;
            self.sync_home()?;
        }
        if ledger_is_missing && self.read_head()?.length == 0 {
            self.disk()
                .open_append(&path)
                .and_then(|mut file| file.sync())
                .map_err(KeepError::disk(&path, "make"))?;
            self.sync_home()?;
        }
        Ok(())
    }

    pub(crate) fn read_head(&self) -> Result<Head, KeepError> {
        let path = self.head_path();
        let bytes = self.disk().read(&path).map_err(|error| self.missing_or(&path, error))?;
        let damaged = |what: String| KeepError::Damaged { path: path.clone(), what };
        let head: Head = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        // One without a sum was written before there were any.
        if head.sum.as_ref().map_or(head.stamp.is_some(), |sum| *sum != head.sum()) {
            return Err(damaged("it is not what was written".to_owned()));
        }
        Ok(head)
    }

    pub(crate) fn write_head(&self, head: &Head) -> Result<(), KeepError> {
        let path = self.head_path();
        let stamp = match self.disk().stamp(&self.path()) {
            Err(error) if is_missing(&error) => None,
            other => Some(other.map_err(KeepError::disk(&self.path(), "look at"))?),
        };
        let mut head = Head { stamp, ..head.clone() };
        head.sum = Some(head.sum());
        let words = serde_json::to_string(&head).unwrap_or_default();
        let number = self.disk().random().map_err(KeepError::disk(&path, "name"))?;
        let aside = self.home.staging().join(format!("head-{number:016x}"));
        replace(self.disk(), &aside, &path, words.as_bytes())
    }

    /// Did nobody change the ledger since its last writer did?
    pub(crate) fn is_untouched(&self, head: &Head) -> Result<bool, KeepError> {
        let path = self.path();
        let stamp = self.disk().stamp(&path).map_err(|error| self.missing_or(&path, error))?;
        Ok(head.stamp.as_ref() == Some(&stamp))
    }

    fn open(&self) -> Result<Box<dyn ReadAt>, KeepError> {
        let path = self.path();
        self.disk().open_read(&path).map_err(|error| self.missing_or(&path, error))
    }

    /// A file of the ledger that cannot be read.
    fn missing_or(&self, path: &Path, error: std::io::Error) -> KeepError {
        match is_missing(&error) {
            true => KeepError::LedgerMissing { path: path.to_owned() },
            false => KeepError::disk(path, "read")(error),
        }
    }

    fn sync_home(&self) -> Result<(), KeepError> {
        let path = self.home.path();
        self.disk().sync_directory(path).map_err(KeepError::disk(path, "sync"))
    }

    fn head_path(&self) -> PathBuf {
        self.home.path().join(HEAD)
    }

    fn disk(&self) -> &'h dyn Disk {
        self.home.disk()
    }

    fn damage(&self, line: u64, what: impl Into<String>) -> KeepError {
        KeepError::Ledger { path: self.path(), line, what: what.into() }
    }
}

/// Adds many lines about leaves that do not exist, for measurements: one in a thousand ends early, the rest in a year.
///
/// # Errors
/// As an issuance.
#[cfg(feature = "faulty-disk")]
#[doc(hidden)]
pub fn fill_for_measurement(
    home: &Home,
    count: u64,
    issuance: &Issuance,
    now: mtlsmith_validate::time::Timestamp,
) -> Result<(), KeepError> {
    let ledger = Ledger::of(home);
    let (mut tail, _) = ledger.settle()?;
    for first in (0..count).step_by(10_000) {
        let mut entries: Vec<Entry> = (first..first.saturating_add(10_000).min(count))
            .map(|index| {
                let effective_expiry = match index % 1000 {
                    0 => issuance.effective_expiry,
                    _ => now.plus(365 * 86_400),
                };
                let slot = format!("namespaces/orders.a1b2c/leaves/worker-{index}");
                let name = (1, "0".repeat(32));
                Entry {
                    effective_expiry,
                    ..Entry::issued(issuance, slot, name, &format!("{first:016x}"), now)
                }
            })
            .collect();
        ledger.append(&mut tail, &mut entries)?;
    }
    Ok(())
}

/// Puts new bytes in place of a file in one step. Whether the old or the new ones are there after a loss of power is open.
fn replace(disk: &dyn Disk, aside: &Path, path: &Path, bytes: &[u8]) -> Result<(), KeepError> {
    let written = disk.create_new(aside, Access::FILE).and_then(|mut file| {
        file.write_everything(bytes)?;
        file.sync()
    });
    let done = written.and_then(|()| disk.rename(aside, path));
    if done.is_err() {
        let _ = disk.remove_file(aside); // the next writer removes what is left
    }
    done.map_err(KeepError::disk(path, "write"))
}

/// 64 bits: against accident, as the head has no key.
const SUM_DIGITS: usize = 16;

/// The ledger's file.
const FILE: &str = "ledger.jsonl";

/// The file that says where it ends.
const HEAD: &str = "ledger.head";
