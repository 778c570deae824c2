//! One look at everything: what is due is replaced, what is pending runs.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafStep;
use mtlsmith_ca::rotate::perform::Attempt;
use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_ca::rotate::perform::Rotated;
use mtlsmith_ca::rotate::perform::Rotation;
use mtlsmith_ca::rotate::perform::RotationError;
use mtlsmith_ca::rotate::perform::When;
use mtlsmith_validate::time::Timestamp;

use super::Agent;
use super::hooks::Ended;
use super::hooks::Job;
use super::log::Level;
use super::metrics;
use crate::rotating;
use crate::rotating::shown_sentence;
use crate::session::Session;

/// A leaf that is due: the number of its Namespace, and its place.
type Due = (usize, Slot);

impl Agent {
    /// Looks at everything, by the clock as it is now.
    pub(super) fn look(&mut self, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        self.notice_clock(now, session);
        self.take_hook_results(session);
        self.refresh(now, session);
        let due = self.due(now);
        let mut rest = due.as_slice();
        while !rest.is_empty() && !self.wake.should_stop() {
            let (group, behind) = rest.split_at(rest.len().min(GROUP));
            rest = behind;
            if !self.rotate_group(group, session) {
                break;
            }
            self.take_hook_results(session);
            self.notify.alive();
        }
        if !due.is_empty() {
            self.refresh((session.environment.now)(), session);
        }
        self.run_pending(session);
    }

    /// How long to sleep: until the next one is due, in steps so short that a clock that was set does no harm.
    pub(super) fn pause(&self, now: Timestamp) -> Duration {
        let policy = LeafPolicy::default();
        let leaves = self.fleet.namespaces.iter().flat_map(|namespace| namespace.leaves.values());
        let next = leaves.filter_map(|kept| match kept.step(&policy, now) {
            Some(LeafStep::Wait { until, .. }) => Some(until.since(now)),
            Some(LeafStep::Rotate { .. }) => Some(0),
            _ => None,
        });
        let longest = self
            .notify
            .watchdog
            .map_or(self.config.check_every, |limit| self.config.check_every.min(limit / 2));
        let next = next.min().and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        next.map_or(longest, |next| next.max(SHORTEST_PAUSE).min(longest))
    }

    /// Says when the two clocks have gone apart. Nothing else follows: every decision asks the one on the wall.
    fn notice_clock(&mut self, now: Timestamp, session: &mut Session<'_, '_>) {
        let machine = Instant::now();
        if let Some((then, before)) = self.clocks {
            let passed = i64::try_from(machine.duration_since(before).as_secs()).unwrap_or(i64::MAX);
            let jump = now.since(then).saturating_sub(passed);
            if jump.abs() > SMALL_JUMP {
                self.counters.count(|counted| counted.clock_jumps = counted.clock_jumps.saturating_add(1));
                self.log.say(session, Level::Warning, "clock-jumped", &[("seconds", &jump)]);
            }
        }
        self.clocks = Some((now, machine));
    }

    fn refresh(&mut self, now: Timestamp, session: &mut Session<'_, '_>) {
        let slots = match self.fleet.home.slots() {
            Ok(slots) => slots,
            Err(error) => {
                self.counters.count(|counted| counted.read_errors = counted.read_errors.saturating_add(1));
                self.log.say(session, Level::Error, "unreadable", &[("problem", &error)]);
                return;
            }
        };
        let fleet = &mut self.fleet;
        for namespace in &mut fleet.namespaces {
            let known: Vec<Slot> = namespace
                .leaves
                .iter()
                .filter(|(_, kept)| kept.problem.is_some())
                .map(|(slot, _)| slot.clone())
                .collect();
            let news = namespace.refresh(&fleet.home, &slots, &fleet.profile, now, session);
            if let Some(problem) = news {
                self.counters.count(|counted| counted.read_errors = counted.read_errors.saturating_add(1));
                let name = &namespace.config.name;
                self.log.say(
                    session,
                    Level::Error,
                    "namespace-unusable",
                    &[("namespace", name), ("problem", &problem)],
                );
            }
            for (slot, kept) in namespace.leaves.iter().filter(|(slot, _)| !known.contains(slot)) {
                let Some(problem) = &kept.problem else { continue };
                self.counters.count(|counted| counted.read_errors = counted.read_errors.saturating_add(1));
                self.log.say(session, Level::Error, "unreadable", &[("leaf", slot), ("problem", problem)]);
            }
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Due> {
        let policy = LeafPolicy::default();
        let mut due = Vec::new();
        for (index, namespace) in self.fleet.namespaces.iter().enumerate() {
            // What is trusted is not known: nothing could be judged before it is put in force.
            if namespace.problem.is_some() {
                continue;
            }
            let ready = namespace
                .leaves
                .iter()
                .filter(|(_, kept)| kept.step(&policy, now).is_some_and(|step| step.is_rotate()));
            due.extend(ready.map(|(slot, _)| (index, slot.clone())));
        }
        due
    }

    /// Replaces some of those that are due; the lock is given back in between, for others who wait. False when the lock was not to be
    /// had: the next look tries again.
    fn rotate_group(&mut self, group: &[Due], session: &mut Session<'_, '_>) -> bool {
        let home = self.fleet.home.clone();
        let now = (session.environment.now)();
        let holder = Holder::this_process((session.environment.host)(), "agent", now);
        let mut writer = match home.lock(&holder, PATIENCE, now) {
            Ok(writer) => writer,
            Err(error) => {
                self.counters.count(|counted| counted.failed = counted.failed.saturating_add(1));
                self.log.say(session, Level::Error, "not-locked", &[("problem", &error)]);
                return false;
            }
        };
        for (index, slot) in group {
            if self.wake.should_stop() {
                break;
            }
            self.rotate(*index, slot, &mut writer, session);
            self.notify.alive();
        }
        true
    }

    fn rotate(&mut self, index: usize, slot: &Slot, writer: &mut Writer<'_>, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        let hooks = self.fleet.hooks_of(slot).unwrap_or_default();
        let result = self.perform(index, slot, !hooks.is_empty(), writer, now);
        let Some(kept) =
            self.fleet.namespaces.get_mut(index).and_then(|namespace| namespace.leaves.get_mut(slot))
        else {
            return;
        };
        match result {
            Some(Ok(rotated)) => {
                kept.replaced();
                let Rotated::Done { committed, effective_expiry, .. } = rotated else { return };
                self.counters.count(|counted| counted.rotated = counted.rotated.saturating_add(1));
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("leaf", slot), ("generation", &committed.name.number), ("until", &effective_expiry)];
                self.log.say(session, Level::Info, "rotated", &fields);
                if !hooks.is_empty() {
                    self.hooks.submit(Job { home: self.fleet.home.clone(), slot: slot.clone(), hooks });
                }
            }
            Some(Err(error)) => {
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
            None => {}
        }
    }

    fn perform(
        &self,
        index: usize,
        slot: &Slot,
        has_hooks: bool,
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
            has_hooks,
            reason: "agent",
            tool_version: rotating::TOOL_VERSION,
        };
        Some(rotation.perform(writer, None, now))
    }

    /// Runs what is pending and may be tried again; at the beginning also what an agent before this one left.
    fn run_pending(&mut self, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        let counted = self.counters.snapshot();
        if !self.fleet.is_new && counted.hooks_pending == 0 && !self.hooks.is_busy() {
            return;
        }
        let pending = match PendingHooks::all(&self.fleet.home) {
            Ok(pending) => pending,
            Err(error) => {
                self.counters.count(|counted| counted.read_errors = counted.read_errors.saturating_add(1));
                self.log.say(session, Level::Error, "unreadable", &[("problem", &error)]);
                return;
            }
        };
        self.fleet.is_new = false;
        let number = u64::try_from(pending.len()).unwrap_or(u64::MAX);
        self.counters.count(|counted| counted.hooks_pending = number);
        for one in pending {
            let Some(slot) = Slot::parse(&one.slot) else { continue };
            let Some(hooks) = self.fleet.hooks_of(&slot).filter(|_| !self.hooks.is_running(&slot)) else {
                continue;
            };
            // A failure noted in the future, as after a clock was set back, delays nothing.
            let waits = one.last_at.is_some_and(|last| last <= now)
                && one.retry_at(&LeafPolicy::default()).is_some_and(|retry| now < retry);
            if !waits {
                self.hooks.submit(Job { home: self.fleet.home.clone(), slot, hooks });
            }
        }
    }

    /// What hooks have done meanwhile.
    pub(super) fn take_hook_results(&mut self, session: &mut Session<'_, '_>) {
        for Ended { slot, result } in self.hooks.take() {
            let problem = match result {
                Ok(Attempt::Done) => {
                    self.counters.count(|counted| {
                        counted.hooks_succeeded = counted.hooks_succeeded.saturating_add(1);
                        counted.hooks_pending = counted.hooks_pending.saturating_sub(1);
                    });
                    self.log.say(session, Level::Info, "hooks-done", &[("leaf", &slot)]);
                    continue;
                }
                Ok(Attempt::Failed { attempts, error }) => format!("{error} (attempts so far: {attempts})"),
                Err(error) => error.to_string(),
            };
            self.counters.count(|counted| {
                counted.hooks_failed = counted.hooks_failed.saturating_add(1);
                counted.hooks_pending = counted.hooks_pending.max(1);
            });
            self.log.say(session, Level::Error, "hooks-failed", &[("leaf", &slot), ("problem", &problem)]);
        }
    }

    /// Hands the figures to whoever asks for them.
    pub(super) fn publish(&mut self, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        let policy = LeafPolicy::default();
        let leaves: Arc<[_]> =
            self.fleet.namespaces.iter().flat_map(|namespace| namespace.facts(&policy, now)).collect();
        let pause = self.config.check_every;
        // When the look began: what became due since then was not seen.
        let looked_at = self.clocks.map(|(then, _)| then);
        self.counters.count(|counted| {
            if *counted.leaves != *leaves {
                counted.leaves = leaves;
            }
            counted.looks = counted.looks.saturating_add(1);
            counted.looked_at = looked_at;
            counted.alive = Some((Instant::now(), pause));
        });
        let Some(path) = &self.config.textfile else { return };
        let text = metrics::text(&self.counters.snapshot(), now);
        if let Err(crate::failure::Failure::Said { message, .. }) =
            crate::minting::place_public_file(path, text.as_bytes(), true)
        {
            self.log.say(session, Level::Error, "textfile-not-written", &[("problem", &message)]);
        }
    }
}

/// As many are replaced before the lock is given back.
const GROUP: usize = 32;

/// How long to wait for another writer; the next look tries again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is due within less is waited for, so that nothing spins.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Clocks that are kept in step by a service are moved by less.
const SMALL_JUMP: i64 = 60;
