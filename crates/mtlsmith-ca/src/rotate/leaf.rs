//! When to replace a client certificate: decided from the wall clock at each call, so that sleeping laptops and jumping clocks do no
//! harm, and without allocating, so that a hundred thousand certificates are decided in a moment.

use std::fmt;

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::moment;

/// What is known about one leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeafState {
    /// Tells leaves apart, so that those issued together do not fall due together; see [`identity`].
    pub identity: u64,
    /// When it was issued.
    #[serde(with = "moment")]
    pub issued_at: Timestamp,
    /// The last second at which it opens a connection: the earliest end on the chain that works longest. `None` when no chain works.
    #[serde(with = "moment::option")]
    pub effective_expiry: Option<Timestamp>,
    /// The failures since the last success.
    pub failures: Option<Failures>,
}

/// Failed attempts in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one happened.
    #[serde(with = "moment")]
    pub last_at: Timestamp,
}

/// When a leaf is due, and how to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafPolicy {
    /// The part of the effective life after which a leaf is due: numerator and denominator.
    pub due_after: (u32, u32),
    /// The due time is moved forward by at most this part of the effective life (one divided by this number).
    pub spread: u32,
    /// Seconds until the second attempt; doubled after each failure.
    pub first_delay: i64,
    /// Seconds between attempts at most.
    pub longest_delay: i64,
    /// Seconds by which the clock may lie before the last issuance.
    pub clock_tolerance: i64,
}

impl Default for LeafPolicy {
    /// Due after two thirds, spread over a twentieth, tried again after a minute to an hour, five minutes of tolerance.
    fn default() -> Self {
        LeafPolicy {
            due_after: (2, 3),
            spread: 20,
            first_delay: 60,
            longest_delay: 3_600,
            clock_tolerance: 300,
        }
    }
}

/// What to do about a leaf now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum LeafStep {
    /// Nothing before a time.
    Wait {
        /// When to ask again at the latest.
        #[serde(with = "moment")]
        until: Timestamp,
        /// Why not now.
        reason: LeafReason,
    },
    /// Replace it now.
    Rotate {
        /// Why.
        reason: LeafReason,
    },
    /// Nothing: by this clock the leaf was issued in the future, so nothing decided by it can be trusted.
    ClockLooksWrong {
        /// What the clock says.
        #[serde(with = "moment")]
        now: Timestamp,
        /// When the leaf was issued.
        #[serde(with = "moment")]
        issued_at: Timestamp,
    },
}

/// Why a step was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum LeafReason {
    /// The due time lies ahead.
    NotDue {
        /// When it is due.
        #[serde(with = "moment")]
        due: Timestamp,
        /// When it stops working.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
    /// The due time has come.
    Due {
        /// When it was due.
        #[serde(with = "moment")]
        due: Timestamp,
        /// When it stops working.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
    /// It no longer works.
    Expired {
        /// The last second at which it worked.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
    /// No chain from it to a root works.
    NoChain,
    /// The last attempt failed a moment ago.
    BackingOff {
        /// Failed attempts in a row.
        failures: u32,
        /// When the last one failed.
        #[serde(with = "moment")]
        last_at: Timestamp,
        /// When the next one may begin.
        #[serde(with = "moment")]
        retry_at: Timestamp,
    },
}

impl LeafStep {
    /// Is it time to replace the leaf?
    pub const fn is_rotate(&self) -> bool {
        matches!(self, LeafStep::Rotate { .. })
    }
}

/// Decides for one leaf. Depends on its arguments alone.
///
/// ```
/// use mtlsmith_ca::rotate::{LeafPolicy, LeafState, decide_leaf, identity};
/// use mtlsmith_validate::time::Timestamp;
///
/// let at = |day: i64| Timestamp::from_unix(day * 86_400);
/// let leaf = LeafState { identity: identity("worker-1"), issued_at: at(0), effective_expiry: Some(at(30)), failures: None };
/// assert!(!decide_leaf(&leaf, &LeafPolicy::default(), at(18)).is_rotate());
/// assert!(decide_leaf(&leaf, &LeafPolicy::default(), at(20)).is_rotate());
/// ```
pub fn decide(leaf: &LeafState, policy: &LeafPolicy, now: Timestamp) -> LeafStep {
    let issued_at = leaf.issued_at;
    if now < issued_at.plus(-policy.clock_tolerance) {
        return LeafStep::ClockLooksWrong { now, issued_at };
    }
    let reason = match leaf.effective_expiry {
        None => LeafReason::NoChain,
        Some(effective_expiry) if now > effective_expiry => LeafReason::Expired { effective_expiry },
        Some(effective_expiry) => {
            let due = due_at(leaf, policy, effective_expiry);
            if now < due {
                return LeafStep::Wait { until: due, reason: LeafReason::NotDue { due, effective_expiry } };
            }
            LeafReason::Due { due, effective_expiry }
        }
    };
    match back_off(leaf, policy, now) {
        Some((until, reason)) => LeafStep::Wait { until, reason },
        None => LeafStep::Rotate { reason },
    }
}

/// A number for a leaf, from whatever names it; the same on every machine.
pub fn identity(name: &str) -> u64 {
    name.bytes().fold(FNV_START, |state, byte| (state ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// When the leaf is due: after the stated part of its effective life, moved forward by its own share of the spread.
fn due_at(leaf: &LeafState, policy: &LeafPolicy, effective_expiry: Timestamp) -> Timestamp {
    let life = effective_expiry.since(leaf.issued_at).max(0);
    let (numerator, denominator) = policy.due_after;
    let due = life.saturating_mul(i64::from(numerator)) / i64::from(denominator.max(1));
    let width = u64::try_from(life / i64::from(policy.spread.max(1))).unwrap_or(0);
    let generation = u64::try_from(leaf.issued_at.unix()).unwrap_or(0);
    let share = mix(leaf.identity ^ mix(generation)) % width.saturating_add(1);
    leaf.issued_at.plus(due.saturating_sub(i64::try_from(share).unwrap_or(0)).max(0))
}

/// Until when to wait after failures. A failure noted in the future, as after a clock was set back, delays no longer than one now.
fn back_off(leaf: &LeafState, policy: &LeafPolicy, now: Timestamp) -> Option<(Timestamp, LeafReason)> {
    let Failures { count, last_at } = leaf.failures.filter(|failures| failures.count > 0)?;
    let doublings = count.saturating_sub(1).min(30);
    let full = policy.first_delay.saturating_mul(1_i64 << doublings).min(policy.longest_delay).max(0);
    // A fifth of each delay is the leaf's own, so that those that failed together do not come back together.
    let width = u64::try_from(full / 5).unwrap_or(0);
    let share = mix(leaf.identity ^ u64::from(count)) % width.saturating_add(1);
    let delay = full.saturating_sub(i64::try_from(share).unwrap_or(0)).max(policy.first_delay.min(full));
    let retry_at = last_at.min(now).plus(delay);
    (now < retry_at).then_some((retry_at, LeafReason::BackingOff { failures: count, last_at, retry_at }))
}

/// Spreads the bits of a number over all of it (the finalizer of SplitMix64).
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

impl fmt::Display for LeafStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeafStep::Wait { until, reason } => write!(f, "{reason}: look again at {until} at the latest"),
            LeafStep::Rotate { reason } => write!(f, "{reason}: replace it now"),
            LeafStep::ClockLooksWrong { now, issued_at } => write!(
                f,
                "the clock says {now}, but the certificate was issued at {issued_at}: set the clock, nothing is replaced before"
            ),
        }
    }
}

impl fmt::Display for LeafReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeafReason::NotDue { due, effective_expiry } => {
                write!(f, "the certificate works until {effective_expiry} and is due at {due}")
            }
            LeafReason::Due { due, effective_expiry } => {
                write!(f, "the certificate works until {effective_expiry} and was due at {due}")
            }
            LeafReason::Expired { effective_expiry } => {
                write!(f, "the certificate stopped working at {effective_expiry}")
            }
            LeafReason::NoChain => f.write_str("the certificate chains to no CA of the bundle"),
            LeafReason::BackingOff { failures, last_at, retry_at } => {
                let times = if *failures == 1 { "attempt" } else { "attempts in a row" };
                write!(
                    f,
                    "{failures} {times} failed, the last one at {last_at}; the next one may begin at {retry_at}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
