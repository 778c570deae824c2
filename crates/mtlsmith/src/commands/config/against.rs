//! What the certificates of clients are decided against: one bundle for all, or the folder of each one's Namespace.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::client_configuration::Against;
use mtlsmith_validate::client_configuration::ClientFiles;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::NotDecided;
use mtlsmith_validate::time::Timestamp;

use crate::commands::access::NamespaceFolder;
use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Session;
use crate::session::shown;

/// What Namespaces trust.
#[derive(Debug, Clone, Args)]
pub(super) struct TrustArguments {
    /// The CA bundle of the Namespace, to decide whether the certificates get in, and to tell your own CA from that of the server
    #[arg(short, long, value_name = "FILE", conflicts_with = "namespaces")]
    pub(super) bundle: Option<OsString>,
    /// The certificate filters of the Namespace, as JSON in a shape of the official tools
    #[arg(long, value_name = "FILE", requires = "bundle")]
    filters: Option<OsString>,
    /// A folder per Namespace, called by its full name, with its bundle.pem and filters.json: each certificate is decided before the
    /// Namespace that its settings name
    #[arg(long, value_name = "DIR")]
    namespaces: Option<PathBuf>,
}

/// What was read of it.
pub(super) struct Trusted {
    /// The bytes of the one bundle.
    pub(super) bundle: Option<Vec<u8>>,
    everywhere: Option<Against>,
    folders: Option<PathBuf>,
    by_namespace: BTreeMap<String, Against>,
    profile: Profile,
    now: Timestamp,
}

impl TrustArguments {
    /// How many of the files are standard input.
    pub(super) fn stdin_named(&self) -> usize {
        [&self.bundle, &self.filters].into_iter().flatten().filter(|file| *file == "-").count()
    }

    /// Reads the one bundle and its filters.
    pub(super) fn read(
        &self,
        profile: &Profile,
        now: Timestamp,
        standard_input: &StandardInput,
        session: &mut Session<'_, '_>,
    ) -> Result<Trusted, Failure> {
        let mut trusted = Trusted {
            bundle: None,
            everywhere: None,
            folders: self.namespaces.clone(),
            by_namespace: BTreeMap::new(),
            profile: profile.clone(),
            now,
        };
        if let Some(folder) = &self.namespaces
            && !folder.is_dir()
        {
            return Err(Failure::could_not_run(format!("{} is no folder", shown(folder.display()))));
        }
        let Some(file) = &self.bundle else { return Ok(trusted) };
        let source = Source::one(file, standard_input);
        let bundle = source.read(session)?;
        let filters = self.filters.as_ref().map(|file| Source::one(file, standard_input));
        let set = match &filters {
            Some(source) => Some(filter_file::read(source, profile.ruleset, session)?),
            None => None,
        };
        let known = set.as_ref().map_or(CertificateFilters::NotStated, |set| match set.filters.len() {
            0 => CertificateFilters::None,
            count => CertificateFilters::Present(count),
        });
        let bundle_verdict = BundleCheck { profile, now, filters: known }.run(&bundle).verdict();
        trusted.everywhere = Some(Against {
            trust: Arc::new(NamespaceTrust::read(&bundle, set, profile)),
            bundle: source.name,
            bundle_verdict,
            filters: filters.map(|source| source.name),
        });
        trusted.bundle = Some(bundle);
        Ok(trusted)
    }
}

impl Trusted {
    /// Reads the folders of the Namespaces to which a configuration connects.
    pub(super) fn prepare(
        &mut self,
        report: &ConfigurationReport,
        session: &mut Session<'_, '_>,
    ) -> Result<(), Failure> {
        let Some(folders) = &self.folders else { return Ok(()) };
        for name in report.files.iter().filter_map(|files| files.namespace.as_deref()) {
            let path = folders.join(name);
            if self.by_namespace.contains_key(name) || !is_folder_name(name) || !path.is_dir() {
                continue;
            }
            let folder = NamespaceFolder::read(&path, session)?;
            let (trust, bundle_verdict) = folder.trust(&self.profile, self.now);
            let against = Against {
                trust: Arc::new(trust),
                bundle: folder.bundle_file.display().to_string(),
                bundle_verdict,
                filters: folder.filters.as_ref().map(|_| path.join("filters.json").display().to_string()),
            };
            self.by_namespace.insert(name.to_owned(), against);
        }
        Ok(())
    }

    /// What a client's certificate is decided against.
    pub(super) fn of(&self, files: &ClientFiles) -> Result<Against, NotDecided> {
        if self.folders.is_none() {
            return self.everywhere.clone().ok_or(NotDecided::NoBundle);
        }
        let namespace = files.namespace.as_ref().ok_or(NotDecided::NoNamespace)?;
        self.by_namespace.get(namespace).cloned().ok_or(NotDecided::UnknownNamespace)
    }
}

/// Does a name stay within the folder to which it is joined?
fn is_folder_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Component::Normal(own)), None) if own == name)
}

#[cfg(test)]
mod tests {
    use super::is_folder_name;

    #[test]
    fn a_namespace_leads_out_of_no_folder() {
        for name in ["..", ".", "", "/", "a/b", "a/..", "../a", "/a", "a/"] {
            assert!(!is_folder_name(name), "{name}");
        }
        assert!(is_folder_name("orders.a1b2c") && is_folder_name("..a"));
    }
}
