//! What the tests of all rules share: run one rule over a bundle, and say what it found.

use std::sync::Arc;
use std::sync::OnceLock;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::der;
use mtlsmith_testkit::spki;

use crate::admission::ClientCheck;
use crate::admission::KeyInput;
use crate::admission::NamespaceTrust;
use crate::check::BundleCheck;
use crate::filters::FilterSet;
use crate::finding::Finding;
use crate::private_key::PrivateKeyFile;
use crate::profile::Profile;
use crate::report::CertificateFilters;
use crate::report::Report;
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

/// The sentences of this rule about a chain (the leaf first) before a bundle without filters.
pub(super) fn client_messages(
    rule: &'static Rule,
    chain: &[&testkit::Certificate],
    bundle: &[&testkit::Certificate],
) -> Vec<String> {
    client_messages_with(rule, chain, bundle, b"")
}

/// As [`client_messages`], with filters; none when the text is empty.
pub(super) fn client_messages_with(
    rule: &'static Rule,
    chain: &[&testkit::Certificate],
    bundle: &[&testkit::Certificate],
    filters: &[u8],
) -> Vec<String> {
    let report = client_report(testkit::bundle(chain), bundle, |check| {
        let filters = (!filters.is_empty()).then(|| FilterSet::read(filters).0);
        let trust = NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), filters, profile());
        check.trust = Arc::new(trust);
    });
    said(rule, &report)
}

/// As [`client_messages`], at another time.
pub(super) fn client_messages_at(
    rule: &'static Rule,
    chain: &[&testkit::Certificate],
    bundle: &[&testkit::Certificate],
    now: i64,
) -> Vec<String> {
    let report = client_report(testkit::bundle(chain), bundle, |check| check.now = Timestamp::from_unix(now));
    said(rule, &report)
}

/// The sentences of this rule about a key file beside a leaf.
pub(super) fn key_messages(
    rule: &'static Rule,
    leaf: &testkit::Certificate,
    bundle: &[&testkit::Certificate],
    key: impl AsRef<[u8]>,
) -> Vec<String> {
    said(rule, &key_report(leaf, bundle, key, None))
}

/// A file with an RSA key whose public half is this; its secret half is none.
pub(super) fn rsa_key_file(bits: usize, exponent: &[u8]) -> String {
    let public = testkit::Key::from_spki(spki::rsa(bits, exponent)).public_key_bytes();
    let numbers: Vec<u8> = der::split(der::split(&public)[0].1)
        .iter()
        .flat_map(|(tag, content)| der::tagged(*tag, content))
        .collect();
    testkit::pem_block("RSA PRIVATE KEY", &der::sequence(&[&der::integer(0), &numbers, &der::integer(1)]))
}

/// The report about a leaf and a key file with these permission bits.
pub(super) fn key_report(
    leaf: &testkit::Certificate,
    bundle: &[&testkit::Certificate],
    key: impl AsRef<[u8]>,
    mode: Option<u32>,
) -> Report {
    let file = PrivateKeyFile::read(key.as_ref(), None);
    client_report(leaf.pem(), bundle, |check| check.key = Some(KeyInput { file, mode }))
}

/// The report about a client's file before a bundle without filters, the check being changed before it runs.
pub(super) fn client_report(
    file: impl AsRef<[u8]>,
    bundle: &[&testkit::Certificate],
    change: impl FnOnce(&mut ClientCheck),
) -> Report {
    let trust = NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), None, profile());
    let now = Timestamp::from_unix(testkit::NOW);
    let mut check = ClientCheck { trust: Arc::new(trust), now, key: None };
    change(&mut check);
    check.run(file.as_ref())
}

/// The sentences of this rule in a report.
pub(super) fn said(rule: &'static Rule, report: &Report) -> Vec<String> {
    let of_rule = report.findings.iter().filter(|finding| std::ptr::eq(finding.rule, rule));
    of_rule.map(Finding::message).collect()
}
