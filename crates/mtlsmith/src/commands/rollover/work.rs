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
use mtlsmith_ca::rotate::rollover::LEDGER_ALONE;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::Refusal;
use mtlsmith_ca::rotate::rollover::Rollover;
use mtlsmith_ca::rotate::rollover::RolloverStore;
use mtlsmith_ca::rotate::rollover::Side;
use mtlsmith_ca::rotate::rollover::Standing;
use mtlsmith_ca::rotate::rollover::Use;
use mtlsmith_ca::rotate::rollover::status;
use mtlsmith_validate::Profile;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::time::Timestamp;

use super::REISSUE;
use super::Way;
use super::WhereArguments;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::shown;

/// A rollover at work.
pub(super) struct Work<'a, 'h> {
    pub(super) conductor: Conductor<'a, 'h>,
    pub(super) home: &'h Home,
    pub(super) way: Way<'a>,
    pub(super) now: Timestamp,
    /// The leaves that could not be reissued.
    pub(super) refused: Vec<String>,
    /// What was on the disk when this command began.
    before: Option<Rollover>,
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
            .hint(format!("see what it takes: mtlsmith rollover plan {namespace}{}", arguments.home.words()))
    })
}

impl<'a, 'h> Work<'a, 'h> {
    pub(super) fn new(
        home: &'h Home,
        store: &'a RolloverStore<'h>,
        record: Record,
        publisher: &'a mut dyn BundlePublisher,
        way: Way<'a>,
        now: Timestamp,
    ) -> Self {
        let namespace = way.place.namespace.clone();
        let conductor = Conductor { store, record, publisher, namespace, now, wait: thread::sleep };
        let before = Record::load(home, way.place.namespace.as_str()).ok().flatten();
        let before = before.map(|record| record.rollover);
        Work { conductor, home, way, now, refused: Vec::new(), before }
    }

    /// What this command has noted so far, for the sentence of a refusal.
    pub(super) fn noted(&self) -> String {
        let stored = Record::load(self.home, self.way.place.namespace.as_str()).ok().flatten();
        let (Some(before), Some(after)) = (&self.before, stored.map(|record| record.rollover)) else {
            return NOTHING.to_owned();
        };
        let mut news = Vec::new();
        if before.live != after.live {
            news.push("what the server shows".to_owned());
        }
        if before.gone != after.gone {
            let gone = before.leaves.iter().filter(|leaf| after.leaf(&leaf.name).is_none());
            let names: Vec<String> = gone.map(|leaf| shown(&leaf.name)).collect();
            news.push(format!("that nobody uses {}", names.join(", ")));
        }
        if before.inventory_is_complete != after.inventory_is_complete {
            news.push("that the inventory is complete".to_owned());
        }
        if before.phase != after.phase {
            news.push(format!("that the rollover stands here: {}", after.phase.as_str()));
        }
        if news.is_empty() && *before != after {
            news.push("which leaves are in force".to_owned());
        }
        if news.is_empty() { NOTHING.to_owned() } else { format!("this was noted: {}", news.join("; ")) }
    }

    pub(super) fn record(&self) -> &Record {
        &self.conductor.record
    }

    pub(super) fn note(&mut self, event: &Event) -> Result<(), Failure> {
        self.conductor.note(event).map_err(|error| self.failure(&error))
    }

    /// Holds the state against what is in force, and takes note of what differs.
    pub(super) fn refresh(&mut self) -> Result<Vec<FoundLeaf>, Failure> {
        let leaves = self.way.place.leaves(self.home)?;
        let recorded = self.way.place.recorded(self.home, self.now)?;
        let mut events = self.record().differences(&leaves, &Profile::temporal_cloud());
        events.extend(self.record().differences_of_recorded(&recorded));
        self.conductor.note_all(&events).map_err(|error| self.failure(&error))?;
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
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// Brings the bundle of this phase to the server.
    pub(super) fn advance(&mut self, session: &mut Session<'_, '_>) -> Result<Went, Failure> {
        match self.conductor.advance().map_err(|error| self.failure(&error))? {
            Standing::Settled => Ok(Went::Through),
            Standing::ByHand { intent, live } => {
                self.tell(&intent, &live, session)?;
                Ok(Went::ByHand)
            }
            Standing::Open(outcome) => Err(open_failure(&outcome)),
            Standing::InFlight(until) => Err(Failure::refused(format!(
                "an update that was sent before a command was interrupted may still arrive until {until}, and would undo this"
            ))
            .hint("run the same command again after that; nothing that relies on this is done before")),
        }
    }

    /// Why it does not go on, and the command that does.
    pub(super) fn failure(&self, error: &ConductError) -> Failure {
        let ConductError::Refused(refusal) = error else { return conduct_failure(error) };
        let (record, now) = (self.record(), self.now);
        let standing = status(&record.rollover, now);
        let next = super::page::command(&standing, record, &self.way);
        match refusal {
            Refusal::LeavesDepend { side, leaves, earliest } => {
                let which = if *side == Side::Old { "old" } else { "new" };
                let verb = if leaves.len() == 1 { "leaf depends" } else { "leaves depend" };
                let stays = match self.noted() {
                    noted if noted == NOTHING => noted,
                    noted => format!("it was not removed; {noted}"),
                };
                let mut text = format!("{} {verb} on the {which} CA alone; {stays}", leaves.len());
                let width = leaves.iter().map(|leaf| leaf.leaf.chars().count()).max().unwrap_or(0);
                for leaf in leaves {
                    let (name, how) = (shown_whole(&leaf.leaf), leaf.how());
                    text.push_str(&format!("\n  {name:<width$}  {how}"));
                }
                let wait = Fact::Duration(earliest.since(now));
                let hint = if leaves.iter().all(|leaf| leaf.use_ == Use::Settling) {
                    format!(
                        "their programs may hold the old certificates: wait {wait}, until {earliest}, and run it again"
                    )
                } else {
                    let verb = if *side == Side::Old { "start" } else { "abort" };
                    let command = self.way.next(verb, &[REISSUE], record);
                    let elsewhere = leaves.iter().any(|leaf| leaf.leaf.ends_with(LEDGER_ALONE));
                    let gone = match side {
                        Side::Old if elsewhere => {
                            "; of those with (ledger) the ledger alone tells: they lie elsewhere. Give their users new ones, then say --gone NAME to rollover commit"
                        }
                        Side::Old => "; to rollover commit say --gone NAME of one that is used no more",
                        Side::New => "",
                    };
                    format!("reissue them, or wait until {earliest}{gone}\n  {command}")
                };
                Failure::refused(text).hint(hint)
            }
            Refusal::InventoryNotComplete { until } => Failure::refused(format!(
                "leaves that are not listed here may work until {until}, the end of the old CA; {}",
                self.noted()
            ))
            .hint(format!(
                "name other client certificates with --leaf FILE; when these are all, say so\n  {}",
                self.way.next("commit", &[" --inventory-complete"], record)
            )),
            Refusal::OldNotTrusted => {
                Failure::refused(format!("the old CA was removed because its key leaked; {}", self.noted()))
                    .hint(format!(
                        "go on with the new one, or say that the old one is trusted all the same\n{}  {}",
                        next.map_or_else(String::new, |next| format!("  {next}\n")),
                        self.way.next("abort", &[REISSUE, " --old-is-trusted"], record)
                    ))
            }
            other => {
                let failure = Failure::refused(shown_whole(&other.to_string()));
                match next {
                    Some(command) => failure.hint(format!("{}\n  {command}", standing.next)),
                    None => failure,
                }
            }
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
        let mut text = match self.record().rehearsal {
            true => "A rehearsal at pretended times: bring this bundle to a server of your own, never to a real Namespace. The commands would be:\n",
            false => "Bring this bundle to the server with one of these:\n",
        }
        .to_owned();
        for instructions in Instructions::for_all(intent, Some(live), &file, self.now) {
            let lines = lines(&instructions, self.conductor.store)?;
            if !lines.is_empty() || !instructions.notes.is_empty() {
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
fn conduct_failure(error: &ConductError) -> Failure {
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

/// Nothing on the disk or at the server.
const NOTHING: &str = "nothing was changed";

/// What is said when leaves were to be reissued and a person has to publish before.
pub(super) const NOT_YET: &str = "no leaf was reissued yet: that waits until the server shows the bundle with both CAs, and the next command goes on with it";
