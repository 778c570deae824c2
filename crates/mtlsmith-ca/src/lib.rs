//! Mint, keep and rotate CAs and client certificates so that a crash never leaves half of anything.
//!
//! [`mint`] makes certificates that pass the judgement of `mtlsmith-validate` by construction; [`keep`] puts them on disk; [`rotate`]
//! decides when to replace what; [`publish`] brings a CA bundle to Temporal Cloud.
#![forbid(unsafe_code)]

pub mod keep;
pub mod mint;
pub mod publish;
pub mod rotate;
