//! Rules about the certificates of a bundle together: chains, names, signatures.

mod issuer_not_in_bundle;

use crate::rule::Rule;

/// In the order of the manual.
pub(super) static RULES: &[&Rule] = &[&issuer_not_in_bundle::RULE];
