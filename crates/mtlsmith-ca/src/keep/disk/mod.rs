//! The calls that keeping makes to the disk, and no others: what is not here cannot be done to a user's files.
//!
//! Everything in `keep` goes through a [`Disk`], so that a test can stop or fail it at each call. [`RealDisk`] is the disk of the
//! machine.

#[cfg(any(test, feature = "faulty-disk"))]
#[doc(hidden)]
pub mod faulty;
mod real;

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

pub use real::RealDisk;

/// Who may use a file or a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The permission bits, exactly as they are to be, whatever the umask.
    pub mode: u32,
    /// The group to give it to, by number; `None` leaves the group that the system chose.
    pub group: Option<u32>,
}

impl Access {
    /// For the owner alone: 0600.
    pub const FILE: Access = Access { mode: 0o600, group: None };

    /// For the owner alone: 0700.
    pub const DIRECTORY: Access = Access { mode: 0o700, group: None };
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, to whatever.
    Symlink,
    /// A pipe, a socket or a device.
    Other,
}

impl Kind {
    /// In words, with the article.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::File => "a file",
            Kind::Directory => "a directory",
            Kind::Symlink => "a symbolic link",
            Kind::Other => "a pipe, socket or device",
        }
    }
}

/// What is known about a path without following it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// What stands there.
    pub kind: Kind,
    /// The permission bits, with the sticky bit.
    pub mode: u32,
    /// The owner.
    pub owner: u32,
    /// How many bytes it has.
    pub length: u64,
}

/// A file that is being written.
pub trait OpenFile: Send {
    /// Writes some of the bytes and says how many.
    ///
    /// # Errors
    /// What the system says.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Has what was written set out for the disk, where the system can do that without waiting; [`OpenFile::sync`] then waits less.
    fn begin_sync(&mut self) {}

    /// Waits until what was written survives a loss of power.
    ///
    /// # Errors
    /// What the system says; after an error nothing is known about what was written, and a second try that succeeds proves nothing.
    fn sync(&mut self) -> io::Result<()>;

    /// Writes all of the bytes.
    ///
    /// # Errors
    /// What the system says.
    fn write_everything(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A file that is being read, from several threads if need be.
pub trait ReadAt: Send + Sync {
    /// How long the file was when it was opened.
    fn length(&self) -> u64;

    /// Reads some bytes from a place, and says how many; none at the end.
    ///
    /// # Errors
    /// What the system says.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Reads until the buffer is full or the file ends, and says how many bytes were read.
    ///
    /// # Errors
    /// What the system says.
    fn fill_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut done = 0_usize;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.read_at(offset.saturating_add(u64::try_from(done).unwrap_or(u64::MAX)), rest) {
                Ok(0) => break,
                Ok(count) => done = done.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

/// What came of trying to take a lock.
pub enum LockAttempt {
    /// It is taken until this is dropped or the process ends, however it ends.
    Held(Box<dyn HeldLock>),
    /// Somebody else has it; what they wrote about themselves.
    Busy(String),
}

/// A lock that is held; dropping it gives it back.
pub trait HeldLock: Send + Sync {}

/// The disk, as far as keeping uses it. No call follows a symbolic link in the last part of a path.
pub trait Disk: Send + Sync {
    /// Makes a file that did not exist, for nobody but the owner from the first instant, then with the access asked for.
    ///
    /// # Errors
    /// `AlreadyExists` when anything stands at the path, else what the system says.
    fn create_new(&self, path: &Path, access: Access) -> io::Result<Box<dyn OpenFile>>;

    /// Opens a file to add to its end; makes it, for the owner alone, when it is missing.
    ///
    /// # Errors
    /// What the system says, also when the path is not a regular file.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn OpenFile>>;

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// What the system says; `InvalidInput` when the path is not a regular file.
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadAt>>;

    /// Cuts a file off after some bytes.
    ///
    /// # Errors
    /// What the system says.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Writes bytes that are in a file once more where they are, and makes them safe: after a sync that failed, what is read may not be
    /// what lies on the disk.
    ///
    /// # Errors
    /// What the system says.
    fn rewrite(&self, path: &Path, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes a directory that did not exist.
    ///
    /// # Errors
    /// `AlreadyExists` when anything stands at the path, else what the system says.
    fn make_directory(&self, path: &Path, access: Access) -> io::Result<()>;

    /// Gives a directory other permission bits.
    ///
    /// # Errors
    /// What the system says.
    fn change_access(&self, path: &Path, access: Access) -> io::Result<()>;

    /// Waits until the names in a directory survive a loss of power.
    ///
    /// # Errors
    /// What the system says.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// Waits until everything that was written below a directory survives a loss of power, and perhaps more than that.
    ///
    /// # Errors
    /// What the system says.
    fn sync_everything(&self, path: &Path) -> io::Result<()>;

    /// Gives what is at `from` the name `to`, in place of what is there.
    ///
    /// # Errors
    /// What the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives what is at `from` the name `to`, unless something is there.
    ///
    /// # Errors
    /// `AlreadyExists` when something is, else what the system says.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Swaps what two names stand for, in one step.
    ///
    /// # Errors
    /// `Unsupported` where the file system cannot, else what the system says.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// What the system says.
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()>;

    /// Where a symbolic link points.
    ///
    /// # Errors
    /// What the system says.
    fn read_link(&self, path: &Path) -> io::Result<String>;

    /// The names in a directory, sorted. A name that is not Unicode is shown with replacement characters, so it never fits a name of ours.
    ///
    /// # Errors
    /// What the system says.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// What stands at a path; a symbolic link is not followed.
    ///
    /// # Errors
    /// `NotFound` when nothing does, else what the system says.
    fn status(&self, path: &Path) -> io::Result<Status>;

    /// Removes a file or a link.
    ///
    /// # Errors
    /// What the system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// What the system says.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Tries to take the lock that a file stands for, and leaves word of who has it.
    ///
    /// # Errors
    /// What the system says.
    fn try_lock(&self, path: &Path, holder: &str) -> io::Result<LockAttempt>;

    /// What is another text after a file was changed, by whomever: which file it is, its length, and the time of the last change, which
    /// nobody sets but the system.
    ///
    /// # Errors
    /// `NotFound` when nothing is there, else what the system says.
    fn stamp(&self, path: &Path) -> io::Result<String>;

    /// A number that nobody can guess, for temporary names.
    ///
    /// # Errors
    /// What the system says.
    fn random(&self) -> io::Result<u64>;

    /// The user that this process acts for.
    fn user(&self) -> u32;

    /// Reads a regular file whole. The bytes are wiped when they are dropped: they may be a key.
    ///
    /// # Errors
    /// As [`open_read`](Disk::open_read); `FileTooLarge` above [`LARGEST_FILE`].
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let file = self.open_read(path)?;
        if file.length() > LARGEST_FILE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(file.length()).unwrap_or(0)]);
        let count = file.fill_at(0, &mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }
}

/// The largest file that is read whole: keys and certificates have some kilobytes.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;
