//! Decides for 100,000 leaves and says how long it took: `cargo run --release -p mtlsmith-ca --example decide_leaves`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example that measures reads a clock and says what it measured"
)]

use std::time::Instant;

use mtlsmith_ca::rotate::Failures;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafState;
use mtlsmith_ca::rotate::decide_leaf;
use mtlsmith_ca::rotate::identity;
use mtlsmith_validate::time::Timestamp;

fn main() {
    let start = Timestamp::from_unix(1_795_449_600);
    let day = |days: i64| start.plus(days * 86_400);
    let leaf = |number: i64| LeafState {
        identity: identity(&format!("worker-{number}")),
        issued_at: day(number % 30),
        effective_expiry: Some(day(number % 30 + 30)),
        failures: (number % 50 == 0).then_some(Failures { count: 3, last_at: day(35) }),
    };
    let leaves: Vec<LeafState> = (0..100_000).map(leaf).collect();
    let policy = LeafPolicy::default();
    let mut times: Vec<(u128, usize)> = (0..21)
        .map(|_| {
            let began = Instant::now();
            let due = leaves.iter().filter(|leaf| decide_leaf(leaf, &policy, day(35)).is_rotate()).count();
            (began.elapsed().as_micros(), due)
        })
        .collect();
    times.sort_unstable();
    if let (Some((fastest, due)), Some((median, _))) = (times.first(), times.get(10)) {
        println!("100000 leaves, {due} due: {median} µs (median of 21), {fastest} µs (fastest)");
    }
}
