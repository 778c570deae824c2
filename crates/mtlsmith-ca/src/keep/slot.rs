//! Names in the store: an authority or a leaf, each with a place of its own.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use super::error::KeepError;

/// An authority or a leaf: what has generations, one of them current.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    path: String,
    kind: SlotKind,
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// A CA: its key is never shared.
    Authority,
    /// A client certificate: its key may be shared with the group of the worker that uses it.
    Leaf,
}

impl Slot {
    /// The CA of this name.
    ///
    /// # Errors
    /// [`KeepError::Name`] when it cannot be a name.
    pub fn authority(name: &str) -> Result<Self, KeepError> {
        check_name(name)?;
        Ok(Slot { path: format!("{AUTHORITIES}/{name}"), kind: SlotKind::Authority })
    }

    /// The client certificate of this name, in a Namespace or in none.
    ///
    /// # Errors
    /// [`KeepError::Name`] when one of them cannot be a name.
    pub fn leaf(namespace: Option<&str>, name: &str) -> Result<Self, KeepError> {
        check_name(name)?;
        let path = match namespace {
            None => format!("{LEAVES}/{name}"),
            Some(namespace) => {
                check_name(namespace)?;
                format!("{NAMESPACES}/{namespace}/{LEAVES}/{name}")
            }
        };
        Ok(Slot { path, kind: SlotKind::Leaf })
    }

    /// From what [`path`](Slot::path) says; `None` for anything else.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        match *parts.as_slice() {
            [AUTHORITIES, name] => Slot::authority(name).ok(),
            [LEAVES, name] => Slot::leaf(None, name).ok(),
            [NAMESPACES, namespace, LEAVES, name] => Slot::leaf(Some(namespace), name).ok(),
            _ => None,
        }
    }

    /// Where it lies below the home, with `/` on every system: its name in the ledger.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What it holds.
    pub fn kind(&self) -> SlotKind {
        self.kind
    }

    /// Its own name, without the place.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The Namespace that it lies in.
    pub fn namespace(&self) -> Option<&str> {
        self.path.strip_prefix(NAMESPACES)?.split('/').nth(1)
    }

    /// The directories above it, from the home down, without the home.
    pub(crate) fn parents(&self) -> Vec<PathBuf> {
        let mut parents: Vec<PathBuf> = Path::new(&self.path)
            .ancestors()
            .skip(1)
            .map(Path::to_owned)
            .filter(|path| path != Path::new(""))
            .collect();
        parents.reverse();
        parents
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// May this be the name of something in the store?
///
/// # Errors
/// [`KeepError::Name`] when it may not.
pub fn check_name(name: &str) -> Result<(), KeepError> {
    let problem = |problem| Err(KeepError::Name { name: name.to_owned(), problem });
    if name.is_empty() {
        return problem("a name is missing");
    }
    if name.len() > LONGEST_NAME {
        return problem("the name is too long");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return problem("the name has a character that file names should not have");
    }
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return problem("the name does not start with a letter or a digit");
    }
    Ok(())
}

/// The directory of the CAs.
pub(crate) const AUTHORITIES: &str = "authorities";

/// The directory of the client certificates.
pub(crate) const LEAVES: &str = "leaves";

/// The directory of the Namespaces.
pub(crate) const NAMESPACES: &str = "namespaces";

/// The longest name: with what we add to it, it stays far below the 255 bytes of every file system.
const LONGEST_NAME: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_the_store_are_refused() {
        for name in
            ["", ".", "..", "a/b", "/a", "a\\b", "a\0b", "-x", ".x", "ä", "a b", "a\n", &"x".repeat(121)]
        {
            assert!(matches!(Slot::authority(name), Err(KeepError::Name { .. })), "{name:?}");
            assert!(Slot::leaf(Some(name), "fine").is_err(), "{name:?}");
        }
        assert!(Slot::authority(&"x".repeat(120)).is_ok());
    }

    #[test]
    fn a_slot_is_read_back_from_its_path() {
        for slot in [
            Slot::authority("acme-2026").unwrap(),
            Slot::leaf(None, "worker").unwrap(),
            Slot::leaf(Some("orders.a1b2c"), "worker.1").unwrap(),
        ] {
            assert_eq!(Slot::parse(slot.path()), Some(slot));
        }
        for path in
            ["", "leaves", "leaves/..", "leaves/a/b", "/leaves/a", "other/a", "namespaces/x/authorities/a"]
        {
            assert_eq!(Slot::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_leaf_knows_its_namespace() {
        assert_eq!(Slot::leaf(Some("orders.a1b2c"), "w").unwrap().namespace(), Some("orders.a1b2c"));
        assert_eq!(Slot::leaf(None, "w").unwrap().namespace(), None);
        assert_eq!(Slot::leaf(Some("n"), "w").unwrap().parents().len(), 3);
    }
}
