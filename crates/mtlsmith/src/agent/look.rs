//! One look at everything: what is due is replaced, what is pending runs.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafStep;
use mtlsmith_ca::rotate::perform::Attempt;
use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_validate::time::Timestamp;

use super::Agent;
use super::counters::LiveFacts;
use super::hooks::Ended;
use super::hooks::Job;
use super::live::Known;
use super::log::Level;
use super::metrics;
use super::tended::Around;
use crate::rotating::absence;
use crate::session::Session;

impl Agent {
    /// Looks at everything, by the clock as it is now.
    pub(super) fn look(&mut self, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        self.notice_clock(now, session);
        self.take_hook_results(session);
        self.refresh(now, session);
        self.tell_of_live(session);
        self.doubt_clock(now, session);
        if self.rotate_due(now, session) {
            self.refresh((session.environment.now)(), session);
        }
        self.run_pending(session);
    }

    /// How long to sleep: until the next one is due, in steps so short that a clock that was set does no harm.
    pub(super) fn pause(&self, now: Timestamp) -> Duration {
        let policy = LeafPolicy::default();
        // Where what is trusted is not known, nothing can be done before something else changes.
        let usable = self.fleet.namespaces.iter().filter(|namespace| namespace.problem.is_none());
        let leaves = usable.flat_map(|namespace| namespace.leaves.values());
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

    /// Says when certificates were issued in the future, by this clock: nothing is replaced before a person has looked.
    fn doubt_clock(&mut self, now: Timestamp, session: &mut Session<'_, '_>) {
        let policy = LeafPolicy::default();
        let leaves = self.fleet.namespaces.iter().flat_map(|namespace| &namespace.leaves);
        let mut doubted = leaves.filter_map(|(slot, kept)| match kept.step(&policy, now) {
            Some(step @ LeafStep::ClockLooksWrong { .. }) => Some((slot, step)),
            _ => None,
        });
        let first = doubted.next();
        let number = doubted.count().saturating_add(usize::from(first.is_some()));
        if let Some((slot, step)) = first.filter(|_| !self.clock_is_doubted) {
            let fields: [(&str, &dyn std::fmt::Display); 3] =
                [("leaf", slot), ("leaves", &number), ("problem", &step)];
            self.log.say(session, Level::Warning, "clock-looks-wrong", &fields);
        }
        self.clock_is_doubted = number > 0;
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
        self.tell_of_missing(&slots, session);
        let fleet = &mut self.fleet;
        let around = Around { home: &fleet.home, profile: &fleet.profile, reader: &fleet.reader };
        for namespace in &mut fleet.namespaces {
            let known: Vec<Slot> = namespace
                .leaves
                .iter()
                .filter(|(_, kept)| kept.problem.is_some())
                .map(|(slot, _)| slot.clone())
                .collect();
            let news = namespace.refresh(&around, &slots, now, session);
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

    /// Says what is named and not there. It may still be made, so everything goes on.
    fn tell_of_missing(&mut self, slots: &[Slot], session: &mut Session<'_, '_>) {
        let mut all = Vec::new();
        for namespace in &mut self.fleet.namespaces {
            let missing = namespace.missing(slots);
            for one in missing.iter().filter(|one| !namespace.told.missing.contains(one)) {
                let sentence = absence(&self.fleet.home, Some(&one.namespace), one.name.as_deref());
                let problem = sentence.ok().flatten().unwrap_or_else(|| "it is not there".to_owned());
                let name = one.name.as_deref().unwrap_or("any");
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("namespace", &one.namespace), ("name", &name), ("problem", &problem)];
                self.log.say(session, Level::Warning, "certificate-missing", &fields);
            }
            namespace.told.missing.clone_from(&missing);
            all.extend(missing);
        }
        self.counters.count(|counted| counted.missing = all);
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

    /// Says what is new about the live bundles: an answer that is another one, none at all, a CA that is not among them.
    fn tell_of_live(&mut self, session: &mut Session<'_, '_>) {
        for namespace in &mut self.fleet.namespaces {
            let (name, told) = (&namespace.config.name, &mut namespace.told);
            let is_untrusted = namespace.sources.as_ref().is_some_and(|sources| !sources.is_trusted);
            if is_untrusted && !told.untrusted {
                let problem =
                    "the CA that issues is not in the live bundle; nothing is replaced early before it is";
                self.log.say(
                    session,
                    Level::Warning,
                    "ca-not-live",
                    &[("namespace", name), ("problem", &problem)],
                );
            }
            told.untrusted = is_untrusted;
            let Some(known) = self.fleet.reader.known(name) else { continue };
            // Where nothing was ever answered, the Namespace cannot be used, which was told with the same words.
            let is_told = known.live.is_none() || known.problem == told.problem;
            if let Some(problem) = known.problem.as_ref().filter(|_| !is_told) {
                let at = known.at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("namespace", name), ("problem", problem), ("last_answer", &at)];
                self.log.say(session, Level::Error, "live-not-read", &fields);
            }
            if known.problem.is_some() {
                told.problem = known.problem;
                continue;
            }
            let is_news = told.problem.is_some() || known.changes != told.changes;
            // An answer that came during this look is told by the next one, which goes by it.
            let sources = namespace.sources.as_ref().filter(|sources| sources.answers() == known.changes);
            if let Some(sources) = sources.filter(|_| is_news) {
                let members = sources.live.members();
                let fields: [(&str, &dyn std::fmt::Display); 2] =
                    [("namespace", name), ("certificates", &members)];
                self.log.say(session, Level::Info, "live-read", &fields);
                (told.problem, told.changes) = (None, known.changes);
            }
        }
    }

    /// Hands the figures to whoever asks for them.
    pub(super) fn publish(&mut self, session: &mut Session<'_, '_>) {
        let now = (session.environment.now)();
        let policy = LeafPolicy::default();
        let leaves: Arc<[_]> =
            self.fleet.namespaces.iter().flat_map(|namespace| namespace.facts(&policy, now)).collect();
        let live = self.fleet.reader.all().into_iter().map(|(namespace, known)| {
            let Known { at, answers, failures, .. } = known;
            LiveFacts { namespace, at, answers, failures }
        });
        let live: Vec<LiveFacts> = live.collect();
        let pause = self.config.check_every;
        // When the look began: what became due since then was not seen.
        let looked_at = self.clocks.map(|(then, _)| then);
        self.counters.count(|counted| {
            if *counted.leaves != *leaves {
                counted.leaves = leaves;
            }
            counted.live = live;
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

/// What is due within less is waited for, so that nothing spins.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Clocks that are kept in step by a service are moved by less.
const SMALL_JUMP: i64 = 60;
