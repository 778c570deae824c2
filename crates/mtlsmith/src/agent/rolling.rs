//! The agent's part in a rollover: each leaf is noted in the record before its next certificate is in force and looked at after it, under
//! the lock that the commands of the rollover take. So none goes below the new CA before the server has shown it, none below the old one
//! after the switch, and `rollover commit` knows of each.

use std::time::Duration;

use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::rotate::rollover::ConductError;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::Reissue;
use mtlsmith_ca::rotate::rollover::Reissued;
use mtlsmith_ca::rotate::rollover::RolloverStore;
use mtlsmith_ca::rotate::rollover::note_all;
use mtlsmith_validate::time::Timestamp;

use super::Agent;
use super::log::Level;
use super::tended::Around;
use crate::rotating;
use crate::session::Session;

/// Why a group was not replaced.
enum Hindered {
    /// A command goes on with the rollover, or has moved it on: the next look knows more.
    Later,
    /// The record cannot be read or written, or its rules stand against it.
    Failed(ConductError),
}

impl Agent {
    /// Replaces some of those that are due in a Namespace whose CA is, or was, rolled over. False when that has to wait.
    pub(super) fn rotate_in_rollover(
        &mut self,
        index: usize,
        group: &[Slot],
        session: &mut Session<'_, '_>,
    ) -> bool {
        let home = self.fleet.home.clone();
        let now = (session.environment.now)();
        let outcome = match self.take_part(index, &home, now, session) {
            Ok((_held, record)) if record.is_over() => return self.rotate_group(index, group, session),
            Ok((store, record)) => self.reissue(index, group, &store, record, now, session),
            Err(hindered) => Err(hindered),
        };
        match outcome {
            Ok(()) => true,
            Err(Hindered::Later) => false,
            Err(Hindered::Failed(error)) => {
                self.all_failed(index, group, &error, now, session);
                false
            }
        }
    }

    /// Takes the lock, and makes sure that nothing has moved on since everything was read.
    fn take_part<'h>(
        &mut self,
        index: usize,
        home: &'h Home,
        now: Timestamp,
        session: &mut Session<'_, '_>,
    ) -> Result<(RolloverStore<'h>, Record), Hindered> {
        let failed = |error| Hindered::Failed(ConductError::Keep(error));
        let Some(namespace) = self.fleet.namespaces.get_mut(index) else { return Err(Hindered::Later) };
        let name = namespace.config.name.clone();
        let holder = Holder::this_process((session.environment.host)(), "agent", now);
        let store = match RolloverStore::open(home, &name, &holder, PATIENCE) {
            Ok(store) => store,
            Err(error @ KeepError::StoreBusy { .. }) => {
                if !std::mem::replace(&mut namespace.is_waiting, true) {
                    let fields: [(&str, &dyn std::fmt::Display); 2] =
                        [("namespace", &name), ("problem", &error)];
                    self.log.say(session, Level::Info, "waiting-for-rollover", &fields);
                }
                return Err(Hindered::Later);
            }
            Err(error) => return Err(failed(error)),
        };
        namespace.is_waiting = false;
        let record = Record::load(home, &name).map_err(failed)?;
        let around = Around { home, profile: &self.fleet.profile, reader: &self.fleet.reader };
        let current = record.filter(|record| namespace.is_current(&around, record));
        current.map(|record| (store, record)).ok_or(Hindered::Later)
    }

    fn reissue(
        &mut self,
        index: usize,
        group: &[Slot],
        store: &RolloverStore<'_>,
        mut record: Record,
        now: Timestamp,
        session: &mut Session<'_, '_>,
    ) -> Result<(), Hindered> {
        let home = store.home();
        let all = {
            let fleet = &self.fleet;
            let Some(namespace) = fleet.namespaces.get(index) else { return Err(Hindered::Later) };
            let Some(sources) = &namespace.sources else { return Err(Hindered::Later) };
            let found: Result<Vec<_>, _> =
                group.iter().map(|slot| FoundLeaf::of(home, slot.clone())).collect();
            let mut leaves: Vec<FoundLeaf> = found
                .map_err(|error| Hindered::Failed(ConductError::Keep(error)))?
                .into_iter()
                .flatten()
                .collect();
            let differences = record.differences(&leaves, &fleet.profile);
            note_all(store, &mut record, &differences, now).map_err(Hindered::Failed)?;
            // Somebody else may have replaced one since it was found to be due.
            leaves
                .retain(|leaf| leaf.slot.as_ref().is_some_and(|slot| namespace.knows(slot, leaf.generation)));
            let reissue = Reissue {
                home,
                authority: &sources.issuing.authority,
                authority_name: sources.issuing.name.as_deref().unwrap_or_default(),
                live: &sources.live,
                profile: &fleet.profile,
                key: namespace.config.key,
                lifetime: namespace.config.lifetime,
                sharing: &rotating::sharing_in_force,
                hooks: &|slot| fleet.hooks_of(slot).unwrap_or_default().to_vec(),
                reason: "agent",
                tool_version: rotating::TOOL_VERSION,
                now,
            };
            let (ready, mut all) = reissue.prepare(store, &mut record, &leaves).map_err(Hindered::Failed)?;
            if !ready.is_empty() {
                let Some(mut writer) = self.lock(home, session) else { return Err(Hindered::Later) };
                all.extend(
                    reissue.put_in_force(store, &mut record, &mut writer, ready).map_err(Hindered::Failed)?,
                );
            }
            all
        };
        for one in all {
            match one {
                Reissued::Done(slot, rotated) => self.tell(index, &slot, Ok(rotated), now, session),
                Reissued::Refused(name, error) => {
                    if let Some(slot) = group.iter().find(|slot| slot.name() == name) {
                        self.tell(index, slot, Err(error), now, session);
                    }
                }
            }
        }
        Ok(())
    }

    /// None of a group was replaced, for one reason, which is told once.
    fn all_failed(
        &mut self,
        index: usize,
        group: &[Slot],
        error: &ConductError,
        now: Timestamp,
        session: &mut Session<'_, '_>,
    ) {
        // Some may be in force although that could not be noted: their hooks are looked for.
        self.fleet.is_new = true;
        let Some(namespace) = self.fleet.namespaces.get_mut(index) else { return };
        for slot in group {
            if let Some(kept) = namespace.leaves.get_mut(slot) {
                kept.failed(now);
            }
        }
        let number = u64::try_from(group.len()).unwrap_or(u64::MAX);
        self.counters.count(|counted| counted.failed = counted.failed.saturating_add(number));
        let problem = mtlsmith_report::for_terminal(&error.to_string());
        let fields: [(&str, &dyn std::fmt::Display); 3] =
            [("namespace", &namespace.config.name), ("leaves", &number), ("problem", &problem)];
        self.log.say(session, Level::Error, "not-rotated", &fields);
    }
}

/// A command of the rollover may wait for the server for minutes; the next look tries again.
const PATIENCE: Duration = Duration::from_millis(200);
