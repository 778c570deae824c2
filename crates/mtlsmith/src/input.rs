//! What a command reads: files, patterns of files, standard input. Nothing larger than [`LARGEST`] is taken in.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_report::shell_word;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::failure::reason;
use crate::layout;
use crate::pattern;
use crate::session::Session;
use crate::session::shown;

/// The most bytes that are read from one file or pipe: 256 MiB. A bundle has 32 KiB.
pub(crate) const LARGEST: u64 = 256 * 1024 * 1024;

/// Is anything at all at this path, a link that leads nowhere included? Only what is not there is absent; a directory in the place of
/// a file of filters must not pass for "no filters".
pub(crate) fn is_there(path: &Path) -> bool {
    !matches!(fs::symlink_metadata(path), Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Everything in a file that has to be a regular one of a size that can be.
pub(crate) fn read_regular(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |why: &str| format!("cannot read {}: {why}", shown(path.display()));
    let failed = |error: io::Error| cannot(&reason(&error));
    let file = open_at_once(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(cannot("it is no regular file"));
    }
    let mut bytes = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(read).is_ok_and(|read| read <= LARGEST) {
        Ok(bytes)
    } else {
        Err(cannot("it is too large to be what it should be"))
    }
}

/// Opens a file without waiting, as for somebody at the other end of a pipe.
#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use rustix::fs::Mode;
    use rustix::fs::OFlags;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Everything in a file that the user named: a pipe is read to its end, a directory is refused.
pub(crate) fn read_named(path: &Path) -> Result<Vec<u8>, Failure> {
    Source { name: path.to_string_lossy().into_owned(), origin: Origin::File(path.to_owned()) }.read_file()
}

/// How standard input is called.
#[derive(Debug, Clone, Args)]
pub(crate) struct StandardInput {
    /// The name by which to call standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>", hide_default_value = true)]
    pub(crate) stdin_filename: String,
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What the user calls it.
    pub(crate) name: String,
    origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Origin {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// One file, or standard input for `-`.
    pub(crate) fn one(argument: &OsStr, standard_input: &StandardInput) -> Self {
        if argument == "-" {
            return Source { name: standard_input.stdin_filename.clone(), origin: Origin::Stdin };
        }
        Source { name: argument.display().to_string(), origin: Origin::File(PathBuf::from(argument)) }
    }

    /// How it is named on a command line; a placeholder when the name cannot be printed.
    pub(crate) fn word(&self) -> String {
        let word = if self.is_stdin() { Some("-".to_owned()) } else { shell_word(&self.name) };
        word.unwrap_or_else(|| "FILE".to_owned())
    }

    /// What it is, whatever it is called. Pipes and devices have no other name than the one that was given.
    fn identity(&self) -> Origin {
        match &self.origin {
            Origin::File(path) if path.is_file() => {
                Origin::File(fs::canonicalize(path).unwrap_or_else(|_| path.clone()))
            }
            other => other.clone(),
        }
    }

    /// The file, unless it is standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Stdin => None,
            Origin::File(path) => Some(path),
        }
    }

    /// Is it standard input?
    pub(crate) fn is_stdin(&self) -> bool {
        self.origin == Origin::Stdin
    }

    /// Everything in it.
    pub(crate) fn read(&self, session: &mut Session<'_, '_>) -> Result<Vec<u8>, Failure> {
        match &self.origin {
            Origin::Stdin => capped(&mut session.environment.input, &self.name),
            Origin::File(_) => self.read_file(),
        }
    }

    /// Everything in a file; nothing of standard input, which belongs to the session.
    pub(crate) fn read_file(&self) -> Result<Vec<u8>, Failure> {
        let Origin::File(path) = &self.origin else { return Ok(Vec::new()) };
        let failure = |error: io::Error| file_failure("read", &self.name, &error);
        let metadata = fs::metadata(path).map_err(|error| match layout::near(path) {
            Some(near) if error.kind() == io::ErrorKind::NotFound => {
                failure(error).hint(format!("did you mean {near}?"))
            }
            _ => failure(error),
        })?;
        if metadata.is_dir() {
            let failure = Failure::could_not_run(format!("{} is a directory", shown(&self.name)));
            return Err(failure.hint(layout::instead_of(path)));
        }
        if metadata.is_file() && metadata.len() > LARGEST {
            return Err(too_large(&self.name));
        }
        capped(&mut File::open(path).map_err(failure)?, &self.name)
    }
}

/// Reads to the end, or until it is too much.
fn capped(stream: &mut dyn Read, name: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = stream.take(LARGEST + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| file_failure("read", name, &error))?;
    if u64::try_from(read).is_ok_and(|read| read <= LARGEST) { Ok(bytes) } else { Err(too_large(name)) }
}

fn too_large(name: &str) -> Failure {
    Failure::could_not_run(format!("{} is larger than {} MiB", shown(name), LARGEST / (1024 * 1024)))
        .hint("a CA bundle has at most 32 KB: is this the right file?")
}

/// Several sources: each argument is a file, a pattern of files, or `-`. No file comes twice, by whatever name; the first one is shown.
pub(crate) fn expand(arguments: &[OsString], standard_input: &StandardInput) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = Vec::new();
    let mut known: HashSet<Origin> = HashSet::new();
    for argument in arguments {
        let found = match pattern_in(argument) {
            Some(pattern) => matches(pattern)?,
            None => vec![Source::one(argument, standard_input)],
        };
        for source in found {
            let is_new = known.insert(source.identity());
            if !is_new && source.is_stdin() {
                return Err(Failure::could_not_run(
                    "standard input can be read only once, but - is given twice",
                ));
            }
            if is_new {
                sources.push(source);
            }
        }
    }
    Ok(sources)
}

/// The argument as a pattern; a file that has stars in its name is a file.
fn pattern_in(argument: &OsStr) -> Option<&str> {
    let text = argument.to_str()?;
    (pattern::is_pattern(text) && fs::symlink_metadata(text).is_err()).then_some(text)
}

fn matches(text: &str) -> Result<Vec<Source>, Failure> {
    let files = pattern::files(text)?;
    if files.is_empty() {
        return Err(Failure::could_not_run(format!("no file matches {}", shown(text)))
            .hint("patterns know *, ?, [abc] and ** for folders at any depth; files whose name starts with a dot must be named"));
    }
    let source = |path: PathBuf| Source { name: path.display().to_string(), origin: Origin::File(path) };
    Ok(files.into_iter().map(source).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standard_input() -> StandardInput {
        StandardInput { stdin_filename: "<stdin>".to_owned() }
    }

    fn names(folder: &Path, patterns: &[&str]) -> Result<Vec<String>, String> {
        let arguments: Vec<OsString> = patterns.iter().map(|pattern| folder.join(pattern).into()).collect();
        let sources = expand(&arguments, &standard_input());
        let short = |source: &Source| source.name.rsplit('/').next().unwrap().to_owned();
        match sources {
            Ok(sources) => Ok(sources.iter().map(short).collect()),
            Err(Failure::Said { message, .. }) => Err(message),
            Err(Failure::BrokenPipe) => panic!(),
        }
    }

    #[test]
    fn patterns_give_files_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.pem", "a.pem", ".hidden.pem", "odd[1].pem", "c.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("folder.pem")).unwrap();
        assert_eq!(names(folder.path(), &["*.pem"]).unwrap(), ["a.pem", "b.pem", "odd[1].pem"]);
        assert_eq!(names(folder.path(), &["b.pem", "?.pem"]).unwrap(), ["b.pem", "a.pem"]);
        assert_eq!(names(folder.path(), &["odd[1].pem"]).unwrap(), ["odd[1].pem"]);
        assert_eq!(names(folder.path(), &["missing.pem"]).unwrap(), ["missing.pem"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_two_names_comes_by_the_first() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.pem"), "").unwrap();
        std::os::unix::fs::symlink("b.pem", folder.path().join("a.pem")).unwrap();
        assert_eq!(names(folder.path(), &["./b.pem", "*.pem"]).unwrap(), ["b.pem"]);
        assert_eq!(names(folder.path(), &["*.pem", "b.pem"]).unwrap(), ["a.pem"]);
    }

    #[test]
    fn a_pattern_without_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = names(folder.path(), &["*.pem"]).unwrap_err();
        assert!(message.starts_with("no file matches") && message.ends_with("*.pem"), "{message}");
        assert!(names(folder.path(), &["a[.pem"]).unwrap_err().contains("is no pattern of files"));
    }

    #[test]
    fn standard_input_comes_once() {
        let sources = expand(&["-".into()], &standard_input()).unwrap();
        assert!(sources.len() == 1 && sources[0].is_stdin() && sources[0].name == "<stdin>");
        assert!(expand(&["-".into(), "-".into()], &standard_input()).is_err());
    }

    #[test]
    fn a_stream_that_never_ends_is_left() {
        assert!(capped(&mut io::repeat(b'a'), "pipe").is_err());
        assert_eq!(capped(&mut io::repeat(b'a').take(5), "pipe").unwrap(), b"aaaaa");
    }
}
