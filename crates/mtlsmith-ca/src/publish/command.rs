//! Publishes by running a configured program: an argument vector, no shell, with a time limit.
//!
//! The program is given the bundle as a file. By its exit code it says what it did: 0 the change is live, 75 (`EX_TEMPFAIL`) nothing
//! was changed and trying again can help, 65 (`EX_DATAERR`) nothing was changed and trying again is useless. Anything else, and every
//! end by a signal or the time limit, says nothing; then a second program, which prints the live bundle, answers.

pub(crate) mod run;

use std::fmt;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use super::BundlePublisher;
use super::Doubt;
use super::Intent;
use super::LiveNamespace;
use super::NamespaceName;
use super::Outcome;
use super::Proof;
use super::ReadError;
use super::Reason;
use super::Retry;
use super::intent::filters_to_json;
use super::outcome::USUAL_PAUSE;
use super::text;
use run::Ended;
use run::Finished;

/// What to run. In the arguments stand for themselves: `{namespace}`, `{bundle}` (the path of a file), `{filters}` (the path of a file
/// in the shape that tcld imports), `{resource-version}`, `{operation}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSettings {
    /// The program that publishes, and its arguments. `{bundle}` has to be among them.
    pub publish: Vec<String>,
    /// The program that prints the live bundle on its standard output; with `{namespace}` only.
    pub read: Option<Vec<String>>,
    /// How long each may run.
    pub time_limit: Duration,
    /// Where the files are put; the folder exists.
    pub work_directory: PathBuf,
}

/// A configured program as a publisher.
#[derive(Debug, Clone)]
pub struct CommandPublisher {
    settings: CommandSettings,
}

impl CommandPublisher {
    /// A publisher that runs these programs.
    ///
    /// # Errors
    /// [`NotACommand`] when a vector is empty, `{bundle}` is missing, or something in braces is not known.
    pub fn new(settings: CommandSettings) -> Result<Self, NotACommand> {
        check(&settings.publish, &PLACEHOLDERS)?;
        if !has(&settings.publish, "{bundle}") {
            return Err(NotACommand::NoBundle);
        }
        if let Some(read) = &settings.read {
            check(read, &PLACEHOLDERS[..1])?;
        }
        Ok(CommandPublisher { settings })
    }

    fn run(&self, intent: &Intent) -> Result<Finished, String> {
        let directory = &self.settings.work_directory;
        let bundle = file(directory, intent.bundle()).map_err(|error| error.to_string())?;
        let filters = intent.filters().map(|filters| {
            let content = serde_json::json!({ "filters": filters_to_json(filters) }).to_string();
            file(directory, &content).map_err(|error| error.to_string())
        });
        let filters = filters.transpose()?;
        let path = |file: &tempfile::NamedTempFile| file.path().to_string_lossy().into_owned();
        let values = [
            intent.namespace().to_string(),
            path(&bundle),
            filters.as_ref().map(path).unwrap_or_default(),
            intent.based_on().map(ToString::to_string).unwrap_or_default(),
            intent.operation().to_string(),
        ];
        run::run(&filled(&self.settings.publish, &values), self.settings.time_limit)
            .map_err(|error| error.to_string())
    }

    /// What a program that ended without a word about what it did has left behind.
    fn look(&mut self, intent: &Intent, doubt: Doubt) -> Outcome {
        let live = match self.read(intent.namespace()) {
            Ok(live) => live,
            Err(ReadError::NoReader) => return Outcome::Unknown { doubt },
            Err(error) => return Outcome::Unknown { doubt: Doubt::CannotRead(error) },
        };
        match (live.has_bundle_of(intent), live.has_filters_of(intent)) {
            (true, Some(true)) => Outcome::Published { resource_version: None, proof: Proof::ReadBack },
            (true, _) => Outcome::Unknown { doubt: Doubt::FiltersNotShown },
            // The program may have asked for an operation that is still running.
            (false, _) => Outcome::Unknown { doubt },
        }
    }
}

impl BundlePublisher for CommandPublisher {
    fn read(&mut self, namespace: &NamespaceName) -> Result<LiveNamespace, ReadError> {
        let command = self.settings.read.as_ref().ok_or(ReadError::NoReader)?;
        let finished = run::run(&filled(command, &[namespace.to_string()]), self.settings.time_limit)
            .map_err(|error| ReadError::NoAnswer(shown(error.to_string().as_bytes())))?;
        match finished.ended {
            Ended::Code(0) if finished.output.len() < run::LARGEST_OUTPUT => Ok(LiveNamespace {
                namespace: namespace.clone(),
                resource_version: None,
                bundle: finished.output,
                filters: None,
                mtls_enabled: None,
            }),
            Ended::Code(0) => Err(ReadError::Unintelligible("the program wrote too much".to_owned())),
            _ => Err(ReadError::NoAnswer(format!("{}: {}", finished.ended, shown(&finished.errors)))),
        }
    }

    fn publish(&mut self, intent: &Intent) -> Outcome {
        if intent.filters().is_some() && !has(&self.settings.publish, "{filters}") {
            return Outcome::NotPublished { reason: Reason::FiltersUnsupported, retry: Retry::Never };
        }
        let finished = match self.run(intent) {
            Ok(finished) => finished,
            Err(why) => {
                return Outcome::NotPublished { reason: Reason::ProgramNotStarted(why), retry: Retry::Never };
            }
        };
        let output = shown(&finished.errors);
        match finished.ended {
            Ended::Code(0) => self.believe(intent),
            Ended::Code(code @ (NOTHING_CHANGED | USELESS)) => {
                let retry = if code == USELESS { Retry::Never } else { Retry::After(USUAL_PAUSE) };
                Outcome::NotPublished { reason: Reason::ProgramRefused { code: Some(code), output }, retry }
            }
            ended => self.look(intent, Doubt::ProgramInterrupted(format!("{ended}: {output}"))),
        }
    }

    fn resolve(&mut self, intent: &Intent) -> Outcome {
        let live = match self.read(intent.namespace()) {
            Ok(live) => live,
            Err(error) => return Outcome::Unknown { doubt: Doubt::CannotRead(error) },
        };
        match (live.has_bundle_of(intent), live.has_filters_of(intent)) {
            (true, Some(true)) => Outcome::Published { resource_version: None, proof: Proof::ReadBack },
            (true, _) => Outcome::Unknown { doubt: Doubt::FiltersNotShown },
            (false, _) => {
                Outcome::NotPublished { reason: Reason::NeverArrived, retry: Retry::After(USUAL_PAUSE) }
            }
        }
    }
}

impl CommandPublisher {
    /// The program says that the change is live; where there is a reader, it has to agree.
    fn believe(&mut self, intent: &Intent) -> Outcome {
        match self.read(intent.namespace()) {
            Err(ReadError::NoReader) => Outcome::Published { resource_version: None, proof: Proof::Claimed },
            Err(error) => Outcome::Unknown { doubt: Doubt::CannotRead(error) },
            Ok(live) if !live.has_bundle_of(intent) => Outcome::Unknown { doubt: Doubt::NotVisibleYet },
            Ok(live) => {
                let filters_too = live.has_filters_of(intent) == Some(true);
                let proof = if filters_too { Proof::ReadBack } else { Proof::BundleReadBack };
                Outcome::Published { resource_version: None, proof }
            }
        }
    }
}

/// A file that is gone when the program has ended.
fn file(directory: &PathBuf, content: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("mtlsmith-").tempfile_in(directory)?;
    file.write_all(content.as_bytes())?;
    file.flush()?;
    Ok(file)
}

fn check(arguments: &[String], known: &[&str]) -> Result<(), NotACommand> {
    if arguments.first().is_none_or(|program| program.is_empty() || program.contains(['{', '}'])) {
        return Err(NotACommand::NoProgram);
    }
    for argument in arguments {
        let without = known.iter().fold(argument.clone(), |text, name| text.replace(name, ""));
        if without.contains(['{', '}']) {
            return Err(NotACommand::UnknownPlaceholder(argument.clone()));
        }
    }
    Ok(())
}

fn has(arguments: &[String], placeholder: &str) -> bool {
    arguments.iter().any(|argument| argument.contains(placeholder))
}

fn filled(arguments: &[String], values: &[String]) -> Vec<String> {
    let fill = |argument: &String| {
        // Values hold no braces of their own, except perhaps a path, which comes before nothing that could be taken for a name.
        PLACEHOLDERS
            .iter()
            .zip(values)
            .fold(argument.clone(), |text, (name, value)| text.replace(name, value))
    };
    arguments.iter().map(fill).collect()
}

/// The end of what a program wrote: the last lines say why it ended.
fn shown(output: &[u8]) -> String {
    let start = output.len().saturating_sub(SHOWN);
    let text = String::from_utf8_lossy(output.get(start..).unwrap_or_default());
    text::defused(&text, SHOWN)
}

/// In the order of the values.
const PLACEHOLDERS: [&str; 5] = ["{namespace}", "{bundle}", "{filters}", "{resource-version}", "{operation}"];

/// `EX_TEMPFAIL` of sysexits.
const NOTHING_CHANGED: i32 = 75;

/// `EX_DATAERR` of sysexits.
const USELESS: i32 = 65;

const SHOWN: usize = 2_000;

/// The settings are no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotACommand {
    /// A vector does not start with a program.
    NoProgram,
    /// `{bundle}` is missing.
    NoBundle,
    /// An argument has something in braces that is not known there.
    UnknownPlaceholder(String),
}

impl fmt::Display for NotACommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotACommand::NoProgram => f.write_str("no program is named"),
            NotACommand::NoBundle => {
                f.write_str("no argument of the command holds {bundle}, the path of the bundle")
            }
            NotACommand::UnknownPlaceholder(argument) => write!(
                f,
                "{} has braces around something that is not known there",
                text::defused(argument, SHOWN)
            ),
        }
    }
}

impl std::error::Error for NotACommand {}

#[cfg(test)]
#[cfg(unix)]
#[path = "command_tests.rs"]
mod tests;
