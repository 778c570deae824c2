//! The steps of a plan, numbered, each with its gate and with the commands of every tool.

use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use super::command;
use super::command::BundleChange;
use super::command::Tool;
use super::command::ToolCommand;
use super::gate::Dependant;
use super::state::Mode;
use super::state::Rollover;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// Its number, from 1.
    pub number: usize,
    /// What it is.
    pub kind: StepKind,
    /// What happens, in a sentence.
    pub what: String,
    /// What must hold before the next step, in a sentence.
    pub gate: String,
    /// How to do it: one command for each tool, any of which will do.
    pub commands: Vec<ToolCommand>,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Mint the new CA.
    Mint,
    /// Publish both CAs.
    PublishBoth,
    /// See both CAs on the server.
    ConfirmBoth,
    /// Reissue and deploy the leaves.
    Reissue,
    /// Wait until nobody needs the old CA.
    Gate,
    /// Publish the bundle without the old CA.
    RemoveOld,
    /// See the bundle without the old CA on the server.
    ConfirmRemoval,
}

/// The file with both CAs.
pub const BOTH: &str = "bundle-both.pem";
/// The file without the old CA.
pub const AFTER: &str = "bundle-after.pem";
/// The file with the new CA alone.
pub const NEW: &str = "ca-new.pem";
/// The file with what has expired.
pub const DEAD: &str = "ca-expired.pem";
/// The file with the old CA, and what hangs below it alone.
pub const OLD: &str = "ca-old.pem";

/// The steps of a rollover from its beginning.
pub(super) fn steps(
    rollover: &Rollover,
    dependants: &[Dependant],
    earliest: Timestamp,
    now: Timestamp,
) -> Vec<PlannedStep> {
    let order: &[StepKind] = match rollover.mode {
        Mode::Ordinary => &[
            StepKind::Mint,
            StepKind::PublishBoth,
            StepKind::ConfirmBoth,
            StepKind::Reissue,
            StepKind::Gate,
            StepKind::RemoveOld,
            StepKind::ConfirmRemoval,
        ],
        Mode::Emergency => {
            &[StepKind::Mint, StepKind::RemoveOld, StepKind::ConfirmRemoval, StepKind::Reissue]
        }
    };
    let sketch = Sketch { rollover, dependants, earliest, now };
    let numbered = order.iter().enumerate();
    numbered.map(|(index, kind)| sketch.step(index + 1, *kind)).collect()
}

struct Sketch<'a> {
    rollover: &'a Rollover,
    dependants: &'a [Dependant],
    earliest: Timestamp,
    now: Timestamp,
}

impl Sketch<'_> {
    fn step(&self, number: usize, kind: StepKind) -> PlannedStep {
        let (what, gate) = self.sentences(kind);
        PlannedStep { number, kind, what, gate, commands: self.commands(kind) }
    }

    fn sentences(&self, kind: StepKind) -> (String, String) {
        let Rollover { namespace, old, new, dead, settling, .. } = self.rollover;
        let name = |authorities: &[super::state::Authority]| {
            authorities.first().map_or_else(|| "the new CA".to_owned(), |authority| authority.name.clone())
        };
        let (old, new) = (name(old), name(new));
        let count = self.dependants.len();
        let (leaves, verb, depend) =
            if count == 1 { ("leaf", "goes", "depends on") } else { ("leaves", "go", "depend on") };
        let is = if count == 1 { "is" } else { "are" };
        let first =
            if dead.is_empty() { String::new() } else { format!(", without {} that expired", dead.len()) };
        match kind {
            StepKind::Mint => (
                format!("{new} is minted beside {old}"),
                "its certificate passes every rule, and its key lies where the plan says".to_owned(),
            ),
            StepKind::PublishBoth => (
                format!("{namespace} gets a bundle with {old} and {new}{first}"),
                "the server has taken the update".to_owned(),
            ),
            StepKind::ConfirmBoth => (
                format!("{namespace} is asked for its bundle"),
                "the bundle that the server shows holds both CAs; no leaf below the new CA goes out before".to_owned(),
            ),
            StepKind::Reissue => (
                format!("{count} {leaves} that {depend} {old} {is} reissued below {new} and deployed"),
                "each leaf is judged by the published bundle and filters before it takes the place of the present one".to_owned(),
            ),
            StepKind::Gate => (
                format!("nothing happens for {} minutes after the last deployment, while running processes let go of the old certificates", settling / 60),
                format!("no live leaf depends on {old} alone; were none reissued, that would be so from {}", self.earliest),
            ),
            StepKind::RemoveOld if self.rollover.mode == Mode::Emergency => (
                format!("{namespace} gets a bundle with {new} and without {old}{first}: {count} {leaves} {verb} down at once"),
                "the server has taken the update; connections that stand may live until they are recycled, about five minutes".to_owned(),
            ),
            StepKind::RemoveOld => (
                format!("{namespace} gets a bundle without {old}"),
                "the server has taken the update".to_owned(),
            ),
            StepKind::ConfirmRemoval => (
                format!("{namespace} is asked for its bundle"),
                format!("the bundle that the server shows no longer holds {old}"),
            ),
        }
    }

    fn commands(&self, kind: StepKind) -> Vec<ToolCommand> {
        let namespace = self.rollover.namespace.as_str();
        match kind {
            StepKind::Mint => vec![command::own(&["rollover", "start", namespace])],
            StepKind::PublishBoth => self.publish(BOTH, true, self.has_dead().then_some(DEAD)),
            StepKind::RemoveOld if self.rollover.mode == Mode::Emergency => {
                self.publish(AFTER, true, Some(OLD))
            }
            StepKind::RemoveOld => {
                let mut commands = vec![command::own(&["rollover", "commit", namespace])];
                commands.extend(self.publish(AFTER, false, Some(OLD)));
                commands
            }
            StepKind::ConfirmBoth | StepKind::ConfirmRemoval => command::confirm(namespace),
            StepKind::Reissue => vec![command::own(&["rollover", "start", namespace, "--reissue"])],
            StepKind::Gate => vec![command::own(&["rollover", "status", namespace])],
        }
    }

    fn publish(&self, whole: &str, adds: bool, removed: Option<&str>) -> Vec<ToolCommand> {
        let namespace = self.rollover.namespace.as_str();
        let change = BundleChange {
            namespace,
            whole,
            added: adds.then_some(NEW),
            removed,
            removal_first: adds && self.has_dead(),
        };
        let mut commands = command::publish(&change);
        // `temporal cloud` removes before it adds when something has expired, and nothing may remain in between.
        if change.removal_first && !self.something_remains(removed) {
            commands.retain(|command| command.tool != Tool::TemporalCloud);
        }
        commands
    }

    fn has_dead(&self) -> bool {
        let expired = self.rollover.old.iter().any(|old| old.until < self.now);
        expired || !self.rollover.dead.is_empty()
    }

    /// Does the live bundle hold anything beside what is removed?
    fn something_remains(&self, removed: Option<&str>) -> bool {
        let Rollover { live, dead, old, .. } = self.rollover;
        let goes = |id| {
            dead.contains(id)
                || old.iter().any(|old| old.id == *id && (removed == Some(OLD) || old.until < self.now))
        };
        live.iter().any(|id| !goes(id))
    }
}
