//! The disk of the machine, through safe calls that never follow a link in the last part of a path.

use std::fs;
use std::fs::File;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::Gid;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::RawMode;
use rustix::fs::RenameFlags;

use super::Access;
use super::Disk;
use super::HeldLock;
use super::Kind;
use super::LockAttempt;
use super::OpenFile;
use super::ReadAt;
use super::Status;

/// The disk of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_new(&self, path: &Path, access: Access) -> io::Result<Box<dyn OpenFile>> {
        let file = open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
        settle(&file, access, Access::FILE.mode)?;
        Ok(Box::new(Writing(file)))
    }

    fn open_append(&self, path: &Path) -> io::Result<Box<dyn OpenFile>> {
        Ok(Box::new(Writing(open_or_make(path, OFlags::WRONLY | OFlags::APPEND)?)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadAt>> {
        // Not blocking: a pipe that was planted here must not hold us up before it is seen to be none of ours.
        let file = open(path, OFlags::RDONLY | OFlags::NONBLOCK)?;
        let length = regular(&file)?;
        Ok(Box::new(Reading { file, length }))
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = open(path, OFlags::WRONLY | OFlags::NONBLOCK)?;
        regular(&file)?;
        file.set_len(length)?;
        file.sync_data()
    }

    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = open(path, OFlags::WRONLY | OFlags::NONBLOCK)?;
        regular(&file)?;
        file.write_all_at(bytes, offset)?;
        file.sync_data()
    }

    fn make_directory(&self, path: &Path, access: Access) -> io::Result<()> {
        rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(raw(Access::DIRECTORY.mode)))?;
        if access.group.is_none() && fs::symlink_metadata(path)?.mode() & PERMISSIONS == access.mode {
            return Ok(());
        }
        self.change_access(path, access)
    }

    fn change_access(&self, path: &Path, access: Access) -> io::Result<()> {
        if access.group.is_some() {
            rustix::fs::chownat(CWD, path, None, access.group.map(Gid::from_raw), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        let directory = open(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        Ok(rustix::fs::fchmod(&directory, Mode::from_raw_mode(raw(access.mode)))?)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        open(path, OFlags::RDONLY | OFlags::DIRECTORY)?.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn sync_everything(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&open(path, OFlags::RDONLY | OFlags::DIRECTORY)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_everything(&self, path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            match entry.file_type()? {
                kind if kind.is_dir() => self.sync_everything(&entry.path())?,
                kind if kind.is_file() => open(&entry.path(), OFlags::RDONLY)?.sync_all()?,
                _ => {}
            }
        }
        self.sync_directory(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Some file systems cannot: a second name for a file, and then the first one away, does the same for a file.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                fs::hard_link(from, to)?;
                fs::remove_file(from)
            }
            other => Ok(other?),
        }
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        match rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                Err(io::ErrorKind::Unsupported.into())
            }
            other => Ok(other?),
        }
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    fn read_link(&self, path: &Path) -> io::Result<String> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = fs::read_dir(path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort_unstable();
        Ok(names)
    }

    fn status(&self, path: &Path) -> io::Result<Status> {
        let found = fs::symlink_metadata(path)?;
        let kind = match found.file_type() {
            kind if kind.is_file() => Kind::File,
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => Kind::Symlink,
            _ => Kind::Other,
        };
        Ok(Status { kind, mode: found.mode() & PERMISSIONS, owner: found.uid(), length: found.len() })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn try_lock(&self, path: &Path, holder: &str) -> io::Result<LockAttempt> {
        let file = open_or_make(path, OFlags::RDWR)?;
        match file.try_lock() {
            Ok(()) => {
                // Who holds it is for people; that it is held is what the system knows, so an old word in the file harms nobody.
                file.set_len(0)?;
                file.write_all_at(holder.as_bytes(), 0)?;
                Ok(LockAttempt::Held(Box::new(Held { _file: file })))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                (&file).rewind()?;
                (&file).take(LONGEST_HOLDER).read_to_string(&mut text)?;
                Ok(LockAttempt::Busy(text))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn stamp(&self, path: &Path) -> io::Result<String> {
        let found = fs::symlink_metadata(path)?;
        Ok(format!("{}-{}-{}.{:09}", found.ino(), found.len(), found.ctime(), found.ctime_nsec()))
    }

    fn random(&self) -> io::Result<u64> {
        let mut bytes = [0; 8];
        match rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())? {
            8 => Ok(u64::from_ne_bytes(bytes)),
            _ => Err(io::Error::other("the system gave too little randomness")),
        }
    }

    fn user(&self) -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

struct Held {
    _file: File,
}

impl HeldLock for Held {}

struct Writing(File);

impl OpenFile for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Linux begins to write what it is told that nobody will read soon; that it may drop it then, too, harms nobody.
    #[cfg(target_os = "linux")]
    fn begin_sync(&mut self) {
        let _ = rustix::fs::fadvise(&self.0, 0, None, rustix::fs::Advice::DontNeed); // the sync that follows tells
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

struct Reading {
    file: File,
    length: u64,
}

impl ReadAt for Reading {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(into, offset)
    }
}

fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let mode = Mode::from_raw_mode(raw(Access::FILE.mode));
    Ok(File::from(rustix::fs::openat(CWD, path, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, mode)?))
}

/// Opens a regular file, and makes it for the owner alone when it is missing.
fn open_or_make(path: &Path, flags: OFlags) -> io::Result<File> {
    let file = match open(path, flags | OFlags::NONBLOCK) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match open(path, flags | OFlags::CREATE | OFlags::EXCL) {
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    open(path, flags | OFlags::NONBLOCK)?
                }
                other => {
                    let file = other?;
                    settle(&file, Access::FILE, Access::FILE.mode)?;
                    file
                }
            }
        }
        other => other?,
    };
    regular(&file)?;
    Ok(file)
}

/// The length of a regular file; an error for everything else that can be opened.
fn regular(file: &File) -> io::Result<u64> {
    let found = file.metadata()?;
    match found.is_file() {
        true => Ok(found.len()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    }
}

/// Gives a new file its access: the umask can only have taken bits away, and the group comes before the bits that let it in.
fn settle(file: &File, access: Access, asked: u32) -> io::Result<()> {
    if let Some(group) = access.group {
        rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))?;
    }
    if access.mode != asked || file.metadata()?.mode() & PERMISSIONS != access.mode {
        rustix::fs::fchmod(file, Mode::from_raw_mode(raw(access.mode)))?;
    }
    Ok(())
}

/// The bits as the system's type has them, which is narrower on some systems.
fn raw(mode: u32) -> RawMode {
    RawMode::try_from(mode).unwrap_or_default()
}

/// Permission, sticky, set-user and set-group bits.
const PERMISSIONS: u32 = 0o7777;

/// How much of what a holder wrote is shown.
const LONGEST_HOLDER: u64 = 4096;
