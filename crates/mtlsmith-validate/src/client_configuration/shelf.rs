//! Files that several clients name: read and taken apart once, and limited in all.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::files::ClientFiles;
use super::files::FilePart;
use super::files::FileProblem;
use super::files::Loaded;
use super::files::ReferencedFiles;
use super::model::Secret;
use crate::bundle::Bundle;

/// The files that were read so far: each path is read and taken apart once, however many clients name it.
pub(super) struct Shelf<'a> {
    files: &'a dyn ReferencedFiles,
    read: RefCell<HashMap<String, OnShelf>>,
    /// What may still be judged, in bytes.
    left: Cell<usize>,
}

/// One of them.
struct OnShelf {
    content: Result<Secret, FileProblem>,
    bundle: Option<Arc<Bundle>>,
}

impl<'a> Shelf<'a> {
    pub(super) fn of(files: &'a dyn ReferencedFiles) -> Self {
        Shelf { files, read: RefCell::default(), left: Cell::new(LARGEST_IN_ALL) }
    }

    /// The content of a path. What a client presents is judged for each client, what it trusts is not.
    pub(super) fn content(&self, path: &str, is_presented: bool) -> Result<Secret, FileProblem> {
        let mut shelf = self.read.borrow_mut();
        let is_first = !shelf.contains_key(path);
        let held = shelf
            .entry(path.to_owned())
            .or_insert_with(|| OnShelf { content: self.files.read(path), bundle: None });
        let content = held.content.clone()?;
        if is_first || is_presented {
            let left = self.left.get().checked_sub(content.expose().len());
            let Some(left) = left else { return Err(FileProblem::Unreadable(TOO_MUCH.to_owned())) };
            self.left.set(left);
        }
        Ok(content)
    }

    /// What one client presents, taken apart.
    pub(super) fn loaded(&self, files: ClientFiles, client: Option<usize>) -> Loaded {
        let read = |part: &Option<FilePart>| part.as_ref().map(|part| self.bundle(part));
        let (certificate, server_ca) = (read(&files.certificate), read(&files.server_ca));
        Loaded { files, client, certificate, server_ca }
    }

    fn bundle(&self, part: &FilePart) -> Arc<Bundle> {
        let read = || Arc::new(Bundle::read(part.content.expose()));
        match self.read.borrow_mut().get_mut(&part.name).filter(|_| part.is_file) {
            Some(held) => Arc::clone(held.bundle.get_or_insert_with(read)),
            None => read(),
        }
    }
}

/// What all clients together present and trust, in bytes: a thousand clients with chains of their own have less.
const LARGEST_IN_ALL: usize = 16 * 1024 * 1024;

const TOO_MUCH: &str = "the files of this configuration have more than 16 MiB together";

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::client_configuration::ConfigurationCheck;

    /// Files of one length, and how often one was read.
    struct Counted(Cell<usize>, usize);

    impl ReferencedFiles for Counted {
        fn read(&self, _path: &str) -> Result<Secret, FileProblem> {
            self.0.set(self.0.get() + 1);
            Ok(Secret::new(vec![b'a'; self.1]))
        }
    }

    /// How often files were read for so many profiles, and how many settings went without.
    fn read(profiles: usize, length: usize, settings: &str) -> (usize, usize) {
        let text: String =
            (0..profiles).map(|index| format!("[profile.p{index}.tls]\n{settings}\n")).collect();
        let files = Counted(Cell::new(0), length);
        let check = ConfigurationCheck { files: &files, ..ConfigurationCheck::default() };
        let report = check.run("temporal.toml", text.as_bytes());
        let without = report.findings.iter().filter(|found| found.rule.name == "referenced-file-missing");
        let without =
            without.inspect(|found| assert!(found.message().contains(TOO_MUCH), "{}", found.message()));
        let without = without.count();
        (files.0.get(), without)
    }

    #[test]
    fn each_path_is_read_once() {
        let settings = "client_cert_path = \"/a\"\nclient_key_path = \"/b\"\nserver_ca_cert_path = \"/a\"";
        assert_eq!(read(1, 10, settings), (2, 0));
        assert_eq!(read(20, 10, settings), (2, 0));
    }

    #[test]
    fn what_is_judged_for_each_client_is_limited_in_all() {
        let quarter = LARGEST_IN_ALL / 4;
        let certificate = "client_cert_path = \"/a\"";
        assert_eq!(read(4, quarter, certificate), (1, 0));
        assert_eq!(read(6, quarter, certificate), (1, 2));
        assert_eq!(read(6, quarter, "server_ca_cert_path = \"/a\""), (1, 0));
    }
}
