//! The files with a Namespace's live bundle and filters, read for decisions.

use std::path::Path;
use std::path::PathBuf;

use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_report::harmless_filter_finding;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::filters::check_filters;
use mtlsmith_validate::rule::Severity;

use crate::input::is_there;
use crate::input::read_regular;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::minting::IssuingAuthority;
use crate::session::shown;

/// Where a Namespace's bundle and filters are, as they are in force at the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LiveFiles {
    /// The bundle; `None` when it is not known.
    pub(crate) bundle: Option<PathBuf>,
    /// The filters; `None` when they are not known.
    pub(crate) filters: Option<PathBuf>,
}

impl LiveFiles {
    /// Those that were named, else those in the Namespace's folder of the state directory, as far as they are there.
    pub(crate) fn find(bundle: Option<PathBuf>, filters: Option<PathBuf>, folder: Option<&Path>) -> Self {
        let named = bundle.is_some() || filters.is_some();
        let usual = |name: &str| {
            let path = folder.filter(|_| !named).map(|folder| folder.join(name));
            path.filter(|path| is_there(path))
        };
        LiveFiles {
            bundle: bundle.or_else(|| usual(BUNDLE_FILE)),
            filters: filters.or_else(|| usual(FILTERS_FILE)),
        }
    }

    /// Reads the filters.
    pub(crate) fn filters(&self, profile: &Profile) -> Result<Option<FilterSet>, String> {
        self.filters.as_deref().map(|path| read_filters(path, profile)).transpose()
    }

    /// Reads them. Without a bundle, the CA that issues is trusted alone.
    pub(crate) fn read(&self, issuing: &IssuingAuthority, profile: &Profile) -> Result<LiveTrust, String> {
        let filters = self.filters(profile)?;
        let bundle = match &self.bundle {
            Some(path) => read_regular(path)?,
            None => issuing.pem().into_bytes(),
        };
        Ok(LiveTrust::read(&bundle, filters, profile))
    }
}

/// Filters that are in error would be taken for others than they are: then nothing is decided by them.
fn read_filters(path: &Path, profile: &Profile) -> Result<FilterSet, String> {
    let report = check_filters(&read_regular(path)?, profile.ruleset);
    let error = report.findings.iter().find(|finding| finding.rule.severity == Severity::Error);
    match error {
        None => Ok(report.set),
        Some(finding) => {
            let message = shown(harmless_filter_finding(finding).message());
            Err(format!("{}: {} {message}", shown(path.display()), finding.rule.code))
        }
    }
}
