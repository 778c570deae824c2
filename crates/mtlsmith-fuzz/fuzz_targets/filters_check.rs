//! Any bytes as certificate filters: always an answer, and every sentence complete.
#![no_main]

use mtlsmith_validate::filters::check_filters;
use mtlsmith_validate::profile::NEWEST_RULESET;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let report = check_filters(text, NEWEST_RULESET);
    for finding in &report.findings {
        assert!(!finding.message().is_empty() && !finding.help().is_empty());
    }
});
