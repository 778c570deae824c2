//! What is counted, and what is known of each certificate: shared with the thread that answers for metrics.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_validate::time::Timestamp;

/// Everything that metrics are made of.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<Counted>);

/// The numbers.
#[derive(Debug, Default, Clone)]
pub(super) struct Counted {
    pub(super) rotated: u64,
    pub(super) refused: u64,
    pub(super) failed: u64,
    pub(super) hooks_succeeded: u64,
    pub(super) hooks_failed: u64,
    pub(super) hooks_pending: u64,
    pub(super) reloads: u64,
    pub(super) reloads_failed: u64,
    pub(super) read_errors: u64,
    pub(super) clock_jumps: u64,
    pub(super) looks: u64,
    pub(super) looked_at: Option<Timestamp>,
    pub(super) leaves: std::sync::Arc<[LeafFacts]>,
    pub(super) live: Vec<LiveFacts>,
    /// What the configuration names and the state directory does not have.
    pub(super) missing: Vec<Missing>,
    /// When the agent last gave a sign of life, and how often it should.
    pub(super) alive: Option<(Instant, Duration)>,
}

/// What is told of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeafFacts {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) path: String,
    /// In decimal digits.
    pub(super) serial: String,
    pub(super) subject: Named,
    pub(super) issuer: Named,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) effective_expiry: Option<Timestamp>,
    /// When it is due at the latest.
    pub(super) due: Option<Timestamp>,
    pub(super) failures: u32,
}

/// What is told of a Namespace for which Temporal Cloud is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LiveFacts {
    pub(super) namespace: String,
    /// When there last was an answer.
    pub(super) at: Option<Timestamp>,
    pub(super) answers: u64,
    pub(super) failures: u64,
}

/// A certificate that is named and not there; any of the Namespace when it has no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) namespace: String,
    pub(super) name: Option<String>,
}

/// Attributes of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) common_name: String,
    pub(super) organization: String,
    pub(super) unit: String,
}

impl Counters {
    /// Counts something.
    pub(super) fn count(&self, change: impl FnOnce(&mut Counted)) {
        change(&mut self.counted());
    }

    pub(super) fn reloaded(&self, well: bool) {
        self.count(|counted| {
            let number = if well { &mut counted.reloads } else { &mut counted.reloads_failed };
            *number = number.saturating_add(1);
        });
    }

    /// A copy.
    pub(super) fn snapshot(&self) -> Counted {
        self.counted().clone()
    }

    /// Everything that did not succeed.
    pub(super) fn failures(&self) -> u64 {
        let counted = self.counted();
        [counted.refused, counted.failed, counted.hooks_failed, counted.read_errors].iter().sum()
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // Numbers are whole whatever became of the thread that changed them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Has the agent looked when it should have?
    pub(super) fn is_healthy(&self) -> bool {
        self.alive.is_none_or(|(last, pause)| last.elapsed() < pause.saturating_mul(3).max(SHORTEST_SILENCE))
    }
}

/// A signer may take a minute, and so may the disk.
const SHORTEST_SILENCE: Duration = Duration::from_secs(180);
