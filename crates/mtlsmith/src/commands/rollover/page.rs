//! A rollover as a person sees it: the state, turned into plain values.

use mtlsmith_ca::publish::quoted_command;
use mtlsmith_ca::rotate::rollover::LEDGER_ALONE;
use mtlsmith_ca::rotate::rollover::LeafRow;
use mtlsmith_ca::rotate::rollover::Mode;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::Refusal;
use mtlsmith_ca::rotate::rollover::Rollover;
use mtlsmith_ca::rotate::rollover::Stage;
use mtlsmith_ca::rotate::rollover::Status;
use mtlsmith_ca::rotate::rollover::Use;
use mtlsmith_ca::rotate::rollover::status;
use mtlsmith_report::Lapse;
use mtlsmith_report::Progress;
use mtlsmith_report::RolloverAuthority;
use mtlsmith_report::RolloverLeaf;
use mtlsmith_report::RolloverPage;
use mtlsmith_report::RolloverStep;
use mtlsmith_validate::time::Timestamp;

use super::REISSUE;
use super::Way;

/// Where it stands.
pub(super) fn page(record: &Record, way: &Way<'_>, now: Timestamp) -> RolloverPage {
    let rollover = &record.rollover;
    let status = status(rollover, now);
    let server = way.server.saved_anew();
    let way = &Way { server: &server, ..*way };
    let command = command(&status, record, way);
    let authority = |side, all: &[mtlsmith_ca::rotate::rollover::Authority]| -> Vec<RolloverAuthority> {
        let one = |ca: &mtlsmith_ca::rotate::rollover::Authority| RolloverAuthority {
            side,
            name: ca.name.clone(),
            until: ca.until,
            is_live: rollover.live.contains(&ca.id),
        };
        all.iter().map(one).collect()
    };
    let mut authorities = authority("old", &rollover.old);
    authorities.extend(authority("new", &rollover.new));
    RolloverPage {
        namespace: rollover.namespace.clone(),
        stage: format!(
            "{}{}",
            if record.rehearsal { REHEARSAL } else { "" },
            stage(status.stage, rollover.mode)
        ),
        is_well: matches!(status.stage, Stage::Done | Stage::Aborted | Stage::GateOpen),
        next: next(&status, way),
        before: command.as_ref().and_then(|_| way.server.save(&way.place.namespace)),
        command,
        steps: steps(rollover, status.stage, now),
        authorities,
        leaves: status.leaves.iter().map(|row| leaf(row, rollover.phase)).collect(),
        moments: status.time_line.iter().map(|moment| (moment.at, moment.what.clone())).collect(),
        now,
    }
}

fn stage(stage: Stage, mode: Mode) -> &'static str {
    match (stage, mode) {
        (Stage::Planned, _) => "planned, nothing was done",
        (Stage::NewMinted, _) => "the new CA exists, on this side only",
        (Stage::Publishing, _) => "both CAs are being published",
        (Stage::Reissuing, _) => "both CAs are live, leaves are being reissued",
        (Stage::GateOpen, _) => "nobody needs the old CA any more",
        (Stage::Removing, Mode::Emergency) => "EMERGENCY: the old CA is being removed",
        (Stage::Removing, _) => "the old CA is being removed",
        (Stage::Recovering, _) => "the old CA is gone, and leaves are down",
        (Stage::Done, _) => "done",
        (Stage::GoingBack, _) => "going back",
        (Stage::Aborted, _) => "aborted, everything is as it was",
    }
}

/// The command that goes on.
pub(super) fn command(status: &Status, record: &Record, way: &Way<'_>) -> Option<String> {
    let (verb, more): (&str, &[&str]) = match status.stage {
        Stage::Planned | Stage::NewMinted | Stage::Publishing if status.mode == Mode::Emergency => {
            ("start", &[" --emergency"])
        }
        Stage::Planned | Stage::NewMinted | Stage::Publishing if way.reissues() => ("start", &[REISSUE]),
        Stage::Planned | Stage::NewMinted | Stage::Publishing => ("start", &[]),
        Stage::Reissuing if status.leaves.iter().any(|row| lies_here(row, way) && needs_reissue(row)) => {
            ("start", &[REISSUE])
        }
        Stage::Removing if status.mode == Mode::Emergency => ("start", &[" --emergency", REISSUE]),
        Stage::Recovering if status.mode == Mode::Emergency && down_here(status, way) => {
            ("start", &[" --emergency", REISSUE])
        }
        Stage::Recovering if !down_here(status, way) => {
            // What lies elsewhere nobody reissues here.
            let down = status.leaves.iter().filter(|row| row.is_down);
            let gone: String = down.map(|row| format!(" --gone {}", quoted_command([&row.leaf]))).collect();
            return Some(way.next("commit", &[&gone], record));
        }
        Stage::Recovering => ("start", &[REISSUE]),
        Stage::Reissuing if matches!(status.gate, Some(Refusal::InventoryNotComplete { .. })) => {
            ("commit", &[" --inventory-complete"])
        }
        Stage::Reissuing | Stage::GateOpen | Stage::Removing => ("commit", &[]),
        Stage::GoingBack if status.leaves.iter().any(needs_return) => ("abort", &[REISSUE]),
        Stage::GoingBack => ("abort", &[]),
        Stage::Done | Stage::Aborted => return None,
    };
    Some(way.next(verb, more, record))
}

/// What to do next, in a sentence.
fn next(status: &Status, way: &Way<'_>) -> String {
    if status.stage == Stage::Recovering && !down_here(status, way) {
        return "the leaves that are down lie elsewhere: have their users take new ones, then say that nobody uses these".to_owned();
    }
    status.next.clone()
}

/// Is a leaf down that can be reissued here?
fn down_here(status: &Status, way: &Way<'_>) -> bool {
    status.leaves.iter().any(|row| row.is_down && lies_here(row, way))
}

/// Can it be reissued here? What lies elsewhere cannot.
fn lies_here(row: &LeafRow, way: &Way<'_>) -> bool {
    !row.leaf.ends_with(LEDGER_ALONE) && !way.place.is_outside(&row.leaf)
}

/// Does a leaf have to go back below the old CA?
fn needs_return(row: &LeafRow) -> bool {
    row.needs_new.as_ref().is_some_and(|dependant| dependant.use_ != Use::Settling)
}

fn needs_reissue(row: &LeafRow) -> bool {
    row.needs_old.as_ref().is_some_and(|dependant| dependant.use_ != Use::Settling)
}

fn leaf(row: &LeafRow, phase: Phase) -> RolloverLeaf {
    let standing = match (&row.works_until, &row.needs_old, &row.needs_new) {
        (None, ..) if row.expired.is_some() => "in nobody's way".to_owned(),
        (None, ..) if !row.is_down => "no CA of this rollover stands behind it".to_owned(),
        (None, ..) => "refused: no live CA stands behind it".to_owned(),
        (_, Some(old), _) => match old.use_ {
            Use::Deployed => "needs the old CA".to_owned(),
            Use::PerhapsDeployed => "a new one was issued and may be in place".to_owned(),
            Use::Settling if phase == Phase::OldRemoved => "reissued; its program has to load it".to_owned(),
            Use::Settling => format!("settling until {}", old.until),
        },
        (_, None, Some(_)) => "works through the new CA".to_owned(),
        (_, None, None) => "works without either".to_owned(),
    };
    RolloverLeaf {
        name: row.leaf.clone(),
        works_until: row.works_until,
        lapse: match (row.is_down, row.expired) {
            (true, _) => Lapse::Down,
            (false, Some(_)) => Lapse::Expired,
            (false, None) => Lapse::Never,
        },
        is_in_the_way: row.needs_old.is_some(),
        standing,
    }
}

fn steps(rollover: &Rollover, stage: Stage, now: Timestamp) -> Vec<RolloverStep> {
    let (phase, mode) = (rollover.phase, rollover.mode);
    let mut old = rollover.old.iter().filter(|old| old.until >= now);
    let old_is_live = old.all(|old| rollover.live.contains(&old.id));
    let back = [Phase::RestoringOld, Phase::Reverting, Phase::RetractingNew, Phase::Aborted];
    let (words, at): (&[&str], usize) = if back.contains(&phase) {
        let at = match phase {
            Phase::RestoringOld => 0,
            Phase::Reverting => 1,
            // One update brings the old CA and takes the new one.
            Phase::RetractingNew if !old_is_live => 0,
            Phase::RetractingNew => 2,
            _ => 3,
        };
        (&["publish the old CA again", "bring the leaves back below the old CA", "remove the new CA"], at)
    } else if mode == Mode::Emergency {
        let at = match (phase, stage) {
            (Phase::Planned, _) => 0,
            (Phase::OldRemoved, Stage::Done) => 3,
            (Phase::OldRemoved, _) => 2,
            _ => 1,
        };
        (
            &[
                "mint the new CA",
                "remove the old CA at once, and see it gone",
                "reissue the leaves that are down",
            ],
            at,
        )
    } else {
        let at = match (phase, stage) {
            (Phase::Planned, _) => 0,
            (Phase::NewMinted | Phase::PublishingBoth, _) => 1,
            (_, Stage::GateOpen | Stage::Removing) => 3,
            (Phase::OldRemoved, _) => 4,
            _ => 2,
        };
        (
            &[
                "mint the new CA",
                "publish both CAs, and see them on the server",
                "reissue the leaves, and wait until nobody needs the old CA",
                "remove the old CA, and see it gone",
            ],
            at,
        )
    };
    let progress = |index: usize| match index.cmp(&at) {
        std::cmp::Ordering::Less => Progress::Done,
        std::cmp::Ordering::Equal => Progress::Now,
        std::cmp::Ordering::Greater => Progress::Ahead,
    };
    words
        .iter()
        .enumerate()
        .map(|(index, what)| RolloverStep { what: (*what).to_owned(), progress: progress(index) })
        .collect()
}

/// What stands before the stage of a rollover at pretended times.
const REHEARSAL: &str = "a rehearsal at pretended times: ";
