//! Where a certificate and its key lie, and how both are read from the same moment.

use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::problem::Reason;
use super::problem::ReloadError;

/// The files of a certificate and of its private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// What tells that the files were replaced: where their links lead, and what the file system says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    certificate: Stamp,
    key: Stamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    target: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    identity: [i128; 4],
}

/// The bytes of both files, overwritten when this is dropped: somebody may keep the key in either.
pub(super) struct Contents {
    pub(super) certificate: Zeroizing<Vec<u8>>,
    pub(super) key: Zeroizing<Vec<u8>>,
}

impl CertificateFiles {
    /// A directory with `tls.crt` and `tls.key`: a leaf of a state directory of `mtlsmith`, whose current generation lies behind the
    /// link `current`, that link itself, or a mounted Kubernetes secret.
    pub fn directory(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let current = path.join(CURRENT);
        let directory = if current.symlink_metadata().is_ok() { current } else { path.to_owned() };
        CertificateFiles { certificate: directory.join(CERTIFICATE), key: directory.join(KEY) }
    }

    /// A file with the certificate, those above it behind it, and a file with its key.
    pub fn pair(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        CertificateFiles { certificate: certificate.into(), key: key.into() }
    }

    /// What the file system says now.
    pub(super) fn snapshot(&self) -> Result<Snapshot, ReloadError> {
        Ok(Snapshot { certificate: Stamp::of(&self.certificate)?, key: Stamp::of(&self.key)? })
    }

    /// Reads both files. Who renews a certificate may switch a link or rename files between our two reads, so what the file system
    /// says must be the same before and after.
    pub(super) fn read(&self) -> Result<(Snapshot, Contents), ReloadError> {
        let mut failed = None;
        for _ in 0..ATTEMPTS {
            let before = self.snapshot();
            let contents = before.as_ref().map_err(Clone::clone).and_then(|before| self.contents(before));
            let after = self.snapshot();
            match (before, contents, after) {
                (Ok(before), Ok(contents), Ok(after)) if before == after => return Ok((before, contents)),
                // The directory that the link led to may be gone by now; a new look at the link helps.
                (before, contents, after) => failed = before.err().or(contents.err()).or(after.err()),
            }
        }
        Err(failed.unwrap_or_else(|| {
            let what = format_args!(
                "it or {} changed during each of {ATTEMPTS} reads; replace both by renaming, or by switching one link",
                self.key.display()
            );
            ReloadError::at(Reason::StillChanging, &self.certificate, what)
        }))
    }

    fn contents(&self, snapshot: &Snapshot) -> Result<Contents, ReloadError> {
        let certificate = read_file(&self.certificate, &snapshot.certificate)?;
        Ok(Contents { certificate, key: read_file(&self.key, &snapshot.key)? })
    }
}

impl Snapshot {
    /// The file that the certificate was read from, all links followed.
    pub(super) fn certificate(&self) -> &Path {
        &self.certificate.target
    }
}

impl Stamp {
    fn of(path: &Path) -> Result<Self, ReloadError> {
        let unreadable = |error: io::Error| {
            ReloadError::at(
                Reason::Unreadable,
                path,
                format_args!("cannot be read ({error}); check the path and who may read it"),
            )
        };
        let target = fs::canonicalize(path).map_err(unreadable)?;
        let metadata = fs::metadata(&target).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ReloadError::at(
                Reason::Unreadable,
                path,
                "is no regular file; name the PEM file itself",
            ));
        }
        let (length, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Stamp { target, length, modified, identity: identity(&metadata) })
    }
}

/// The device, the file on it, and when its owner, mode, links or content last changed.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> [i128; 4] {
    use std::os::unix::fs::MetadataExt;
    [metadata.dev().into(), metadata.ino().into(), metadata.ctime().into(), metadata.ctime_nsec().into()]
}

/// Elsewhere the path, the length and the time have to do.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i128; 4] {
    [0; 4]
}

fn read_file(path: &Path, stamp: &Stamp) -> Result<Zeroizing<Vec<u8>>, ReloadError> {
    let failed = |what: String| ReloadError::at(Reason::Unreadable, path, what);
    if stamp.length > FILE_BYTES {
        return Err(failed(format!(
            "has {} bytes, and a certificate or key has at most {FILE_BYTES}; name another file",
            stamp.length
        )));
    }
    // As large as the file from the start: a vector that grows leaves copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(stamp.length).unwrap_or_default() + 1));
    File::open(&stamp.target)
        .and_then(|file| file.take(stamp.length + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(format!("cannot be read ({error}); check who may read it")))?;
    Ok(bytes)
}

/// The link to the generation in force, in the directory of a leaf.
const CURRENT: &str = "current";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// How often to read again when the files change meanwhile.
const ATTEMPTS: usize = 8;

/// More than any chain and key have.
const FILE_BYTES: u64 = 1_048_576;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn pair(folder: &Path, certificate: &str, key: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(CERTIFICATE), certificate).unwrap();
        fs::write(folder.join(KEY), key).unwrap();
    }

    #[test]
    fn a_directory_is_read_with_and_without_a_current_link() {
        let folder = folder();
        pair(folder.path(), "plain", "key");
        assert_eq!(
            CertificateFiles::directory(folder.path()).read().unwrap().1.certificate.as_slice(),
            b"plain"
        );
        pair(&folder.path().join("1-a"), "first", "key");
        std::os::unix::fs::symlink("1-a", folder.path().join(CURRENT)).unwrap();
        let files = CertificateFiles::directory(folder.path());
        let (snapshot, contents) = files.read().unwrap();
        assert_eq!((contents.certificate.as_slice(), contents.key.as_slice()), (&b"first"[..], &b"key"[..]));
        assert!(snapshot.certificate().ends_with("1-a/tls.crt"));
        assert_eq!(CertificateFiles::directory(folder.path().join(CURRENT)).read().unwrap().0, snapshot);
    }

    #[test]
    fn a_switched_link_shows_although_the_files_are_alike() {
        let folder = folder();
        pair(&folder.path().join("1-a"), "same", "key");
        pair(&folder.path().join("2-b"), "same", "key");
        let link = folder.path().join(CURRENT);
        std::os::unix::fs::symlink("1-a", &link).unwrap();
        let files = CertificateFiles::directory(folder.path());
        let before = files.snapshot().unwrap();
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink("2-b", &link).unwrap();
        assert_ne!(files.snapshot().unwrap(), before);
    }

    #[test]
    fn what_is_no_file_or_too_large_is_not_read() {
        let folder = folder();
        pair(folder.path(), "certificate", "key");
        let here = |name: &str| folder.path().join(name);
        let large = File::create(here("large")).unwrap();
        large.set_len(FILE_BYTES + 1).unwrap();
        for name in ["missing", ".", "large"] {
            let failed = CertificateFiles::pair(here(name), here(KEY)).read().map(|_| ()).unwrap_err();
            assert_eq!(failed.reason(), Reason::Unreadable, "{name}");
            assert!(failed.to_string().starts_with(&here(name).display().to_string()), "{failed}");
        }
    }
}
