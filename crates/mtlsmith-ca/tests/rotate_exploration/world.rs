//! The world of a rollover: a process that may crash between any two effects, a server that answers late or never, and workers that
//! take their time. The state machine in it is the real one.

use mtlsmith_ca::rotate::rollover::Authority;
use mtlsmith_ca::rotate::rollover::CertificateId;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::Leaf;
use mtlsmith_ca::rotate::rollover::LeafCertificate;
use mtlsmith_ca::rotate::rollover::Mode;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Refusal;
use mtlsmith_ca::rotate::rollover::ResourceVersion;
use mtlsmith_ca::rotate::rollover::Rollover;
use mtlsmith_ca::rotate::rollover::Side;
use mtlsmith_ca::rotate::rollover::apply;
use mtlsmith_validate::time::Timestamp;

use crate::search::Model;

pub(crate) const DAY: i64 = 86_400;

/// The certificates of a leaf: the one it has, the one below the new CA, one more below the old CA, and one that the filters refuse.
pub(crate) const FIRST: usize = 0;
pub(crate) const NEW: usize = 1;
pub(crate) const BACK: usize = 2;
pub(crate) const FILTERED: usize = 3;

/// Who plays: certificates by their dates, made up or real.
#[derive(Clone)]
pub(crate) struct Cast {
    pub(crate) start: Timestamp,
    pub(crate) old: Authority,
    pub(crate) new: Authority,
    pub(crate) leaves: Vec<[LeafCertificate; 4]>,
}

/// A mistake to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    RemoveEarly,
    SwapBeforeValidate,
    ConfirmBeforeServer,
    NoResourceVersion,
    NoSettling,
    /// What a replica that lags shows is taken for what is live.
    BelieveLaggingReads,
}

pub(crate) struct Play<'a> {
    pub(crate) cast: Cast,
    pub(crate) mistake: Mistake,
    pub(crate) days: i64,
    pub(crate) versions: u8,
    pub(crate) in_flight: usize,
    pub(crate) with_abort: bool,
    pub(crate) with_emergency: bool,
    /// A read may show any version that ever was.
    pub(crate) with_lag: bool,
    /// Somebody else changes the Namespace, but not its bundle.
    pub(crate) with_others: bool,
    pub(crate) watch: &'a dyn Fn(&Action, &World),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) state: Rollover,
    process: Process,
    pub(crate) bundle: Vec<CertificateId>,
    version: u8,
    /// The bundles of all versions before this one.
    before: Vec<Vec<CertificateId>>,
    in_flight: Vec<(u8, Vec<CertificateId>)>,
    pub(crate) workers: Vec<Worker>,
    pub(crate) now: Timestamp,
    announced: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Process {
    Idle,
    Sending(u8, Vec<CertificateId>),
    Read(u8, Vec<CertificateId>),
}

/// The certificate that lies on the disk of a worker, and the one in its memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Worker {
    pub(crate) disk: usize,
    pub(crate) memory: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Action {
    Mint,
    PublishBoth,
    RemoveOld,
    Abort,
    Resume,
    RetractNew,
    Emergency,
    NoteRequest,
    Send,
    Crash,
    ServerApplies(usize),
    ServerLoses(usize),
    Settled,
    ReadBundle,
    ReadLagging(u8),
    SomebodyElse,
    NoteBundle,
    Issue(usize),
    IssueRefusedByFilters(usize),
    Swap(usize),
    NoteDeployed(usize),
    Discard(usize),
    Reload(usize),
    Tick,
}

fn version(number: u8) -> ResourceVersion {
    ResourceVersion(number.to_string())
}

impl Play<'_> {
    fn verb(&self, world: &World, event: &Event) -> Option<World> {
        let mut next = world.clone();
        next.state = match apply(&world.state, event, world.now) {
            Err(Refusal::LeavesDepend { side: Side::Old, .. }) if self.mistake == Mistake::RemoveEarly => {
                let mut blind = world.state.clone();
                let leaves = std::mem::take(&mut blind.leaves);
                let mut removed = apply(&blind, event, world.now).ok()?;
                removed.leaves = leaves;
                removed
            }
            other => other.ok()?,
        };
        Some(next)
    }

    fn candidate(&self, world: &World, leaf: usize) -> Option<usize> {
        let candidate = world.state.leaves[leaf].candidate.as_ref()?;
        self.cast.leaves[leaf].iter().position(|certificate| certificate.id == candidate.id)
    }

    fn issue(&self, world: &World, leaf: usize, kind: usize) -> Option<World> {
        let refused = (kind == FILTERED).then(|| "no filter fits".to_owned());
        let certificate = self.cast.leaves[leaf][kind].clone();
        let event =
            Event::CandidateIssued { leaf: world.state.leaves[leaf].name.clone(), certificate, refused };
        let accepted = self.verb(world, &event);
        if self.mistake == Mistake::SwapBeforeValidate {
            let mut swapped = accepted.unwrap_or_else(|| world.clone());
            swapped.workers[leaf].disk = kind;
            return Some(swapped);
        }
        accepted
    }

    fn request(&self, world: &World) -> Option<World> {
        let mut next = self.verb(world, &Event::RequestSent { version: version(world.version) })?;
        next.process = Process::Sending(world.version, world.state.target(world.now));
        Some(next)
    }

    fn send(&self, world: &World) -> Option<World> {
        let Process::Sending(at, bundle) = &world.process else { return None };
        let mut next = world.clone();
        next.process = Process::Idle;
        next.in_flight.push((*at, bundle.clone()));
        next.in_flight.sort();
        next.in_flight.dedup();
        if self.mistake == Mistake::ConfirmBeforeServer {
            let event = Event::BundleSeen { bundle: bundle.clone(), version: None };
            next.state = apply(&next.state, &event, world.now).ok()?;
        }
        Some(next)
    }

    fn server_applies(&self, world: &World, index: usize) -> World {
        let mut next = world.clone();
        let (at, bundle) = next.in_flight.remove(index);
        if at == world.version || self.mistake == Mistake::NoResourceVersion {
            next.before.push(std::mem::replace(&mut next.bundle, bundle));
            next.version += 1;
        }
        next
    }

    fn idle_moves(&self, world: &World, add: &mut dyn FnMut(Action, Option<World>)) {
        add(Action::Mint, self.verb(world, &Event::Minted { new: vec![self.cast.new.clone()] }));
        if world.state.phase == Phase::Planned {
            return;
        }
        add(Action::PublishBoth, self.verb(world, &Event::PublishBoth));
        let removed = self.verb(world, &Event::RemoveOld).map(|mut next| {
            if next.state.mode == Mode::Emergency && world.state.phase != Phase::RemovingOld {
                let down = world.state.dependants(Side::Old, world.now);
                next.announced = down.into_iter().map(|dependant| dependant.leaf).collect();
            }
            next
        });
        add(Action::RemoveOld, removed);
        if self.with_abort {
            add(Action::Abort, self.verb(world, &Event::Abort { old_is_trusted: false }));
            add(Action::Resume, self.verb(world, &Event::Resume));
            add(Action::RetractNew, self.verb(world, &Event::RetractNew));
        }
        if self.with_emergency {
            add(Action::Emergency, self.verb(world, &Event::DeclareEmergency));
        }
        if world.version < self.versions && world.in_flight.len() < self.in_flight {
            add(Action::NoteRequest, self.request(world));
        }
        if !world.in_flight.iter().any(|(at, _)| *at == world.version) {
            add(
                Action::Settled,
                self.verb(world, &Event::RequestsSettled { version: version(world.version) }),
            );
        }
        let mut read = world.clone();
        read.process = Process::Read(world.version, world.bundle.clone());
        add(Action::ReadBundle, Some(read));
        for (at, bundle) in (0..).zip(&world.before).filter(|_| self.with_lag) {
            let process = Process::Read(at, bundle.clone());
            add(Action::ReadLagging(at), Some(World { process, ..world.clone() }));
        }
        for leaf in 0..world.workers.len() {
            self.leaf_moves(world, leaf, add);
        }
    }

    fn leaf_moves(&self, world: &World, leaf: usize, add: &mut dyn FnMut(Action, Option<World>)) {
        let name = world.state.leaves[leaf].name.clone();
        let kind = if world.state.phase.signing() == Side::New { NEW } else { BACK };
        add(Action::Issue(leaf), self.issue(world, leaf, kind));
        add(Action::IssueRefusedByFilters(leaf), self.issue(world, leaf, FILTERED));
        let Some(candidate) = self.candidate(world, leaf) else { return };
        let certificate = self.cast.leaves[leaf][candidate].id;
        if world.workers[leaf].disk == candidate {
            let event = Event::CandidateDeployed { leaf: name, certificate };
            add(Action::NoteDeployed(leaf), self.verb(world, &event));
        } else {
            let mut swapped = world.clone();
            swapped.workers[leaf].disk = candidate;
            add(Action::Swap(leaf), Some(swapped));
            add(Action::Discard(leaf), self.verb(world, &Event::CandidateDiscarded { leaf: name }));
        }
    }

    fn world_moves(&self, world: &World, add: &mut dyn FnMut(Action, Option<World>)) {
        for index in 0..world.in_flight.len() {
            add(Action::ServerApplies(index), Some(self.server_applies(world, index)));
            let mut lost = world.clone();
            lost.in_flight.remove(index);
            add(Action::ServerLoses(index), Some(lost));
        }
        if self.with_others && world.version < self.versions {
            let mut next = world.clone();
            next.before.push(next.bundle.clone());
            next.version += 1;
            add(Action::SomebodyElse, Some(next));
        }
        for leaf in 0..world.workers.len() {
            let mut next = world.clone();
            next.workers[leaf].memory = next.workers[leaf].disk;
            add(Action::Reload(leaf), Some(next));
        }
        // Every worker reloads within a day: that is what the settling time stands for.
        let settled = world.workers.iter().all(|worker| worker.memory == worker.disk);
        if settled && world.now < self.cast.start.plus(self.days * DAY) {
            let mut next = world.clone();
            next.now = world.now.plus(DAY);
            add(Action::Tick, Some(next));
        }
    }

    /// Does the server let a certificate in? Dates, the CA in its bundle, and its filters.
    pub(crate) fn admits(&self, world: &World, leaf: usize, kind: usize) -> bool {
        let certificate = &self.cast.leaves[leaf][kind];
        let is_live = |end: Option<Timestamp>| end.is_some_and(|end| end >= world.now);
        let by = |ca: &Authority, end| world.bundle.contains(&ca.id) && is_live(end);
        kind != FILTERED
            && (by(&self.cast.old, certificate.under_old) || by(&self.cast.new, certificate.under_new))
    }

    fn locked_out(&self, world: &World) -> Option<String> {
        for (leaf, worker) in world.workers.iter().enumerate() {
            for kind in [worker.disk, worker.memory] {
                let is_live = self.cast.leaves[leaf][kind].until().is_some_and(|until| until >= world.now);
                let name = &world.state.leaves[leaf].name;
                if is_live && !self.admits(world, leaf, kind) && !world.announced.contains(name) {
                    return Some(format!("{name} is refused with its certificate {kind}"));
                }
            }
        }
        None
    }

    /// The state never says more than the server.
    fn ahead_of_server(&self, world: &World) -> Option<String> {
        let valid = |ca: &Authority| ca.until >= world.now;
        let has = |ca: &Authority| world.bundle.contains(&ca.id);
        let (old, new) = (&self.cast.old, &self.cast.new);
        let holds = match world.state.phase {
            Phase::Reissuing | Phase::Reverting => has(new) && (has(old) || !valid(old)),
            Phase::OldRemoved => has(new) && !has(old),
            Phase::Aborted => !has(new),
            _ => true,
        };
        (!holds).then(|| format!("the state says \"{}\", the server does not", world.state.phase.as_str()))
    }
}

impl Model for Play<'_> {
    type State = World;
    type Action = Action;

    fn start(&self) -> World {
        let leaf = |(index, certificates): (usize, &[LeafCertificate; 4])| Leaf {
            name: format!("worker-{}", index + 1),
            in_use: certificates[FIRST].clone(),
            candidate: None,
            previous: Vec::new(),
        };
        let settling = if self.mistake == Mistake::NoSettling { -1 } else { DAY / 2 };
        let state = Rollover {
            namespace: "n".to_owned(),
            mode: Mode::Ordinary,
            phase: Phase::Planned,
            old: vec![self.cast.old.clone()],
            new: Vec::new(),
            dead: Vec::new(),
            live: vec![self.cast.old.id],
            version: None,
            passed: Vec::new(),
            open_requests: Vec::new(),
            leaves: self.cast.leaves.iter().enumerate().map(leaf).collect(),
            gone: Vec::new(),
            inventory_is_complete: true,
            settling,
            changed_at: self.cast.start,
        };
        World {
            state,
            process: Process::Idle,
            bundle: vec![self.cast.old.id],
            version: 0,
            before: Vec::new(),
            in_flight: Vec::new(),
            workers: vec![Worker { disk: FIRST, memory: FIRST }; self.cast.leaves.len()],
            now: self.cast.start,
            announced: Vec::new(),
        }
    }

    fn moves(&self, world: &World) -> Vec<(Action, World)> {
        let mut moves = Vec::new();
        let mut add = |action, next: Option<World>| {
            if let Some(mut next) = next.filter(|next| next != world) {
                // The time of the last change matters to the check of the clock alone, which does not run backwards here.
                next.state.changed_at = self.cast.start;
                // In which order versions were left behind matters to nobody.
                next.state.passed.sort();
                moves.push((action, next));
            }
        };
        self.world_moves(world, &mut add);
        match &world.process {
            Process::Idle => self.idle_moves(world, &mut add),
            Process::Sending(..) => {
                add(Action::Send, self.send(world));
                add(Action::Crash, Some(World { process: Process::Idle, ..world.clone() }));
            }
            Process::Read(at, bundle) => {
                let event = Event::BundleSeen { bundle: bundle.clone(), version: Some(version(*at)) };
                let mut believing = world.clone();
                if self.mistake == Mistake::BelieveLaggingReads {
                    believing.state.passed.clear();
                }
                let noted =
                    self.verb(&believing, &event).map(|next| World { process: Process::Idle, ..next });
                add(Action::NoteBundle, noted);
                add(Action::Crash, Some(World { process: Process::Idle, ..world.clone() }));
            }
        }
        moves
    }

    fn broken(&self, world: &World) -> Option<String> {
        self.locked_out(world).or_else(|| self.ahead_of_server(world))
    }

    fn is_end(&self, world: &World) -> bool {
        let over = match world.state.phase {
            Phase::OldRemoved => {
                let leaves = world.state.leaves.iter().zip(&self.cast.leaves);
                leaves.into_iter().all(|(leaf, kinds)| leaf.in_use.id == kinds[NEW].id)
            }
            Phase::Aborted => true,
            _ => false,
        };
        over || world.version == self.versions || world.now >= self.cast.start.plus(self.days * DAY)
    }

    fn visit(&self, action: &Action, world: &World) {
        (self.watch)(action, world);
    }
}
