//! The end of the ledger, as a writer needs it: settled after an interruption, and added to.

use std::collections::BTreeMap;

use mtlsmith_validate::time::Timestamp;

use super::Entry;
use super::Event;
use super::Head;
use super::Ledger;
use super::entry::own_hash;
use super::scan::Broken;
use super::scan::LONGEST_LINE;
use crate::keep::disk::Kind;
use crate::keep::error::KeepError;
use crate::keep::slot::Slot;

/// The end of the ledger while the lock is held.
pub(crate) struct Tail {
    head: Head,
    last_time: Option<Timestamp>,
}

impl Tail {
    /// The time of the last line.
    pub(crate) fn last_time(&self) -> Option<Timestamp> {
        self.last_time
    }
}

impl Ledger<'_> {
    /// Makes sure that the ledger ends with a whole line that fits what is known about it, and says how many bytes of an unfinished
    /// line were removed. Only for who holds the lock.
    pub(crate) fn settle(&self) -> Result<(Tail, u64), KeepError> {
        let mut head = self.read_head()?;
        let is_untouched = self.is_untouched(&head)?;
        self.home.check_own(&self.path(), Kind::File)?;
        if !is_untouched && let Some(fault) = self.verify()?.fault {
            let (line, what) = (fault.line(), fault.what().to_owned());
            return Err(KeepError::LedgerBroken { path: self.path(), line, what });
        }
        let length = self.open()?.length();
        if length < head.length {
            return Err(self.damage(head.lines, "it is missing or cut off"));
        }
        let last_time = self.check_last_line(&head)?;
        let mut tail_time = last_time;
        let mut end = head.length;
        let noted = head.length;
        let mut again = Vec::new();
        for (offset, line) in self.lines_from(head.length)? {
            // These lines were added by a writer that ended before it could note their number.
            let number = head.lines.saturating_add(1);
            let entry = self.read_next(&line, number, &head.hash)?;
            end = offset.saturating_add(u64::try_from(line.len()).unwrap_or(0)).saturating_add(1);
            tail_time = Some(entry.time);
            head = Head::new(number, end, entry.hash);
            again.extend_from_slice(&line);
            again.push(b'\n');
        }
        if length > end {
            let path = self.path();
            self.disk().truncate(&path, end).map_err(KeepError::disk(&path, "shorten"))?;
        }
        if !again.is_empty() {
            let path = self.path();
            self.disk().rewrite(&path, noted, &again).map_err(KeepError::disk(&path, "make safe"))?;
            self.write_head(&head)?;
        }
        Ok((Tail { head, last_time: tail_time }, length.saturating_sub(end)))
    }

    /// Adds lines and makes them safe. They are part of the ledger when this returns; when it fails they are not, or the next writer
    /// finds them whole.
    pub(crate) fn append(&self, tail: &mut Tail, entries: &mut [Entry]) -> Result<(), KeepError> {
        let mut head = tail.head.clone();
        let mut text = String::new();
        for entry in entries.iter_mut() {
            head.lines = head.lines.saturating_add(1);
            let line = entry.seal(head.lines, &head.hash);
            if u64::try_from(line.len()).is_ok_and(|length| length > LONGEST_LINE) {
                let problem = "its line in the ledger would be longer than 1 MiB";
                return Err(KeepError::Name { name: entry.slot.clone(), problem });
            }
            text.push_str(&line);
            head.hash.clone_from(&entry.hash);
        }
        head.length = head.length.saturating_add(u64::try_from(text.len()).unwrap_or(0));
        let path = self.path();
        if tail.head.lines == 0 {
            // Who made the home may have been interrupted before all of it was safe.
            let home = self.home.path();
            self.disk().sync_everything(home).map_err(KeepError::disk(home, "sync"))?;
        }
        let written = self.disk().open_append(&path).and_then(|mut file| {
            file.write_everything(text.as_bytes())?;
            file.sync()
        });
        if let Err(error) = written {
            let _ = self.disk().truncate(&path, tail.head.length); // if that fails too, the next writer settles the end
            return Err(KeepError::disk(&path, "write")(error));
        }
        tail.last_time = entries.last().map(|entry| entry.time).or(tail.last_time);
        tail.head = head;
        self.write_head(&tail.head)
    }

    /// The offsets, sorted, of lines near the end that tell of what is not in force: it never came, or went again.
    pub(crate) fn undelivered_lines(&self) -> Result<Vec<u64>, KeepError> {
        let judged = self.judged_end()?;
        Ok(judged.into_iter().filter(|(_, _, delivered)| !delivered).map(|(offset, _, _)| offset).collect())
    }

    /// What the ledger says last about slots in which that is not in force.
    pub(crate) fn undelivered(&self) -> Result<Vec<Entry>, KeepError> {
        let mut last = BTreeMap::new();
        for (_, entry, delivered) in self.judged_end()? {
            last.insert(entry.slot.clone(), (entry, delivered));
        }
        Ok(last.into_values().filter(|(_, delivered)| !delivered).map(|(entry, _)| entry).collect())
    }

    /// The slots that the end of the ledger is about.
    pub(crate) fn last_slots(&self) -> Result<Vec<Slot>, KeepError> {
        let last = self.last_issuance()?;
        Ok(last.iter().filter_map(|(_, entry)| Slot::parse(&entry.slot)).collect())
    }

    /// The lines that may tell of something that never came, each with whether it is in force.
    fn judged_end(&self) -> Result<Vec<(u64, Entry, bool)>, KeepError> {
        let mut judged = Vec::new();
        for (offset, entry) in self.last_issuance()? {
            let slot =
                Slot::parse(&entry.slot).ok_or_else(|| self.damage(entry.line, "its slot is not one"))?;
            let current = self.home.linked(&slot)?;
            let delivered = match entry.event {
                Event::Withdrawn => current.is_none(),
                _ => current
                    .is_some_and(|name| name.number == entry.generation && name.content == entry.content),
            };
            judged.push((offset, entry, delivered));
        }
        Ok(judged)
    }

    /// The lines of the last transaction that issued something, and all after them: a recovery may have been interrupted too.
    fn last_issuance(&self) -> Result<Vec<(u64, Entry)>, KeepError> {
        let length = self.open()?.length();
        let mut back = FIRST_LOOK_BACK;
        loop {
            let from = length.saturating_sub(back);
            let mut found: Vec<(u64, Entry)> = Vec::new();
            let mut issued: Option<String> = None;
            let mut complete = from == 0;
            for (offset, line) in self.lines_from(from)?.into_iter().rev() {
                let Ok(entry) = serde_json::from_slice::<Entry>(&line) else {
                    return Err(self.broken_line(Broken::Line(offset)));
                };
                match &issued {
                    Some(transaction) if *transaction != entry.transaction => {
                        complete = true;
                        break;
                    }
                    None if entry.event == Event::Issued => issued = Some(entry.transaction.clone()),
                    _ => {}
                }
                found.push((offset, entry));
            }
            if complete {
                found.reverse();
                return Ok(found);
            }
            back = back.saturating_mul(4);
        }
    }

    /// Is the last line the one that the head tells of? Its time, when there is one.
    fn check_last_line(&self, head: &Head) -> Result<Option<Timestamp>, KeepError> {
        if head.lines == 0 {
            return Ok(None);
        }
        let file = self.open()?;
        let mut back = FIRST_LOOK_BACK.min(head.length);
        loop {
            let from = head.length.saturating_sub(back);
            let mut bytes = vec![0; usize::try_from(head.length.saturating_sub(from)).unwrap_or(0)];
            file.fill_at(from, &mut bytes).map_err(KeepError::disk(&self.path(), "read"))?;
            let Some(body) = bytes.strip_suffix(b"\n") else {
                return Err(self.damage(head.lines, "it does not end where it did"));
            };
            let start = memchr::memrchr(b'\n', body).map(|at| at.saturating_add(1));
            if start.is_none() && from > 0 {
                if back > LONGEST_LINE {
                    return Err(self.broken_line(Broken::LongLine(from)));
                }
                back = back.saturating_mul(4).min(head.length);
                continue;
            }
            let line = body.get(start.unwrap_or(0)..).unwrap_or_default();
            if own_hash(line) != Some(head.hash.as_str()) {
                return Err(self.damage(head.lines, "it is not the line that was written last"));
            }
            let entry: Option<Entry> = serde_json::from_slice(line).ok();
            return Ok(entry.map(|entry| entry.time));
        }
    }

    fn read_next(&self, line: &[u8], number: u64, previous: &str) -> Result<Entry, KeepError> {
        let entry: Entry = own_hash(line)
            .and_then(|_| serde_json::from_slice(line).ok())
            .ok_or_else(|| self.damage(number, "it was changed"))?;
        if entry.line != number || entry.previous != previous {
            return Err(self.damage(number, "it does not follow the line before it"));
        }
        Ok(entry)
    }
}

/// How much of the end is looked at first: some lines.
const FIRST_LOOK_BACK: u64 = 8 * 1024;
