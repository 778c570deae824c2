//! The Namespace that a certificate is for, so far as it is known: what would admit it is asked before anything is signed.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::FilterSet;

use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::input::is_there;
use crate::input::read_regular;
use crate::session::Session;

/// The target Namespace's bundle and filters.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The Namespace that must admit it")]
pub(crate) struct TargetArguments {
    /// Its CA bundle; a certificate that it would not admit is not signed [default: the one that mtlsmith new has written]
    #[arg(long, value_name = "FILE")]
    bundle: Option<OsString>,
    /// Its certificate filters, as JSON [default: those that mtlsmith new has written]
    #[arg(long, value_name = "FILE")]
    filters: Option<OsString>,
}

/// What is known of the target.
#[derive(Debug, Default)]
pub(crate) struct Target {
    bundle: Option<Vec<u8>>,
    filters: Option<FilterSet>,
}

impl TargetArguments {
    /// Was a bundle or were filters named?
    pub(crate) fn is_named(&self) -> bool {
        self.bundle.is_some() || self.filters.is_some()
    }

    /// Reads what was named, else what lies in the Namespace's own folder.
    pub(crate) fn read(
        &self,
        kept: Option<&std::path::Path>,
        session: &mut Session<'_, '_>,
    ) -> Result<Target, Failure> {
        let none = StandardInput { stdin_filename: "<stdin>".to_owned() };
        let of_folder = |name: &str| {
            let path = kept.map(|folder| folder.join(name)).filter(|path| is_there(path));
            path.map(|path| read_regular(&path).map(|_| path.into_os_string())).transpose()
        };
        let named = self.is_named();
        let usual =
            |name: &str| if named { Ok(None) } else { of_folder(name).map_err(Failure::could_not_run) };
        let (usual_bundle, usual_filters) = (usual(BUNDLE_FILE)?, usual(FILTERS_FILE)?);
        let (bundle, filters) =
            (self.bundle.clone().or(usual_bundle), self.filters.clone().or(usual_filters));
        let bundle = match bundle {
            Some(file) => Some(Source::one(&file, &none).read(session)?),
            None => None,
        };
        let filters = match filters {
            Some(file) => {
                let source = Source::one(&file, &none);
                Some(filter_file::read(&source, Profile::temporal_cloud().ruleset, session)?)
            }
            None => None,
        };
        Ok(Target { bundle, filters })
    }
}

impl Target {
    /// The bundle and filters that are going to be those of the Namespace.
    pub(crate) fn of(bundle: Vec<u8>, filters: FilterSet) -> Self {
        Target { bundle: Some(bundle), filters: Some(filters) }
    }

    /// What decides about a client certificate. Where the bundle is not known, it is the CA alone that issues.
    pub(crate) fn for_clients(&self, issuing: &str, profile: &Profile) -> Option<TargetNamespace> {
        if self.bundle.is_none() && self.filters.is_none() {
            return None;
        }
        let bundle = self.bundle.as_deref().unwrap_or(issuing.as_bytes());
        Some(TargetNamespace::read(bundle, self.filters.clone(), profile))
    }

    /// The bundle to which a CA is going to be added.
    pub(crate) fn bundle(&self) -> Option<&[u8]> {
        self.bundle.as_deref()
    }

    /// What is known of the filters.
    pub(crate) fn filters_known(&self) -> CertificateFilters {
        match &self.filters {
            None => CertificateFilters::NotStated,
            Some(set) if set.filters.is_empty() => CertificateFilters::None,
            Some(set) => CertificateFilters::Present(set.filters.len()),
        }
    }
}

/// The bundle in a Namespace's folder of the state directory.
pub(crate) const BUNDLE_FILE: &str = "ca-bundle.pem";

/// The filters there.
pub(crate) const FILTERS_FILE: &str = "filters.json";
