//! What can keep us from keeping: the path first, then the cause, then what to do. No message ever holds bytes of a key.

use std::fmt;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::disk::Kind;
use super::lock::Holder;

/// Why something could not be kept or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeepError {
    /// The disk said no.
    Disk {
        /// Where.
        path: PathBuf,
        /// What was being done, as in "could not … it".
        action: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A name that cannot be a name in the store.
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Something stands where a file is to be, and nobody said that it may go.
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Something of the wrong kind stands there.
    WrongKind {
        /// Where.
        path: PathBuf,
        /// What stands there.
        found: Kind,
        /// What should.
        wanted: Kind,
    },
    /// Others may read or write what only the owner should.
    LooseMode {
        /// Where.
        path: PathBuf,
        /// The permission bits found.
        mode: u32,
        /// The permission bits that are allowed at most.
        allowed: u32,
    },
    /// Others may replace what is in a directory.
    OpenDirectory {
        /// Where.
        path: PathBuf,
        /// The permission bits found.
        mode: u32,
    },
    /// There is more than there can be.
    TooLarge {
        /// Where.
        path: PathBuf,
        /// What is too large, and the limit.
        what: String,
    },
    /// It belongs to another user.
    ForeignOwner {
        /// Where.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
    /// Somebody else is writing.
    StoreBusy {
        /// The lock.
        path: PathBuf,
        /// Who has it, as far as they said.
        holder: Option<Holder>,
        /// How long we waited.
        waited: Duration,
    },
    /// Somebody else was first: the current generation is not the one that the change was made for.
    Stale {
        /// Which authority or leaf.
        slot: String,
        /// The generation that was expected; `None` for none yet.
        expected: Option<u64>,
        /// The one that is there.
        found: Option<u64>,
    },
    /// The store has nothing of this name.
    NotInStore {
        /// Which authority or leaf.
        slot: String,
    },
    /// There are generations, but the link to the one in force is gone.
    Unlinked {
        /// Which authority or leaf.
        slot: String,
        /// How many generations are there.
        generations: usize,
    },
    /// Bytes in the store are not what was put there.
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// What was read back from the disk was refused before it became current.
    Rejected {
        /// Which authority or leaf.
        slot: String,
        /// Why.
        reason: String,
    },
    /// The ledger is not what was written.
    Ledger {
        /// The ledger.
        path: PathBuf,
        /// The first line that is wrong, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The ledger is not what was written, so nothing is issued on top of it.
    LedgerBroken {
        /// The ledger.
        path: PathBuf,
        /// The first line that is wrong, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A file of the ledger is gone.
    LedgerMissing {
        /// The file.
        path: PathBuf,
    },
    /// The clock is behind the last issuance in the ledger.
    ClockBehind {
        /// The ledger.
        path: PathBuf,
        /// The time given.
        now: String,
        /// The time of the last line.
        last: String,
    },
    /// A CA's key was to be shared with a group.
    SharedAuthority {
        /// Which authority.
        slot: String,
    },
    /// One file of a pair was replaced, the other one was not, and the first could not be put back.
    HalfReplaced {
        /// The file that is new.
        replaced: PathBuf,
        /// The file that is still the old one.
        kept: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl KeepError {
    /// Wraps what the system says about a path.
    pub(crate) fn disk(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> KeepError {
        let path = path.to_owned();
        move |source| KeepError::Disk { path, action, source }
    }

    /// Did it only fail because nothing of this name is there?
    pub fn is_absence(&self) -> bool {
        matches!(self, KeepError::NotInStore { .. })
            || matches!(self, KeepError::Disk { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeepError::Disk { path, action, source } => {
                write!(f, "{}: could not {action} it: {}{}", path.display(), reason(source), remedy(source))
            }
            KeepError::Name { name, problem } => {
                let shown: String = name.chars().take(LONGEST_SHOWN).collect();
                write!(
                    f,
                    "{shown:?}: {problem}; use up to 120 letters, digits, `.`, `_` and `-`, the first one a letter or digit"
                )
            }
            KeepError::Exists { path } => {
                write!(
                    f,
                    "{}: exists already; choose another path, or say that it may be replaced",
                    path.display()
                )
            }
            KeepError::WrongKind { path, found, wanted } => write!(
                f,
                "{}: {} stands where {} belongs; nothing was written there; move it away",
                path.display(),
                found.words(),
                wanted.words()
            ),
            KeepError::LooseMode { path, mode, allowed } => write!(
                f,
                "{}: its mode is {mode:04o}, so that others can get at it; make it {allowed:04o} and think about who read it",
                path.display()
            ),
            KeepError::OpenDirectory { path, mode } => write!(
                f,
                "{}: its mode is {mode:04o}, so that others may replace what is in it; chmod go-w {}",
                path.display(),
                path.display()
            ),
            KeepError::TooLarge { path, what } => {
                write!(f, "{}: {what}; look who wrote it, and restore it from a copy", path.display())
            }
            KeepError::ForeignOwner { path, owner, user } => write!(
                f,
                "{}: belongs to user {owner}, and you are user {user}; use a directory of your own",
                path.display()
            ),
            KeepError::StoreBusy { path, holder, waited } => {
                write!(f, "{}: held by ", path.display())?;
                match holder {
                    Some(holder) => write!(f, "{holder}")?,
                    None => f.write_str("another process")?,
                }
                match waited.as_secs() {
                    0 => f.write_str("; try again when it is done"),
                    1 => f.write_str("; gave up after 1 second; try again when it is done"),
                    seconds => write!(f, "; gave up after {seconds} seconds; try again when it is done"),
                }
            }
            other => other.describe_content(f),
        }
    }
}

impl KeepError {
    /// The second half of `Display`: what is about contents.
    fn describe_content(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeepError::Stale { slot, expected, found } => {
                let number =
                    |number: &Option<u64>| number.map_or("none".to_owned(), |number| number.to_string());
                let (expected, found) = (number(expected), number(found));
                write!(
                    f,
                    "{slot}: the current generation is {found}, not {expected}; somebody else was first, look again"
                )
            }
            KeepError::NotInStore { slot } => write!(f, "{slot}: there is none in the store"),
            KeepError::Unlinked { slot, generations } => {
                let (there, them) = match generations {
                    1 => ("1 generation is".to_owned(), "it"),
                    number => (format!("{number} generations are"), "the newest of them"),
                };
                write!(
                    f,
                    "{slot}: {there} there, but the link `current` is gone; the next issuance there puts {them} in force again"
                )
            }
            KeepError::Damaged { path, what } => {
                write!(
                    f,
                    "{}: damaged: {what}; nothing was repaired; restore it or issue anew",
                    path.display()
                )
            }
            KeepError::Rejected { slot, reason } => {
                write!(
                    f,
                    "{slot}: what was read back from the disk was refused: {reason}; the old one stays current"
                )
            }
            KeepError::Ledger { path, line, what } => {
                write!(
                    f,
                    "{}: line {line}: {what}; keep the file as evidence and restore it from a copy",
                    path.display()
                )
            }
            KeepError::LedgerBroken { path, line, what } => write!(
                f,
                "{}: line {line}: {what}, and nothing is issued on top of that; keep a copy as evidence, then restore ledger.jsonl \
                 and ledger.head from a backup",
                path.display()
            ),
            KeepError::LedgerMissing { path } => write!(
                f,
                "{}: is missing, so nothing says what was issued here; restore ledger.jsonl and ledger.head from a backup, or begin \
                 anew in another state directory: what is in force here goes on working",
                path.display()
            ),
            KeepError::ClockBehind { path, now, last } => write!(
                f,
                "{}: the last issuance is of {last}, and the clock says {now}; set the clock right first",
                path.display()
            ),
            KeepError::SharedAuthority { slot } => {
                write!(f, "{slot}: a CA is never shared with a group; share the leaf instead")
            }
            KeepError::HalfReplaced { replaced, kept, source } => write!(
                f,
                "{}: is new, but {} is still the old one and does not fit it: {source}; issue the pair again",
                replaced.display(),
                kept.display()
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for KeepError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            KeepError::Disk { source, .. } | KeepError::HalfReplaced { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// What the system says, without its number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or_default().to_lowercase()
}

/// What to do about an error of the system, where there is something to do.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space and try again",
        io::ErrorKind::ReadOnlyFilesystem => "; mount it for writing or use another place",
        io::ErrorKind::FileTooLarge => "; at most 16 MiB are read of it: look who wrote it",
        io::ErrorKind::PermissionDenied => "; run as the owner of the store or change its access",
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            "; a symbolic link stands there and is not followed"
        }
        _ => "",
    }
}

/// A message shows at most this much of a name.
const LONGEST_SHOWN: usize = 140;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_with_the_path_first_and_the_remedy_last() {
        let error = KeepError::disk(Path::new("/x/ledger.jsonl"), "write")(io::ErrorKind::StorageFull.into());
        let text = error.to_string();
        assert!(text.starts_with("/x/ledger.jsonl: could not write it: "), "{text}");
        assert!(text.ends_with("free some space and try again"), "{text}");
    }

    #[test]
    fn a_hostile_name_is_shown_escaped_and_short() {
        let error = KeepError::Name { name: "\u{1b}[2J".repeat(1000), problem: "too long" };
        let text = error.to_string();
        assert!(!text.contains('\u{1b}') && text.len() < 1024, "{text}");
    }

    #[test]
    fn no_variant_is_told_with_empty_words() {
        let variants = [
            KeepError::Stale { slot: "leaves/a".into(), expected: None, found: Some(3) },
            KeepError::NotInStore { slot: "leaves/a".into() },
            KeepError::Damaged { path: "p".into(), what: "x".into() },
            KeepError::Rejected { slot: "leaves/a".into(), reason: "x".into() },
            KeepError::Ledger { path: "p".into(), line: 3, what: "x".into() },
            KeepError::LedgerBroken { path: "p".into(), line: 3, what: "x".into() },
            KeepError::LedgerMissing { path: "p".into() },
            KeepError::Unlinked { slot: "leaves/a".into(), generations: 1 },
            KeepError::OpenDirectory { path: "p".into(), mode: 0o777 },
            KeepError::TooLarge { path: "p".into(), what: "x".into() },
            KeepError::ClockBehind { path: "p".into(), now: "n".into(), last: "l".into() },
            KeepError::SharedAuthority { slot: "authorities/a".into() },
            KeepError::HalfReplaced {
                replaced: "a".into(),
                kept: "b".into(),
                source: io::ErrorKind::StorageFull.into(),
            },
        ];
        for variant in variants {
            assert!(variant.to_string().len() > 20, "{variant:?}");
        }
    }
}
