//! Where a rollover stands, for people: the stage, what to do next, a row for each leaf, and what lies ahead in time.

use std::fmt;

use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use super::gate::Dependant;
use super::gate::Use;
use super::refusal::Refusal;
use super::state::Mode;
use super::state::Phase;
use super::state::Rollover;
use super::state::Side;
use crate::rotate::moment;

/// Where a rollover stands at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The stage.
    pub stage: Stage,
    /// The phase that is stored.
    pub phase: Phase,
    /// Ordinary or emergency.
    pub mode: Mode,
    /// Which CA signs leaves.
    pub signing: Side,
    /// What to do next, in a sentence.
    pub next: String,
    /// Why the old CA may not be removed yet; `None` when it may.
    pub gate: Option<Refusal>,
    /// Updates whose outcome is not known.
    pub open_requests: usize,
    /// Each leaf.
    pub leaves: Vec<LeafRow>,
    /// What lies ahead, by time.
    pub time_line: Vec<Moment>,
}

/// The stages as people count them. Unlike the phase, they depend on the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing has been done.
    Planned,
    /// The new CA exists.
    NewMinted,
    /// An answer of the server is awaited.
    Publishing,
    /// Leaves are being reissued.
    Reissuing,
    /// Nobody needs the old CA any more.
    GateOpen,
    /// An answer of the server to the removal is awaited.
    Removing,
    /// The old CA is gone, and leaves are still down.
    Recovering,
    /// Done.
    Done,
    /// Going back.
    GoingBack,
    /// Gone back.
    Aborted,
}

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeafRow {
    /// Its name.
    pub leaf: String,
    /// Until when it works by the bundle that is published; `None` when it does not.
    #[serde(serialize_with = "moment::option::serialize")]
    pub works_until: Option<Timestamp>,
    /// Since when it is expired, whatever is published; `None` while it is not.
    #[serde(serialize_with = "moment::option::serialize")]
    pub expired: Option<Timestamp>,
    /// Is it refused although it has not expired, and a CA of this rollover or another member would let it in?
    pub is_down: bool,
    /// How it depends on the old CA.
    pub needs_old: Option<Dependant>,
    /// How it depends on the new CA.
    pub needs_new: Option<Dependant>,
}

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Moment {
    /// When.
    #[serde(serialize_with = "moment::serialize")]
    pub at: Timestamp,
    /// What.
    pub what: String,
}

/// Where a rollover stands.
pub fn status(rollover: &Rollover, now: Timestamp) -> Status {
    let leaves = rollover.leaves.iter().map(|leaf| leaf.name.as_str());
    let (old, new) = (rollover.dependants(Side::Old, now), rollover.dependants(Side::New, now));
    let by_name =
        |all: &[Dependant], name: &str| all.iter().find(|dependant| dependant.leaf == name).cloned();
    let rows: Vec<LeafRow> = leaves
        .map(|name| LeafRow {
            leaf: name.to_owned(),
            works_until: rollover.works_until(name).filter(|until| *until >= now),
            expired: end(rollover, name).filter(|until| *until < now),
            is_down: end(rollover, name).is_some_and(|until| until >= now)
                && rollover.works_until(name).is_none_or(|until| until < now),
            needs_old: by_name(&old, name),
            needs_new: by_name(&new, name),
        })
        .collect();
    let gate = match rollover.mode {
        Mode::Ordinary => rollover.may_commit(now).err(),
        Mode::Emergency => None,
    };
    let stage = stage(rollover, gate.is_none(), &rows);
    Status {
        stage,
        phase: rollover.phase,
        mode: rollover.mode,
        signing: rollover.phase.signing(),
        next: next(rollover, stage, gate.as_ref(), now),
        gate,
        open_requests: rollover.open_requests.len(),
        leaves: rows,
        time_line: time_line(rollover, now),
    }
}

/// Until when it would work were everything published.
fn end(rollover: &Rollover, leaf: &str) -> Option<Timestamp> {
    rollover.leaf(leaf)?.in_use.until()
}

impl Rollover {
    /// Until when the deployed certificate of a leaf works by the bundle that the server last showed.
    pub fn works_until(&self, leaf: &str) -> Option<Timestamp> {
        let certificate = &self.leaf(leaf)?.in_use;
        let is_live = |side: &[super::state::Authority]| {
            !side.is_empty() && side.iter().all(|ca| self.live.contains(&ca.id))
        };
        let old = certificate.under_old.filter(|_| is_live(&self.old));
        let new = certificate.under_new.filter(|_| is_live(&self.new));
        old.max(new).max(certificate.under_others)
    }
}

fn stage(rollover: &Rollover, gate_is_open: bool, rows: &[LeafRow]) -> Stage {
    match rollover.phase {
        Phase::Planned => Stage::Planned,
        Phase::NewMinted => Stage::NewMinted,
        Phase::PublishingBoth => Stage::Publishing,
        Phase::Reissuing if gate_is_open => Stage::GateOpen,
        Phase::Reissuing => Stage::Reissuing,
        Phase::RemovingOld => Stage::Removing,
        Phase::OldRemoved if rows.iter().any(|row| row.is_down) => Stage::Recovering,
        Phase::OldRemoved => Stage::Done,
        Phase::RestoringOld | Phase::Reverting | Phase::RetractingNew => Stage::GoingBack,
        Phase::Aborted => Stage::Aborted,
    }
}

fn next(rollover: &Rollover, stage: Stage, gate: Option<&Refusal>, now: Timestamp) -> String {
    match stage {
        Stage::Planned => "mint the new CA".to_owned(),
        Stage::NewMinted if rollover.mode == Mode::Emergency => {
            let down = rollover.dependants(Side::Old, now).len();
            let go = if down == 1 { "leaf goes" } else { "leaves go" };
            format!("remove the old CA: {down} {go} down until reissued")
        }
        Stage::NewMinted => "publish the bundle with both CAs".to_owned(),
        Stage::Publishing | Stage::Removing => {
            "publish the bundle unless the server shows it already; what it shows moves this on".to_owned()
        }
        Stage::Reissuing => gate.map_or_else(String::new, closed),
        Stage::GateOpen => "remove the old CA: no live leaf depends on it alone".to_owned(),
        Stage::Recovering => "reissue the leaves that are down below the new CA".to_owned(),
        Stage::Done => "nothing: the rollover is done".to_owned(),
        Stage::GoingBack if rollover.phase == Phase::RestoringOld => {
            let down = rollover.dependants(Side::New, now).len();
            let go = if down == 1 { "leaf needs" } else { "leaves need" };
            format!(
                "publish the bundle with both CAs first: {down} {go} the new one until they are back below the old one"
            )
        }
        Stage::GoingBack => match rollover.nobody_depends_on(Side::New, now) {
            Ok(()) if rollover.phase == Phase::Reverting => "remove the new CA: nobody uses it".to_owned(),
            Ok(()) => "publish the bundle unless the server shows it already; what it shows moves this on"
                .to_owned(),
            Err(refusal) => closed(&refusal),
        },
        Stage::Aborted => "nothing: everything is as it was".to_owned(),
    }
}

/// What opens a gate, without those who keep it closed: they stand in the rows.
fn closed(gate: &Refusal) -> String {
    match gate {
        Refusal::LeavesDepend { side, leaves, earliest } => {
            let (below, gone) = match side {
                Side::Old => {
                    ("the new", "; of one that nobody uses, say so to rollover commit with --gone NAME")
                }
                Side::New => ("the old", ""),
            };
            match leaves.iter().filter(|leaf| leaf.use_ != Use::Settling).count() {
                0 => format!(
                    "wait until {earliest}: programs may hold a certificate that was replaced until then"
                ),
                1 => format!(
                    "reissue 1 leaf below {below} CA and have its program load it, or wait until {earliest}{gone}"
                ),
                count => {
                    format!(
                        "reissue {count} leaves below {below} CA and have their programs load them, or wait until {earliest}{gone}"
                    )
                }
            }
        }
        Refusal::InventoryNotComplete { until } => format!(
            "none of the leaves below needs the old CA: if no other client certificate is in use, say so; else name them with --leaf FILE, \
             or wait until {until}"
        ),
        other => other.to_string(),
    }
}

fn time_line(rollover: &Rollover, now: Timestamp) -> Vec<Moment> {
    let ends = |authorities: &[super::state::Authority], which: &str| {
        let moment = |authority: &super::state::Authority| Moment {
            at: authority.until,
            what: format!("end of the {which} CA {}", authority.name),
        };
        authorities.iter().map(moment).collect::<Vec<_>>()
    };
    let mut moments = ends(&rollover.old, "old");
    moments.extend(ends(&rollover.new, "new"));
    moments.extend(rollover.leaves.iter().filter_map(|leaf| {
        let at = rollover.works_until(&leaf.name)?;
        Some(Moment { at, what: format!("{} stops working", leaf.name) })
    }));
    if matches!(rollover.phase, Phase::Reissuing | Phase::PublishingBoth) {
        let at = rollover.earliest_removal(now);
        moments.push(Moment { at, what: "the old CA may go if nothing more is reissued".to_owned() });
    }
    moments.retain(|moment| moment.at >= now);
    moments.sort();
    moments
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.at, self.what)
    }
}
