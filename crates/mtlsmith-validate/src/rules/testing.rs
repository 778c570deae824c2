//! What the tests of all rules share: run one rule over a bundle, and say what it found.

use std::sync::OnceLock;

use mtlsmith_testkit as testkit;

use crate::check::BundleCheck;
use crate::finding::Finding;
use crate::profile::Profile;
use crate::report::CertificateFilters;
use crate::rule::Rule;
use crate::time::Timestamp;

/// The profile that tests judge by.
pub(super) fn profile() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(Profile::temporal_cloud)
}

/// The findings of this rule, at the time for which the test kit makes its certificates.
pub(super) fn findings(rule: &'static Rule, bundle: impl AsRef<[u8]>) -> Vec<Finding> {
    findings_with(rule, bundle, testkit::NOW, CertificateFilters::NotStated)
}

/// The findings of this rule at another time (seconds since 1970), or with other filters.
pub(super) fn findings_with(
    rule: &'static Rule,
    bundle: impl AsRef<[u8]>,
    now: i64,
    filters: CertificateFilters,
) -> Vec<Finding> {
    let check = BundleCheck { profile: profile(), now: Timestamp::from_unix(now), filters };
    let mut findings = check.run(bundle.as_ref()).findings;
    findings.retain(|finding| std::ptr::eq(finding.rule, rule));
    findings
}

/// The sentences of this rule about the bundle.
pub(super) fn messages(rule: &'static Rule, bundle: impl AsRef<[u8]>) -> Vec<String> {
    findings(rule, bundle).iter().map(Finding::message).collect()
}

/// The sentences of this rule at another time.
pub(super) fn messages_at(rule: &'static Rule, bundle: impl AsRef<[u8]>, now: i64) -> Vec<String> {
    findings_with(rule, bundle, now, CertificateFilters::NotStated).iter().map(Finding::message).collect()
}
