//! The decision about one chain.

use super::Place;
use super::opinion::Opinion;
use crate::finding::Finding;
use crate::time::Timestamp;

/// Would the client get in?
#[derive(Debug, Clone)]
pub enum Decision {
    /// Yes, wherever it is verified.
    Admitted(Admitted),
    /// No.
    Refused(Refused),
    /// It depends on the server.
    Contested(Contested),
}

/// Admitted: through which path, by which filter, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The path, from the leaf to the root.
    pub path: Vec<Place>,
    /// The first filter that the leaf passes: index into [`crate::filters::FilterSet::filters`]; `None` when there are no filters.
    pub filter: Option<usize>,
    /// The effective expiry: the earliest not-after of the path, of the path for which it is latest. From this second on, not every
    /// server admits.
    pub until: Timestamp,
}

/// Refused: why.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What stands against it; the first thing to repair on top.
    pub findings: Vec<Finding>,
    /// Who makes what of the chain.
    pub opinions: Vec<Opinion>,
}

/// Contested: who admits, who refuses and why.
#[derive(Debug, Clone)]
pub struct Contested {
    /// What it would be where it is admitted.
    pub where_admitted: Admitted,
    /// Why it is refused elsewhere; the first thing to repair on top.
    pub findings: Vec<Finding>,
    /// Who makes what of the chain.
    pub opinions: Vec<Opinion>,
}

impl Decision {
    /// `admitted`, `refused` or `contested`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Decision::Admitted(_) => "admitted",
            Decision::Refused(_) => "refused",
            Decision::Contested(_) => "contested",
        }
    }

    /// Is it admitted wherever it is verified?
    pub const fn is_admitted(&self) -> bool {
        matches!(self, Decision::Admitted(_))
    }

    /// What stands against it, somewhere; the first thing to repair on top.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Decision::Admitted(_) => &[],
            Decision::Refused(Refused { findings, .. }) | Decision::Contested(Contested { findings, .. }) => {
                findings
            }
        }
    }

    /// Who makes what of the chain; empty when all admit.
    pub fn opinions(&self) -> &[Opinion] {
        match self {
            Decision::Admitted(_) => &[],
            Decision::Refused(Refused { opinions, .. }) | Decision::Contested(Contested { opinions, .. }) => {
                opinions
            }
        }
    }

    /// The path by which a server verifies the leaf, if any does; filters and other rules may still refuse it.
    pub fn path(&self) -> Option<&[Place]> {
        match self {
            Decision::Admitted(admitted) => Some(&admitted.path),
            Decision::Contested(contested) => Some(&contested.where_admitted.path),
            Decision::Refused(refused) => refused.opinions.iter().find_map(|opinion| opinion.view.path()),
        }
    }

    /// The effective expiry, where it is admitted at all.
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Decision::Admitted(admitted) => Some(admitted.until),
            Decision::Contested(contested) => Some(contested.where_admitted.until),
            Decision::Refused(_) => None,
        }
    }
}
