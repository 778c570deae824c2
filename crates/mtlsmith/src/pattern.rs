//! Patterns of files: `*`, `?` and `[abc]` within a name, `**` for folders at any depth.
//!
//! A pattern finds regular files alone, since opening a pipe or a device may wait for ever. `**` does not go through links to folders,
//! which may lead round in a circle. Names that start with a dot have to be written out.

use std::fs;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use glob::MatchOptions;
use glob::Pattern;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::session::shown;

/// Is there anything in the text that a pattern has and a name has not?
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The files that fit, in the order of their names.
pub(crate) fn files(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut steps = Vec::new();
    for component in Path::new(pattern).components() {
        let step = Step::of(component).map_err(|error| {
            Failure::could_not_run(format!("{} is no pattern of files: {}", shown(pattern), error.msg))
        })?;
        // Two in a row mean no more than one.
        if !(matches!(step, Step::AnyDepth) && matches!(steps.last(), Some(Step::AnyDepth))) {
            steps.push(step);
        }
    }
    if matches!(steps.last(), Some(Step::AnyDepth)) {
        steps.push(Step::Fitting(Pattern::default(), Fits::All));
    }
    let mut search = Search { pattern, found: Vec::new(), at_most: MATCHES };
    search.walk(PathBuf::new(), &steps)?;
    search.found.sort();
    search.found.dedup();
    Ok(search.found)
}

/// One part of a pattern between separators.
enum Step {
    /// A root, a folder above, or a name as it is.
    Named(PathBuf),
    /// Any name that fits.
    Fitting(Pattern, Fits),
    /// `**`.
    AnyDepth,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fits {
    /// Every name that has no dot before it.
    All,
    /// What the pattern says.
    AsWritten,
}

impl Step {
    fn of(component: Component<'_>) -> Result<Self, glob::PatternError> {
        let text = component.as_os_str().to_str().filter(|text| is_pattern(text));
        Ok(match text {
            None => Step::Named(PathBuf::from(component.as_os_str())),
            Some("**") => Step::AnyDepth,
            Some(text) => Step::Fitting(Pattern::new(text)?, Fits::AsWritten),
        })
    }
}

struct Search<'a> {
    pattern: &'a str,
    found: Vec<PathBuf>,
    at_most: usize,
}

impl Search<'_> {
    fn walk(&mut self, at: PathBuf, steps: &[Step]) -> Result<(), Failure> {
        let Some((step, rest)) = steps.split_first() else { return self.take(at) };
        match step {
            Step::Named(name) => self.walk(at.join(name), rest),
            Step::Fitting(pattern, fits) => {
                for entry in entries(&at)? {
                    let is_hit = match fits {
                        Fits::All => !entry.name.starts_with('.'),
                        Fits::AsWritten => pattern.matches_with(&entry.name, OPTIONS),
                    };
                    let path = at.join(&entry.name);
                    if is_hit && (rest.is_empty() || path.is_dir()) {
                        self.walk(path, rest)?;
                    }
                }
                Ok(())
            }
            Step::AnyDepth => {
                // The folders below are kept in a list and not in calls, so that no depth is too much.
                let mut folders = vec![at];
                while let Some(folder) = folders.pop() {
                    let below = entries(&folder)?;
                    let below = below.iter().filter(|entry| entry.is_folder && !entry.name.starts_with('.'));
                    folders.extend(below.map(|entry| folder.join(&entry.name)));
                    self.walk(folder, rest)?;
                }
                Ok(())
            }
        }
    }

    /// Takes a regular file, and a link that leads nowhere, so that it is named when it cannot be read.
    fn take(&mut self, path: PathBuf) -> Result<(), Failure> {
        let is_file = match fs::metadata(&path) {
            Ok(metadata) => metadata.is_file(),
            Err(_) => fs::symlink_metadata(&path).is_ok(),
        };
        if !is_file {
            return Ok(());
        }
        if self.found.len() == self.at_most {
            let (pattern, number) = (shown(self.pattern), self.at_most);
            return Err(Failure::could_not_run(format!("more than {number} files match {pattern}"))
                .hint("narrow the pattern, or check folder by folder"));
        }
        self.found.push(path);
        Ok(())
    }
}

struct Entry {
    name: String,
    /// A folder itself, not a link to one.
    is_folder: bool,
}

/// What is in a folder; nothing where there is no folder. Names that are no UTF-8 fit no pattern.
fn entries(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let failure = |error: io::Error| file_failure("read", here.display(), &error);
    let listed = match fs::read_dir(here) {
        Ok(listed) => listed,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failure(error)),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry.map_err(failure)?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push(Entry { name, is_folder: entry.file_type().map_err(failure)?.is_dir() });
        }
    }
    Ok(entries)
}

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// As many files are taken from one pattern; nobody has so many bundles.
const MATCHES: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.pem", "a.pem", ".hidden.pem", "deep/er/c.pem", "deep/d.pem", ".dark/e.pem", "f.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &Path, pattern: &str) -> Vec<String> {
        let paths = files(folder.join(pattern).to_str().unwrap()).unwrap();
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        paths.iter().map(name).collect()
    }

    #[test]
    fn names_and_folders_at_any_depth_are_found_in_order() {
        let folder = folder();
        for (pattern, expected) in [
            ("*.pem", &["a.pem", "b.pem"][..]),
            ("[!a].pem", &["b.pem"]),
            (".*.pem", &[".hidden.pem"]),
            ("**/*.pem", &["a.pem", "b.pem", "deep/d.pem", "deep/er/c.pem"]),
            ("**/**/er/*", &["deep/er/c.pem"]),
            ("deep/**", &["deep/d.pem", "deep/er/c.pem"]),
            ("*/d.pem", &["deep/d.pem"]),
            ("a.pem/*", &[]),
            ("missing/*", &[]),
            ("deep/../?.pem", &["deep/../a.pem", "deep/../b.pem"]),
        ] {
            assert_eq!(found(folder.path(), pattern), expected, "{pattern}");
        }
        assert!(files("a**").is_err() && files("[").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_are_not_followed_to_any_depth() {
        let folder = folder();
        for name in ["deep/one", "deep/two", "deep/er/three"] {
            std::os::unix::fs::symlink("..", folder.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink("missing", folder.path().join("deep/z.pem")).unwrap();
        assert_eq!(
            found(folder.path(), "**/*.pem"),
            ["a.pem", "b.pem", "deep/d.pem", "deep/er/c.pem", "deep/z.pem"]
        );
        assert_eq!(
            found(folder.path(), "deep/one/[a].pem"),
            ["deep/one/a.pem"],
            "a link that is named is followed"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pattern_passes_over_pipes() {
        let folder = folder();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("c.pem")).status().unwrap();
        assert!(made.success());
        assert_eq!(found(folder.path(), "*.pem"), ["a.pem", "b.pem"]);
    }

    #[test]
    fn too_many_files_are_an_error() {
        let folder = folder();
        let pattern = folder.path().join("*.pem");
        let steps = |pattern: &Path| -> Vec<Step> {
            pattern.components().map(|component| Step::of(component).unwrap()).collect()
        };
        let mut search = Search { pattern: "*.pem", found: Vec::new(), at_most: 1 };
        let Failure::Said { exit, message, .. } = search.walk(PathBuf::new(), &steps(&pattern)).unwrap_err()
        else {
            panic!()
        };
        assert_eq!(exit, crate::exit::Exit::CouldNotRun);
        assert_eq!(message, "more than 1 files match *.pem");
    }
}
