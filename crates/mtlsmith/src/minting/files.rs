//! Plain files where a user wants them: a key and its certificate together, through the keeping of `mtlsmith-ca`.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::disk::Access;
use mtlsmith_ca::keep::place::Output;
use mtlsmith_ca::keep::place::Overwrite;
use mtlsmith_ca::keep::place::place_file;
use mtlsmith_ca::keep::place::place_pair;

use super::keep_failure;
use crate::failure::Failure;

/// Where a certificate and its key go.
#[derive(Debug, Clone, Args)]
pub(crate) struct PairArguments {
    /// Write the certificate to FILE, instead of into the state directory
    #[arg(long = "certificate-file", visible_alias = "cert", value_name = "FILE", requires = "key_file")]
    pub(crate) certificate_file: Option<PathBuf>,
    /// Write its key to FILE, readable by you alone
    #[arg(long = "key-file", visible_alias = "key", value_name = "FILE", requires = "certificate_file")]
    pub(crate) key_file: Option<PathBuf>,
}

impl PairArguments {
    /// The files for certificate and key, when files are wanted.
    pub(crate) fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate_file.as_deref()?, self.key_file.as_deref()?))
    }
}

/// Writes a certificate and its key. Nothing is there before both are.
pub(crate) fn write_pair(
    (certificate_file, key_file): (&Path, &Path),
    certificate: &str,
    key: &str,
    force: bool,
) -> Result<(), Failure> {
    let certificate = Output { path: certificate_file, bytes: certificate.as_bytes(), access: PUBLIC };
    let key = Output { path: key_file, bytes: key.as_bytes(), access: Access::FILE };
    place_pair(&RealDisk, &key, &certificate, overwrite(force)).map_err(|error| keep_failure(&error))
}

/// Is standard output meant? Only what holds no key goes there by that name, or a key store into a pipe.
pub(crate) fn is_standard_output(path: &Path) -> bool {
    path == Path::new("-")
}

/// Refuses before anything is minted what could not be written afterwards.
pub(crate) fn may_write(paths: &[&Path], force: bool) -> Result<(), Failure> {
    for path in paths {
        if is_standard_output(path) {
            return Err(Failure::could_not_run(
                "- stands for standard output, and a key with its certificate is written as files alone",
            )
            .hint("name a file; one that is called - is ./-"));
        }
        let Ok(metadata) = std::fs::symlink_metadata(path) else { continue };
        if metadata.is_file() && force {
            continue;
        }
        let error = mtlsmith_ca::keep::KeepError::Exists { path: (*path).to_owned() };
        if metadata.is_file() {
            return Err(keep_failure(&error));
        }
        let path = crate::session::shown(path.display());
        return Err(Failure::refused(format!("{path} is no regular file; nothing was written"))
            .hint("links are not followed: name a file, or move it away"));
    }
    Ok(())
}

/// Writes a file that holds a secret.
pub(crate) fn write_key(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let output = Output { path, bytes, access: Access::FILE };
    place_file(&RealDisk, &output, overwrite(force)).map_err(|error| keep_failure(&error))
}

/// Writes a file that everybody may read.
pub(crate) fn place_public_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let output = Output { path, bytes, access: PUBLIC };
    place_file(&RealDisk, &output, overwrite(force)).map_err(|error| keep_failure(&error))
}

fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Force } else { Overwrite::Never }
}

/// Certificates are public.
const PUBLIC: Access = Access { mode: 0o644, group: None };
