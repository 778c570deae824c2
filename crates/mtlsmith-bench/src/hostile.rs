//! Bundles made to cost as much as possible: many CAs of one name, cross-signed meshes, rings.

use std::time::Duration;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::Key;
use mtlsmith_validate::Profile;
use mtlsmith_validate::budget::SIGNATURE_CHECKS;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::processor_time;
use crate::measure::say;

/// No bundle of 16 certificates may cost more, in milliseconds.
const WORST_MILLISECONDS: f64 = 50.0;

/// Prints the worst cases; `false` when one is too slow.
pub(crate) fn run() -> bool {
    say("hostile: bundles of 16 certificates made to cost as much as possible");
    let mut met = true;
    for (name, certificates) in cases() {
        let bundle = testkit::bundle(&certificates.iter().collect::<Vec<_>>());
        let profile = Profile::temporal_cloud();
        let now = Timestamp::from_unix(testkit::NOW);
        let mut times = Vec::new();
        let mut spent = (0, 0);
        for _ in 0..9 {
            let start = processor_time();
            let report = check_bundle(bundle.as_bytes(), &profile, now);
            times.push(processor_time().saturating_sub(start));
            spent = (report.budget.signatures_spent(), report.budget.steps_spent());
        }
        let milliseconds = median(times.iter().map(Duration::as_secs_f64).collect()) * 1e3;
        say(&format!(
            "  {name:<44} {milliseconds:>8.3} ms  {:>3} signature checks  {:>6} steps",
            spent.0, spent.1
        ));
        met &= judge("milliseconds", milliseconds, Goal::AtMost(WORST_MILLISECONDS));
        met &= spent.0 <= SIGNATURE_CHECKS;
    }
    met
}

fn cases() -> Vec<(&'static str, Vec<Certificate>)> {
    vec![
        ("16 roots of one name, P-256", same_name(Key::p256, false)),
        ("16 roots of one name, P-384", same_name(Key::p384, false)),
        ("16 of one name, none signed by another, P-384", same_name(Key::p384, true)),
        ("4 names, each signed by all 4, P-256", mesh(Key::p256)),
        ("4 names, each signed by all 4, P-384", mesh(Key::p384)),
        ("16 of one name and key, P-256", same_key()),
        ("a ring of 16, P-384", ring(Key::p384)),
    ]
}

fn same_name(key: fn(&str) -> Key, orphaned: bool) -> Vec<Certificate> {
    let one = |index: usize| {
        let builder =
            testkit::root_builder("one name").no_ski().no_aki().key(key(&format!("same name {index}")));
        if orphaned { builder.corrupt_signature().self_signed() } else { builder.self_signed() }
    };
    (0..16).map(one).collect()
}

fn mesh(key: fn(&str) -> Key) -> Vec<Certificate> {
    let name = |index: usize| format!("mesh {index}");
    let root = |index: usize| testkit::root_builder(&name(index)).no_ski().no_aki().key(key(&name(index)));
    let mut certificates = Vec::new();
    for subject in 0..4 {
        for issuer in 0..4 {
            certificates.push(root(subject).signed_by(&root(issuer).self_signed()));
        }
    }
    certificates
}

fn same_key() -> Vec<Certificate> {
    let one =
        |index: i64| testkit::root_builder("one key").not_after(testkit::NOT_AFTER - index).self_signed();
    (0..16).map(one).collect()
}

fn ring(key: fn(&str) -> Key) -> Vec<Certificate> {
    let name = |index: usize| format!("ring {index}");
    let root = |index: usize| testkit::root_builder(&name(index)).key(key(&name(index)));
    (0..16).map(|index| root(index).signed_by(&root((index + 1) % 16).self_signed())).collect()
}
