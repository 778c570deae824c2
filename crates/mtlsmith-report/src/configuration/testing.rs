//! What the tests of all formats of settings share: settings whose certificate gets in, does not, or is not decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::KeyInput;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::client_configuration::Against;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::FileProblem;
use mtlsmith_validate::client_configuration::NotDecided;
use mtlsmith_validate::client_configuration::PresentedCheck;
use mtlsmith_validate::client_configuration::ReferencedFiles;
use mtlsmith_validate::client_configuration::Secret;
use mtlsmith_validate::private_key::PrivateKeyFile;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::time::Timestamp;

use super::CheckedConfiguration;
use super::configurations;
use crate::Detail;
use crate::Format;
use crate::Style;

struct Files(BTreeMap<&'static str, String>);

impl ReferencedFiles for Files {
    fn read(&self, path: &str) -> Result<Secret, FileProblem> {
        self.0.get(path).map(|text| Secret::new(text.as_bytes())).ok_or(FileProblem::Missing)
    }
}

/// The settings whose pair is judged.
pub(crate) const SETTINGS: &str = "[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\nnamespace = \"orders.a1b2c\"\n\
    [profile.default.tls]\nclient_cert_path = \"/tls/worker.pem\"\nclient_key_path = \"/tls/worker.key\"\n";

/// The report on settings with this pair, before a Namespace with this bundle where one is given.
pub(crate) fn report(
    settings: &str,
    certificate: String,
    key: String,
    bundle: Option<String>,
) -> ConfigurationReport {
    let files = Files([("/tls/worker.pem", certificate), ("/tls/worker.key", key)].into());
    let check = ConfigurationCheck { files: &files, ..ConfigurationCheck::default() };
    let mut report = check.run("temporal.toml", settings.as_bytes());
    let profile = Profile::temporal_cloud();
    report.judge(&PresentedCheck {
        profile: &profile,
        now: Timestamp::from_unix(testkit::NOW),
        key: &|part| KeyInput { file: PrivateKeyFile::read(part.content.expose(), None), mode: None },
        against: &|_| {
            let bundle = bundle.as_ref().ok_or(NotDecided::NoBundle)?;
            Ok(Against {
                trust: Arc::new(NamespaceTrust::read(bundle.as_bytes(), None, &profile)),
                bundle: "ca.pem".to_owned(),
                bundle_verdict: Verdict::Accepted,
                filters: None,
            })
        },
    });
    report
}

/// The report in a format.
pub(crate) fn rendered(format: Format, report: &ConfigurationReport, columns: usize) -> String {
    let now = Timestamp::from_unix(testkit::NOW);
    let checked =
        CheckedConfiguration { name: "temporal.toml", report, ruleset: NEWEST_RULESET, now, trust: None };
    configurations(format, &[checked], &Style { color: false, columns, detail: Detail::Normal })
}

/// Every state in turn: admitted, refused, contested, not decided, refused without a bundle, and no certificate at all.
pub(crate) fn states() -> Vec<ConfigurationReport> {
    let (root, stranger) = (testkit::root("one"), testkit::root("two"));
    let leaf = testkit::leaf("worker", &root);
    // Its last second is now, which Go counts as valid and OpenSSL does not.
    let ending = testkit::leaf_builder("worker").not_after(testkit::NOW).signed_by(&root);
    let (pem, key) = (leaf.pem(), leaf.key().pkcs8_pem());
    let other = testkit::Key::p256("other").pkcs8_pem();
    vec![
        report(SETTINGS, pem.clone(), key.clone(), Some(root.pem())),
        report(SETTINGS, pem.clone(), key.clone(), Some(stranger.pem())),
        report(SETTINGS, ending.pem(), ending.key().pkcs8_pem(), Some(root.pem())),
        report(SETTINGS, pem.clone(), key, None),
        report(SETTINGS, pem, other, None),
        report(SETTINGS, "nothing".to_owned(), String::new(), None),
    ]
}

/// Every state in a format.
pub(crate) fn in_every_state(format: Format) -> Vec<String> {
    states().iter().map(|report| rendered(format, report, 100)).collect()
}
