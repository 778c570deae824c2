//! What a rollover shows: plain values, wherever they come from.

use mtlsmith_validate::time::Timestamp;

/// Where a rollover stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverPage {
    /// The Namespace.
    pub namespace: String,
    /// The stage, in a few words.
    pub stage: String,
    /// Is nobody locked out, and nothing in the way?
    pub is_well: bool,
    /// What to do next, in a sentence.
    pub next: String,
    /// The command that has to run before it, when there is one.
    pub before: Option<String>,
    /// The command that does it, when there is one.
    pub command: Option<String>,
    /// The steps from the beginning to the end, with how far it is.
    pub steps: Vec<RolloverStep>,
    /// The CAs that go and come.
    pub authorities: Vec<RolloverAuthority>,
    /// Every leaf.
    pub leaves: Vec<RolloverLeaf>,
    /// What lies ahead, by time.
    pub moments: Vec<(Timestamp, String)>,
    /// The time for which it is shown.
    pub now: Timestamp,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverStep {
    /// What happens in it.
    pub what: String,
    /// How far it is.
    pub progress: Progress,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Over.
    Done,
    /// Under way.
    Now,
    /// Ahead.
    Ahead,
}

/// A CA that goes or comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverAuthority {
    /// `old` or `new`.
    pub side: &'static str,
    /// Its subject.
    pub name: String,
    /// Its last second.
    pub until: Timestamp,
    /// Does the server show it?
    pub is_live: bool,
}

/// Why a leaf does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// What it needs is not published.
    Down,
    /// It has expired, and nothing that is published would help.
    Expired,
    /// It never worked here.
    Never,
}

impl Lapse {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Lapse::Down => "down",
            Lapse::Expired => "expired",
            Lapse::Never => "never",
        }
    }
}

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloverLeaf {
    /// Its name.
    pub name: String,
    /// Until when it works by what is live; `None` when it does not.
    pub works_until: Option<Timestamp>,
    /// What is to be read in the place of the date when there is none.
    pub lapse: Lapse,
    /// The CA it works through, and why it matters, in a few words.
    pub standing: String,
    /// Would it be locked out by the next step?
    pub is_in_the_way: bool,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPage {
    /// What it is about, such as `orders.a1b2c: from CN=old to a new CA`.
    pub title: String,
    /// What to know or to repair, and whether it forbids the rollover.
    pub hazards: Vec<(bool, String)>,
    /// Facts in front of the steps, such as the capacity.
    pub facts: Vec<(&'static str, String)>,
    /// Who goes down at once, in an emergency.
    pub goes_down: Vec<String>,
    /// The steps.
    pub steps: Vec<PlanPageStep>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPageStep {
    /// Its number.
    pub number: usize,
    /// What happens.
    pub what: String,
    /// What must hold before the next one.
    pub gate: String,
    /// The ways to do it: the tool, and its lines.
    pub commands: Vec<(String, String)>,
}
