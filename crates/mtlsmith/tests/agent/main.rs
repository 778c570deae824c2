//! The agent as it is shipped, and the same program under a clock that the test sets.
#![allow(
    clippy::disallowed_methods,
    clippy::exit,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it measured"
)]
#![cfg(unix)]

mod deployment;
mod full_disk;
mod herd;
mod killed;
mod live;
mod load;
mod renew;
mod shipped;
mod support;
mod through_rollovers;
mod virtual_clock;
