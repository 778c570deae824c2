//! A disk in memory that fails or stops at a chosen call, and loses at a loss of power what no sync has made safe. For tests.
//!
//! It is as unkind as a disk may be: a name that was made, moved or taken away is safe only when its own directory was synced, each name
//! by itself; a file's bytes only when the file was; and bytes whose sync failed are never safe, even if a later sync says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "it serves tests: a mistake in it is to be loud"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use super::Access;
use super::Disk;
use super::HeldLock;
use super::Kind;
use super::LockAttempt;
use super::OpenFile;
use super::ReadAt;
use super::Status;

/// What goes wrong, and when; calls are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The process ends at this call: a write is done by half, every other call not at all, and none comes after it.
    StopAt(u64),
    /// This call fails, the ones after it work.
    FailAt(u64, io::ErrorKind),
    /// From this call on every call that changes something fails.
    FailChangesFrom(u64, io::ErrorKind),
    /// From this call on nothing can be added, as on a full disk; taking away works.
    FullFrom(u64),
    /// Each write takes one byte of three.
    ShortWrites,
}

/// What a loss of power takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing: only the process ended.
    Nothing,
    /// Everything that was not synced.
    EverythingUnsynced,
    /// Of what was not synced, some: which, follows from the number.
    Some(u64),
}

/// A disk that fails on purpose; clones are the same disk.
#[derive(Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    nodes: Vec<Node>,
    calls: u64,
    fault: Option<Fault>,
    stopped: bool,
    locked: Option<u64>,
    epoch: u64,
    holder: String,
    random: u64,
    names: Vec<String>,
}

#[derive(Clone)]
enum Content {
    File { now: Vec<u8>, safe: Vec<u8>, poisoned: bool },
    Directory { now: BTreeMap<String, usize>, safe: BTreeMap<String, usize> },
    Link(String),
}

#[derive(Clone)]
struct Node {
    content: Content,
    mode: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Looks,
    Adds,
    TakesAway,
}

impl FaultyDisk {
    /// An empty disk with one directory, `/`, on which nothing goes wrong yet.
    pub fn new() -> Self {
        let disk = FaultyDisk::default();
        disk.state().nodes.push(directory(0o755));
        disk
    }

    /// From now on this goes wrong; the counting of calls starts again.
    pub fn set_fault(&self, fault: Fault) {
        let mut state = self.state();
        state.fault = Some(fault);
        state.calls = 0;
        state.names.clear();
    }

    /// How many calls were made since the fault was set.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// The calls that were made since the fault was set, in order.
    pub fn call_names(&self) -> Vec<String> {
        self.state().names.clone()
    }

    /// The process is gone, and perhaps the power too; then all is well again.
    pub fn crash(&self, loss: Loss) {
        let mut state = self.state();
        state.stopped = false;
        state.fault = None;
        state.calls = 0;
        state.locked = None;
        state.epoch += 1;
        let mut seed = match loss {
            Loss::Nothing => return,
            Loss::EverythingUnsynced => None,
            Loss::Some(seed) => Some(seed | 1),
        };
        let mut keeps = move || match &mut seed {
            None => false,
            Some(seed) => {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (*seed >> 33) & 1 == 1
            }
        };
        for node in &mut state.nodes {
            lose(&mut node.content, &mut keeps);
        }
        unlink_twins(&mut state, 0, &mut BTreeSet::new());
    }

    /// A copy of the disk as it is, with faults of its own.
    pub fn copy(&self) -> FaultyDisk {
        let state = self.state();
        let copy = State { nodes: state.nodes.clone(), random: state.random, ..State::default() };
        FaultyDisk { state: Arc::new(Mutex::new(copy)) }
    }

    /// The paths of all that is there, files with their bytes.
    pub fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let mut found = BTreeMap::new();
        collect(&state, 0, "", &mut found);
        found
    }

    /// Puts other bytes into a file, past every fault, as damage does.
    pub fn damage(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let node = state.find(path).unwrap();
        let Content::File { now, safe, .. } = &mut state.nodes[node].content else { panic!("not a file") };
        *now = bytes.to_vec();
        *safe = bytes.to_vec();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Counts a call and lets it go wrong if it is its turn.
    fn begin(&self, name: &str, effect: Effect) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.enter(name, effect)?;
        Ok(state)
    }
}

impl State {
    fn enter(&mut self, name: &str, effect: Effect) -> io::Result<()> {
        if self.stopped {
            return Err(io::Error::other("the process has ended"));
        }
        self.calls += 1;
        self.names.push(name.to_owned());
        match self.fault.unwrap_or(Fault::None) {
            Fault::StopAt(call) if call == self.calls => {
                self.stopped = true;
                Err(io::Error::other("the process ends here"))
            }
            Fault::FailAt(call, kind) if call == self.calls => Err(kind.into()),
            Fault::FailChangesFrom(call, kind) if call <= self.calls && effect != Effect::Looks => {
                Err(kind.into())
            }
            Fault::FullFrom(call) if call <= self.calls && effect == Effect::Adds => {
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut at = 0;
        for part in parts(path) {
            match &self.nodes[at].content {
                Content::Directory { now, .. } => {
                    at = *now.get(&part).ok_or(io::Error::from(io::ErrorKind::NotFound))?;
                }
                _ => return Err(io::ErrorKind::NotADirectory.into()),
            }
        }
        Ok(at)
    }

    fn names(&mut self, parent: usize) -> io::Result<&mut BTreeMap<String, usize>> {
        match &mut self.nodes[parent].content {
            Content::Directory { now, .. } => Ok(now),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn place(&self, path: &Path) -> io::Result<(usize, String)> {
        let mut all = parts(path);
        let last = all.pop().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok((self.find(&all.iter().collect::<std::path::PathBuf>())?, last))
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        let (parent, name) = self.place(path)?;
        if self.names(parent)?.contains_key(&name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.nodes.push(node);
        let number = self.nodes.len() - 1;
        self.names(parent)?.insert(name, number);
        Ok(number)
    }

    fn file(&mut self, path: &Path) -> io::Result<usize> {
        let node = self.find(path)?;
        match self.nodes[node].content {
            Content::File { .. } => Ok(node),
            Content::Link(_) => Err(rustix::io::Errno::LOOP.into()),
            Content::Directory { .. } => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

impl Disk for FaultyDisk {
    fn create_new(&self, path: &Path, access: Access) -> io::Result<Box<dyn OpenFile>> {
        let mut state = self.begin("create_new", Effect::Adds)?;
        let content = Content::File { now: Vec::new(), safe: Vec::new(), poisoned: false };
        let node = state.add(path, Node { content, mode: access.mode })?;
        let epoch = state.epoch;
        drop(state);
        Ok(Box::new(Writing { disk: self.clone(), node, epoch }))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        let mut state = self.begin("open_append", Effect::Adds)?;
        let node = match state.file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let content = Content::File { now: Vec::new(), safe: Vec::new(), poisoned: false };
                state.add(path, Node { content, mode: 0o600 })?
            }
            other => other?,
        };
        let epoch = state.epoch;
        drop(state);
        Ok(Box::new(Writing { disk: self.clone(), node, epoch }))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        let mut state = self.begin("open_read", Effect::Looks)?;
        let node = state.file(path)?;
        let Content::File { now, .. } = &state.nodes[node].content else { unreachable!() };
        Ok(Box::new(Reading { bytes: now.clone() }))
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let mut state = self.begin("truncate", Effect::TakesAway)?;
        let node = state.file(path)?;
        let Content::File { now, safe, poisoned } = &mut state.nodes[node].content else { unreachable!() };
        now.truncate(usize::try_from(length).unwrap());
        if now.len() <= safe.len() {
            // What the failed sync was about is gone; what is left was safe before.
            *poisoned = false;
            safe.clone_from(now);
        }
        Ok(())
    }

    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.begin("rewrite", Effect::Adds)?;
        let node = state.file(path)?;
        let Content::File { now, safe, poisoned } = &mut state.nodes[node].content else { unreachable!() };
        let offset = usize::try_from(offset).unwrap();
        assert_eq!(&now[offset..], bytes, "only what is there is written again");
        // What comes before was safe, or this would not be called.
        *poisoned = false;
        safe.clone_from(now);
        Ok(())
    }

    fn make_directory(&self, path: &Path, access: Access) -> io::Result<()> {
        self.begin("make_directory", Effect::Adds)?.add(path, directory(access.mode)).map(|_| ())
    }

    fn change_access(&self, path: &Path, access: Access) -> io::Result<()> {
        let mut state = self.begin("change_access", Effect::TakesAway)?;
        let node = state.find(path)?;
        state.nodes[node].mode = access.mode;
        Ok(())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.begin("sync_directory", Effect::TakesAway)?;
        let node = state.find(path)?;
        match &mut state.nodes[node].content {
            Content::Directory { now, safe } => safe.clone_from(now),
            _ => return Err(io::ErrorKind::NotADirectory.into()),
        }
        Ok(())
    }

    fn sync_everything(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.begin("sync_everything", Effect::TakesAway)?;
        for node in &mut state.nodes {
            match &mut node.content {
                Content::File { poisoned: true, .. } | Content::Link(_) => {}
                Content::File { now, safe, .. } => safe.clone_from(now),
                Content::Directory { now, safe } => safe.clone_from(now),
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.begin("rename", Effect::TakesAway)?;
        let (from_parent, from_name) = state.place(from)?;
        let (to_parent, to_name) = state.place(to)?;
        let node = state.find(from)?;
        if let Ok(there) = state.find(to) {
            let both = (is_directory(&state.nodes[node]), is_directory(&state.nodes[there]));
            match both {
                (false, true) => return Err(io::ErrorKind::IsADirectory.into()),
                (true, false) => return Err(io::ErrorKind::NotADirectory.into()),
                (true, true) if !state.names(there)?.is_empty() => {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                _ => {}
            }
        }
        state.names(from_parent)?.remove(&from_name);
        state.names(to_parent)?.insert(to_name, node);
        Ok(())
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.begin("rename_new", Effect::TakesAway)?;
        let (from_parent, from_name) = state.place(from)?;
        let (to_parent, to_name) = state.place(to)?;
        let node = state.find(from)?;
        if state.find(to).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.names(from_parent)?.remove(&from_name);
        state.names(to_parent)?.insert(to_name, node);
        Ok(())
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        let mut state = self.begin("exchange", Effect::TakesAway)?;
        let (one_parent, one_name) = state.place(one)?;
        let (other_parent, other_name) = state.place(other)?;
        let (first, second) = (state.find(one)?, state.find(other)?);
        state.names(one_parent)?.insert(one_name, second);
        state.names(other_parent)?.insert(other_name, first);
        Ok(())
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        let content = Content::Link(target.to_str().unwrap().to_owned());
        self.begin("symlink", Effect::Adds)?.add(link, Node { content, mode: 0o777 }).map(|_| ())
    }

    fn read_link(&self, path: &Path) -> io::Result<String> {
        let state = self.begin("read_link", Effect::Looks)?;
        match &state.nodes[state.find(path)?].content {
            Content::Link(target) => Ok(target.clone()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut state = self.begin("list", Effect::Looks)?;
        let node = state.find(path)?;
        Ok(state.names(node)?.keys().cloned().collect())
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        let state = self.begin("status", Effect::Looks)?;
        let node = &state.nodes[state.find(path)?];
        let (kind, length) = match &node.content {
            Content::File { now, .. } => (Kind::File, now.len()),
            Content::Directory { .. } => (Kind::Directory, 0),
            Content::Link(_) => (Kind::Symlink, 0),
        };
        Ok(Status { kind, mode: node.mode, owner: 0, length: u64::try_from(length).unwrap() })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.begin("remove_file", Effect::TakesAway)?;
        if is_directory(&state.nodes[state.find(path)?]) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let (parent, name) = state.place(path)?;
        state.names(parent)?.remove(&name);
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.begin("remove_directory", Effect::TakesAway)?;
        let node = state.find(path)?;
        if !state.names(node)?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        let (parent, name) = state.place(path)?;
        state.names(parent)?.remove(&name);
        Ok(())
    }

    fn try_lock(&self, path: &Path, holder: &str) -> io::Result<LockAttempt> {
        let mut state = self.begin("try_lock", Effect::Adds)?;
        if state.find(path).is_err() {
            let content = Content::File { now: Vec::new(), safe: Vec::new(), poisoned: false };
            state.add(path, Node { content, mode: 0o600 })?;
        }
        if state.locked.is_some() {
            return Ok(LockAttempt::Busy(state.holder.clone()));
        }
        state.holder = holder.to_owned();
        let epoch = state.epoch;
        state.locked = Some(epoch);
        drop(state);
        Ok(LockAttempt::Held(Box::new(Held { disk: self.clone(), epoch })))
    }

    fn stamp(&self, path: &Path) -> io::Result<String> {
        let mut state = self.begin("stamp", Effect::Looks)?;
        let node = state.file(path)?;
        let Content::File { now, .. } = &state.nodes[node].content else { unreachable!() };
        let sum = now.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Ok(format!("{node}-{}-{sum:016x}", now.len()))
    }

    fn random(&self) -> io::Result<u64> {
        let mut state = self.begin("random", Effect::Looks)?;
        state.random += 1;
        Ok(state.random)
    }

    fn user(&self) -> u32 {
        0
    }
}

struct Held {
    disk: FaultyDisk,
    epoch: u64,
}

impl HeldLock for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.locked == Some(self.epoch) {
            state.locked = None;
        }
    }
}

struct Writing {
    disk: FaultyDisk,
    node: usize,
    epoch: u64,
}

impl OpenFile for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        if self.epoch != state.epoch {
            return Err(io::Error::other("the process has ended"));
        }
        let was_stopped = state.stopped;
        let outcome = state.enter("write", Effect::Adds);
        let count = match (&outcome, state.fault) {
            (Ok(()), Some(Fault::ShortWrites)) => bytes.len().div_ceil(3),
            (Ok(()), _) => bytes.len(),
            // A full disk takes what fits; a process that ends has written some of it.
            (Err(_), Some(Fault::FullFrom(_) | Fault::StopAt(_))) if !was_stopped => bytes.len() / 2,
            (Err(_), _) => 0,
        };
        let Content::File { now, .. } = &mut state.nodes[self.node].content else { unreachable!() };
        now.extend_from_slice(&bytes[..count]);
        outcome.map(|()| count)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        if self.epoch != state.epoch {
            return Err(io::Error::other("the process has ended"));
        }
        let outcome = state.enter("sync", Effect::TakesAway);
        let stops = state.stopped;
        let Content::File { now, safe, poisoned } = &mut state.nodes[self.node].content else {
            unreachable!()
        };
        match outcome {
            Ok(()) if !*poisoned => safe.clone_from(now),
            Ok(()) => {}
            // A process that ended before it asked did no harm.
            Err(_) if stops => {}
            Err(_) => *poisoned = true,
        }
        outcome
    }
}

struct Reading {
    bytes: Vec<u8>,
}

impl ReadAt for Reading {
    fn length(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest =
            usize::try_from(offset).ok().and_then(|offset| self.bytes.get(offset..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

fn directory(mode: u32) -> Node {
    Node { content: Content::Directory { now: BTreeMap::new(), safe: BTreeMap::new() }, mode }
}

fn is_directory(node: &Node) -> bool {
    matches!(node.content, Content::Directory { .. })
}

fn lose(content: &mut Content, keeps: &mut impl FnMut() -> bool) {
    match content {
        Content::Link(_) => {}
        Content::File { now, safe, poisoned } => {
            if *poisoned || !keeps() {
                now.clone_from(safe);
            } else if now.len() > safe.len() && !keeps() {
                // Half of what was added arrived.
                now.truncate(safe.len() + (now.len() - safe.len()) / 2);
            }
            *poisoned = false;
            safe.clone_from(now);
        }
        Content::Directory { now, safe } => {
            let all: BTreeSet<String> = now.keys().chain(safe.keys()).cloned().collect();
            for name in all {
                let wanted = if keeps() { now.get(&name) } else { safe.get(&name) }.copied();
                match wanted {
                    Some(node) => now.insert(name, node),
                    None => now.remove(&name),
                };
            }
            safe.clone_from(now);
        }
    }
}

/// A directory that was moved may now have its old and its new name, which no file system lets be: it keeps one of them.
fn unlink_twins(state: &mut State, node: usize, seen: &mut BTreeSet<usize>) {
    let Content::Directory { now, .. } = &state.nodes[node].content else { return };
    for (name, child) in now.clone() {
        if is_directory(&state.nodes[child]) && !seen.insert(child) {
            let Content::Directory { now, safe } = &mut state.nodes[node].content else { unreachable!() };
            now.remove(&name);
            safe.remove(&name);
        } else {
            unlink_twins(state, child, seen);
        }
    }
}

fn collect(state: &State, node: usize, path: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    match &state.nodes[node].content {
        Content::File { now, .. } => {
            found.insert(path.to_owned(), now.clone());
        }
        Content::Link(target) => {
            found.insert(path.to_owned(), format!("-> {target}").into_bytes());
        }
        Content::Directory { now, .. } => {
            for (name, child) in now {
                collect(state, *child, &format!("{path}/{name}"), found);
            }
        }
    }
}

fn parts(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_str().unwrap().to_owned()),
            _ => None,
        })
        .collect()
}
