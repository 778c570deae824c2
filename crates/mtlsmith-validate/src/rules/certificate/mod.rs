//! Rules about each certificate of a bundle for itself.

mod expired;

use crate::rule::Rule;

/// In the order of the manual.
pub(super) static RULES: &[&Rule] = &[&expired::RULE];
