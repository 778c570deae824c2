//! Why a step of a rollover is refused: nothing has changed then.

use std::fmt;

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::gate::Dependant;
use super::gate::Use;
use super::state::Phase;
use super::state::Side;
use crate::rotate::moment;

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// The step does not belong here.
    NotNow {
        /// What was asked for.
        step: String,
        /// Where the rollover stands.
        phase: Phase,
    },
    /// Leaves would be locked out.
    LeavesDepend {
        /// The CA that they need.
        side: Side,
        /// Each of them.
        leaves: Vec<Dependant>,
        /// From when nobody would be, were nothing reissued.
        #[serde(with = "moment")]
        earliest: Timestamp,
    },
    /// Nobody stated that all leaves are known, and unknown ones may work until then.
    InventoryNotComplete {
        /// The last second of the old CA.
        #[serde(with = "moment")]
        until: Timestamp,
    },
    /// Temporal Cloud would refuse the leaf by the bundle and filters that are published now.
    NotAdmitted {
        /// The leaf.
        leaf: String,
        /// Why.
        why: String,
    },
    /// Another certificate was issued for the leaf before, and may be deployed.
    CandidateOpen {
        /// The leaf.
        leaf: String,
    },
    /// No certificate was issued for the leaf.
    NoCandidate {
        /// The leaf.
        leaf: String,
    },
    /// No leaf has this name.
    UnknownLeaf {
        /// The name asked for.
        leaf: String,
    },
    /// The old CA has expired, so that a bundle with it would be refused.
    OldExpired {
        /// Its last second.
        #[serde(with = "moment")]
        until: Timestamp,
    },
    /// The old CA was removed since its key is in the wrong hands.
    OldNotTrusted,
    /// The clock lies before the last change.
    ClockLooksWrong {
        /// What the clock says.
        #[serde(with = "moment")]
        now: Timestamp,
        /// When the state last changed.
        #[serde(with = "moment")]
        changed_at: Timestamp,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotNow { step, phase } => {
                write!(f, "{step} is not possible now: {}", phase.as_str())
            }
            Refusal::LeavesDepend { side, leaves, earliest } => {
                let ca = match side {
                    Side::Old => "old",
                    Side::New => "new",
                };
                let count = leaves.len();
                let verb = if count == 1 { "leaf depends" } else { "leaves depend" };
                write!(f, "{count} {verb} on the {ca} CA alone: ")?;
                for (index, leaf) in leaves.iter().enumerate() {
                    write!(f, "{}{leaf}", if index > 0 { ", " } else { "" })?;
                }
                write!(f, "; reissue and deploy each of them, or wait until {earliest}")
            }
            Refusal::InventoryNotComplete { until } => write!(
                f,
                "leaves that are not listed may work until {until}, the end of the old CA: state that the inventory is complete, or \
                 wait until then"
            ),
            Refusal::NotAdmitted { leaf, why } => {
                write!(
                    f,
                    "{leaf} would be refused with the new certificate: {why}; the present one stays in place"
                )
            }
            Refusal::CandidateOpen { leaf } => write!(
                f,
                "{leaf} has a new certificate already that is neither noted as deployed nor as discarded: note which of the two holds"
            ),
            Refusal::NoCandidate { leaf } => write!(f, "{leaf} has no new certificate: issue one first"),
            Refusal::UnknownLeaf { leaf } => write!(f, "{leaf} is not in the inventory of this rollover"),
            Refusal::OldExpired { until } => write!(
                f,
                "the old CA expired at {until}, so Temporal Cloud would refuse a bundle with it: there is nothing to go back to"
            ),
            Refusal::OldNotTrusted => f.write_str(
                "the old CA was removed because its key leaked: say that it is trusted to publish it again",
            ),
            Refusal::ClockLooksWrong { now, changed_at } => write!(
                f,
                "the clock says {now}, but the rollover last changed at {changed_at}: set the clock, nothing is decided before"
            ),
        }
    }
}

impl Dependant {
    /// How it may be in use, and until when, for people.
    pub fn how(&self) -> String {
        let until = self.until;
        match self.use_ {
            Use::Deployed => format!("works until {until}"),
            Use::PerhapsDeployed => format!("issued and perhaps deployed, works until {until}"),
            Use::Settling => format!("replaced, may be in memory until {until}"),
        }
    }
}

impl fmt::Display for Dependant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.leaf, self.how())
    }
}

impl std::error::Error for Refusal {}
