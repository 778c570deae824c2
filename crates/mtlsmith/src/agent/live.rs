//! What Temporal Cloud says is live: asked by a thread of its own, so that a slow server holds up no rotation, and never more often than
//! it is asked for. What it said last is kept, in memory and on the disk, for when it does not answer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::publish::CloudOps;
use mtlsmith_ca::publish::LiveNamespace;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::cloud_ops::ApiKeySource;
use mtlsmith_ca::publish::cloud_ops::Patience;
use mtlsmith_ca::publish::cloud_ops::SystemClock;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use super::config::Config;
use super::config::LiveConfig;
use super::wake::Wake;
use crate::minting::place_public_file;
use crate::session::Session;

/// The Namespaces that are asked for, and the thread that asks.
pub(super) struct LiveReader {
    shared: Arc<Shared>,
}

/// What is known of a Namespace.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// What was live when there last was an answer.
    pub(super) live: Option<Arc<LiveNamespace>>,
    /// When that was.
    pub(super) at: Option<Timestamp>,
    /// Counts the answers that were another than the one before.
    pub(super) changes: u64,
    /// Why there was none the last time.
    pub(super) problem: Option<String>,
    pub(super) answers: u64,
    pub(super) failures: u64,
}

struct Shared {
    asked: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Default)]
struct Asked {
    stop: bool,
    namespaces: BTreeMap<String, Entry>,
}

struct Entry {
    name: NamespaceName,
    config: LiveConfig,
    key: Option<ApiKeySource>,
    file: PathBuf,
    known: Known,
    /// When the last try ended.
    tried: Option<Instant>,
    /// Failures since the last answer.
    in_a_row: u32,
    wanted: bool,
    /// A question is on its way.
    is_asking: bool,
}

impl LiveReader {
    /// Begins to ask, with what was kept when there last was an answer.
    pub(super) fn start(
        config: &Config,
        home: &Home,
        wake: Option<Arc<Wake>>,
        session: &Session<'_, '_>,
    ) -> Self {
        let variable = KEY_VARIABLES.iter().find(|name| session.environment.set_variable(name).is_some());
        let mut namespaces = BTreeMap::new();
        for namespace in &config.namespaces {
            let (Some(live), Ok(name)) = (&namespace.live, NamespaceName::new(&namespace.name)) else {
                continue;
            };
            let key = match &live.api_key_file {
                Some(file) => Some(ApiKeySource::File(file.clone())),
                None => variable.map(|name| ApiKeySource::Environment((*name).to_owned())),
            };
            let file = home.path().join("namespaces").join(&namespace.name).join(KEPT);
            let known = kept(&file, &name).unwrap_or_default();
            let entry = Entry {
                name,
                config: live.clone(),
                key,
                file,
                known,
                tried: None,
                in_a_row: 0,
                wanted: true,
                is_asking: false,
            };
            namespaces.insert(namespace.name.clone(), entry);
        }
        let is_idle = namespaces.is_empty();
        let asked = Mutex::new(Asked { stop: false, namespaces });
        let reader = LiveReader { shared: Arc::new(Shared { asked, changed: Condvar::new() }) };
        if let Some(wake) = wake.filter(|_| !is_idle) {
            let (shared, now) = (Arc::clone(&reader.shared), session.environment.now);
            // Where no thread can be had, nothing is ever answered, which is told as such.
            let _ =
                std::thread::Builder::new().name("live".to_owned()).spawn(move || shared.work(&wake, now));
        }
        reader
    }

    /// Asks for everything once, and waits for it.
    pub(super) fn read_all(&self, now: fn() -> Timestamp) {
        loop {
            let next = self.shared.next(&mut self.shared.asked());
            let Ok(due) = next else { return };
            self.shared.read(&due, now);
        }
    }

    /// What is known of a Namespace.
    pub(super) fn known(&self, namespace: &str) -> Option<Known> {
        self.shared.asked().namespaces.get(namespace).map(|entry| entry.known.clone())
    }

    /// Asks soon, whatever is known: it may have changed.
    pub(super) fn want(&self, namespace: &str) {
        if let Some(entry) = self.shared.asked().namespaces.get_mut(namespace) {
            entry.wanted = true;
        }
        self.shared.changed.notify_all();
    }

    /// Is what the caller goes by, the answer that was the `seen`th to be another one, as fresh as it can be had? Otherwise it is asked
    /// for, or there already; either ends the agent's sleep.
    pub(super) fn is_fresh(&self, namespace: &str, seen: u64) -> bool {
        let mut asked = self.shared.asked();
        let Some(entry) = asked.namespaces.get_mut(namespace) else { return true };
        if entry.known.changes != seen {
            return false;
        }
        let is_recent = entry.tried.is_some_and(|tried| tried.elapsed() < FRESH);
        if entry.known.problem.is_some() || (is_recent && !entry.wanted && !entry.is_asking) {
            return true;
        }
        entry.wanted |= !entry.is_asking;
        self.shared.changed.notify_all();
        false
    }

    /// Everything that is known, by Namespace.
    pub(super) fn all(&self) -> Vec<(String, Known)> {
        let asked = self.shared.asked();
        asked.namespaces.iter().map(|(name, entry)| (name.clone(), entry.known.clone())).collect()
    }
}

impl Drop for LiveReader {
    /// A request that is under way ends by itself; nobody waits for it.
    fn drop(&mut self) {
        self.shared.asked().stop = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        // Each change is whole whatever became of the thread that made it.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, wake: &Wake, now: fn() -> Timestamp) {
        let mut asked = self.asked();
        while !asked.stop {
            match self.next(&mut asked) {
                Ok(due) => {
                    drop(asked);
                    self.read(&due, now);
                    wake.look();
                    asked = self.asked();
                }
                Err(pause) => {
                    let waited = self.changed.wait_timeout(asked, pause);
                    asked = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// A Namespace to ask for now, else how long there is none.
    fn next(&self, asked: &mut Asked) -> Result<String, Duration> {
        let mut least = LONGEST_PAUSE;
        for (name, entry) in &mut asked.namespaces {
            let left =
                entry.tried.map_or(Duration::ZERO, |tried| entry.pause().saturating_sub(tried.elapsed()));
            if left.is_zero() {
                (entry.wanted, entry.is_asking) = (false, true);
                return Ok(name.clone());
            }
            least = least.min(left);
        }
        Err(least)
    }

    fn read(&self, name: &str, now: fn() -> Timestamp) {
        let found = self
            .asked()
            .namespaces
            .get(name)
            .map(|entry| (entry.name.clone(), entry.config.clone(), entry.key.clone()));
        let Some((namespace, config, key)) = found else { return };
        let answer = ask(&namespace, &config, key.as_ref());
        let at = now();
        let mut asked = self.asked();
        if let Some(entry) = asked.namespaces.get_mut(name) {
            entry.take(answer, at);
        }
    }
}

impl Entry {
    /// How long to leave the server alone after the last try.
    fn pause(&self) -> Duration {
        if self.in_a_row > 0 {
            let doublings = self.in_a_row.saturating_sub(1).min(16);
            return FIRST_PAUSE.saturating_mul(1 << doublings).min(self.config.every.max(FIRST_PAUSE));
        }
        if self.wanted { SHORTEST_PAUSE } else { self.config.every }
    }

    fn take(&mut self, answer: Result<LiveNamespace, String>, at: Timestamp) {
        (self.tried, self.is_asking) = (Some(Instant::now()), false);
        match answer {
            Ok(live) => {
                let before = self.known.live.as_deref();
                let is_same = before
                    .is_some_and(|before| before.bundle == live.bundle && before.filters == live.filters);
                self.known.changes = self.known.changes.saturating_add(u64::from(!is_same));
                self.known.answers = self.known.answers.saturating_add(1);
                self.known.problem = keep(&self.file, &live, at).err();
                (self.known.live, self.known.at, self.in_a_row) = (Some(Arc::new(live)), Some(at), 0);
            }
            Err(problem) => {
                self.known.failures = self.known.failures.saturating_add(1);
                self.known.problem = Some(problem);
                self.in_a_row = self.in_a_row.saturating_add(1);
            }
        }
    }
}

/// One question. The key is read each time, so that one that was replaced is found.
fn ask(
    name: &NamespaceName,
    config: &LiveConfig,
    key: Option<&ApiKeySource>,
) -> Result<LiveNamespace, String> {
    let source = key.ok_or(
        "there is no API key: put it into a file and name that as api-key-file, or set TEMPORAL_CLOUD_API_KEY",
    )?;
    let key = source.load().map_err(|error| error.to_string())?;
    let patience = Patience { request: PATIENCE / 2, whole: PATIENCE, tries: 3, ..Patience::default() };
    let clock = Box::new(SystemClock::start());
    let mut cloud = CloudOps::new(config.endpoint.clone(), key, patience, clock, &[]);
    let live = cloud.read(name).map_err(|error| error.to_string())?;
    if live.filters.is_none() {
        return Err("the Namespace has certificate filters with fields that are not known here".to_owned());
    }
    if Bundle::read(&live.bundle).certificates().next().is_none() {
        return Err("the Namespace has no CA bundle, so nobody gets in with a certificate".to_owned());
    }
    Ok(live)
}

/// What was live when an agent before this one last had an answer.
fn kept(file: &std::path::Path, name: &NamespaceName) -> Option<Known> {
    let text = std::fs::read_to_string(file).ok()?;
    let live = LiveNamespace::from_json(&text).filter(|live| live.namespace == *name)?;
    let value: Value = serde_json::from_str(&text).ok()?;
    let at = value.get(ASKED_AT).and_then(Value::as_i64).map(Timestamp::from_unix)?;
    Some(Known { live: Some(Arc::new(live)), at: Some(at), changes: 1, ..Known::default() })
}

fn keep(file: &std::path::Path, live: &LiveNamespace, at: Timestamp) -> Result<(), String> {
    let mut value: Value = serde_json::from_str(&live.to_json()).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert(ASKED_AT.to_owned(), at.unix().into());
    }
    place_public_file(file, format!("{value:#}\n").as_bytes(), true).map_err(|failure| match failure {
        crate::failure::Failure::Said { message, .. } => format!("the answer is not kept: {message}"),
        crate::failure::Failure::BrokenPipe => String::new(),
    })
}

/// In the folder of the Namespace.
const KEPT: &str = "live.json";

const ASKED_AT: &str = "askedAt";

/// Where the tools of Temporal Cloud have their keys.
const KEY_VARIABLES: [&str; 2] = ["TEMPORAL_CLOUD_API_KEY", "TEMPORAL_API_KEY"];

/// One question, from the first try to the last.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was asked for within this time counts as live.
const FRESH: Duration = Duration::from_secs(60);

/// Between two questions about one Namespace, whatever happens.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// After a question that was not answered; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

/// The thread looks around so often although nothing is due.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
