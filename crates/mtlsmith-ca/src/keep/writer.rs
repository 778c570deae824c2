//! Writing to the store: recorded first, written aside, made safe, read back, and then put in force by turning one link.
//!
//! In this order: the ledger's lines, safe; the files in `staging`, safe; read back and compared; the directory to its place, safe; the
//! link turned, safe. Whatever ends this, the old generation is in force or the new one, whole.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use mtlsmith_validate::time::Timestamp;

use super::disk::Access;
use super::disk::HeldLock;
use super::error::KeepError;
use super::generation::Generation;
use super::generation::GenerationName;
use super::generation::LARGEST_KEPT;
use super::generation::MOST_FILES;
use super::generation::NewFile;
use super::home::CURRENT;
use super::home::Home;
use super::ledger::Entry;
use super::ledger::Issuance;
use super::ledger::Tail;
use super::lock;
use super::lock::Holder;
use super::recover::Recovery;
use super::recover::remove_tree;
use super::slot::Slot;
use super::slot::SlotKind;
use super::slot::check_name;

/// Who may read a leaf besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Nobody: 0700 and 0600.
    #[default]
    Owner,
    /// The members of a group, by number: 0750 and 0640. The directories above become 0711, so that they can be passed but not listed.
    Group(u32),
}

/// What is asked of a generation when it is read back from the disk, before it becomes current: the reason against it, if there is one.
pub type Verifier<'a> = &'a (dyn Fn(&Generation) -> Result<(), String> + Sync);

/// A certificate with all that belongs to it, ready to be kept.
#[derive(Clone)]
pub struct Delivery<'a> {
    /// Where to.
    pub slot: &'a Slot,
    /// The files; at least one.
    pub files: Vec<NewFile<'a>>,
    /// What the ledger is to say.
    pub issuance: &'a Issuance,
    /// The generation that is to be replaced; `None` when there is to be none yet. Another one is refused.
    pub expected: Option<u64>,
    /// Who may read it.
    pub sharing: Sharing,
    /// How many generations stay, the new one among them; at least two do.
    pub keep: usize,
    /// Does what came back from the disk hold what it should, as a key that fits its certificate?
    pub verify: Verifier<'a>,
}

/// What was put in force.
#[derive(Debug)]
pub struct Committed {
    /// Where.
    pub slot: Slot,
    /// The generation.
    pub name: GenerationName,
    /// Why old generations or temporary files could not be removed; the next writer tries again.
    pub left_over: Option<KeepError>,
}

/// The one who may write, as long as it lives.
pub struct Writer<'h> {
    pub(super) home: &'h Home,
    pub(super) tail: Tail,
    recovery: Recovery,
    /// Something went wrong after the ledger was written: the next write recovers first.
    unsettled: bool,
    /// Somebody has looked at the clock, so it may lie behind the last line.
    clock_is_trusted: bool,
    /// The directories, below the home, that this writer has made or found, and made safe.
    safe: BTreeSet<PathBuf>,
    _lock: Box<dyn HeldLock>,
}

impl Home {
    /// Takes the lock and puts in order what an interrupted writer left.
    ///
    /// # Errors
    /// [`KeepError::StoreBusy`] when somebody else still writes after `patience`; what keeps the store from being put in order.
    pub fn lock(&self, holder: &Holder, patience: Duration, now: Timestamp) -> Result<Writer<'_>, KeepError> {
        let lock = lock::take(self.disk(), &self.lock_path(), holder, patience)?;
        let (tail, recovery) = super::recover::recover(self, now)?;
        Ok(Writer {
            home: self,
            tail,
            recovery,
            unsettled: false,
            clock_is_trusted: false,
            safe: BTreeSet::new(),
            _lock: lock,
        })
    }
}

impl Writer<'_> {
    /// What was found and put in order when the lock was taken.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Takes the time that is given although it may lie before the last line of the ledger: a person knows that a clock which ran ahead
    /// wrote that line. The next line has the time that is given, and writers after this one go by it again.
    pub fn trust_the_clock(&mut self) {
        self.clock_is_trusted = true;
    }

    /// Puts the newest whole generation of a slot in force again when its link is gone, and says which one that is.
    ///
    /// # Errors
    /// [`KeepError::Unlinked`] when no generation is whole; when the disk says no.
    pub fn put_back(&self, slot: &Slot) -> Result<Option<GenerationName>, KeepError> {
        super::recover::put_back(self.home, slot)
    }

    /// Records a certificate and puts it in force.
    ///
    /// # Errors
    /// When it returns an error, the generation before is in force, unless the disk also refused to put that back.
    pub fn issue(&mut self, delivery: &Delivery<'_>, now: Timestamp) -> Result<Committed, KeepError> {
        self.prepare(std::slice::from_ref(delivery), now)?;
        let mut planned = vec![Plan::of(self.home, delivery)?];
        let transaction = self.begin(&planned, SyncEach)?;
        let result = self.record(&transaction, &mut planned, None, now).and_then(|()| {
            let plan = planned.first_mut().ok_or_else(|| nothing(self.home))?;
            self.carry_out(&transaction, plan)
        });
        self.finish(&transaction, planned, result)
            .and_then(|mut all| all.pop().ok_or_else(|| nothing(self.home)))
    }

    /// Refuses what cannot be kept before anything is written.
    pub(super) fn prepare(&mut self, deliveries: &[Delivery<'_>], now: Timestamp) -> Result<(), KeepError> {
        if self.unsettled {
            (self.tail, self.recovery) = super::recover::recover(self.home, now)?;
            self.unsettled = false;
        }
        let mut seen = BTreeSet::new();
        for delivery in deliveries {
            check_delivery(delivery)?;
            if !seen.insert(delivery.slot) {
                let name = delivery.slot.to_string();
                return Err(KeepError::Name { name, problem: "it comes twice in one batch" });
            }
        }
        let last = self.tail.last_time().filter(|_| !self.clock_is_trusted);
        if let Some(last) = last.filter(|last| now.plus(CLOCK_TOLERANCE) < *last) {
            let path = self.home.ledger().path();
            return Err(KeepError::ClockBehind { path, now: now.to_string(), last: last.to_string() });
        }
        Ok(())
    }

    /// Makes the directories that are needed, and one for this transaction. No certificate is on the disk yet.
    pub(super) fn begin(
        &mut self,
        planned: &[Plan<'_>],
        how: impl Syncing,
    ) -> Result<Transaction, KeepError> {
        let mut parents = BTreeSet::new();
        let mut shared = false;
        for plan in planned {
            parents.extend(plan.delivery.slot.parents());
            shared |= plan.delivery.sharing != Sharing::Owner;
        }
        for parent in &parents {
            let path = self.home.path().join(parent);
            if self.safe.contains(parent) {
                self.home.check_directory(&path)?;
            } else {
                self.home.make_directory(&path)?;
                self.safe.insert(parent.clone());
            }
        }
        if shared {
            self.let_pass(&parents)?;
        }
        let disk = self.home.disk();
        let staging = self.home.staging();
        let number = disk.random().map_err(KeepError::disk(&staging, "name something in"))?;
        let name = format!("{number:016x}");
        let directory = staging.join(&name);
        disk.make_directory(&directory, Access::DIRECTORY).map_err(KeepError::disk(&directory, "make"))?;
        // Safe before anything gets its place: that it is there is what tells the next writer to look for what was left.
        how.directory(self.home, &staging)?;
        Ok(Transaction { name, directory })
    }

    /// Lets the members of groups pass through the directories above shared leaves.
    fn let_pass(&self, parents: &BTreeSet<PathBuf>) -> Result<(), KeepError> {
        let disk = self.home.disk();
        let all = parents.iter().map(|parent| self.home.path().join(parent));
        for path in all.chain([self.home.path().to_owned()]) {
            let status = disk.status(&path).map_err(KeepError::disk(&path, "look at"))?;
            if status.mode & 0o011 != 0o011 {
                let access = Access { mode: status.mode | 0o011, group: None };
                disk.change_access(&path, access)
                    .map_err(KeepError::disk(&path, "open for passing through"))?;
            }
        }
        Ok(())
    }

    /// Writes the ledger's lines.
    pub(super) fn record(
        &mut self,
        transaction: &Transaction,
        planned: &mut [Plan<'_>],
        batch: Option<&str>,
        now: Timestamp,
    ) -> Result<(), KeepError> {
        let mut entries: Vec<Entry> =
            planned.iter().map(|plan| plan.entry(&transaction.name, batch, now)).collect();
        self.unsettled = true;
        self.home.ledger().append(&mut self.tail, &mut entries)
    }

    fn carry_out(&self, transaction: &Transaction, plan: &mut Plan<'_>) -> Result<(), KeepError> {
        plan.write(self.home, &transaction.directory, 0, SyncEach)?;
        plan.check(self.home)?;
        plan.place(self.home)?;
        let around = plan.placed_in(self.home);
        SyncEach.directory(self.home, &around)?;
        if plan.turn(self.home, transaction, 0)? {
            SyncEach.directory(self.home, &around)?;
        }
        Ok(())
    }

    /// After success: old generations and what is left in `staging` go. After an error: everything is put back as it was.
    pub(super) fn finish(
        &mut self,
        transaction: &Transaction,
        mut planned: Vec<Plan<'_>>,
        result: Result<(), KeepError>,
    ) -> Result<Vec<Committed>, KeepError> {
        if let Err(error) = result {
            let undone =
                planned.iter_mut().rev().filter_map(|plan| plan.undo(self.home, transaction).err()).count();
            if undone == 0 {
                let _ = remove_tree(self.home.disk(), &transaction.directory); // the next writer removes what is left
            }
            return Err(error);
        }
        self.unsettled = false;
        let mut committed = Vec::with_capacity(planned.len());
        for (index, plan) in planned.iter().enumerate() {
            let left_over = plan.prune(self.home, transaction, index).err();
            committed.push(Committed {
                slot: plan.delivery.slot.clone(),
                name: plan.name.clone(),
                left_over,
            });
        }
        // What could not be moved away safely stays, and what was moved away with it; the next writer looks after both.
        if committed.iter().all(|one| one.left_over.is_none())
            && let Err(error) = remove_tree(self.home.disk(), &transaction.directory)
            && let Some(last) = committed.last_mut()
        {
            last.left_over = Some(error);
        }
        Ok(committed)
    }
}

/// A directory in `staging` for what is written in one go.
pub(super) struct Transaction {
    pub(super) name: String,
    pub(super) directory: PathBuf,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Planned,
    /// Its directory is, or may be, in its place.
    Placed,
    /// The link is, or may be, turned.
    Turned,
}

/// A delivery on its way.
pub(super) struct Plan<'d> {
    pub(super) delivery: &'d Delivery<'d>,
    pub(super) name: GenerationName,
    before: Option<GenerationName>,
    staged: PathBuf,
    stage: Stage,
}

impl<'d> Plan<'d> {
    /// Decides where a delivery goes, and refuses it when somebody else was first.
    pub(super) fn of(home: &Home, delivery: &'d Delivery<'d>) -> Result<Self, KeepError> {
        let slot = delivery.slot;
        let current = home.current(slot)?;
        let found = current.as_ref().map(|name| name.number);
        if found != delivery.expected {
            return Err(KeepError::Stale { slot: slot.to_string(), expected: delivery.expected, found });
        }
        let highest = match &current {
            None => None,
            Some(_) => {
                home.check_directory(&home.directory(slot))?;
                home.generations(slot)?.last().map(|name| name.number)
            }
        };
        let number = highest.max(found).unwrap_or(0).saturating_add(1);
        let name = GenerationName::of(slot, number, delivery.files.iter().copied());
        Ok(Plan { delivery, name, before: current, staged: PathBuf::new(), stage: Stage::Planned })
    }
}

impl Plan<'_> {
    /// Is it the first generation? Then the whole slot is written aside and comes with its link.
    pub(super) fn is_first(&self) -> bool {
        self.before.is_none()
    }

    fn entry(&self, transaction: &str, batch: Option<&str>, now: Timestamp) -> Entry {
        let name = (self.name.number, self.name.content.clone());
        let slot = self.delivery.slot.to_string();
        Entry {
            batch: batch.map(str::to_owned),
            ..Entry::issued(self.delivery.issuance, slot, name, transaction, now)
        }
    }

    /// Writes the files into a directory in `staging`.
    pub(super) fn write(
        &mut self,
        home: &Home,
        directory: &Path,
        index: usize,
        how: impl Syncing,
    ) -> Result<(), KeepError> {
        let disk = home.disk();
        let (directory_access, file_access) = accesses(self.delivery.sharing);
        self.staged = directory.join(index.to_string());
        let mut generation = self.staged.clone();
        if self.is_first() {
            disk.make_directory(&self.staged, directory_access)
                .map_err(KeepError::disk(&self.staged, "make"))?;
            generation.push(self.name.to_string());
            let link = self.staged.join(CURRENT);
            let target = PathBuf::from(self.name.to_string());
            disk.symlink(&target, &link).map_err(KeepError::disk(&link, "make"))?;
        }
        disk.make_directory(&generation, directory_access).map_err(KeepError::disk(&generation, "make"))?;
        for file in &self.delivery.files {
            let path = generation.join(file.name);
            let mut open = disk.create_new(&path, file_access).map_err(KeepError::disk(&path, "make"))?;
            open.write_everything(file.bytes).map_err(KeepError::disk(&path, "write"))?;
            how.file(&mut *open).map_err(KeepError::disk(&path, "sync"))?;
        }
        how.directory(home, &generation)?;
        if self.is_first() {
            how.directory(home, &self.staged)?;
        }
        Ok(())
    }

    /// Reads back what was written, and asks the caller about it.
    pub(super) fn check(&self, home: &Home) -> Result<(), KeepError> {
        let directory = match self.is_first() {
            true => self.staged.join(self.name.to_string()),
            false => self.staged.clone(),
        };
        let slot = self.delivery.slot;
        let strictness = super::generation::Strictness::Refuse;
        let found = super::generation::read(home.disk(), &directory, slot, &self.name, strictness)?;
        (self.delivery.verify)(&found)
            .map_err(|reason| KeepError::Rejected { slot: slot.to_string(), reason })
    }

    /// Gives it its place. A first generation is in force with that.
    pub(super) fn place(&mut self, home: &Home) -> Result<(), KeepError> {
        let target = self.target(home);
        self.stage = Stage::Placed;
        let mut placed = home.disk().rename_new(&self.staged, &target);
        if matches!(&placed, Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists) {
            self.stage = Stage::Planned;
            // An empty directory is what is left of a slot that never had anything; everything else stays and is told.
            if self.is_first() && home.disk().remove_directory(&target).is_ok() {
                self.stage = Stage::Placed;
                placed = home.disk().rename_new(&self.staged, &target);
            }
        }
        placed.map_err(KeepError::disk(&target, "put in place"))
    }

    /// The directory whose names change when this gets its place.
    pub(super) fn placed_in(&self, home: &Home) -> PathBuf {
        self.target(home).parent().map(Path::to_owned).unwrap_or_default()
    }

    fn target(&self, home: &Home) -> PathBuf {
        let directory = home.directory(self.delivery.slot);
        match self.is_first() {
            true => directory,
            false => directory.join(self.name.to_string()),
        }
    }

    /// Turns the link, and says whether it had to be turned.
    pub(super) fn turn(
        &mut self,
        home: &Home,
        transaction: &Transaction,
        index: usize,
    ) -> Result<bool, KeepError> {
        if self.is_first() {
            return Ok(false);
        }
        self.stage = Stage::Turned;
        point(home, self.delivery.slot, transaction, &format!("link{index}"), &self.name)?;
        Ok(true)
    }

    /// Puts back what was before, as far as it was changed.
    fn undo(&mut self, home: &Home, transaction: &Transaction) -> Result<(), KeepError> {
        if self.stage == Stage::Planned {
            return Ok(());
        }
        let back = transaction.directory.join(format!("undone-{}", self.name));
        let target = self.target(home);
        if let (Stage::Turned, Some(before)) = (self.stage, &self.before)
            && home.linked(self.delivery.slot)?.as_ref() != Some(before)
        {
            point(home, self.delivery.slot, transaction, "back", before)?;
        }
        if home.disk().status(&target).is_ok() {
            home.disk().rename_new(&target, &back).map_err(KeepError::disk(&target, "take back"))?;
        }
        self.stage = Stage::Planned;
        SyncEach.directory(home, &self.placed_in(home))
    }

    /// Takes away generations that are older than those that stay.
    fn prune(&self, home: &Home, transaction: &Transaction, index: usize) -> Result<(), KeepError> {
        if self.is_first() {
            return Ok(());
        }
        let directory = home.directory(self.delivery.slot);
        let keep = self.delivery.keep.max(FEWEST_KEPT);
        let all = home.generations(self.delivery.slot)?;
        let surplus = all.len().saturating_sub(keep);
        for name in all.iter().take(surplus).filter(|name| **name != self.name) {
            let path = directory.join(name.to_string());
            // Moved away first: nobody ever finds half of a generation in a slot.
            let aside = transaction.directory.join(format!("old{index}-{name}"));
            home.disk().rename_new(&path, &aside).map_err(KeepError::disk(&path, "remove"))?;
        }
        match surplus {
            0 => Ok(()),
            // Before its files go: a loss of power must not bring the directory back without them.
            _ => home.disk().sync_directory(&directory).map_err(KeepError::disk(&directory, "sync")),
        }
    }
}

/// Makes a link aside and puts it in place of `current`.
fn point(
    home: &Home,
    slot: &Slot,
    transaction: &Transaction,
    aside: &str,
    name: &GenerationName,
) -> Result<(), KeepError> {
    let (aside, link) = (transaction.directory.join(aside), home.current_path(slot));
    let target = PathBuf::from(name.to_string());
    home.disk()
        .symlink(&target, &aside)
        .and_then(|()| home.disk().rename(&aside, &link))
        .map_err(KeepError::disk(&link, "turn"))
}

/// When things are made safe: each by itself, or all at once later.
pub(super) trait Syncing: Copy {
    fn file(self, file: &mut dyn super::disk::OpenFile) -> std::io::Result<()>;
    fn directory(self, home: &Home, path: &Path) -> Result<(), KeepError>;
}

/// Each by itself.
#[derive(Clone, Copy)]
pub(super) struct SyncEach;

impl Syncing for SyncEach {
    fn file(self, file: &mut dyn super::disk::OpenFile) -> std::io::Result<()> {
        file.sync()
    }

    fn directory(self, home: &Home, path: &Path) -> Result<(), KeepError> {
        home.disk().sync_directory(path).map_err(KeepError::disk(path, "sync"))
    }
}

/// Later, all at once.
#[derive(Clone, Copy)]
pub(super) struct SyncLater;

impl Syncing for SyncLater {
    fn file(self, _file: &mut dyn super::disk::OpenFile) -> std::io::Result<()> {
        Ok(())
    }

    fn directory(self, _home: &Home, _path: &Path) -> Result<(), KeepError> {
        Ok(())
    }
}

fn check_delivery(delivery: &Delivery<'_>) -> Result<(), KeepError> {
    let wrong = |name: &str, problem| Err(KeepError::Name { name: name.to_owned(), problem });
    if delivery.files.is_empty() {
        return wrong(delivery.slot.path(), "there is no file to keep");
    }
    if delivery.files.len() > MOST_FILES {
        return wrong(delivery.slot.path(), "there are too many files to keep");
    }
    let mut names = BTreeSet::new();
    for file in &delivery.files {
        check_name(file.name)?;
        if u64::try_from(file.bytes.len()).is_ok_and(|length| length > LARGEST_KEPT) {
            return wrong(file.name, "the file is larger than 1 MiB");
        }
        if !names.insert(file.name) {
            return wrong(file.name, "the file comes twice");
        }
    }
    if delivery.slot.kind() == SlotKind::Authority && delivery.sharing != Sharing::Owner {
        return Err(KeepError::SharedAuthority { slot: delivery.slot.to_string() });
    }
    let issuance = delivery.issuance;
    for time in [issuance.not_before, issuance.not_after, issuance.effective_expiry] {
        if Timestamp::parse_rfc3339(&time.to_string()) != Some(time) {
            return wrong(&time.to_string(), "the ledger holds times of the years 0 to 9999");
        }
    }
    Ok(())
}

fn accesses(sharing: Sharing) -> (Access, Access) {
    match sharing {
        Sharing::Owner => (Access::DIRECTORY, Access::FILE),
        Sharing::Group(group) => {
            (Access { mode: 0o750, group: Some(group) }, Access { mode: 0o640, group: Some(group) })
        }
    }
}

fn nothing(home: &Home) -> KeepError {
    KeepError::Damaged { path: home.path().to_owned(), what: "there was nothing to write".to_owned() }
}

/// The pair before the newest one may still be in use, so it always stays.
const FEWEST_KEPT: usize = 2;

/// How far, in seconds, the clock may be behind the last line: clocks are set a little now and then.
const CLOCK_TOLERANCE: i64 = 300;
