//! Runs hooks beside the rotations: a few threads, since a program may take a minute. What is pending lies on the disk, so nothing is
//! lost when the agent ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::rotate::perform::Attempt;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::run_hooks;
use mtlsmith_validate::time::Timestamp;

use super::wake::Wake;

/// Hooks to run for a leaf.
pub(super) struct Job {
    pub(super) home: Home,
    pub(super) slot: Slot,
    pub(super) hooks: Arc<[Hook]>,
}

/// What came of it.
pub(super) struct Ended {
    pub(super) slot: Slot,
    pub(super) result: Result<Attempt, KeepError>,
}

/// The threads.
pub(super) struct HookPool {
    jobs: Option<Sender<Job>>,
    ended: Receiver<Ended>,
    /// The leaves whose hooks wait or run; those that were asked for again meanwhile.
    running: BTreeMap<Slot, Option<Job>>,
    threads: Vec<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
}

impl HookPool {
    pub(super) fn start(wake: Arc<Wake>, now: fn() -> Timestamp) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (tell, ended) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let stopping = Arc::new(AtomicBool::new(false));
        let threads = (0..THREADS).filter_map(|number| {
            let (queue, tell, wake) = (Arc::clone(&queue), tell.clone(), Arc::clone(&wake));
            let stopping = Arc::clone(&stopping);
            let work = move || work(&queue, &tell, &wake, &stopping, now);
            std::thread::Builder::new().name(format!("hooks-{number}")).spawn(work).ok()
        });
        HookPool { threads: threads.collect(), jobs: Some(jobs), ended, running: BTreeMap::new(), stopping }
    }

    /// Has them run; those of one leaf never twice at the same time.
    pub(super) fn submit(&mut self, job: Job) {
        if let Some(again) = self.running.get_mut(&job.slot) {
            *again = Some(job);
            return;
        }
        self.running.insert(job.slot.clone(), None);
        if let Some(jobs) = &self.jobs {
            // The threads end after the sender alone.
            let _ = jobs.send(job);
        }
    }

    /// Do the hooks of this leaf wait or run?
    pub(super) fn is_running(&self, slot: &Slot) -> bool {
        self.running.contains_key(slot)
    }

    /// Does anything wait or run?
    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty() && !self.threads.is_empty()
    }

    /// What has ended since the last time.
    pub(super) fn take(&mut self) -> Vec<Ended> {
        let ended: Vec<Ended> = self.ended.try_iter().collect();
        for one in &ended {
            if let Some(Some(again)) = self.running.remove(&one.slot) {
                self.submit(again);
            }
        }
        ended
    }

    /// Lets those that run end; those that wait stay noted on the disk.
    pub(super) fn stop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // what it left undone is noted on the disk
        }
    }
}

fn work(
    queue: &Mutex<Receiver<Job>>,
    tell: &Sender<Ended>,
    wake: &Wake,
    stopping: &AtomicBool,
    now: fn() -> Timestamp,
) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { home, slot, hooks }) = next else { return };
        if stopping.load(Ordering::Relaxed) {
            continue;
        }
        let result = run_hooks(&home, &slot, &hooks, now());
        if tell.send(Ended { slot, result }).is_err() {
            return;
        }
        wake.look();
    }
}

/// As many hooks run at the same time.
const THREADS: usize = 4;
