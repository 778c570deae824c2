//! The certificates behind a configuration, judged as `ClientCheck` judges a file: against what the Namespace trusts where that is
//! known, else by themselves.

use std::sync::Arc;

use super::files::ClientFiles;
use super::files::FilePart;
use crate::admission::ClientCheck;
use crate::admission::ClientFileCheck;
use crate::admission::KeyInput;
use crate::admission::NamespaceTrust;
use crate::bundle::Bundle;
use crate::finding::Finding;
use crate::profile::Profile;
use crate::report::Report;
use crate::report::Verdict;
use crate::rule::Severity;
use crate::time::Timestamp;

/// How the certificates behind a configuration are judged.
#[derive(Clone, Copy)]
pub struct PresentedCheck<'a> {
    /// By what to judge.
    pub profile: &'a Profile,
    /// The time to judge for.
    pub now: Timestamp,
    /// Reads a private key: to work out its public half takes cryptography, and its permissions the file.
    pub key: &'a dyn Fn(&FilePart) -> KeyInput,
    /// What the Namespace trusts to which these files are presented.
    pub against: &'a dyn Fn(&ClientFiles) -> Result<Against, NotDecided>,
}

/// What a certificate is decided against, with the names by which the user calls it.
#[derive(Debug, Clone)]
pub struct Against {
    /// What the Namespace trusts.
    pub trust: Arc<NamespaceTrust>,
    /// The CA bundle.
    pub bundle: String,
    /// What would become of that bundle on upload.
    pub bundle_verdict: Verdict,
    /// The certificate filters.
    pub filters: Option<String>,
}

/// Why nobody can say whether a certificate gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotDecided {
    /// Nobody said what the Namespace trusts.
    NoBundle,
    /// There are several Namespaces, and the configuration does not say which one is meant.
    NoNamespace,
    /// Of this Namespace it is not known what it trusts.
    UnknownNamespace,
}

/// A client's certificate and key, judged.
#[derive(Debug)]
pub struct JudgedFiles {
    /// Which ones: an index into [`super::ConfigurationReport::files`].
    pub files: usize,
    /// What was found; with an answer about the client when it was decided.
    pub report: Report,
    /// Against what it was decided, or why it was not.
    pub against: Result<Against, NotDecided>,
}

impl JudgedFiles {
    /// Would a program with these settings be let in? Accepted as well when nothing stands against it and nobody can say.
    pub fn verdict(&self) -> Verdict {
        match self.report.client {
            Some(_) => self.report.verdict(),
            None if self.report.count(Severity::Error) > 0 => Verdict::Refused,
            None => Verdict::Accepted,
        }
    }

    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.report.findings
    }
}

impl PresentedCheck<'_> {
    /// Judges the files of every client that has a certificate. Of a key the certificate's own rules tell nothing where there is none:
    /// those about settings say that.
    pub(super) fn run(&self, files: &[ClientFiles]) -> Vec<JudgedFiles> {
        let each = files.iter().enumerate();
        each.filter_map(|(index, files)| self.judge(index, files)).collect()
    }

    fn judge(&self, index: usize, files: &ClientFiles) -> Option<JudgedFiles> {
        let certificate = files.certificate.as_ref()?.content.expose();
        let bundle = Bundle::read(certificate);
        bundle.certificates().next()?;
        // No client decodes base64 around PEM: there is nothing that it could present.
        if bundle.base64_layers > 0 {
            return None;
        }
        let key = files.key.as_ref().map(self.key).filter(|key| !key.file.keys().is_empty());
        let against = (self.against)(files);
        let now = self.now;
        let report = match &against {
            Ok(Against { trust, .. }) => ClientCheck { trust: Arc::clone(trust), now, key }.run(certificate),
            Err(_) => ClientFileCheck { profile: self.profile, now, key }.run(certificate),
        };
        Some(JudgedFiles { files: index, report, against })
    }
}

impl std::fmt::Debug for PresentedCheck<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresentedCheck").field("now", &self.now).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::client_configuration::ConfigurationCheck;
    use crate::client_configuration::ConfigurationReport;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::Files;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::profile;
    use crate::private_key::PrivateKeyFile;

    /// The report on a profile that names this pair, decided against this bundle where there is one.
    fn judged(certificate: &str, key: &str, bundle: Option<&str>) -> ConfigurationReport {
        let files = [("/tls/tls.crt", certificate), ("/tls/tls.key", key)];
        let files = files.map(|(path, content)| (path.to_owned(), content.as_bytes().to_vec()));
        let files = Files(files.into());
        let check = ConfigurationCheck { files: &files, ..ConfigurationCheck::default() };
        let text = profile(ADDRESS, NAMESPACE, "");
        let mut report = check.run("temporal.toml", text.as_bytes());
        let by = Profile::temporal_cloud();
        report.judge(&PresentedCheck {
            profile: &by,
            now: Timestamp::from_unix(testkit::NOW),
            key: &|part| KeyInput { file: PrivateKeyFile::read(part.content.expose(), None), mode: None },
            against: &|files| {
                assert_eq!(files.namespace.as_deref(), Some(NAMESPACE));
                let bundle = bundle.ok_or(NotDecided::NoBundle)?;
                Ok(Against {
                    trust: Arc::new(NamespaceTrust::read(bundle.as_bytes(), None, &by)),
                    bundle: "ca.pem".to_owned(),
                    bundle_verdict: Verdict::Accepted,
                    filters: None,
                })
            },
        });
        report
    }

    fn errors(report: &ConfigurationReport) -> Vec<&'static str> {
        let found = report.judged.iter().flat_map(JudgedFiles::findings);
        found
            .filter(|finding| finding.rule.severity == Severity::Error)
            .map(|finding| finding.rule.name)
            .collect()
    }

    #[test]
    fn a_pair_is_judged_by_itself_when_no_bundle_is_known() {
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        let sound = judged(&leaf.pem(), &leaf.key().pkcs8_pem(), None);
        assert_eq!((sound.verdict(), errors(&sound)), (Verdict::Accepted, vec![]));
        assert_eq!(sound.judged[0].against.as_ref().err(), Some(&NotDecided::NoBundle));
        let other = judged(&leaf.pem(), &testkit::Key::p256("other").pkcs8_pem(), None);
        assert_eq!((other.verdict(), errors(&other)), (Verdict::Refused, vec!["key-of-another-certificate"]));
        assert_eq!(other.count(Severity::Error), 1);
    }

    #[test]
    fn a_pair_is_decided_when_the_bundle_is_known() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let key = leaf.key().pkcs8_pem();
        let sound = judged(&leaf.pem(), &key, Some(&root.pem()));
        assert!(sound.judged[0].report.client.as_ref().unwrap().decision.is_admitted());
        assert_eq!(sound.verdict(), Verdict::Accepted);
        let stranger = judged(&leaf.pem(), &key, Some(&testkit::root("two").pem()));
        assert_eq!((stranger.verdict(), errors(&stranger)), (Verdict::Refused, vec!["not-issued-by-bundle"]));
    }

    #[test]
    fn what_holds_no_certificate_is_left_to_the_rules_about_settings() {
        assert!(judged("hello", "", None).judged.is_empty());
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        assert_eq!(errors(&judged(&leaf.pem(), "no key", None)), Vec::<&str>::new());
    }

    #[test]
    fn the_rules_about_certificates_are_counted_beside_those_about_settings() {
        let leaf = testkit::leaf("worker", &testkit::root("one"));
        let sound = judged(&leaf.pem(), &leaf.key().pkcs8_pem(), None);
        let of_settings = judged("hello", "", None).rules_run;
        assert!(of_settings > 0 && sound.judged[0].report.rules_run > 0);
        assert_eq!(sound.rules_run, of_settings + sound.judged[0].report.rules_run);
    }

    #[test]
    fn a_check_is_printed_with_its_time() {
        let check = PresentedCheck {
            profile: &Profile::temporal_cloud(),
            now: Timestamp::from_unix(testkit::NOW),
            key: &|part| KeyInput { file: PrivateKeyFile::read(part.content.expose(), None), mode: None },
            against: &|_| Err(NotDecided::NoBundle),
        };
        assert_eq!(format!("{check:?}"), format!("PresentedCheck {{ now: {:?}, .. }}", check.now));
    }
}
