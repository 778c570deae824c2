//! Many leaves in one durable step: one line of the ledger each, but one sync for all lines, one for all files and one for all places.
//!
//! A batch has a name that the caller derives from what was asked for. After an interruption the same command asks
//! [`Home::delivered`] what of it is in force, and goes on with the rest: a certificate that was recorded and never came is issued anew,
//! under a new serial number, and the ledger says so of the old one.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use mtlsmith_validate::time::Timestamp;

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

impl Writer<'_> {
    /// Records many certificates and puts them in force, or none of them. `batch` is the name that a resumed command asks with.
    ///
    /// # Errors
    /// As [`issue`](Writer::issue); [`KeepError::Name`] when one slot comes twice.
    pub fn issue_batch(
        &mut self,
        batch: &str,
        deliveries: &[Delivery<'_>],
        threads: NonZeroUsize,
        now: Timestamp,
    ) -> Result<Vec<Committed>, KeepError> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        self.prepare(deliveries, now)?;
        let mut planned =
            deliveries.iter().map(|delivery| self.plan(delivery)).collect::<Result<Vec<_>, _>>()?;
        let transaction = self.begin(&planned, SyncLater)?;
        let result = self
            .record(&transaction, &mut planned, Some(batch), now)
            .and_then(|()| self.carry_out_all(&transaction, &mut planned, threads));
        self.finish(&transaction, planned, result)
    }

    fn carry_out_all(
        &self,
        transaction: &Transaction,
        planned: &mut [Plan<'_>],
        threads: NonZeroUsize,
    ) -> Result<(), KeepError> {
        let home = self.home;
        let path = home.path();
        let sync = || home.disk().sync_everything(path).map_err(KeepError::disk(path, "sync"));
        on_threads(planned, threads, |index, plan| {
            plan.write(home, transaction, index, SyncLater)?;
            plan.check(home)
        })?;
        sync()?;
        on_threads(planned, threads, |_, plan| plan.place(home))?;
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
        sync()?;
        on_threads(planned, threads, |index, plan| plan.turn(home, transaction, index).map(|_| ()))?;
        sync()
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
            let generations = self.generations(&slot)?;
            let current = self.current(&slot)?.map_or(0, |name| name.number);
            let is_there = generations.iter().any(|name| {
                name.number == entry.generation && name.content == entry.content && name.number <= current
            });
            if is_there {
                delivered.insert(slot, entry);
            }
        }
        Ok(delivered)
    }
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
