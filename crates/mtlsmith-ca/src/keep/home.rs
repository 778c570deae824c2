//! The state directory: where things lie, and how they are read.
//!
//! ```text
//! <home>/                                  0700, or 0711 once a leaf in it is shared with a group
//!   lock                                   taken by who writes; says who that is
//!   ledger.jsonl                           every issuance, one line each, chained by hash
//!   ledger.head                            how many lines there are and the hash of the last one
//!   staging/                               what is being written; empty when nobody writes
//!   authorities/<name>/                    a CA; never shared
//!   leaves/<name>/                         a client certificate of no Namespace
//!   namespaces/<namespace>/leaves/<name>/  a client certificate of a Namespace
//!     <number>-<digest>/                   a generation: 0700 with files of 0600; for a shared leaf 0750 and 0640
//!     current -> <number>-<digest>         the generation in force
//! ```
//!
//! Who wants a pair that fits resolves `current` once and reads both files from the directory it names. A worker that opens
//! `current/tls.crt` and then `current/tls.key` may read across a renewal; the two then do not fit, and reading again helps.
//!
//! Reading takes no lock and changes nothing. Damage is told, never repaired.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::disk::Access;
use super::disk::Disk;
use super::disk::Kind;
use super::error::KeepError;
use super::generation;
use super::generation::Generation;
use super::generation::GenerationName;
use super::generation::Strictness;
use super::ledger::Ledger;
use super::lock;
use super::lock::Holder;
use super::slot::AUTHORITIES;
use super::slot::LEAVES;
use super::slot::NAMESPACES;
use super::slot::Slot;
use super::slot::check_name;

/// A state directory.
#[derive(Clone)]
pub struct Home {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    strictness: Strictness,
}

impl Home {
    /// Opens a state directory that is there.
    ///
    /// # Errors
    /// When it is missing, is a link, belongs to somebody else, or others may write to it.
    pub fn open(disk: impl Disk + 'static, path: impl Into<PathBuf>) -> Result<Self, KeepError> {
        let home = Home { disk: Arc::new(disk), path: path.into(), strictness: Strictness::Refuse };
        home.check_root()?;
        Ok(home)
    }

    /// Opens a state directory, and makes it with all above it when it is missing. May be done again after it was cut short.
    ///
    /// # Errors
    /// As [`open`](Home::open), and when it cannot be made, or its ledger is gone.
    pub fn create(disk: impl Disk + 'static, path: impl Into<PathBuf>) -> Result<Self, KeepError> {
        let holder = Holder {
            process: std::process::id(),
            host: "this machine".to_owned(),
            command: "making the state directory".to_owned(),
            since: "a moment ago".to_owned(),
        };
        Home::create_as(disk, path, &holder, CREATION_PATIENCE)
    }

    /// The same with the words for who waits behind it: one makes it, under the lock of every writer.
    ///
    /// # Errors
    /// As [`create`](Home::create); [`KeepError::StoreBusy`] when somebody else still writes after `patience`.
    pub fn create_as(
        disk: impl Disk + 'static,
        path: impl Into<PathBuf>,
        holder: &Holder,
        patience: Duration,
    ) -> Result<Self, KeepError> {
        let home = Home { disk: Arc::new(disk), path: path.into(), strictness: Strictness::Refuse };
        let mut missing: Vec<&Path> = home.path.ancestors().take_while(|path| !home.is_there(path)).collect();
        missing.pop_if(|path| path.as_os_str().is_empty());
        while let Some(path) = missing.pop() {
            home.make_directory(path)?;
        }
        home.check_root()?;
        if home.is_whole() {
            return Ok(home);
        }
        // Alone: another command that makes it too, or works in it already, would sweep away what is being written aside here.
        let _lock = lock::take(&*home.disk, &home.lock_path(), holder, patience)?;
        for directory in [STAGING, AUTHORITIES, LEAVES, NAMESPACES] {
            home.make_directory(&home.path.join(directory))?;
        }
        if !Ledger::of(&home).is_made() {
            // Directories that were there may be what an interrupted command left, and not be safe yet.
            home.disk.sync_everything(&home.path).map_err(KeepError::disk(&home.path, "sync"))?;
        }
        Ledger::of(&home).create()?;
        Ok(home)
    }

    /// The same, but files that others may read are no reason to refuse them.
    #[must_use]
    pub fn overlooking_modes(mut self) -> Self {
        self.strictness = Strictness::Overlook;
        self
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its ledger.
    pub fn ledger(&self) -> Ledger<'_> {
        Ledger::of(self)
    }

    /// The directory of a slot, whether it is there or not; `current` in it is what workers are pointed at.
    pub fn directory(&self, slot: &Slot) -> PathBuf {
        self.path.join(slot.path())
    }

    /// The path that always leads to the current generation of a slot.
    pub fn current_path(&self, slot: &Slot) -> PathBuf {
        self.directory(slot).join(CURRENT)
    }

    /// Which generation is current; `None` when the slot has none.
    ///
    /// # Errors
    /// When the disk says no, or `current` is not a link to a generation; [`KeepError::Unlinked`] when it is gone from between its
    /// generations, which [`Writer::put_back`](super::writer::Writer::put_back) mends.
    pub fn current(&self, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
        let found = self.linked(slot)?;
        if found.is_none() {
            let generations = self.generations(slot)?.len();
            // It may have come in between: a first generation gets its place together with its link.
            if generations > 0 && self.linked(slot)?.is_none() {
                return Err(KeepError::Unlinked { slot: slot.to_string(), generations });
            }
            if generations > 0 {
                return self.linked(slot);
            }
        }
        Ok(found)
    }

    /// Where `current` points; `None` when it is not there, whatever else is.
    pub(crate) fn linked(&self, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
        let link = self.current_path(slot);
        let status = match self.disk.status(&link) {
            Err(error) if is_missing(&error) => return Ok(None),
            other => other.map_err(KeepError::disk(&link, "look at"))?,
        };
        if status.kind != Kind::Symlink {
            return Err(KeepError::WrongKind { path: link, found: status.kind, wanted: Kind::Symlink });
        }
        let target = self.disk.read_link(&link).map_err(KeepError::disk(&link, "read"))?;
        match target.parse() {
            Ok(name) => Ok(Some(name)),
            Err(_) => {
                Err(KeepError::Damaged { path: link, what: "it does not point at a generation".to_owned() })
            }
        }
    }

    /// Reads the current generation: all files of one generation, unharmed.
    ///
    /// # Errors
    /// [`KeepError::NotInStore`] when there is none; [`KeepError::Damaged`], [`KeepError::LooseMode`] and so on.
    pub fn read(&self, slot: &Slot) -> Result<Generation, KeepError> {
        let mut tries = 0_u8;
        loop {
            let absent = || KeepError::NotInStore { slot: slot.to_string() };
            let name = self.current(slot)?.ok_or_else(absent)?;
            match self.read_generation(slot, &name) {
                // It was replaced and removed between the look at the link and the reading.
                Err(error) if tries < READ_TRIES && self.current(slot)?.as_ref() != Some(&name) => {
                    drop(error);
                    tries = tries.saturating_add(1);
                }
                other => return other,
            }
        }
    }

    /// Reads one generation, current or not.
    ///
    /// # Errors
    /// As [`read`](Home::read).
    pub fn read_generation(&self, slot: &Slot, name: &GenerationName) -> Result<Generation, KeepError> {
        let directory = self.directory(slot).join(name.to_string());
        self.check_way(slot, &directory)?;
        generation::read(&*self.disk, &directory, slot, name, self.strictness)
    }

    /// The generations that are still there, oldest first.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn generations(&self, slot: &Slot) -> Result<Vec<GenerationName>, KeepError> {
        let mut found: Vec<GenerationName> =
            self.names_in(&self.directory(slot))?.iter().filter_map(|name| name.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Everything that has a place in the store, sorted; also what has no current generation.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn slots(&self) -> Result<Vec<Slot>, KeepError> {
        let mut slots = Vec::new();
        let mut add = |names: Vec<String>, slot: &dyn Fn(&str) -> Result<Slot, KeepError>| {
            slots.extend(names.iter().filter_map(|name| slot(name).ok()));
        };
        add(self.names_in(&self.path.join(AUTHORITIES))?, &|name| Slot::authority(name));
        add(self.names_in(&self.path.join(LEAVES))?, &|name| Slot::leaf(None, name));
        let namespaces = self.path.join(NAMESPACES);
        for namespace in self.names_in(&namespaces)?.iter().filter(|name| check_name(name).is_ok()) {
            let leaves = namespaces.join(namespace).join(LEAVES);
            add(self.names_in(&leaves)?, &|name| Slot::leaf(Some(namespace), name));
        }
        slots.sort_unstable();
        Ok(slots)
    }

    /// The CAs, sorted.
    pub(crate) fn authorities(&self) -> Result<Vec<Slot>, KeepError> {
        let names = self.names_in(&self.path.join(AUTHORITIES))?;
        Ok(names.iter().filter_map(|name| Slot::authority(name).ok()).collect())
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.path.join(STAGING)
    }

    /// The names in a directory; none when it is missing.
    pub(crate) fn names_in(&self, directory: &Path) -> Result<Vec<String>, KeepError> {
        match self.disk.list(directory) {
            Err(error) if is_missing(&error) => Ok(Vec::new()),
            other => other.map_err(KeepError::disk(directory, "list")),
        }
    }

    /// Makes a directory of our own safely, or takes the one that is there.
    pub(crate) fn make_directory(&self, path: &Path) -> Result<(), KeepError> {
        match self.disk.make_directory(path, Access::DIRECTORY) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                self.check_directory(path)?;
            }
            other => other.map_err(KeepError::disk(path, "make"))?,
        }
        // Also when it was there: who made it may have ended before it was safe.
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => self.disk.sync_directory(parent).map_err(KeepError::disk(parent, "sync")),
            None => Ok(()),
        }
    }

    /// Refuses what is no directory, above all a link that would lead out of the store, and a directory in which others may replace
    /// things.
    pub(crate) fn check_directory(&self, path: &Path) -> Result<(), KeepError> {
        self.check_own(path, Kind::Directory)
    }

    /// Every directory between the home and a generation: who may write to one of them can put another key in its place.
    fn check_way(&self, slot: &Slot, generation: &Path) -> Result<(), KeepError> {
        for parent in slot.parents() {
            self.check_directory(&self.path.join(parent))?;
        }
        self.check_directory(&self.directory(slot))?;
        self.check_directory(generation)
    }

    /// Is it of this kind, and ours alone to change?
    pub(crate) fn check_own(&self, path: &Path, wanted: Kind) -> Result<(), KeepError> {
        let status = self.disk.status(path).map_err(KeepError::disk(path, "look at"))?;
        if status.kind != wanted {
            return Err(KeepError::WrongKind { path: path.to_owned(), found: status.kind, wanted });
        }
        let user = self.disk.user();
        if status.owner != user {
            return Err(KeepError::ForeignOwner { path: path.to_owned(), owner: status.owner, user });
        }
        if self.strictness == Strictness::Refuse && status.mode & 0o022 != 0 {
            return Err(match wanted {
                Kind::Directory => KeepError::OpenDirectory { path: path.to_owned(), mode: status.mode },
                _ => KeepError::LooseMode {
                    path: path.to_owned(),
                    mode: status.mode,
                    allowed: status.mode & !0o022,
                },
            });
        }
        Ok(())
    }

    fn is_there(&self, path: &Path) -> bool {
        !matches!(self.disk.status(path), Err(error) if is_missing(&error))
    }

    fn check_root(&self) -> Result<(), KeepError> {
        match self.check_own(&self.path, Kind::Directory) {
            Err(KeepError::Disk { path, source, .. }) => Err(KeepError::disk(&path, "open")(source)),
            other => other,
        }
    }

    /// Is everything there that [`create_as`](Home::create_as) makes? The ledger comes last.
    fn is_whole(&self) -> bool {
        let directories = [STAGING, AUTHORITIES, LEAVES, NAMESPACES];
        directories.iter().all(|directory| self.is_there(&self.path.join(directory)))
            && self.is_there(&self.ledger().path())
            && self.ledger().is_made()
    }

    /// The lock's file.
    pub(crate) fn lock_path(&self) -> PathBuf {
        self.path.join(LOCK)
    }
}

/// Is it only that nothing is there?
pub(crate) fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound)
}

/// The link to the generation in force.
pub(crate) const CURRENT: &str = "current";

/// Where new things are written before they get their place.
const STAGING: &str = "staging";

/// The lock's file.
const LOCK: &str = "lock";

/// How long who makes the home waits for somebody else who does.
const CREATION_PATIENCE: Duration = Duration::from_secs(60);

/// How often a reader starts again because a writer was faster.
const READ_TRIES: u8 = 20;
