//! What a writer does before it writes: it puts in order what an interrupted one left. Readers never do.
//!
//! * An unfinished last line of the ledger is removed: nobody was told that it was there.
//! * Everything in `staging` is removed, and with it all keys that never got their place.
//! * A generation that got its place but was not put in force is removed.
//! * A `current` link that is gone from between its generations is made again, to the newest generation that is whole and that the
//!   ledger knows. No interrupted writer leaves that: somebody removed it. The CAs and what was written last are looked at each time,
//!   every other slot when it is written to.
//! * An issuance at the end of the ledger whose generation never came stays in the ledger, and a line is added that says what is in
//!   force instead: the generation before, or nothing.

use std::path::Path;

use mtlsmith_validate::time::Timestamp;

use super::disk::Disk;
use super::disk::Kind;
use super::error::KeepError;
use super::generation::Generation;
use super::generation::GenerationName;
use super::home::CURRENT;
use super::home::Home;
use super::home::is_missing;
use super::ledger::Entry;
use super::ledger::Event;
use super::ledger::Tail;
use super::slot::Slot;

/// What an interrupted writer had left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// How many bytes of an unfinished line were removed from the end of the ledger.
    pub unfinished_line: u64,
    /// How many things were removed from `staging`.
    pub staged: usize,
    /// The generations that were removed because they never were in force.
    pub never_current: Vec<(Slot, GenerationName)>,
    /// The slots whose link was gone, with the generation that was put in force again.
    pub put_back: Vec<(Slot, GenerationName)>,
    /// The slots whose last issuance never reached the disk; the ledger says so now.
    pub undelivered: Vec<String>,
}

impl Recovery {
    /// Was everything in order?
    pub fn is_clean(&self) -> bool {
        *self == Recovery::default()
    }
}

/// Only for who holds the lock.
pub(super) fn recover(home: &Home, now: Timestamp) -> Result<(Tail, Recovery), KeepError> {
    let (mut tail, unfinished_line) = home.ledger().settle()?;
    let mut recovery = Recovery { unfinished_line, ..Recovery::default() };
    let staging = home.staging();
    home.check_directory(&staging)?;
    let staged = home.disk().list(&staging).map_err(KeepError::disk(&staging, "list"))?;
    recovery.put_back = put_all_back(home, !staged.is_empty())?;
    if !staged.is_empty() {
        recovery.never_current = sweep(home, &staging)?;
        // What got its place and stays may not be safe yet.
        home.disk().sync_everything(home.path()).map_err(KeepError::disk(home.path(), "sync"))?;
        for name in &staged {
            remove_tree(home.disk(), &staging.join(name))?;
        }
        recovery.staged = staged.len();
    }
    recovery.undelivered = tell_undelivered(home, &mut tail, now)?;
    Ok((tail, recovery))
}

/// Makes links that are gone again: of the CAs, which a command opens first, and of the slots at the end of the ledger, of which it
/// would be said otherwise that nothing is in force there. Of everything, before what was never in force is swept away.
fn put_all_back(home: &Home, everywhere: bool) -> Result<Vec<(Slot, GenerationName)>, KeepError> {
    let mut slots = match everywhere {
        true => home.slots()?,
        false => home.authorities()?,
    };
    slots.extend(home.ledger().last_slots()?);
    slots.sort_unstable();
    slots.dedup();
    let mut found = Vec::new();
    for slot in slots {
        match put_back(home, &slot) {
            Ok(name) => found.extend(name.map(|name| (slot, name))),
            // It is told when somebody needs it, and nothing of it is swept away.
            Err(KeepError::Unlinked { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Makes the link of a slot again when it is gone. Only for who holds the lock.
pub(super) fn put_back(home: &Home, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
    let generations = match home.current(slot) {
        Ok(_) => return Ok(None),
        Err(KeepError::Unlinked { generations, .. }) => generations,
        Err(error) => return Err(error),
    };
    let Some(name) = newest_whole(home, slot)? else {
        return Err(KeepError::Unlinked { slot: slot.to_string(), generations });
    };
    let (disk, link) = (home.disk(), home.current_path(slot));
    let number = disk.random().map_err(KeepError::disk(&link, "make"))?;
    let aside = home.staging().join(format!("put-back-{number:016x}"));
    disk.symlink(Path::new(&name.to_string()), &aside)
        .and_then(|()| disk.rename_new(&aside, &link))
        .map_err(KeepError::disk(&link, "make"))?;
    let directory = home.directory(slot);
    disk.sync_directory(&directory).map_err(KeepError::disk(&directory, "sync"))?;
    Ok(Some(name))
}

impl Home {
    /// Reads the generation that the next writer puts in force again when the link is gone; the current one when it is not. For who has
    /// to know a CA before it takes the lock.
    ///
    /// # Errors
    /// As [`read`](Home::read); [`KeepError::Unlinked`] when no generation is whole.
    pub fn read_even_unlinked(&self, slot: &Slot) -> Result<Generation, KeepError> {
        match self.read(slot) {
            Err(error @ KeepError::Unlinked { .. }) => match newest_whole(self, slot)? {
                Some(name) => self.read_generation(slot, &name),
                None => Err(error),
            },
            other => other,
        }
    }
}

/// What the ledger says of a slot last, if that is there and whole; else the newest generation that it knows and that is whole.
fn newest_whole(home: &Home, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
    let mut known = Vec::new();
    home.ledger().for_each(|entry| {
        if entry.slot == slot.path() && entry.event != Event::Withdrawn {
            known.push(GenerationName { number: entry.generation, content: entry.content });
        }
    })?;
    let mut there = home.generations(slot)?;
    there.retain(|name| known.contains(name));
    // The last one is tried first.
    there.sort_by_key(|name| known.last() == Some(name));
    let lenient = home.clone().overlooking_modes();
    Ok(there.into_iter().rev().find(|name| lenient.read_generation(slot, name).is_ok()))
}

/// Removes generations that were placed but never put in force, and slots that have nothing.
fn sweep(home: &Home, staging: &Path) -> Result<Vec<(Slot, GenerationName)>, KeepError> {
    let disk = home.disk();
    let mut removed = Vec::new();
    for slot in home.slots()? {
        let directory = home.directory(&slot);
        let current = home.linked(&slot)?;
        // Without a link nothing says what was in force: everything stays.
        let limit = current.as_ref().map_or(u64::MAX, |name| name.number);
        for name in home.generations(&slot)?.into_iter().filter(|name| name.number > limit) {
            let path = directory.join(name.to_string());
            // Out of the slot in one step, so that being interrupted here leaves no half of it.
            let number = disk.random().map_err(KeepError::disk(&path, "remove"))?;
            let aside = staging.join(format!("swept-{number:016x}"));
            disk.rename_new(&path, &aside).map_err(KeepError::disk(&path, "remove"))?;
            disk.sync_directory(&directory).map_err(KeepError::disk(&directory, "sync"))?;
            remove_tree(disk, &aside)?;
            removed.push((slot.clone(), name));
        }
        let broken_link = directory.join(CURRENT);
        if current.is_none() && matches!(disk.status(&broken_link), Err(error) if is_missing(&error)) {
            // Not empty when somebody else put something there: then it is not ours to remove.
            let _ = disk.remove_directory(&directory);
        }
    }
    Ok(removed)
}

/// Adds lines about what the last transaction recorded and never brought.
fn tell_undelivered(home: &Home, tail: &mut Tail, now: Timestamp) -> Result<Vec<String>, KeepError> {
    let missing = home.ledger().undelivered()?;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let transaction =
        format!("{:016x}", home.disk().random().map_err(KeepError::disk(home.path(), "recover"))?);
    let now = tail.last_time().map_or(now, |last| last.max(now));
    let mut lines = Vec::new();
    for entry in &missing {
        let slot = Slot::parse(&entry.slot);
        let current = slot.as_ref().map(|slot| home.linked(slot)).transpose()?.flatten();
        lines.push(match current {
            None => Entry {
                event: Event::Withdrawn,
                transaction: transaction.clone(),
                time: now,
                ..entry.clone()
            },
            Some(name) => {
                let mut line = line_of(home, &entry.slot, &name)?.unwrap_or_else(|| Entry {
                    generation: name.number,
                    content: name.content.clone(),
                    ..entry.clone()
                });
                line.event = Event::Restored;
                line.transaction.clone_from(&transaction);
                line.time = now;
                line
            }
        });
    }
    home.ledger().append(tail, &mut lines)?;
    Ok(missing.into_iter().map(|entry| entry.slot).collect())
}

/// The line that recorded a generation.
fn line_of(home: &Home, slot: &str, name: &GenerationName) -> Result<Option<Entry>, KeepError> {
    let mut found = None;
    home.ledger().for_each(|entry| {
        if entry.slot == slot && entry.generation == name.number && entry.content == name.content {
            found = Some(entry);
        }
    })?;
    Ok(found)
}

/// Removes a file, a link, or a directory with all in it. A link is removed, never followed.
pub(super) fn remove_tree(disk: &dyn Disk, path: &Path) -> Result<(), KeepError> {
    let status = match disk.status(path) {
        Err(error) if is_missing(&error) => return Ok(()),
        other => other.map_err(KeepError::disk(path, "look at"))?,
    };
    if status.kind != Kind::Directory {
        return disk.remove_file(path).map_err(KeepError::disk(path, "remove"));
    }
    for name in disk.list(path).map_err(KeepError::disk(path, "list"))? {
        remove_tree(disk, &path.join(name))?;
    }
    disk.remove_directory(path).map_err(KeepError::disk(path, "remove"))
}
