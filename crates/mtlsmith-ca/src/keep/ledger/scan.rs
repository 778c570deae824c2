//! Going over all lines fast: in large blocks, and on several threads, each with a part of the file of its own.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hash::BuildHasherDefault;
use std::hash::Hash;
use std::hash::Hasher;
use std::hash::RandomState;
use std::num::NonZeroUsize;
use std::ops::Range;

use mtlsmith_validate::time::Timestamp;

use super::Entry;
use super::Ledger;
use super::entry::Front;
use crate::keep::disk::ReadAt;
use crate::keep::error::KeepError;

/// The last line about a slot, as far as the scan looks at it.
#[derive(Clone, Copy)]
struct Last {
    offset: u64,
    length: usize,
    /// Works longer than was asked for, or is not in force.
    passed_over: bool,
}

/// The last line about each slot, by two hashes of its name: 128 bits, so that no two names meet.
type LastLines = HashMap<Key, Last, BuildHasherDefault<AlreadyHashed>>;

/// Two hashes of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key(u64, u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

/// For keys that are hashes already: hashing a million of them once more takes longer than reading them.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Ledger<'_> {
    /// What is in force and stops working at `until` or before, soonest first. What already has stopped is among it: nobody replaced
    /// it. Lines are not verified here; a line that does not begin as lines do is an error.
    ///
    /// # Errors
    /// When the disk says no, or a line cannot be read.
    pub fn expiring(&self, until: Timestamp, threads: NonZeroUsize) -> Result<Vec<Entry>, KeepError> {
        let until = until.to_string();
        let undelivered = self.undelivered_lines()?;
        let file = self.open()?;
        let keys = (RandomState::new(), RandomState::new());
        let part = |range: Range<u64>| {
            let mut last = LastLines::default();
            for_each_line(&*file, range, &mut |offset, line| {
                let front = Front::of(line).ok_or(offset)?;
                if undelivered.binary_search(&offset).is_err() {
                    let passed_over = front.withdrawn || front.effective_expiry > until.as_bytes();
                    let key = Key(keys.0.hash_one(front.slot), keys.1.hash_one(front.slot));
                    last.insert(key, Last { offset, length: line.len(), passed_over });
                }
                Ok(())
            })
            .map(|()| last)
        };
        let parts = in_parts(file.length(), threads, &part);
        let mut all = LastLines::default();
        for part in parts {
            let part = part.map_err(|broken| self.broken_line(broken))?;
            if all.is_empty() {
                all = part;
            } else {
                all.extend(part);
            }
        }
        let mut wanted: Vec<Last> = all.into_values().filter(|last| !last.passed_over).collect();
        wanted.sort_unstable_by_key(|last| last.offset);
        let mut entries = self.read_lines(&*file, &wanted)?;
        entries.sort_by(|a, b| (a.effective_expiry, &a.slot).cmp(&(b.effective_expiry, &b.slot)));
        Ok(entries)
    }

    /// Calls `each` with every whole line in order, without verifying anything. An unfinished last line is left out.
    ///
    /// # Errors
    /// When the disk says no, or a line cannot be read.
    pub fn for_each(&self, mut each: impl FnMut(Entry)) -> Result<(), KeepError> {
        let file = self.open()?;
        let mut number = 0_u64;
        for_each_line(&*file, 0..file.length(), &mut |offset, line| {
            number = number.saturating_add(1);
            each(serde_json::from_slice(line).map_err(|_| offset)?);
            Ok(())
        })
        .map_err(|broken| match broken {
            Broken::Line(_) => self.damage(number.max(1), "it cannot be read as a line of the ledger"),
            other => self.broken_line(other),
        })
    }

    pub(super) fn lines_from(&self, offset: u64) -> Result<Vec<(u64, Vec<u8>)>, KeepError> {
        let file = self.open()?;
        let mut lines = Vec::new();
        for_each_line(&*file, offset..file.length(), &mut |offset, line| {
            lines.push((offset, line.to_vec()));
            Ok(())
        })
        .map_err(|broken| self.broken_line(broken))?;
        Ok(lines)
    }

    fn read_lines(&self, file: &dyn ReadAt, wanted: &[Last]) -> Result<Vec<Entry>, KeepError> {
        let mut bytes = Vec::new();
        let mut entries = Vec::with_capacity(wanted.len());
        for last in wanted {
            bytes.resize(last.length, 0);
            file.fill_at(last.offset, &mut bytes).map_err(KeepError::disk(&self.path(), "read"))?;
            entries.push(
                serde_json::from_slice(&bytes).map_err(|_| self.broken_line(Broken::Line(last.offset)))?,
            );
        }
        Ok(entries)
    }

    pub(super) fn broken_line(&self, broken: Broken) -> KeepError {
        match broken {
            Broken::Disk(source) => KeepError::disk(&self.path(), "read")(source),
            Broken::Line(offset) => {
                self.damage(self.line_at(offset), "it cannot be read as a line of the ledger")
            }
            Broken::LongLine(offset) => {
                self.damage(self.line_at(offset), "it is longer than 1 MiB, as no line of the ledger is")
            }
        }
    }

    /// The number of the line that begins at a place.
    fn line_at(&self, offset: u64) -> u64 {
        let mut count = 1_u64;
        let counted = self.open().map(|file| {
            for_each_line(&*file, 0..offset, &mut |_, _| {
                count = count.saturating_add(1);
                Ok(())
            })
        });
        if counted.is_ok() { count } else { 0 }
    }
}

/// Why a scan ended early.
pub(super) enum Broken {
    Disk(std::io::Error),
    /// The line that begins here cannot be read.
    Line(u64),
    /// The line that begins here is longer than one can be.
    LongLine(u64),
}

impl From<u64> for Broken {
    fn from(offset: u64) -> Self {
        Broken::Line(offset)
    }
}

/// Cuts the file into parts of about the same size and works on them at once; the results come in the order of the file.
fn in_parts<T: Send>(length: u64, threads: NonZeroUsize, work: &(impl Fn(Range<u64>) -> T + Sync)) -> Vec<T> {
    let most = length.div_ceil(SMALLEST_PART).max(1);
    let parts = u64::try_from(threads.get()).unwrap_or(1).min(most);
    let size = length.div_ceil(parts);
    let ranges = (0..parts).map(|part| {
        let start = part.saturating_mul(size).min(length);
        start..start.saturating_add(size).min(length)
    });
    if parts == 1 {
        return ranges.map(work).collect();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = ranges.map(|range| scope.spawn(move || work(range))).collect();
        // A panic in a thread goes on in this one.
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Calls `each` with every whole line that begins in the range, without its end, and with the place where it begins.
pub(super) fn for_each_line(
    file: &dyn ReadAt,
    range: Range<u64>,
    each: &mut EachLine<'_>,
) -> Result<(), Broken> {
    let mut buffer = vec![0_u8; BLOCK];
    // One byte before the range tells whether a line begins with it.
    let mut offset = range.start.saturating_sub(1);
    let mut kept = 0_usize;
    let mut skipping = range.start > 0;
    loop {
        if kept == buffer.len() {
            if u64::try_from(kept).is_ok_and(|kept| kept >= LONGEST_LINE) {
                return Err(Broken::LongLine(offset));
            }
            buffer.resize(buffer.len().saturating_mul(2), 0);
        }
        let at = offset.saturating_add(u64::try_from(kept).unwrap_or(0));
        let count = file.fill_at(at, buffer.get_mut(kept..).unwrap_or_default()).map_err(Broken::Disk)?;
        let filled = kept.saturating_add(count);
        let bytes = buffer.get(..filled).unwrap_or_default();
        let mut start = 0_usize;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let begins = offset.saturating_add(u64::try_from(start).unwrap_or(0));
            if begins >= range.end && !skipping {
                return Ok(());
            }
            if !std::mem::take(&mut skipping) {
                each(begins, bytes.get(start..end).unwrap_or_default())?;
            }
            start = end.saturating_add(1);
        }
        if count == 0 {
            return Ok(());
        }
        offset = offset.saturating_add(u64::try_from(start).unwrap_or(0));
        kept = filled.saturating_sub(start);
        buffer.copy_within(start..filled, 0);
    }
}

/// What is done with a line and the place where it begins; the error is the place of a line that cannot be read.
pub(super) type EachLine<'a> = dyn FnMut(u64, &[u8]) -> Result<(), u64> + 'a;

/// The longest line that is read, and that is written: the names of a certificate are its longest part.
pub(super) const LONGEST_LINE: u64 = 1 << 20;

/// How much is read at once.
const BLOCK: usize = 1 << 20;

/// A thread is not worth its start for less.
const SMALLEST_PART: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl ReadAt for Bytes {
        fn length(&self) -> u64 {
            u64::try_from(self.0.len()).unwrap()
        }

        fn read_at(&self, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
            let rest = self.0.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
            let count = rest.len().min(into.len()).min(7);
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    #[test]
    fn however_a_file_is_cut_each_line_comes_once_and_in_order() {
        let text = "a\nbb\n\nccc\nd\nunfinished";
        let file = Bytes(text.as_bytes().to_vec());
        let whole = [(0, "a"), (2, "bb"), (5, ""), (6, "ccc"), (10, "d")];
        for cut in 0..=text.len() {
            let mut found = Vec::new();
            for range in [0..cut, cut..text.len()] {
                let range = u64::try_from(range.start).unwrap()..u64::try_from(range.end).unwrap();
                let done = for_each_line(&file, range, &mut |offset, line| {
                    found.push((offset, String::from_utf8(line.to_vec()).unwrap()));
                    Ok(())
                });
                assert!(done.is_ok());
            }
            let found: Vec<(u64, &str)> = found.iter().map(|(at, line)| (*at, line.as_str())).collect();
            assert_eq!(found, whole, "cut at {cut}");
        }
    }
}
