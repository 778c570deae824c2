//! Hooks that still have to run, noted on the disk until all have succeeded.

use std::path::Path;
use std::path::PathBuf;

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::Hook;
use super::HookError;
use crate::keep::Home;
use crate::keep::KeepError;
use crate::keep::Slot;
use crate::keep::disk::Access;
use crate::keep::disk::Kind;
use crate::keep::home::is_missing;
use crate::keep::place::Output;
use crate::keep::place::Overwrite;
use crate::keep::place::place_file;
use crate::rotate::Failures;
use crate::rotate::LeafPolicy;
use crate::rotate::moment;

/// The hooks of one generation that have not all succeeded yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingHooks {
    format: u32,
    /// The place of the leaf.
    pub slot: String,
    /// The generation.
    pub generation: u64,
    /// Since when.
    #[serde(with = "moment")]
    pub since: Timestamp,
    /// Failed attempts.
    pub attempts: u32,
    /// When the last one failed.
    #[serde(with = "moment::option", default)]
    pub last_at: Option<Timestamp>,
    /// Why, made harmless.
    #[serde(default)]
    pub problem: String,
    /// The hooks that have succeeded, by what they are.
    #[serde(default)]
    pub done: Vec<String>,
    /// All that has to run, as far as it is known, also from runs before this one.
    #[serde(default)]
    pub owed: Vec<Owed>,
}

/// A hook that has to run. What it was given may be secret and is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// What it is, as a number.
    pub id: String,
    /// What it does, for people.
    pub what: String,
}

impl Owed {
    fn of(hook: &Hook) -> Self {
        Owed { id: hook.id(), what: hook.to_string() }
    }
}

/// What came of running the hooks.
#[derive(Debug)]
pub enum Attempt {
    /// All have succeeded, or there was nothing to do.
    Done,
    /// One has failed, and those behind it have not run; it is noted.
    Failed {
        /// How often so far.
        attempts: u32,
        /// Which one, and why.
        error: HookError,
    },
}

/// Runs what is pending for a leaf, in order, up to the first that fails. Hooks that have succeeded for this generation do not run again;
/// what was pending for older generations is settled with it, since hooks work with what is in force. These are all that there are: what
/// somebody else wanted is forgotten.
///
/// # Errors
/// When what is pending cannot be read or noted.
pub fn run_hooks(home: &Home, slot: &Slot, hooks: &[Hook], now: Timestamp) -> Result<Attempt, KeepError> {
    let Some(mut pending) = PendingHooks::of(home, slot)? else { return Ok(Attempt::Done) };
    let attempt = pending.run(home, slot, hooks, now)?;
    if matches!(attempt, Attempt::Done) {
        pending.settle(home, slot)?;
    }
    Ok(attempt)
}

/// The same with some of the hooks: what was noted and is not among them stays noted, and is told.
///
/// # Errors
/// When what is pending cannot be read or noted.
pub fn run_some_hooks(
    home: &Home,
    slot: &Slot,
    hooks: &[Hook],
    now: Timestamp,
) -> Result<(Attempt, Option<PendingHooks>), KeepError> {
    let Some(mut pending) = PendingHooks::of(home, slot)? else { return Ok((Attempt::Done, None)) };
    let attempt = pending.run(home, slot, hooks, now)?;
    if matches!(attempt, Attempt::Failed { .. }) || pending.open().next().is_some() {
        return Ok((attempt, Some(pending)));
    }
    pending.settle(home, slot)?;
    Ok((attempt, None))
}

impl PendingHooks {
    /// Notes that hooks have to run once a generation is in force, beside those that still have to for the one before it.
    pub(super) fn owe(
        home: &Home,
        slot: &Slot,
        generation: u64,
        hooks: &[Hook],
        now: Timestamp,
    ) -> Result<(), KeepError> {
        let before = match PendingHooks::of(home, slot) {
            // What cannot be read keeps nobody from rotating; it is told where hooks run.
            Err(KeepError::Damaged { .. } | KeepError::WrongKind { .. }) => None,
            other => other?,
        };
        let mut owed: Vec<Owed> = before.iter().flat_map(PendingHooks::open).cloned().collect();
        add(&mut owed, hooks);
        if owed.is_empty() {
            return Ok(());
        }
        let pending = PendingHooks {
            format: FORMAT,
            slot: slot.to_string(),
            generation,
            since: now,
            attempts: 0,
            last_at: None,
            problem: String::new(),
            done: Vec::new(),
            owed,
        };
        pending.write(home)
    }

    /// What has not succeeded yet, as far as it is known.
    pub fn open(&self) -> impl Iterator<Item = &Owed> {
        self.owed.iter().filter(|owed| !self.done.contains(&owed.id))
    }

    /// Forgets what is pending for a leaf.
    ///
    /// # Errors
    /// When it cannot be read or removed.
    pub fn forget(home: &Home, slot: &Slot) -> Result<Option<Self>, KeepError> {
        let pending = PendingHooks::of(home, slot)?;
        if let Some(pending) = &pending {
            pending.settle(home, slot)?;
        }
        Ok(pending)
    }

    fn run(
        &mut self,
        home: &Home,
        slot: &Slot,
        hooks: &[Hook],
        now: Timestamp,
    ) -> Result<Attempt, KeepError> {
        add(&mut self.owed, hooks);
        for hook in hooks {
            let id = hook.id();
            if self.done.contains(&id) {
                continue;
            }
            if let Err(error) = hook.run(home, slot) {
                self.attempts = self.attempts.saturating_add(1);
                self.last_at = Some(now);
                self.problem = error.to_string();
                self.write(home)?;
                return Ok(Attempt::Failed { attempts: self.attempts, error });
            }
            self.done.push(id);
            self.write(home)?;
        }
        Ok(Attempt::Done)
    }

    /// What is pending for a leaf; a note about a generation that is not in force, since it never came, counts for nothing.
    ///
    /// # Errors
    /// When the disk says no, or what was noted cannot be read.
    pub fn of(home: &Home, slot: &Slot) -> Result<Option<Self>, KeepError> {
        let Some(current) = home.current(slot)? else { return Ok(None) };
        let noted = generations(home, slot)?;
        match noted.into_iter().filter(|generation| *generation <= current.number).max() {
            None => Ok(None),
            Some(generation) => read(home, &path(home, slot, generation)).map(Some),
        }
    }

    /// Every leaf that has something pending, sorted.
    ///
    /// # Errors
    /// When the disk says no, or what was noted cannot be read.
    pub fn all(home: &Home) -> Result<Vec<Self>, KeepError> {
        let mut slots: Vec<Slot> = home
            .names_in(&folder(home))?
            .iter()
            .filter_map(|name| parse(name))
            .map(|(slot, _)| slot)
            .collect();
        slots.sort_unstable();
        slots.dedup();
        let mut found = Vec::new();
        for slot in slots {
            found.extend(PendingHooks::of(home, &slot)?);
        }
        Ok(found)
    }

    /// When they may be tried again: after a minute, and after each failure twice as long, up to an hour.
    pub fn retry_at(&self, policy: &LeafPolicy) -> Option<Timestamp> {
        let last_at = self.last_at?;
        let failures = Failures { count: self.attempts, last_at };
        let doublings = failures.count.saturating_sub(1).min(30);
        let delay = policy.first_delay.saturating_mul(1_i64 << doublings).min(policy.longest_delay).max(0);
        Some(last_at.plus(delay))
    }

    fn write(&self, home: &Home) -> Result<(), KeepError> {
        let folder = folder(home);
        home.make_directory(&folder)?;
        // Text and numbers always become JSON.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let Some(slot) = Slot::parse(&self.slot) else { return Ok(()) };
        let path = path(home, &slot, self.generation);
        let output = Output { path: &path, bytes: text.as_bytes(), access: Access::FILE };
        place_file(home.disk(), &output, Overwrite::Force)
    }

    /// Takes away the notes of this generation and of those before it. A later one has come in between when there is one: it stays.
    fn settle(&self, home: &Home, slot: &Slot) -> Result<(), KeepError> {
        for generation in generations(home, slot)?.into_iter().filter(|one| *one <= self.generation) {
            let path = path(home, slot, generation);
            match home.disk().remove_file(&path) {
                Err(error) if is_missing(&error) => {}
                other => other.map_err(KeepError::disk(&path, "remove"))?,
            }
        }
        let folder = folder(home);
        home.disk().sync_directory(&folder).map_err(KeepError::disk(&folder, "sync"))
    }
}

/// Adds the hooks that are not noted yet.
fn add(owed: &mut Vec<Owed>, hooks: &[Hook]) {
    for one in hooks.iter().map(Owed::of) {
        if !owed.iter().any(|known| known.id == one.id) {
            owed.push(one);
        }
    }
}

fn read(home: &Home, path: &Path) -> Result<PendingHooks, KeepError> {
    let status = home.disk().status(path).map_err(KeepError::disk(path, "look at"))?;
    if status.kind != Kind::File {
        return Err(KeepError::WrongKind { path: path.to_owned(), found: status.kind, wanted: Kind::File });
    }
    let bytes = home.disk().read(path).map_err(KeepError::disk(path, "read"))?;
    let damaged = |what: String| KeepError::Damaged { path: path.to_owned(), what };
    let found: PendingHooks = serde_json::from_slice(&bytes).map_err(|error| {
        damaged(format!("it is no note about hooks ({error}); remove it, and run them by hand"))
    })?;
    if found.format == FORMAT {
        return Ok(found);
    }
    Err(damaged(format!(
        "it has the format {}, and {FORMAT} is known; use the mtlsmith that wrote it",
        found.format
    )))
}

/// The generations of a leaf about which there is a note.
fn generations(home: &Home, slot: &Slot) -> Result<Vec<u64>, KeepError> {
    let names = home.names_in(&folder(home))?;
    let of = names.iter().filter_map(|name| parse(name)).filter(|(found, _)| found == slot);
    Ok(of.map(|(_, generation)| generation).collect())
}

fn parse(name: &str) -> Option<(Slot, u64)> {
    let (slot, generation) = name.strip_suffix(".json")?.rsplit_once('+')?;
    Some((Slot::parse(&slot.replace('+', "/"))?, generation.parse().ok()?))
}

fn path(home: &Home, slot: &Slot, generation: u64) -> PathBuf {
    folder(home).join(format!("{}+{generation}.json", slot.path().replace('/', "+")))
}

fn folder(home: &Home) -> PathBuf {
    home.path().join("hooks")
}

/// How notes are written.
const FORMAT: u32 = 1;
