//! The certificate that is presented, and how it is replaced.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use arc_swap::ArcSwap;
use arc_swap::ArcSwapOption;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::time_provider::DefaultTimeProvider;
use rustls::time_provider::TimeProvider;
use tracing::info;
use tracing::warn;

use super::files::CertificateFiles;
use super::files::Snapshot;
use super::judge::Demands;
use super::judge::judge;
use super::pair::Pair;
use super::problem::Reason;
use super::problem::ReloadError;
use super::status::Progress;
use super::status::RotationStatus;
use super::watch::Watched;
use super::watch::Watching;
use super::watch::watch;
use crate::text::shown_subject;

/// A client certificate that is replaced while the process runs, for `rustls::ClientConfig` and everything built on it.
///
/// A thread of its own looks at the files every 30 seconds. A new pair is presented only when its key fits, its dates are right, and,
/// where the Namespace's bundle and filters are given, the Namespace lets it in; otherwise the one before stays, and
/// [`RotatingClientCert::status`] and a `tracing` event say why. A handshake never touches the disk and never waits.
///
/// A certificate that has expired with nothing to replace it is presented all the same, with a warning: the server then answers
/// `certificate_expired`, which tells more than the `certificate_required` that presenting none would bring.
///
/// Connections that stand keep the certificate they began with. A client that resumes sessions keeps it even longer, since a resumed
/// session presents none: switch resumption off (`config.resumption = Resumption::disabled()`), as servers of this crate do.
pub struct RotatingClientCert {
    shared: Arc<Shared>,
    _watching: Option<Watching>,
}

/// How a certificate is to be watched.
#[must_use]
pub struct RotationBuilder {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    trust: Option<Arc<NamespaceTrust>>,
    clock: Arc<dyn TimeProvider>,
    every: Option<Duration>,
}

/// What became of a look at the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reloaded {
    /// What is presented is what lies on the disk.
    Unchanged,
    /// The new certificate is presented from now on; its generation.
    Replaced(u64),
}

struct Shared {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    clock: Arc<dyn TimeProvider>,
    trust: ArcSwapOption<NamespaceTrust>,
    held: ArcSwap<Held>,
    presented_expired: AtomicU64,
    /// Held while the disk is read, which may take for ever: nothing but a look waits for it.
    looked: Mutex<Looked>,
    /// Held for moments only, and never while the disk is read.
    progress: Mutex<Progress>,
}

/// What is presented.
struct Held {
    certified: Arc<CertifiedKey>,
    until: Timestamp,
    generation: u64,
    subject: String,
    sha256: String,
    read_from: PathBuf,
    expired: AtomicU64,
}

/// What the file system said at the last look.
struct Looked {
    seen: Option<Snapshot>,
    first_seen: Instant,
    /// Were the files read so long after they were first seen that a later write cannot bear the same time?
    settled: bool,
}

impl RotationBuilder {
    /// Judges each new pair by a Namespace's bundle and filters before it is presented.
    pub fn with_trust(mut self, trust: Arc<NamespaceTrust>) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Looks at the files this often, instead of every 30 seconds.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = Some(interval);
        self
    }

    /// Looks at the files only when [`RotatingClientCert::reload_now`] is called.
    pub fn without_watching(mut self) -> Self {
        self.every = None;
        self
    }

    /// With another clock than that of the system.
    pub fn with_clock(mut self, clock: Arc<dyn TimeProvider>) -> Self {
        self.clock = clock;
        self
    }

    /// Loads the first pair and begins to watch.
    ///
    /// # Errors
    /// [`ReloadError`] when the first pair is not one to present, or the thread cannot be started.
    pub fn start(self) -> Result<Arc<RotatingClientCert>, ReloadError> {
        let RotationBuilder { files, provider, trust, clock, every } = self;
        let (snapshot, contents) = files.read()?;
        let pair = Pair::of(&files, &contents, &provider)?;
        let now = now(&*clock);
        let demands = Demands { trust: trust.as_deref(), now, holds_a_good_one: false };
        let until = judge(&pair.chain, &demands)?;
        let held = Held::new(pair, until, 1, &snapshot);
        let progress = Progress::begun(now);
        let looked = Looked { seen: Some(snapshot), first_seen: Instant::now(), settled: false };
        let shared = Arc::new(Shared {
            files,
            provider,
            clock,
            trust: ArcSwapOption::new(trust),
            held: ArcSwap::from_pointee(held),
            presented_expired: AtomicU64::new(0),
            looked: Mutex::new(looked),
            progress: Mutex::new(progress),
        });
        let watching = every.map(|every| watch(Arc::downgrade(&shared), every.max(SHORTEST))).transpose();
        let watching = watching.map_err(|error| {
            let what = format_args!(
                "the thread that watches it does not start ({error}); raise the limit on threads"
            );
            ReloadError::at(Reason::NotWatched, &shared.files.certificate, what)
        })?;
        Ok(Arc::new(RotatingClientCert { shared, _watching: watching }))
    }
}

impl RotatingClientCert {
    /// For a pair of files. The provider has to be that of the configuration in which the certificate is going to be used.
    pub fn builder(files: CertificateFiles, provider: Arc<CryptoProvider>) -> RotationBuilder {
        let clock = Arc::new(DefaultTimeProvider);
        RotationBuilder { files, provider, trust: None, clock, every: Some(INTERVAL) }
    }

    /// Looks at the files now, on this thread, and whatever the file system says about changes.
    ///
    /// # Errors
    /// [`ReloadError`]; what was presented before still is.
    pub fn reload_now(&self) -> Result<Reloaded, ReloadError> {
        self.shared.reload(true)
    }

    /// Judges by another bundle and other filters from now on; what is presented stays.
    pub fn set_trust(&self, trust: Option<Arc<NamespaceTrust>>) {
        self.shared.trust.store(trust);
    }

    /// What is presented, and how replacing it went so far. Never waits for the disk.
    pub fn status(&self) -> RotationStatus {
        let progress = self.shared.progress();
        let held = self.shared.held.load();
        RotationStatus {
            generation: held.generation,
            subject: held.subject.clone(),
            sha256: held.sha256.clone(),
            read_from: held.read_from.clone(),
            until: held.until,
            succeeded: progress.succeeded,
            not_taken: progress.not_taken.clone(),
            presented_expired: self.shared.presented_expired.load(Ordering::Relaxed),
            last_error: progress.last_error.clone(),
            last_look: progress.last_look,
        }
    }
}

impl ResolvesClientCert for RotatingClientCert {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let held = self.shared.held.load();
        if now(&*self.shared.clock) >= held.until {
            self.shared.note_expired(&held);
        }
        Some(Arc::clone(&held.certified))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reload(&self, asked: bool) -> Result<Reloaded, ReloadError> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.files.snapshot();
        let is_as_seen = snapshot.as_ref().is_ok_and(|snapshot| looked.seen.as_ref() == Some(snapshot));
        if is_as_seen && looked.settled && !asked && self.progress().last_error.is_none() {
            self.progress().last_look = now(&*self.clock);
            return Ok(Reloaded::Unchanged);
        }
        looked.settled = is_as_seen && looked.first_seen.elapsed() >= COARSEST_TIME;
        let read = self.files.read();
        // What was seen is seen, whatever becomes of it.
        let seen = read.as_ref().map(|(snapshot, _)| snapshot.clone()).ok();
        if let Some(seen) = seen.or(snapshot.as_ref().ok().cloned())
            && looked.seen.as_ref() != Some(&seen)
        {
            *looked = Looked { seen: Some(seen), first_seen: Instant::now(), settled: false };
        }
        let loaded = read.and_then(|(snapshot, contents)| {
            Pair::of(&self.files, &contents, &self.provider).and_then(|pair| self.judge(pair, &snapshot))
        });
        let is_new = asked || snapshot.is_ok() && !is_as_seen;
        self.conclude(loaded, is_new)
    }

    /// The pair to present from now on, if it is another one and good.
    fn judge(&self, pair: Pair, snapshot: &Snapshot) -> Result<Option<Held>, ReloadError> {
        let held = self.held.load();
        if held.certified.cert == pair.certified.cert {
            return Ok(None);
        }
        let (trust, now) = (self.trust.load(), now(&*self.clock));
        let demands = Demands { trust: trust.as_deref(), now, holds_a_good_one: now < held.until };
        let until = judge(&pair.chain, &demands)?;
        Ok(Some(Held::new(pair, until, held.generation + 1, snapshot)))
    }

    /// Presents what was found and counts it, both in the same moment for whoever asks.
    fn conclude(
        &self,
        loaded: Result<Option<Held>, ReloadError>,
        is_new: bool,
    ) -> Result<Reloaded, ReloadError> {
        let mut progress = self.progress();
        progress.last_look = now(&*self.clock);
        let outcome = loaded.map(|new| {
            let Some(new) = new else { return Reloaded::Unchanged };
            let generation = new.generation;
            info!(
                target: "mtlsmith::rotation",
                generation, subject = %new.subject, sha256 = %new.sha256, until = %new.until, "client certificate replaced"
            );
            self.held.store(Arc::new(new));
            Reloaded::Replaced(generation)
        });
        progress.note(&outcome, is_new, &self.files.certificate);
        outcome
    }

    /// Counts, and warns once for each certificate.
    #[cold]
    fn note_expired(&self, held: &Held) {
        self.presented_expired.fetch_add(1, Ordering::Relaxed);
        if held.expired.fetch_add(1, Ordering::Relaxed) == 0 {
            warn!(
                target: "mtlsmith::rotation",
                generation = held.generation, subject = %held.subject, sha256 = %held.sha256, until = %held.until,
                "an expired client certificate is presented"
            );
        }
    }
}

impl Watched for Shared {
    fn look(&self) {
        let _ = self.reload(false); // the outcome stands in the status
    }
}

impl Held {
    fn new(pair: Pair, until: Timestamp, generation: u64, snapshot: &Snapshot) -> Self {
        let leaf = pair.chain.first().and_then(Member::certificate);
        Held {
            subject: leaf.map(shown_subject).unwrap_or_default(),
            sha256: leaf.map(Certificate::sha256_hex).unwrap_or_default(),
            certified: Arc::new(pair.certified),
            until,
            generation,
            read_from: snapshot.certificate().to_owned(),
            expired: AtomicU64::new(0),
        }
    }
}

/// The time; the beginning of all time when there is no clock, so that nothing counts as expired.
fn now(clock: &dyn TimeProvider) -> Timestamp {
    clock.current_time().map_or(Timestamp::from_unix(0), Timestamp::from)
}

impl fmt::Debug for RotatingClientCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.shared.held.load();
        f.debug_struct("RotatingClientCert")
            .field("files", &self.shared.files)
            .field("generation", &held.generation)
            .field("subject", &held.subject)
            .field("until", &held.until)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RotationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotationBuilder")
            .field("files", &self.files)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

/// Kubernetes takes about a minute to bring a renewed secret to its mount; half of that adds little to it.
const INTERVAL: Duration = Duration::from_secs(30);

/// No file system notes times more coarsely: two writes further apart than this differ in them.
const COARSEST_TIME: Duration = Duration::from_secs(2);

/// Looking more often than this is a busy loop.
const SHORTEST: Duration = Duration::from_millis(1);
