//! Plain files where a user wants them, outside of the store: written whole or not at all, never through a link, never over something
//! unless that was said.
//!
//! Two plain files cannot change in one step. Between the two renames of a replaced pair a reader finds a new key beside an old
//! certificate; the time is some microseconds, but a crash can fall into it. The `current` link of the store has no such moment: who
//! can, points a worker at [`Home::current_path`](super::home::Home::current_path).

use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::disk::Access;
use super::disk::Disk;
use super::disk::Kind;
use super::disk::OpenFile;
use super::error::KeepError;
use super::home::is_missing;

/// What to do when something stands where a file is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// Refuse.
    #[default]
    Never,
    /// Replace it when it is a regular file.
    Force,
}

/// A file and where it is to be.
#[derive(Clone, Copy)]
pub struct Output<'a> {
    /// Where.
    pub path: &'a Path,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Who may use it: [`Access::FILE`] for everything with a key in it.
    pub access: Access,
}

/// Writes one file.
///
/// # Errors
/// When something stands there and may not be replaced, when the directory is no place for it, when the disk says no. Nothing was changed
/// then.
pub fn place_file(disk: &dyn Disk, output: &Output<'_>, overwrite: Overwrite) -> Result<(), KeepError> {
    check_target(disk, output, overwrite)?;
    let Aside { path: aside, mut file } = write_aside(disk, output)?;
    if let Err(error) = file.sync() {
        let _ = disk.remove_file(&aside); // the first error is the one to tell
        return Err(KeepError::disk(output.path, "write")(error));
    }
    let done = match overwrite {
        Overwrite::Never => put_new(disk, &aside, output.path),
        Overwrite::Force => {
            disk.rename(&aside, output.path).map_err(KeepError::disk(output.path, "put in place"))
        }
    };
    if done.is_err() {
        let _ = disk.remove_file(&aside); // nothing else can be done about it, and the first error is the one to tell
    }
    done?;
    sync_parent(disk, output.path)
}

/// Writes a key and the certificate that it fits, as safely as two files can be: both are checked, written and made safe before the first
/// one gets its name, and when the second one cannot get its name, the first one is taken back.
///
/// # Errors
/// As [`place_file`]; [`KeepError::HalfReplaced`] when one file is new, the other one is old, and that could not be undone.
pub fn place_pair(
    disk: &dyn Disk,
    key: &Output<'_>,
    certificate: &Output<'_>,
    overwrite: Overwrite,
) -> Result<(), KeepError> {
    check_target(disk, key, overwrite)?;
    check_target(disk, certificate, overwrite)?;
    if key.path == certificate.path {
        return Err(KeepError::Exists { path: key.path.to_owned() });
    }
    let mut new_key = write_aside(disk, key)?;
    let mut new_certificate = match write_aside(disk, certificate) {
        Ok(aside) => aside,
        Err(error) => {
            let _ = disk.remove_file(&new_key.path); // the first error is the one to tell
            return Err(error);
        }
    };
    // Both are on their way before the first is waited for: where there is a journal, one commit is enough for two.
    new_certificate.file.begin_sync();
    let safe = new_key.file.sync().and_then(|()| new_certificate.file.sync());
    let (key_aside, certificate_aside) = (new_key.path, new_certificate.path);
    if let Err(error) = safe {
        for aside in [&key_aside, &certificate_aside] {
            let _ = disk.remove_file(aside);
        }
        return Err(KeepError::disk(certificate.path, "write")(error));
    }
    let done = put_both(disk, (&key_aside, key.path), (&certificate_aside, certificate.path), overwrite);
    // What was replaced now has the temporary names; what was not placed still has.
    for aside in [&key_aside, &certificate_aside] {
        let _ = disk.remove_file(aside);
    }
    done?;
    sync_parent(disk, key.path)?;
    if parent(key.path) == parent(certificate.path) {
        return Ok(());
    }
    sync_parent(disk, certificate.path)
}

type Move<'a> = (&'a PathBuf, &'a Path);

fn put_both(
    disk: &dyn Disk,
    key: Move<'_>,
    certificate: Move<'_>,
    overwrite: Overwrite,
) -> Result<(), KeepError> {
    let first = put(disk, key, overwrite)?;
    let Err(error) = put(disk, certificate, overwrite) else { return Ok(()) };
    let taken_back = match first {
        Put::New => disk.rename_new(key.1, key.0),
        Put::Exchanged => disk.exchange(key.0, key.1),
        Put::Replaced => Err(io::ErrorKind::Unsupported.into()),
    };
    match taken_back {
        Ok(()) => Err(error),
        Err(source) => Err(KeepError::HalfReplaced {
            replaced: key.1.to_owned(),
            kept: certificate.1.to_owned(),
            source,
        }),
    }
}

/// How a file got its name.
enum Put {
    New,
    /// What was there before has the temporary name.
    Exchanged,
    /// What was there before is gone.
    Replaced,
}

fn put(disk: &dyn Disk, (aside, path): Move<'_>, overwrite: Overwrite) -> Result<Put, KeepError> {
    if overwrite == Overwrite::Never {
        return put_new(disk, aside, path).map(|()| Put::New);
    }
    match disk.exchange(aside, path) {
        Ok(()) => Ok(Put::Exchanged),
        Err(error) if is_missing(&error) => put_new(disk, aside, path).map(|()| Put::New),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            disk.rename(aside, path).map(|()| Put::Replaced).map_err(KeepError::disk(path, "put in place"))
        }
        Err(error) => Err(KeepError::disk(path, "put in place")(error)),
    }
}

fn put_new(disk: &dyn Disk, aside: &Path, path: &Path) -> Result<(), KeepError> {
    disk.rename_new(aside, path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeepError::Exists { path: path.to_owned() },
        _ => KeepError::disk(path, "put in place")(error),
    })
}

/// A file that has its bytes and not yet its name.
struct Aside {
    path: PathBuf,
    file: Box<dyn OpenFile>,
}

/// Writes the bytes beside the target under a name that nobody can guess. They are not safe before they are synchronized.
fn write_aside(disk: &dyn Disk, output: &Output<'_>) -> Result<Aside, KeepError> {
    let number = disk.random().map_err(KeepError::disk(output.path, "name"))?;
    let path = parent(output.path).join(format!(".mtlsmith-{number:016x}"));
    let mut file = disk.create_new(&path, output.access).map_err(KeepError::disk(&path, "make"))?;
    if let Err(error) = file.write_everything(output.bytes) {
        let _ = disk.remove_file(&path); // the first error is the one to tell
        return Err(KeepError::disk(output.path, "write")(error));
    }
    Ok(Aside { path, file })
}

fn check_target(disk: &dyn Disk, output: &Output<'_>, overwrite: Overwrite) -> Result<(), KeepError> {
    let path = output.path;
    match disk.status(path) {
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(KeepError::disk(path, "look at")(error)),
        Ok(status) if status.kind != Kind::File => {
            return Err(KeepError::WrongKind {
                path: path.to_owned(),
                found: status.kind,
                wanted: Kind::File,
            });
        }
        Ok(_) if overwrite == Overwrite::Never => return Err(KeepError::Exists { path: path.to_owned() }),
        Ok(_) => {}
    }
    check_parent(disk, output)
}

/// A key does not go where somebody else can put another one in its place.
fn check_parent(disk: &dyn Disk, output: &Output<'_>) -> Result<(), KeepError> {
    let parent = parent(output.path);
    // `/.` follows a link at the end of the parent's path: what counts is the directory that it leads to.
    let status = disk.status(&parent.join(".")).map_err(KeepError::disk(parent, "open"))?;
    let private = output.access.mode & 0o077 == 0;
    if private && status.mode & 0o002 != 0 && status.mode & STICKY == 0 {
        return Err(KeepError::OpenDirectory { path: parent.to_owned(), mode: status.mode });
    }
    let user = disk.user();
    if private && user != 0 && status.owner != user && status.owner != 0 {
        return Err(KeepError::ForeignOwner { path: parent.to_owned(), owner: status.owner, user });
    }
    Ok(())
}

fn sync_parent(disk: &dyn Disk, path: &Path) -> Result<(), KeepError> {
    let parent = parent(path).join(".");
    disk.sync_directory(&parent).map_err(KeepError::disk(&parent, "sync"))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// In a directory with this bit nobody moves what others own.
const STICKY: u32 = 0o1000;
