//! Rules about the text of a bundle: PEM framing, size, count, and what else lies in the file.

mod byte_order_mark;
mod no_certificate;
mod too_many_certificates;

use crate::rule::Rule;

/// In the order of the manual.
pub(super) static RULES: &[&Rule] = &[&no_certificate::RULE, &too_many_certificates::RULE, &byte_order_mark::RULE];
