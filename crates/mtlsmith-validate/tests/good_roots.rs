//! A good root of each common kind of key: no rule says a word about it.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Key;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

fn names_for(key: Key) -> Vec<&'static str> {
    let root = testkit::root_builder("acme CA 2026-06").key(key).self_signed();
    let report =
        check_bundle(root.pem().as_bytes(), &Profile::temporal_cloud(), Timestamp::from_unix(testkit::NOW));
    assert_eq!(report.verdict(), Verdict::Accepted);
    report.findings.iter().map(|finding| finding.rule.name).collect()
}

#[test]
fn roots_on_p256_and_p384_and_with_rsa_of_ordinary_size_have_no_finding() {
    for key in [
        Key::p256("good"),
        Key::p384("good"),
        Key::rsa2048("good"),
        Key::rsa3072("good"),
        Key::rsa4096("good"),
    ] {
        let kind = key.kind();
        assert!(names_for(key).is_empty(), "{kind:?}");
    }
}

#[test]
fn a_root_on_p521_has_its_warning_and_nothing_else() {
    assert_eq!(names_for(Key::p521("good")), ["p521-key"]);
}
