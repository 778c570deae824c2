//! When to prepare the successor of a CA, and when to let it sign.
//!
//! The two are apart because Workers must find the new CA in the published bundle before the first certificate below it is handed out.

use std::fmt;

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::moment;

/// What is known about one CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuthorityState {
    /// When its life began.
    #[serde(with = "moment")]
    pub not_before: Timestamp,
    /// The last second at which anything below it works.
    #[serde(with = "moment")]
    pub effective_expiry: Timestamp,
    /// How far its successor has come.
    pub successor: Successor,
}

/// How far the successor of a CA has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Successor {
    /// There is none.
    None,
    /// It was minted, and its publication beside the old CA is confirmed.
    Prepared,
    /// It signs all new certificates.
    Active,
}

/// When to act. Of the part of the life and the time, the smaller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityPolicy {
    /// Prepare when at most this part of the life is left (one divided by this number).
    pub prepare_part: u32,
    /// Prepare when at most so many seconds are left.
    pub prepare_within: i64,
    /// Activate when at most this part of the life is left (one divided by this number).
    pub activate_part: u32,
    /// Activate when at most so many seconds are left.
    pub activate_within: i64,
    /// Seconds by which the clock may lie before the beginning of the CA's life.
    pub clock_tolerance: i64,
}

impl Default for AuthorityPolicy {
    /// Prepare at half of the life and within 30 days; activate at a sixth and within 7 days.
    fn default() -> Self {
        AuthorityPolicy {
            prepare_part: 2,
            prepare_within: 30 * DAY,
            activate_part: 6,
            activate_within: 7 * DAY,
            clock_tolerance: 300,
        }
    }
}

const DAY: i64 = 86_400;

/// What to do about a CA now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum AuthorityStep {
    /// Nothing before a time.
    Wait {
        /// When to ask again at the latest.
        #[serde(with = "moment")]
        until: Timestamp,
        /// Why not now.
        reason: AuthorityReason,
    },
    /// Mint a successor and publish it beside the CA.
    Prepare {
        /// Why.
        reason: AuthorityReason,
    },
    /// Let the successor sign, and reissue the leaves.
    Activate {
        /// Why.
        reason: AuthorityReason,
    },
    /// Nothing more to begin: the successor signs; what is left is to finish the rollover.
    Finish {
        /// Why.
        reason: AuthorityReason,
    },
    /// Nothing: by this clock the CA's life has not begun.
    ClockLooksWrong {
        /// What the clock says.
        #[serde(with = "moment")]
        now: Timestamp,
        /// When the CA's life began.
        #[serde(with = "moment")]
        not_before: Timestamp,
    },
}

/// Why a step was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum AuthorityReason {
    /// Enough of the life is left.
    TimeLeft {
        /// When the next step is due.
        #[serde(with = "moment")]
        due: Timestamp,
        /// When everything below the CA stops working.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
    /// The end has come close.
    EndNear {
        /// Since when the step is due.
        #[serde(with = "moment")]
        due: Timestamp,
        /// When everything below the CA stops working.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
    /// Nothing below the CA works any more.
    Expired {
        /// The last second at which it did.
        #[serde(with = "moment")]
        effective_expiry: Timestamp,
    },
}

/// Decides for one CA. Depends on its arguments alone.
///
/// ```
/// use mtlsmith_ca::rotate::{AuthorityPolicy, AuthorityState, AuthorityStep, Successor, decide_authority};
/// use mtlsmith_validate::time::Timestamp;
///
/// let at = |day: i64| Timestamp::from_unix(day * 86_400);
/// let ca = AuthorityState { not_before: at(0), effective_expiry: at(365), successor: Successor::None };
/// let decide = |day| decide_authority(&ca, &AuthorityPolicy::default(), at(day));
/// assert!(matches!(decide(334), AuthorityStep::Wait { until, .. } if until == at(335)));
/// assert!(matches!(decide(335), AuthorityStep::Prepare { .. }));
/// ```
pub fn decide(ca: &AuthorityState, policy: &AuthorityPolicy, now: Timestamp) -> AuthorityStep {
    let AuthorityState { not_before, effective_expiry, successor } = *ca;
    if now < not_before.plus(-policy.clock_tolerance) {
        return AuthorityStep::ClockLooksWrong { now, not_before };
    }
    let life = effective_expiry.since(not_before).max(0);
    let due = match successor {
        Successor::None => within(effective_expiry, life, policy.prepare_part, policy.prepare_within),
        Successor::Prepared => within(effective_expiry, life, policy.activate_part, policy.activate_within),
        Successor::Active => now,
    };
    let reason = if now > effective_expiry {
        AuthorityReason::Expired { effective_expiry }
    } else if now < due {
        return AuthorityStep::Wait {
            until: due,
            reason: AuthorityReason::TimeLeft { due, effective_expiry },
        };
    } else {
        AuthorityReason::EndNear { due, effective_expiry }
    };
    match successor {
        Successor::None => AuthorityStep::Prepare { reason },
        Successor::Prepared => AuthorityStep::Activate { reason },
        Successor::Active => AuthorityStep::Finish { reason },
    }
}

/// When as much is left as the smaller of a part of the life and a time.
fn within(end: Timestamp, life: i64, part: u32, time: i64) -> Timestamp {
    end.plus(-(life / i64::from(part.max(1))).min(time))
}

impl fmt::Display for AuthorityStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthorityStep::Wait { until, reason } => {
                write!(f, "{reason}: look again at {until} at the latest")
            }
            AuthorityStep::Prepare { reason } => {
                write!(f, "{reason}: mint its successor now and publish it beside the CA")
            }
            AuthorityStep::Activate { reason } => {
                write!(f, "{reason}: let its successor sign from now on and reissue the client certificates")
            }
            AuthorityStep::Finish { reason } => {
                write!(
                    f,
                    "{reason}: its successor signs already; remove the CA when no client certificate needs it"
                )
            }
            AuthorityStep::ClockLooksWrong { now, not_before } => write!(
                f,
                "the clock says {now}, but the life of the CA begins at {not_before}: set the clock, nothing is decided before"
            ),
        }
    }
}

impl fmt::Display for AuthorityReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthorityReason::TimeLeft { due, effective_expiry } => {
                write!(f, "the CA works until {effective_expiry} and its next step is due at {due}")
            }
            AuthorityReason::EndNear { due, effective_expiry } => {
                write!(f, "the CA works until {effective_expiry} only and its next step is due since {due}")
            }
            AuthorityReason::Expired { effective_expiry } => {
                write!(f, "the CA stopped working at {effective_expiry}, and every certificate below it too")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_unix(day * DAY)
    }

    fn step(days: i64, successor: Successor, now: Timestamp) -> AuthorityStep {
        let ca = AuthorityState { not_before: at(0), effective_expiry: at(days), successor };
        decide(&ca, &AuthorityPolicy::default(), now)
    }

    #[test]
    fn a_year_long_ca_is_prepared_30_days_and_activated_7_days_before_its_end() {
        assert!(matches!(step(365, Successor::None, at(335).plus(-1)), AuthorityStep::Wait { .. }));
        assert!(matches!(step(365, Successor::None, at(335)), AuthorityStep::Prepare { .. }));
        assert!(matches!(step(365, Successor::Prepared, at(358).plus(-1)), AuthorityStep::Wait { .. }));
        assert!(matches!(step(365, Successor::Prepared, at(358)), AuthorityStep::Activate { .. }));
        assert!(matches!(step(365, Successor::Active, at(358)), AuthorityStep::Finish { .. }));
    }

    #[test]
    fn a_short_lived_ca_is_prepared_at_half_and_activated_at_five_sixths_of_its_life() {
        assert!(matches!(step(12, Successor::None, at(6).plus(-1)), AuthorityStep::Wait { .. }));
        assert!(matches!(step(12, Successor::None, at(6)), AuthorityStep::Prepare { .. }));
        assert!(matches!(step(12, Successor::Prepared, at(10).plus(-1)), AuthorityStep::Wait { .. }));
        assert!(matches!(step(12, Successor::Prepared, at(10)), AuthorityStep::Activate { .. }));
    }

    #[test]
    fn an_expired_ca_without_successor_is_prepared_first_and_says_that_it_is_over() {
        let expired = step(10, Successor::None, at(11));
        assert!(matches!(expired, AuthorityStep::Prepare { reason: AuthorityReason::Expired { .. } }));
        assert_eq!(
            expired.to_string(),
            "the CA stopped working at 1970-01-11T00:00:00Z, and every certificate below it too: mint its successor now and \
             publish it beside the CA"
        );
    }

    #[test]
    fn a_clock_before_the_life_of_the_ca_decides_nothing() {
        assert!(matches!(step(10, Successor::None, at(-1)), AuthorityStep::ClockLooksWrong { .. }));
        assert!(matches!(step(10, Successor::None, at(0).plus(-299)), AuthorityStep::Wait { .. }));
    }
}
