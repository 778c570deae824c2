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

use super::disk::Access;
use super::disk::Disk;
use super::disk::Kind;
use super::error::KeepError;
use super::generation;
use super::generation::Generation;
use super::generation::GenerationName;
use super::generation::Strictness;
use super::ledger::Ledger;
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
    /// As [`open`](Home::open), and when it cannot be made.
    pub fn create(disk: impl Disk + 'static, path: impl Into<PathBuf>) -> Result<Self, KeepError> {
        let home = Home { disk: Arc::new(disk), path: path.into(), strictness: Strictness::Refuse };
        let mut missing: Vec<&Path> = home.path.ancestors().take_while(|path| !home.is_there(path)).collect();
        missing.pop_if(|path| path.as_os_str().is_empty());
        while let Some(path) = missing.pop() {
            home.make_directory(path)?;
        }
        home.check_root()?;
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
    /// When the disk says no, or `current` is not a link to a generation.
    pub fn current(&self, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
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

    /// Refuses what is no directory, above all a link that would lead out of the store.
    pub(crate) fn check_directory(&self, path: &Path) -> Result<(), KeepError> {
        let status = self.disk.status(path).map_err(KeepError::disk(path, "look at"))?;
        match status.kind {
            Kind::Directory => Ok(()),
            found => Err(KeepError::WrongKind { path: path.to_owned(), found, wanted: Kind::Directory }),
        }
    }

    fn is_there(&self, path: &Path) -> bool {
        !matches!(self.disk.status(path), Err(error) if is_missing(&error))
    }

    fn check_root(&self) -> Result<(), KeepError> {
        let path = || self.path.clone();
        let status = self.disk.status(&self.path).map_err(KeepError::disk(&self.path, "open"))?;
        if status.kind != Kind::Directory {
            return Err(KeepError::WrongKind { path: path(), found: status.kind, wanted: Kind::Directory });
        }
        let user = self.disk.user();
        if status.owner != user {
            return Err(KeepError::ForeignOwner { path: path(), owner: status.owner, user });
        }
        if status.mode & 0o022 != 0 {
            return Err(KeepError::LooseMode { path: path(), mode: status.mode, allowed: 0o700 });
        }
        Ok(())
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

/// How often a reader starts again because a writer was faster.
const READ_TRIES: u8 = 20;
