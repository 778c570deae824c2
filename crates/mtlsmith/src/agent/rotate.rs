//! Replaces what is due, some at a time: the locks are given back in between, for others who wait.

use std::sync::Arc;
use std::time::Duration;

use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::Rotated;
use mtlsmith_ca::rotate::perform::Rotation;
use mtlsmith_ca::rotate::perform::RotationError;
use mtlsmith_ca::rotate::perform::When;
use mtlsmith_validate::time::Timestamp;

use super::Agent;
use super::hooks::Job;
use super::log::Level;
use super::tended::Sources;
use crate::rotating;
use crate::rotating::shown_sentence;
use crate::session::Session;

impl Agent {
    /// Replaces what is due; whether anything was.
    pub(super) fn rotate_due(&mut self, now: Timestamp, session: &mut Session<'_, '_>) -> bool {
        let mut was_due = false;
        for index in 0..self.fleet.namespaces.len() {
            let due = self.due(index, now);
            was_due |= !due.is_empty();
            let Some(namespace) = self.fleet.namespaces.get(index) else { continue };
            let is_followed = namespace.followed.is_there;
            for group in due.chunks(if is_followed { GROUP_OF_ROLLOVER } else { GROUP }) {
                let goes_on = !self.wake.should_stop()
                    && if is_followed {
                        self.rotate_in_rollover(index, group, session)
                    } else {
                        self.rotate_group(index, group, session)
                    };
                if !goes_on {
                    break;
                }
                self.take_hook_results(session);
                self.notify.alive();
            }
        }
        was_due
    }

    /// What is due in a Namespace.
    fn due(&self, index: usize, now: Timestamp) -> Vec<Slot> {
        let policy = LeafPolicy::default();
        // What is trusted is not known: nothing could be judged before it is put in force.
        let usable = self.fleet.namespaces.get(index).filter(|namespace| namespace.problem.is_none());
        let Some(namespace) = usable else { return Vec::new() };
        let ready = namespace
            .leaves
            .iter()
            .filter(|(_, kept)| kept.step(&policy, now).is_some_and(|step| step.is_rotate()));
        let due: Vec<Slot> = ready.map(|(slot, _)| slot.clone()).collect();
        // What was live a while ago is asked for once more before anything goes by it; the answer ends the sleep.
        let seen = namespace.sources.as_ref().map_or(0, Sources::answers);
        if due.is_empty() || self.fleet.reader.is_fresh(&namespace.config.name, seen) {
            due
        } else {
            Vec::new()
        }
    }

    /// Replaces some of those that are due. False when the lock was not to be had: the next look tries again.
    pub(super) fn rotate_group(
        &mut self,
        index: usize,
        group: &[Slot],
        session: &mut Session<'_, '_>,
    ) -> bool {
        let home = self.fleet.home.clone();
        let Some(mut writer) = self.lock(&home, session) else { return false };
        for slot in group {
            if self.wake.should_stop() {
                break;
            }
            self.rotate(index, slot, &mut writer, session);
            self.notify.alive();
        }
        true
    }

    /// The lock of the home; what stands against it is told.
    pub(super) fn lock<'h>(
        &self,
        home: &'h mtlsmith_ca::keep::Home,
        session: &mut Session<'_, '_>,
    ) -> Option<Writer<'h>> {
        let now = (session.environment.now)();
        let holder = Holder::this_process((session.environment.host)(), "agent", now);
        match home.lock(&holder, PATIENCE, now) {
            Ok(writer) => Some(writer),
            Err(error) => {
                self.counters.count(|counted| counted.failed = counted.failed.saturating_add(1));
                self.log.say(session, Level::Error, "not-locked", &[("problem", &error)]);
                None
            }
        }
    }

    fn rotate(&mut self, index: usize, slot: &Slot, writer: &mut Writer<'_>, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        let hooks = self.fleet.hooks_of(slot).unwrap_or_default();
        if let Some(result) = self.perform(index, slot, &hooks, writer, now) {
            self.tell(index, slot, result, now, session);
        }
    }

    fn perform(
        &self,
        index: usize,
        slot: &Slot,
        hooks: &[Hook],
        writer: &mut Writer<'_>,
        now: Timestamp,
    ) -> Option<Result<Rotated, RotationError>> {
        let namespace = self.fleet.namespaces.get(index)?;
        let sources = namespace.sources.as_ref()?;
        // Failures were thought of when it was found to be due.
        let rotation = Rotation {
            home: &self.fleet.home,
            slot,
            authority: &sources.issuing.authority,
            authority_name: sources.issuing.name.as_deref(),
            live: &sources.live,
            profile: &self.fleet.profile,
            key: namespace.config.key,
            when: When::IfDue,
            policy: LeafPolicy::default(),
            lifetime: namespace.config.lifetime,
            sharing: rotating::sharing_in_force(&self.fleet.home, slot),
            hooks,
            reason: "agent",
            tool_version: rotating::TOOL_VERSION,
        };
        Some(rotation.perform(writer, None, now))
    }

    /// Takes note of what came of one, says it, and has the hooks run.
    pub(super) fn tell(
        &mut self,
        index: usize,
        slot: &Slot,
        result: Result<Rotated, RotationError>,
        now: Timestamp,
        session: &mut Session<'_, '_>,
    ) {
        let namespace = self.fleet.namespaces.get_mut(index);
        let Some(kept) = namespace.and_then(|namespace| namespace.leaves.get_mut(slot)) else { return };
        match result {
            Ok(rotated) => {
                kept.replaced();
                let Rotated::Done { committed, effective_expiry, .. } = rotated else { return };
                self.counters.count(|counted| counted.rotated = counted.rotated.saturating_add(1));
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("leaf", slot), ("generation", &committed.name.number), ("until", &effective_expiry)];
                self.log.say(session, Level::Info, "rotated", &fields);
                let hooks: Arc<[Hook]> = self.fleet.hooks_of(slot).unwrap_or_default();
                if !hooks.is_empty() {
                    self.hooks.submit(Job { home: self.fleet.home.clone(), slot: slot.clone(), hooks });
                }
            }
            Err(error) => {
                kept.failed(now);
                let refused = matches!(
                    &error,
                    RotationError::Mint(_) | RotationError::Keep(KeepError::Rejected { .. })
                );
                self.counters.count(|counted| {
                    let number = if refused { &mut counted.refused } else { &mut counted.failed };
                    *number = number.saturating_add(1);
                });
                let problem = shown_sentence(&error);
                self.log.say(session, Level::Error, "not-rotated", &[("leaf", slot), ("problem", &problem)]);
            }
        }
    }
}

/// As many are replaced before the lock is given back.
const GROUP: usize = 32;

/// The same in a Namespace with a rollover, whose record is written once before each group and once after it.
const GROUP_OF_ROLLOVER: usize = 128;

/// How long to wait for another writer; the next look tries again.
const PATIENCE: Duration = Duration::from_secs(10);
