//! A rollover as a person sees it: the state, turned into plain values.

use mtlsmith_ca::rotate::rollover::Mode;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::Stage;
use mtlsmith_ca::rotate::rollover::Status;
use mtlsmith_ca::rotate::rollover::Use;
use mtlsmith_ca::rotate::rollover::status;
use mtlsmith_report::Progress;
use mtlsmith_report::RolloverAuthority;
use mtlsmith_report::RolloverLeaf;
use mtlsmith_report::RolloverPage;
use mtlsmith_report::RolloverStep;
use mtlsmith_validate::time::Timestamp;

use super::ServerArguments;

/// Where it stands.
pub(super) fn page(record: &Record, server: &ServerArguments, now: Timestamp) -> RolloverPage {
    let rollover = &record.rollover;
    let status = status(rollover, now);
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
        stage: stage(status.stage, rollover.mode).to_owned(),
        is_well: matches!(status.stage, Stage::Done | Stage::Aborted | Stage::GateOpen),
        next: status.next.clone(),
        command: command(&status, &rollover.namespace, server),
        steps: steps(rollover.phase, rollover.mode, status.stage),
        authorities,
        leaves: status.leaves.iter().map(leaf).collect(),
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
pub(super) fn command(status: &Status, namespace: &str, server: &ServerArguments) -> Option<String> {
    let verb = match status.stage {
        Stage::Planned | Stage::NewMinted | Stage::Publishing => "start",
        Stage::Reissuing if status.leaves.iter().any(needs_reissue) => {
            return Some(format!("mtlsmith rollover start {namespace} --reissue{}", server.words()));
        }
        Stage::Recovering => {
            return Some(format!(
                "mtlsmith rollover start {namespace} --emergency --reissue{}",
                server.words()
            ));
        }
        Stage::Reissuing | Stage::GateOpen | Stage::Removing => "commit",
        Stage::GoingBack => "abort",
        Stage::Done | Stage::Aborted => return None,
    };
    Some(format!("mtlsmith rollover {verb} {namespace}{}", server.words()))
}

fn needs_reissue(row: &mtlsmith_ca::rotate::rollover::LeafRow) -> bool {
    row.needs_old.as_ref().is_some_and(|dependant| dependant.use_ != Use::Settling)
}

fn leaf(row: &mtlsmith_ca::rotate::rollover::LeafRow) -> RolloverLeaf {
    let standing = match (&row.works_until, &row.needs_old, &row.needs_new) {
        (None, ..) => "refused: no live CA stands behind it".to_owned(),
        (_, Some(old), _) => match old.use_ {
            Use::Deployed => "needs the old CA".to_owned(),
            Use::PerhapsDeployed => "a new one was issued and may be in place".to_owned(),
            Use::Settling => format!("reissued; the old one may be in memory until {}", old.until),
        },
        (_, None, Some(_)) => "works through the new CA".to_owned(),
        (_, None, None) => "works without either".to_owned(),
    };
    RolloverLeaf {
        name: row.leaf.clone(),
        works_until: row.works_until,
        is_in_the_way: row.needs_old.is_some(),
        standing,
    }
}

fn steps(phase: Phase, mode: Mode, stage: Stage) -> Vec<RolloverStep> {
    let back = [Phase::RestoringOld, Phase::Reverting, Phase::RetractingNew, Phase::Aborted];
    let (words, at): (&[&str], usize) = if back.contains(&phase) {
        let at = match phase {
            Phase::RestoringOld => 0,
            Phase::Reverting => 1,
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
