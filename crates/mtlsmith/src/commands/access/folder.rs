//! The folder of one Namespace: its bundle and its filters.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::time::Timestamp;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::layout::BUNDLE_NAMES;
use crate::minting::FILTERS_FILE;
use crate::session::Session;
use crate::session::shown;

/// What stands in the folder of a Namespace.
#[derive(Debug)]
pub(crate) struct NamespaceFolder {
    /// The name of the folder.
    pub(super) name: String,
    /// Its filters, when there are any.
    pub(crate) filters: Option<FilterSet>,
    /// The file of its bundle.
    pub(crate) bundle_file: PathBuf,
    bundle: Vec<u8>,
}

impl NamespaceFolder {
    /// Every Namespace below a folder, by name; one at least.
    pub(super) fn all_in(folder: &Path, session: &mut Session<'_, '_>) -> Result<Vec<Self>, Failure> {
        let failure = |error: std::io::Error| file_failure("read", folder.display(), &error);
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(failure)? {
            let path = entry.map_err(failure)?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.is_dir() && !is_hidden {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            let message = format!("{} holds no folder of a Namespace", shown(folder.display()));
            return Err(Failure::could_not_run(message)
                .hint("make one per Namespace, with its bundle.pem and filters.json"));
        }
        paths.sort();
        paths.iter().map(|path| NamespaceFolder::read(path, session)).collect()
    }

    /// One Namespace.
    pub(crate) fn read(path: &Path, session: &mut Session<'_, '_>) -> Result<Self, Failure> {
        let name = path.file_name().map(|name| name.display().to_string()).unwrap_or_default();
        let bundle_file = bundle_in(path)?;
        let bundle = source(&bundle_file).read_file()?;
        let filters = path.join(FILTERS_FILE);
        let is_there = filters.exists();
        if let Some(other) = misnamed_filters(path).filter(|_| !is_there) {
            session.warning(&format!(
                "{} has no {FILTERS_FILE} and counts as without filters; {} is not read",
                shown(path.display()),
                shown(other.display())
            ));
        }
        let filters = is_there.then(|| filter_file::read(&source(&filters), NEWEST_RULESET, session));
        Ok(NamespaceFolder { name, filters: filters.transpose()?, bundle_file, bundle })
    }

    /// What the Namespace trusts, and what would become of its bundle on upload.
    pub(crate) fn trust(&self, profile: &Profile, now: Timestamp) -> (NamespaceTrust, Verdict) {
        let filters = match self.filters.as_ref().map(|set| set.filters.len()) {
            None | Some(0) => CertificateFilters::None,
            Some(count) => CertificateFilters::Present(count),
        };
        let report = BundleCheck { profile, now, filters }.run(&self.bundle);
        let trust = NamespaceTrust::read(&self.bundle, self.filters.clone(), profile);
        (trust, report.verdict())
    }
}

fn source(path: &Path) -> Source {
    Source::one(path.as_os_str(), &StandardInput { stdin_filename: "<stdin>".to_owned() })
}

/// A file of JSON in the folder of a Namespace that may have been meant as its filters.
fn misnamed_filters(folder: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let speaks_of_filters = |path: &PathBuf| {
        path.file_stem().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("filter"))
    };
    paths.filter(|path| is_json(path) && speaks_of_filters(path) && path.is_file()).min()
}

/// The bundle by its name, or the only file that can be one.
fn bundle_in(folder: &Path) -> Result<PathBuf, Failure> {
    if let Some(named) = BUNDLE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists()) {
        return Ok(named);
    }
    let failure = |error: std::io::Error| file_failure("read", folder.display(), &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if path.extension().is_some_and(|ending| ending == "pem" || ending == "crt") && path.is_file() {
            found.push(path);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (one, _) => {
            let folder = shown(folder.display());
            let what = if one.is_some() {
                "holds several files that could be its bundle"
            } else {
                "holds no bundle"
            };
            Err(Failure::could_not_run(format!("{folder} {what}"))
                .hint("call the CA bundle of the Namespace bundle.pem"))
        }
    }
}
