//! How long to wait, how often to try, and by which clock.

use std::thread;
use std::time::Duration;
use std::time::Instant;

use sha2::Digest;
use sha2::Sha256;

/// Limits of a conversation with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// One request, from the connection to the last byte of the answer.
    pub request: Duration,
    /// One publication, polling included. A request that has begun may end after it.
    pub whole: Duration,
    /// How often one request is sent at most.
    pub tries: u32,
    /// The first pause between tries; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause, also when the server asks for more.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            request: Duration::from_secs(20),
            // Updates of a Namespace take seconds to a few minutes.
            whole: Duration::from_secs(600),
            tries: 6,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// The pause behind a try, counted from 0: doubled each time, of which between a half and the whole is taken, so that many agents
    /// that were cut off together do not come back together. What is taken follows from `seed`.
    pub(super) fn pause(&self, attempt: u32, seed: &str) -> Duration {
        let doubled = self.first_pause.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
        let digest = Sha256::digest(format!("{attempt} {seed}"));
        let chance = u32::from(digest.first().copied().unwrap_or_default());
        let whole = doubled.min(self.longest_pause);
        (whole / 2).saturating_add(whole.saturating_mul(chance) / 512)
    }
}

/// A clock that runs steadily and can be waited by. Tests hand in one that does not wait.
pub trait Clock: Send {
    /// Time since some fixed moment.
    fn elapsed(&self) -> Duration;

    /// Lets that much time pass.
    fn wait(&mut self, pause: Duration);
}

/// The clock of the system.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// A clock that starts now.
    pub fn start() -> Self {
        SystemClock(Instant::now())
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&mut self, pause: Duration) {
        thread::sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ_between_operations() {
        let patience = Patience::default();
        for attempt in 0..40 {
            let whole = patience
                .first_pause
                .saturating_mul(2_u32.saturating_pow(attempt))
                .min(patience.longest_pause);
            let pause = patience.pause(attempt, "some id");
            assert!(pause >= whole / 2 && pause <= whole, "{attempt}: {pause:?}");
        }
        let pauses: std::collections::BTreeSet<Duration> =
            (0..50).map(|id| patience.pause(3, &format!("id {id}"))).collect();
        assert!(pauses.len() > 25, "{}", pauses.len());
    }
}
