//! A rollover at work: the record, the server, the leaves in force, and what becomes of an attempt to go on.

use std::thread;

use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::publish::Instructions;
use mtlsmith_ca::publish::Intent;
use mtlsmith_ca::publish::LiveNamespace;
use mtlsmith_ca::publish::Outcome;
use mtlsmith_ca::publish::ReadError;
use mtlsmith_ca::publish::Reason;
use mtlsmith_ca::publish::Step;
use mtlsmith_ca::publish::Tool;
use mtlsmith_ca::rotate::rollover::ConductError;
use mtlsmith_ca::rotate::rollover::Conductor;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::RolloverStore;
use mtlsmith_ca::rotate::rollover::Standing;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use super::WhereArguments;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::shown;

/// A rollover at work.
pub(super) struct Work<'a, 'h> {
    pub(super) conductor: Conductor<'a, 'h>,
    pub(super) home: &'h Home,
    pub(super) arguments: &'a WhereArguments,
    pub(super) now: Timestamp,
}

/// How an attempt to go on ended, when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// The server shows it.
    Through,
    /// A person has something to do.
    ByHand,
}

/// Takes the lock of a Namespace's rollover.
pub(super) fn store<'h>(
    home: &'h Home,
    arguments: &WhereArguments,
    command: &str,
    session: &Session<'_, '_>,
) -> Result<RolloverStore<'h>, Failure> {
    let holder = Holder::this_process((session.environment.host)(), command, arguments.now(session));
    RolloverStore::open(home, arguments.namespace.as_str(), &holder, PATIENCE)
        .map_err(|error| keep_failure(&error))
}

/// The record of a rollover that is under way, or was.
pub(super) fn record(home: &Home, arguments: &WhereArguments) -> Result<Record, Failure> {
    let namespace = arguments.namespace.as_str();
    let record = Record::load(home, namespace).map_err(|error| keep_failure(&error))?;
    record.ok_or_else(|| {
        Failure::could_not_run(format!("there is no rollover of {namespace}"))
            .hint(format!("see what it takes: mtlsmith rollover plan {namespace}; begin: mtlsmith rollover start {namespace}"))
    })
}

impl<'a, 'h> Work<'a, 'h> {
    pub(super) fn new(
        home: &'h Home,
        store: &'a RolloverStore<'h>,
        record: Record,
        publisher: &'a mut dyn BundlePublisher,
        arguments: &'a WhereArguments,
        now: Timestamp,
    ) -> Self {
        let namespace = arguments.namespace.clone();
        let conductor = Conductor { store, record, publisher, namespace, now, wait: thread::sleep };
        Work { conductor, home, arguments, now }
    }

    pub(super) fn record(&self) -> &Record {
        &self.conductor.record
    }

    pub(super) fn note(&mut self, event: &Event) -> Result<(), Failure> {
        self.conductor.note(event).map_err(|error| conduct_failure(&error))
    }

    /// Holds the state against what is in force, and takes note of what differs.
    pub(super) fn refresh(&mut self) -> Result<Vec<FoundLeaf>, Failure> {
        let leaves = self.arguments.leaves(self.home)?;
        let events = self.record().differences(&leaves, &Profile::temporal_cloud());
        self.conductor.note_all(&events).map_err(|error| conduct_failure(&error))?;
        Ok(leaves)
    }

    /// What is live, when that can be told; the state takes note of it.
    pub(super) fn look(&mut self, session: &mut Session<'_, '_>) -> Result<Option<LiveNamespace>, Failure> {
        match self.conductor.look() {
            Ok(Ok(live)) => Ok(Some(live)),
            Ok(Err(outcome)) => {
                session.note(&format!("the last change of the bundle: {outcome}"));
                Ok(None)
            }
            Err(ConductError::Unread(ReadError::NoReader)) => Ok(None),
            Err(error) => Err(conduct_failure(&error)),
        }
    }

    /// Brings the bundle of this phase to the server.
    pub(super) fn advance(&mut self, session: &mut Session<'_, '_>) -> Result<Went, Failure> {
        match self.conductor.advance().map_err(|error| conduct_failure(&error))? {
            Standing::Settled => Ok(Went::Through),
            Standing::ByHand { intent, live } => {
                self.tell(&intent, &live, session)?;
                Ok(Went::ByHand)
            }
            Standing::Open(outcome) => Err(open_failure(&outcome)),
            Standing::InFlight(until) => Err(Failure::refused(format!(
                "an update that was sent before a command was interrupted may still arrive until {until}, and would undo this"
            ))
            .hint("run the same command again after that")),
        }
    }

    /// Writes the bundle, and says what a person has to run.
    fn tell(
        &self,
        intent: &Intent,
        live: &LiveNamespace,
        session: &mut Session<'_, '_>,
    ) -> Result<(), Failure> {
        let file =
            self.conductor.store.write_file(NEXT, intent.bundle()).map_err(|error| keep_failure(&error))?;
        let mut text =
            "Run one of these, then the same command again with --live FILE and what the server shows:\n"
                .to_owned();
        for instructions in Instructions::for_all(intent, Some(live), &file, self.now) {
            let lines = lines(&instructions, self.conductor.store)?;
            if !lines.is_empty() {
                text.push_str(&format!("\n  {}\n", tool(instructions.tool)));
                text.extend(lines.iter().map(|line| format!("    {line}\n")));
            }
            text.extend(instructions.notes.iter().map(|note| format!("    # {note}\n")));
        }
        text.push('\n');
        session.write(text.as_bytes())
    }
}

fn lines(instructions: &Instructions, store: &RolloverStore<'_>) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for step in &instructions.steps {
        match step {
            Step::File { path, content } => {
                let name = std::path::Path::new(path).file_name().unwrap_or_default().to_string_lossy();
                store.write_file(&name, content).map_err(|error| keep_failure(&error))?;
            }
            Step::Command(_) => lines.extend(step.shell_line()),
            Step::Configuration(text) => lines.extend(text.lines().map(str::to_owned)),
            Step::ByMouse(text) => lines.push(text.clone()),
        }
    }
    Ok(lines)
}

fn tool(tool: Tool) -> &'static str {
    match tool {
        Tool::Tcld => "tcld",
        Tool::TemporalCloud => "temporal cloud",
        Tool::Terraform => "Terraform",
        Tool::WebPage => "the web page",
    }
}

/// Why a rollover does not go on, as the user reads it.
pub(super) fn conduct_failure(error: &ConductError) -> Failure {
    match error {
        ConductError::Keep(error) => keep_failure(error),
        ConductError::Refused(refusal) => Failure::refused(shown_whole(&refusal.to_string())),
        ConductError::Unread(ReadError::NoReader) => Failure::could_not_run("what is live is not known here")
            .hint("show it with --live FILE, or have it asked for with --publish api"),
        other => Failure::could_not_run(shown(other)).hint("nothing was changed; run the same command again"),
    }
}

fn open_failure(outcome: &Outcome) -> Failure {
    let text = shown_whole(&outcome.to_string());
    match outcome {
        Outcome::NotPublished { reason: Reason::Rejected(_) | Reason::OperationFailed(_), .. } => {
            Failure::no(text).hint("repair what the server names, then run the same command again")
        }
        Outcome::NotPublished { .. } => Failure::could_not_run(text).hint("run the same command again"),
        _ => Failure::could_not_run(text)
            .hint("run the same command again: it finds out by reading, and changes nothing before"),
    }
}

/// A sentence that may name many leaves, of which none may be cut off.
pub(super) fn shown_whole(text: &str) -> String {
    mtlsmith_report::for_terminal(text)
}

/// The bundle that a person is to publish.
const NEXT: &str = "next.pem";

/// How long to wait for another command that goes on with the same rollover.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
