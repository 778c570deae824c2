//! Any bytes as a bundle: always an answer, always in order, and every sentence complete.
#![no_main]

use mtlsmith_validate::Profile;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let report = check_bundle(text, &Profile::temporal_cloud(), Timestamp::from_unix(1_781_481_600));
    for finding in &report.findings {
        assert!(!finding.message().is_empty() && !finding.help().is_empty());
    }
});
