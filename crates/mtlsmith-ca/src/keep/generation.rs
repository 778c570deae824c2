//! Generations: a certificate and its key as one directory, which is there whole or not at all.
//!
//! A generation is called `<number>-<digest>`: the digest covers the slot, the number and every file, so that a reader sees damage, a
//! file of another generation or a directory of another slot without asking anybody.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sha2::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::disk::Disk;
use super::disk::Kind;
use super::error::KeepError;
use super::slot::Slot;
use super::slot::SlotKind;

/// A file that is to be kept.
#[derive(Clone, Copy)]
pub struct NewFile<'a> {
    /// Its name, such as `tls.crt`.
    pub name: &'a str,
    /// Its bytes; perhaps a key, so they are never shown.
    pub bytes: &'a [u8],
}

impl fmt::Debug for NewFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NewFile { name, bytes } = self;
        write!(f, "NewFile({name}, {} bytes)", bytes.len())
    }
}

/// The name of a generation's directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenerationName {
    /// Its number, counted from 1.
    pub number: u64,
    /// 32 hexadecimal digits over all that it holds.
    pub content: String,
}

impl GenerationName {
    /// The name of a generation with these files.
    pub fn of<'a>(slot: &Slot, number: u64, files: impl IntoIterator<Item = NewFile<'a>>) -> Self {
        let mut files: Vec<NewFile<'_>> = files.into_iter().collect();
        files.sort_unstable_by_key(|file| file.name);
        let mut digest = Sha256::new();
        digest.update(DOMAIN);
        add(&mut digest, slot.path().as_bytes());
        digest.update(number.to_be_bytes());
        for file in files {
            add(&mut digest, file.name.as_bytes());
            add(&mut digest, file.bytes);
        }
        let content = hex(digest.finalize().as_slice()).chars().take(CONTENT_DIGITS).collect();
        GenerationName { number, content }
    }
}

impl fmt::Display for GenerationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.content)
    }
}

/// It is not the name of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAGeneration;

impl FromStr for GenerationName {
    type Err = NotAGeneration;

    fn from_str(text: &str) -> Result<Self, NotAGeneration> {
        let (number, content) = text.split_once('-').ok_or(NotAGeneration)?;
        let number: u64 = number.parse().map_err(|_| NotAGeneration)?;
        let digits = content.len() == CONTENT_DIGITS
            && content.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        let name = GenerationName { number, content: content.to_owned() };
        // `+1`, `01` and the like would be other spellings of the same generation.
        (digits && number > 0 && name.to_string() == text).then_some(name).ok_or(NotAGeneration)
    }
}

/// A generation as read from the disk: all of its files, unharmed.
pub struct Generation {
    /// Its name.
    pub name: GenerationName,
    /// Its files by name, sorted.
    files: Vec<(String, Zeroizing<Vec<u8>>)>,
}

impl Generation {
    /// Its number.
    pub fn number(&self) -> u64 {
        self.name.number
    }

    /// The bytes of one of its files.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|(found, _)| found == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// The names of its files, sorted.
    pub fn file_names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(name, _)| name.as_str())
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Generation { name, files } = self;
        write!(f, "Generation({name}, {} files)", files.len())
    }
}

/// How strictly the permission bits of what is read are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// What others may read is refused: 0600 for a CA, at most 0640 for a leaf.
    #[default]
    Refuse,
    /// The user said that it is all right.
    Overlook,
}

/// Reads a generation from its directory, and refuses it when it is not what was written.
pub(crate) fn read(
    disk: &dyn Disk,
    directory: &Path,
    slot: &Slot,
    name: &GenerationName,
    strictness: Strictness,
) -> Result<Generation, KeepError> {
    let mut files = Vec::new();
    let names = disk.list(directory).map_err(KeepError::disk(directory, "list"))?;
    if names.len() > MOST_FILES {
        let what = format!("holds {} files, and at most {MOST_FILES} are ever put there", names.len());
        return Err(KeepError::TooLarge { path: directory.to_owned(), what });
    }
    for file in names {
        let path = directory.join(&file);
        check_file(disk, &path, slot, strictness)?;
        let bytes = disk.read(&path).map_err(KeepError::disk(&path, "read"))?;
        files.push((file, bytes));
    }
    let found =
        GenerationName::of(slot, name.number, files.iter().map(|(name, bytes)| NewFile { name, bytes }));
    if found != *name {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).take(10).collect();
        let changed = format!("what is in it ({}) is not what was put there", names.join(", "));
        // A key may never have been there: somebody else holds it.
        let usual: [&str; 2] = match slot.kind() {
            SlotKind::Authority => ["ca.crt", "ca.key"],
            SlotKind::Leaf => ["tls.crt", "tls.key"],
        };
        let missing = usual.iter().find(|file| !files.iter().any(|(name, _)| name == *file));
        let what = missing.map_or_else(|| changed.clone(), |file| format!("{file} is missing, or {changed}"));
        return Err(KeepError::Damaged { path: directory.to_owned(), what });
    }
    Ok(Generation { name: found, files })
}

fn check_file(disk: &dyn Disk, path: &Path, slot: &Slot, strictness: Strictness) -> Result<(), KeepError> {
    let status = disk.status(path).map_err(KeepError::disk(path, "look at"))?;
    if status.kind != Kind::File {
        return Err(KeepError::WrongKind { path: path.to_owned(), found: status.kind, wanted: Kind::File });
    }
    let user = disk.user();
    if status.owner != user {
        return Err(KeepError::ForeignOwner { path: path.to_owned(), owner: status.owner, user });
    }
    if status.length > LARGEST_KEPT {
        let what = format!("has {} bytes, and nothing that is kept has more than 1 MiB", status.length);
        return Err(KeepError::TooLarge { path: path.to_owned(), what });
    }
    let allowed = match slot.kind() {
        SlotKind::Authority => 0o600,
        SlotKind::Leaf => 0o640,
    };
    if strictness == Strictness::Refuse && status.mode & !allowed & 0o077 != 0 {
        return Err(KeepError::LooseMode { path: path.to_owned(), mode: status.mode, allowed });
    }
    Ok(())
}

/// A length before the bytes, so that no two lists of files give the same digest.
fn add(digest: &mut Sha256, bytes: &[u8]) {
    digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    digest.update(bytes);
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What the digest is of, so that it never equals a digest made for another purpose.
const DOMAIN: &[u8] = b"mtlsmith generation 1\n";

/// The largest file of a generation; keys and chains have some kilobytes.
pub(super) const LARGEST_KEPT: u64 = 1024 * 1024;

/// A generation has a certificate, a key and perhaps a few files more.
pub(super) const MOST_FILES: usize = 32;

/// 128 bits: enough against accident, and against somebody who cannot choose both of two contents.
const CONTENT_DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(slot: &str, number: u64, files: &[(&str, &[u8])]) -> GenerationName {
        let slot = Slot::leaf(None, slot).unwrap();
        GenerationName::of(&slot, number, files.iter().map(|&(name, bytes)| NewFile { name, bytes }))
    }

    #[test]
    fn a_name_depends_on_slot_number_names_and_bytes_but_not_on_order() {
        let one = name("a", 1, &[("x", b"1"), ("y", b"2")]);
        assert_eq!(one, name("a", 1, &[("y", b"2"), ("x", b"1")]));
        for other in [
            name("b", 1, &[("x", b"1"), ("y", b"2")]),
            name("a", 2, &[("x", b"1"), ("y", b"2")]),
            name("a", 1, &[("x", b"2"), ("y", b"1")]),
            name("a", 1, &[("x", b"12"), ("y", b"")]),
            name("a", 1, &[("x", b"1")]),
        ] {
            assert_ne!(one.content, other.content);
        }
    }

    #[test]
    fn only_the_one_spelling_of_a_name_is_read() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert_eq!(format!("12-{digits}").parse::<GenerationName>().unwrap().number, 12);
        for text in [
            digits.to_owned(),
            format!("0-{digits}"),
            format!("01-{digits}"),
            format!("+1-{digits}"),
            format!("1-{}", digits.to_uppercase()),
            format!("1-{digits}0"),
            format!("../1-{digits}"),
            format!("1-{}/x", &digits[2..]),
        ] {
            assert!(text.parse::<GenerationName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_bytes_of_a_file_are_never_shown() {
        let shown = format!("{:?}", NewFile { name: "tls.key", bytes: b"secret" });
        assert_eq!(shown, "NewFile(tls.key, 6 bytes)");
    }
}
