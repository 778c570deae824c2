//! The files that a client configuration names, read as a client reads them: relative to the folder in which the program runs.

use std::fs;
use std::fs::File;
use std::io::Read;

use mtlsmith_validate::client_configuration::FileProblem;
use mtlsmith_validate::client_configuration::ReferencedFiles;
use mtlsmith_validate::client_configuration::Secret;

use crate::failure::reason;

/// The files of this machine.
pub(crate) struct Disk;

impl ReferencedFiles for Disk {
    fn read(&self, path: &str) -> Result<Secret, FileProblem> {
        let problem = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => FileProblem::Missing,
            _ => FileProblem::Unreadable(reason(&error)),
        };
        let metadata = fs::metadata(path).map_err(problem)?;
        if !metadata.is_file() {
            // A pipe would be empty for the client that comes after us, and a device may never end.
            return Err(FileProblem::Unreadable("it is no regular file".to_owned()));
        }
        if metadata.len() > LARGEST {
            return Err(FileProblem::Unreadable("it is larger than 4 MiB".to_owned()));
        }
        let mut content = Vec::new();
        File::open(path).map_err(problem)?.take(LARGEST).read_to_end(&mut content).map_err(problem)?;
        Ok(Secret::new(content))
    }
}

/// All public roots of a system together are a quarter of a MiB.
const LARGEST: u64 = 4 * 1024 * 1024;
