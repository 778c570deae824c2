//! Thousands of Namespaces in one process: what each takes of the memory, and what replacing one does to the others.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Key;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use rustls::sign::SingleCertAndKey;

use super::Ends;
use super::Fixed;
use super::memory;
use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::say;

const NAMESPACES: usize = 10_000;
const KILOBYTES: f64 = 20.0;
const SLOWER_AT_P99: f64 = 2.0;
const HANDSHAKES: usize = 2_000;

fn directory(ends: &Ends) -> Option<NamespaceDirectory> {
    let own = Arc::new(SingleCertAndKey::from(Arc::clone(&ends.own)));
    let directory = NamespaceDirectory::new("tmprl.cloud", Arc::clone(&ends.provider), own).ok()?;
    Some(directory.with_clock(Arc::new(Fixed)))
}

/// Memory of this process, in bytes, as the system counts it.
fn resident() -> Option<f64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u32 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(f64::from(pages) * 4_096.0)
}

/// Two CAs and two filters each, every one of them another.
pub(super) fn per_namespace() -> bool {
    let Some(ends) = Ends::new(testkit::KeyKind::P256, 1) else { return false };
    let Some(directory) = directory(&ends) else { return false };
    let now = Timestamp::from_unix(testkit::NOW);
    let key = Key::p256("bench many");
    let root = |name: String| testkit::root_builder(&name).key(key.clone()).self_signed();
    let bundles: Vec<String> = (0..NAMESPACES)
        .map(|number| {
            testkit::bundle(&[&root(format!("acme {number}")), &root(format!("acme next {number}"))])
        })
        .collect();
    let Some(before) = resident() else {
        say("  memory per Namespace: not measured, there is no /proc here");
        return true;
    };
    for (number, bundle) in bundles.iter().enumerate() {
        let text =
            format!(r#"{{"filters":[{{"commonName":"worker {number}*"}},{{"organizationalUnit":"ops"}}]}}"#);
        let filters = FilterSet::read(text.as_bytes()).0;
        if directory.set(&format!("namespace-{number}.a1b2c"), bundle.as_bytes(), Some(filters), now).is_err()
        {
            return false;
        }
    }
    let each = (resident().unwrap_or(f64::INFINITY) - before)
        / 1_024.0
        / f64::from(u32::try_from(NAMESPACES).unwrap_or(1));
    judge("KB per Namespace at 10,000, two CAs each", each, Goal::AtMost(KILOBYTES))
}

/// Handshakes with one Namespace, while the bundle of another is replaced a hundred times a second.
pub(super) fn replacing_under_load(rounds: usize) -> bool {
    let Some(ends) = Ends::new(testkit::KeyKind::P256, 1) else { return false };
    let Some(directory) = directory(&ends) else { return false };
    let now = Timestamp::from_unix(testkit::NOW);
    let bundle = ends.root.pem();
    let set = |name: &str| directory.set(name, bundle.as_bytes(), None, now).is_ok();
    if !set("orders.a1b2c") || !set("billing.a1b2c") {
        return false;
    }
    let mut ratios = Vec::new();
    for _ in 0..rounds {
        let (Some(quiet), Some(busy)) = (p99(&ends, &directory), while_replacing(&ends, &directory, &set))
        else {
            return false;
        };
        ratios.push(busy.as_secs_f64() / quiet.as_secs_f64());
    }
    judge(
        "p99 of a handshake while a bundle is replaced 100 times a second",
        median(ratios),
        Goal::AtMost(SLOWER_AT_P99),
    )
}

fn while_replacing(
    ends: &Ends,
    directory: &NamespaceDirectory,
    set: &(impl Fn(&str) -> bool + Sync),
) -> Option<Duration> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) && set("billing.a1b2c") {
                thread::sleep(Duration::from_millis(10));
            }
        });
        let p99 = p99(ends, directory);
        done.store(true, Ordering::Relaxed);
        p99
    })
}

fn p99(ends: &Ends, directory: &NamespaceDirectory) -> Option<Duration> {
    let client = ends.client(1)?;
    let mut times = Vec::with_capacity(HANDSHAKES);
    for _ in 0..HANDSHAKES {
        let start = Instant::now();
        let served = directory.config_for(Some(super::SERVER_NAME)).ok()?;
        memory::handshake(&served.config, &client)?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times.get(HANDSHAKES * 99 / 100).copied()
}
