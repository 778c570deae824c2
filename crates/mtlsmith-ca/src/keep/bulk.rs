//! Many leaves in one durable step: one line of the ledger each, but one sync for all lines, one for the files of hundreds, and one for
//! all places. While the disk makes some safe, other threads write the next.
//!
//! A batch has a name that the caller derives from what was asked for. After an interruption the same command asks
//! [`Home::delivered`] what of it is in force, and goes on with the rest: a certificate that was recorded and never came is issued anew,
//! under a new serial number, and the ledger says so of the old one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;

use mtlsmith_validate::time::Timestamp;

use super::disk::Access;
use super::error::KeepError;
use super::home::Home;
use super::ledger::Entry;
use super::ledger::Event;
use super::slot::Slot;
use super::writer::Committed;
use super::writer::Delivery;
use super::writer::Plan;
use super::writer::SyncLater;
use super::writer::Transaction;
use super::writer::Writer;

/// The threads that a batch keeps busy while it writes.
#[derive(Clone, Copy)]
pub struct Threads<'a> {
    /// How many.
    pub count: NonZeroUsize,
    /// Called when the last of them has written: what follows waits for the disk, and the processors are free for other work. Not
    /// called for a batch that fails before.
    pub freed: &'a (dyn Fn() + Sync),
}

impl Threads<'_> {
    /// So many, and nobody waits for them.
    pub fn of(count: NonZeroUsize) -> Self {
        Threads { count, freed: &|| {} }
    }
}

impl fmt::Debug for Threads<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Threads { count, freed: _ } = self;
        write!(f, "Threads({count})")
    }
}

impl Writer<'_> {
    /// Records many certificates and puts them in force, or none of them. `batch` is the name that a resumed command asks with.
    ///
    /// # Errors
    /// As [`issue`](Writer::issue); [`KeepError::Name`] when one slot comes twice.
    pub fn issue_batch(
        &mut self,
        batch: &str,
        deliveries: &[Delivery<'_>],
        threads: Threads<'_>,
        now: Timestamp,
    ) -> Result<Vec<Committed>, KeepError> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        self.prepare(deliveries, now)?;
        let mut planned = self.plan_all(deliveries, threads.count)?;
        let transaction = self.begin(&planned, SyncLater)?;
        let result = self
            .record(&transaction, &mut planned, Some(batch), now)
            .and_then(|()| self.carry_out_all(&transaction, &mut planned, threads));
        self.finish(&transaction, planned, result)
    }

    fn plan_all<'d>(
        &self,
        deliveries: &'d [Delivery<'d>],
        threads: NonZeroUsize,
    ) -> Result<Vec<Plan<'d>>, KeepError> {
        let mut planned: Vec<_> = deliveries.iter().map(|delivery| (delivery, None)).collect();
        let home = self.home;
        on_threads(&mut planned, threads, |_, (delivery, plan)| {
            *plan = Some(Plan::of(home, delivery)?);
            Ok(())
        })?;
        Ok(planned.into_iter().filter_map(|(_, plan)| plan).collect())
    }

    fn carry_out_all(
        &self,
        transaction: &Transaction,
        planned: &mut [Plan<'_>],
        threads: Threads<'_>,
    ) -> Result<(), KeepError> {
        let home = self.home;
        write_and_place(home, transaction, planned, threads)?;
        let mut around = BTreeSet::new();
        let mut all_first = true;
        for plan in planned.iter() {
            all_first &= plan.is_first();
            around.insert(plan.placed_in(home));
        }
        if all_first {
            for directory in around {
                home.disk().sync_directory(&directory).map_err(KeepError::disk(&directory, "sync"))?;
            }
            return Ok(());
        }
        sync_all(home)?;
        on_threads(planned, threads.count, |index, plan| plan.turn(home, transaction, index).map(|_| ()))?;
        sync_all(home)
    }
}

impl Home {
    /// What of a batch is in force: the lines of the ledger by slot. A command that goes on takes the lock before it asks: what an
    /// interrupted writer left is only then made safe or taken away.
    ///
    /// # Errors
    /// When the disk says no, or the ledger cannot be read.
    pub fn delivered(&self, batch: &str) -> Result<BTreeMap<Slot, Entry>, KeepError> {
        let mut recorded = BTreeMap::new();
        self.ledger().for_each(|entry| {
            if entry.batch.as_deref() == Some(batch)
                && entry.event == Event::Issued
                && let Some(slot) = Slot::parse(&entry.slot)
            {
                recorded.insert(slot, entry);
            }
        })?;
        let mut delivered = BTreeMap::new();
        for (slot, entry) in recorded {
            if self.is_in_force(&slot, entry.generation, &entry.content)? {
                delivered.insert(slot, entry);
            }
        }
        Ok(delivered)
    }

    /// The slots alone of what [`delivered`](Home::delivered) tells, for lists of a million.
    ///
    /// # Errors
    /// As there.
    pub fn delivered_slots(&self, batch: &str, threads: NonZeroUsize) -> Result<BTreeSet<Slot>, KeepError> {
        let mut recorded = BTreeMap::new();
        self.ledger().for_each(|entry| {
            if entry.batch.as_deref() == Some(batch)
                && entry.event == Event::Issued
                && let Some(slot) = Slot::parse(&entry.slot)
            {
                recorded.insert(slot, (entry.generation, entry.content));
            }
        })?;
        let mut recorded: Vec<_> = recorded.into_iter().map(|entry| (entry, false)).collect();
        on_threads(&mut recorded, threads, |_, ((slot, (generation, content)), is_there)| {
            *is_there = self.is_in_force(slot, *generation, content)?;
            Ok(())
        })?;
        Ok(recorded.into_iter().filter(|(_, is_there)| *is_there).map(|((slot, _), _)| slot).collect())
    }

    /// Is this generation in force, or was it?
    fn is_in_force(&self, slot: &Slot, number: u64, content: &str) -> Result<bool, KeepError> {
        let current = self.current(slot)?.map_or(0, |name| name.number);
        let generations = self.generations(slot)?;
        Ok(generations
            .iter()
            .any(|name| name.number == number && name.content == content && name.number <= current))
    }
}

/// Writes all and reads them back, on as many threads as wanted. This thread meanwhile makes safe what has been written, all of it at
/// once, and gives it its place: while the disk is busy with some, the others are written.
fn write_and_place(
    home: &Home,
    transaction: &Transaction,
    planned: &mut [Plan<'_>],
    Threads { count, freed }: Threads<'_>,
) -> Result<(), KeepError> {
    let count = count.get().min(planned.len().div_ceil(PART));
    let parts = Mutex::new((0..).zip(planned.chunks_mut(PART)));
    let (busy, has_failed) = (AtomicUsize::new(count), AtomicBool::new(false));
    let (written, to_place) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..count {
            let (parts, busy, has_failed, written) = (&parts, &busy, &has_failed, written.clone());
            scope.spawn(move || {
                while !has_failed.load(Ordering::Relaxed)
                    && let Some((number, part)) = next(parts)
                {
                    let result = write_part(home, transaction, number, part);
                    // The other end is gone when placing has failed, which is told there.
                    if written.send(result.map(|()| part)).is_err() {
                        break;
                    }
                }
                if busy.fetch_sub(1, Ordering::Relaxed) == 1 {
                    freed();
                }
            });
        }
        drop(written);
        let result = place_all(home, to_place);
        has_failed.store(result.is_err(), Ordering::Relaxed);
        result
    })
}

/// Makes safe and places whatever has been written, until nothing more comes.
fn place_all<'p, 'd: 'p>(
    home: &Home,
    to_place: Receiver<Result<&'p mut [Plan<'d>], KeepError>>,
) -> Result<(), KeepError> {
    let mut to_place = to_place.into_iter().peekable();
    while to_place.peek().is_some() {
        let parts: Vec<_> = to_place.by_ref().take(SAFE_TOGETHER).collect::<Result<_, KeepError>>()?;
        sync_all(home)?;
        // On this thread alone: a file system moves one directory at a time, and who waits for it only burns time.
        parts.into_iter().flatten().try_for_each(|plan| plan.place(home))?;
    }
    Ok(())
}

/// Each part has a directory of its own in `staging`, so that threads do not wait for each other to add a name to it.
fn write_part(
    home: &Home,
    transaction: &Transaction,
    number: usize,
    part: &mut [Plan<'_>],
) -> Result<(), KeepError> {
    let directory = transaction.directory.join(number.to_string());
    let disk = home.disk();
    disk.make_directory(&directory, Access::DIRECTORY).map_err(KeepError::disk(&directory, "make"))?;
    for (index, plan) in part.iter_mut().enumerate() {
        plan.write(home, &directory, index, SyncLater)?;
        plan.check(home)?;
    }
    Ok(())
}

/// The next item, whichever thread asks.
fn next<I: Iterator>(items: &Mutex<I>) -> Option<I::Item> {
    // Nothing is left half done behind a panic in `next` of a slice.
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

fn sync_all(home: &Home) -> Result<(), KeepError> {
    home.disk().sync_everything(home.path()).map_err(KeepError::disk(home.path(), "sync"))
}

/// Does the work for all items, in as many threads as wanted; the first error in the order of the items is the result.
fn on_threads<T: Send>(
    items: &mut [T],
    threads: NonZeroUsize,
    work: impl Fn(usize, &mut T) -> Result<(), KeepError> + Sync,
) -> Result<(), KeepError> {
    let part = items.len().div_ceil(threads.get()).max(SMALLEST_PART);
    let each = |first: usize, items: &mut [T]| {
        let mut numbered = items.iter_mut().enumerate();
        numbered.try_for_each(|(index, item)| work(first.saturating_add(index), item))
    };
    if part >= items.len() {
        return each(0, items);
    }
    std::thread::scope(|scope| {
        let each = &each;
        let parts = items.chunks_mut(part).enumerate();
        let running: Vec<_> = parts
            .map(|(number, items)| scope.spawn(move || each(number.saturating_mul(part), items)))
            .collect();
        // A panic in a thread goes on in this one. All threads end before the first error is told.
        let results: Vec<Result<(), KeepError>> = running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        results.into_iter().collect()
    })
}

/// A thread is not worth its start for fewer.
const SMALLEST_PART: usize = 16;

/// As many are written by one thread before it hands them on.
const PART: usize = 32;

/// As many parts are made safe with one sync, which costs some milliseconds however little there is to write.
const SAFE_TOGETHER: usize = 16;
