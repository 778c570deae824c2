//! Writing files: all or nothing, and never over something that is there unless asked.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

/// Where the result goes.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArguments {
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite FILE if it exists
    #[arg(long, requires = "output")]
    force: bool,
}

/// What to do with a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// Leave it, and say so.
    Keep,
    /// Replace it.
    Replace,
}

impl OutputArguments {
    /// The file to write, unless standard output is meant.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// Where the result is going to be read.
    pub(crate) fn place(&self) -> Place {
        if self.file().is_some() { Place::File } else { Place::Output }
    }

    /// Fails early when the file is there already, so that no work is done in vain.
    pub(crate) fn may_write(&self) -> Result<(), Failure> {
        match self.file() {
            Some(path) => may_write(path, self.existing()),
            None => Ok(()),
        }
    }

    /// Writes the result where it belongs.
    pub(crate) fn write(&self, bytes: &[u8], session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let Some(path) = self.file() else { return session.write(bytes) };
        write_file(path, bytes, self.existing())?;
        session.note(&format!("wrote {}", shown(path.display())));
        Ok(())
    }

    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Keep }
    }
}

/// Writes a file through a temporary one beside it: it is there with all its bytes, or it is as it was.
pub(crate) fn write_file(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    may_write(path, existing)?;
    let failure = |error: io::Error| file_failure("write", path.display(), &error);
    let present = fs::metadata(path).ok();
    if present.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        // A pipe or a device cannot be replaced, only written to.
        let written = OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
        return written.map_err(failure);
    }
    // A link stays a link: the file behind it is replaced.
    let path = if present.is_some() { fs::canonicalize(path).map_err(failure)? } else { path.to_owned() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = temporary_in(folder).map_err(failure)?;
    temporary.write_all(bytes).map_err(failure)?;
    if let Some(metadata) = present {
        temporary.as_file().set_permissions(metadata.permissions()).map_err(failure)?;
    }
    temporary.as_file().sync_all().map_err(failure)?;
    let moved = match existing {
        Existing::Replace => temporary.persist(&path),
        Existing::Keep => temporary.persist_noclobber(&path),
    };
    moved.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => exists_already(&path),
        _ => failure(failed.error),
    })?;
    sync_folder(folder).map_err(failure)
}

/// Appends to a file that may not be there yet.
pub(crate) fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

fn may_write(path: &Path, existing: Existing) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            Err(Failure::could_not_run(format!("cannot write {}: it is a directory", shown(path.display()))))
        }
        Ok(metadata) if metadata.is_file() && existing == Existing::Keep => Err(exists_already(path)),
        // The file behind the link could be anywhere, and to put a file in the place of the link would change what the link is for.
        Err(_)
            if existing == Existing::Replace
                && fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink()) =>
        {
            let path = shown(path.display());
            Err(Failure::refused(format!(
                "{path} is a link to a file that is not there; nothing was written"
            ))
            .hint("make the file, or remove the link"))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn exists_already(path: &Path) -> Failure {
    Failure::refused(format!("{} exists already; nothing was written", shown(path.display())))
        .hint("choose another file, or overwrite it with --force")
}

#[cfg(unix)]
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // Certificates are public, so the file gets the mode that any new file gets; the system takes off the bits of the umask.
    let everyone = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".mtlsmith-").permissions(everyone).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".mtlsmith-").tempfile_in(folder)
}

/// Makes the new name last; a folder is synced only where it can be opened, and one that may be written may be closed to readers.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn files_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_once_and_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        write_file(&path, b"one", Existing::Keep).unwrap();
        let Failure::Said { exit, message, .. } = write_file(&path, b"two", Existing::Keep).unwrap_err()
        else {
            panic!()
        };
        assert_eq!(exit, Exit::Refused);
        assert!(message.contains("ca.pem exists already"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_file(&path, b"two", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(files_in(folder.path()), ["ca.pem"]);
    }

    #[test]
    fn nothing_is_left_when_the_folder_is_missing_or_the_place_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_file(&folder.path().join("missing/ca.pem"), b"one", Existing::Keep).is_err());
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write_file(&folder.path().join("taken"), b"one", Existing::Replace).is_err());
        assert_eq!(files_in(folder.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_survive() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("ca.pem"), folder.path().join("link.pem"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("ca.pem", &link).unwrap();
        write_file(&link, b"two", Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link.pem");
        std::os::unix::fs::symlink("missing.pem", &link).unwrap();
        for existing in [Existing::Keep, Existing::Replace] {
            let Failure::Said { exit, .. } = write_file(&link, b"one", existing).unwrap_err() else {
                panic!()
            };
            assert_eq!(exit, Exit::Refused);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
        assert_eq!(files_in(folder.path()), ["link.pem"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_read_is_written_to() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o300)).unwrap();
        let path = folder.path().join("ca.pem");
        let written = write_file(&path, b"one", Existing::Keep).is_ok();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(written);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays() {
        write_file(Path::new("/dev/null"), b"one", Existing::Keep).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
