//! Inputs that once crashed something, and shapes that crash parsers elsewhere: replayed for ever.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::fs;
use std::path::PathBuf;

use mtlsmith_validate::Profile;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::pem;
use mtlsmith_validate::time::Timestamp;

#[test]
fn every_stored_input_is_answered() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/fuzz");
    let mut replayed = 0;
    for target in fs::read_dir(&folder).expect("testdata/fuzz").flatten() {
        for input in fs::read_dir(target.path()).expect("a folder per target").flatten() {
            let bytes = fs::read(input.path()).expect("a stored input");
            let _ = pem::scan(&bytes);
            let _ = Certificate::read(&bytes);
            let report =
                check_bundle(&bytes, &Profile::temporal_cloud(), Timestamp::from_unix(1_781_481_600));
            assert!(
                report.findings.iter().all(|finding| !finding.message().is_empty()),
                "{}",
                input.path().display()
            );
            replayed += 1;
        }
    }
    assert!(replayed > 0, "there is at least one stored input");
    println!("replayed {replayed} stored inputs");
}
