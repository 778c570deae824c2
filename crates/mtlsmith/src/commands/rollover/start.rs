//! `rollover start`: mints the new CA, publishes both, and reissues; the same command goes on from wherever it was interrupted.

use clap::Args;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::Mode;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Plan;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::RolloverStore;
use mtlsmith_ca::rotate::rollover::Stage;
use mtlsmith_ca::rotate::rollover::status;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use super::REISSUE;
use super::ServerArguments;
use super::Way;
use super::WhereArguments;
use super::authority;
use super::authority::NewAuthority;
use super::live;
use super::plan;
use super::plan::Made;
use super::plan::Wanted;
use super::plan::WhatArguments;
use super::reissue::ReissueArguments;
use super::reissue::reissue;
use super::status::show;
use super::work;
use super::work::NOT_YET;
use super::work::Went;
use super::work::Work;
use super::work::shown_whole;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::KeyArguments;
use crate::minting::keep_failure;
use crate::session::Session;

/// Mint the new CA, bring the bundle with both CAs to the Namespace, and reissue the leaves
///
/// Whatever ends it, the same command goes on: what was done is not done twice, and what is not known is found out by reading.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: WhereArguments,
    #[command(flatten)]
    what: WhatArguments,
    #[command(flatten)]
    reissue: ReissueArguments,
    /// Go on with a rollover that is being aborted
    #[arg(long)]
    resume: bool,
    /// Begin another rollover although one has just ended
    #[arg(long)]
    again: bool,
    /// How long the new CA is valid, with s, m, h, d or y, or until when (RFC 3339) [default: 1y]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    #[command(flatten)]
    kind: KeyArguments,
    /// Text or JSON
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    server: ServerArguments,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = arguments.place.now(session);
    let home = arguments.place.home.open(session)?;
    let mut publisher = arguments.server.publisher(&arguments.place.namespace, session)?;
    let store = work::store(&home, &arguments.place, "rollover start", session)?;
    let last =
        Record::load(&home, arguments.place.namespace.as_str()).map_err(|error| keep_failure(&error))?;
    let mut record = match last {
        Some(record) if !may_begin_another(arguments, &record, now)? => {
            arguments.place.goes_by_the_clock_of(&record)?;
            live::belongs_here(&record, &arguments.way(), now)?;
            record
        }
        last => begin(arguments, &store, last.as_ref(), &mut *publisher, now, session)?,
    };
    if arguments.what.inventory_complete && !record.rollover.inventory_is_complete {
        record.rollover.inventory_is_complete = true;
        store.save(&record).map_err(|error| keep_failure(&error))?;
    }
    if record.rollover.phase == Phase::Planned {
        record = minted(arguments, &store, record, &mut *publisher, now, session)?;
    }
    let mut work = Work::new(&home, &store, record, &mut *publisher, arguments.way(), now);
    let exit = go_on(arguments, &mut work, session)?;
    show(&work, arguments.format == TextOrJson::Json, session)?;
    Ok(exit)
}

impl Arguments {
    fn way(&self) -> Way<'_> {
        Way { place: &self.place, server: &self.server, reissue: Some(&self.reissue) }
    }
}

/// Is the last rollover over, so that this is a new one? A command that is repeated must not begin another by accident.
fn may_begin_another(arguments: &Arguments, last: &Record, now: Timestamp) -> Result<bool, Failure> {
    let is_down = status(&last.rollover, now).stage == Stage::Recovering;
    if !last.is_over() || is_down {
        return Ok(false);
    }
    let ended = last.rollover.changed_at;
    if last.rollover.phase == Phase::OldRemoved && now.since(ended) < JUST_ENDED && !arguments.again {
        return Err(Failure::refused(format!(
            "a rollover of {} ended at {ended}; nothing was changed",
            last.rollover.namespace
        ))
        .hint(format!("begin another one: {}", arguments.way().next("start", &[" --again"], last))));
    }
    Ok(true)
}

/// Notes what is going to be done, before anything is.
fn begin(
    arguments: &Arguments,
    store: &RolloverStore<'_>,
    last: Option<&Record>,
    publisher: &mut dyn BundlePublisher,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Record, Failure> {
    let home = store.home();
    arguments.place.may_begin(home)?;
    let mode = if arguments.what.emergency { Mode::Emergency } else { Mode::Ordinary };
    let (place, what) = (&arguments.place, &arguments.what);
    let wanted = Wanted { home, place, what, mode, last, old: None, new: &[], now };
    let Made { plan, live, old } = plan::make(&wanted, publisher, session)?;
    if let Some(failure) = plan::forbidden(&plan, &arguments.way()) {
        return Err(failure);
    }
    if mode == Mode::Emergency {
        confirmed(&plan, &arguments.way(), session)?;
    }
    let old_authority = match old.first() {
        Some(old) => authority::name_of(home, old)?,
        None => None,
    };
    let mut record = Record {
        rollover: plan.rollover,
        old_authority,
        new_authority: authority::free_name(home, place.namespace.as_str())?,
        certificates: String::new(),
        publication: None,
        in_flight_until: None,
        rehearsal: place.is_rehearsal(),
    };
    record.learn(&Bundle::read(&live));
    store.save(&record).map_err(|error| keep_failure(&error))?;
    Ok(record)
}

/// Mints the new CA, and plans with it.
fn minted(
    arguments: &Arguments,
    store: &RolloverStore<'_>,
    planned: Record,
    publisher: &mut dyn BundlePublisher,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Record, Failure> {
    let home = store.home();
    let old: Vec<Certificate> =
        planned.rollover.old.iter().filter_map(|old| planned.certificate(old.id)).collect();
    let new = NewAuthority {
        name: &planned.new_authority,
        namespace: arguments.place.namespace.as_str(),
        old: old.first(),
        lifetime: arguments.validity_period,
        kind: arguments.kind.named()?,
    };
    let new = authority::mint(home, &new, &arguments.reissue.passphrase, now, session)?;
    let ids = planned.rollover.old.iter().map(|old| Fingerprint::Sha256(old.id.0)).collect();
    let (place, what, mode) = (&arguments.place, &arguments.what, planned.rollover.mode);
    let wanted = Wanted { home, place, what, mode, last: None, old: Some(ids), new: &new, now };
    let Made { plan, live, .. } = plan::make(&wanted, publisher, session)?;
    if let Some(failure) = plan::forbidden(&plan, &arguments.way()) {
        return Err(failure);
    }
    let complete = planned.rollover.inventory_is_complete;
    let mut record = Record { rollover: plan.rollover, ..planned };
    record.rollover.inventory_is_complete |= complete;
    record.learn(&Bundle::read(&live));
    for certificate in &new {
        record.learn(&Bundle::read(certificate.der()));
    }
    let texts = plan.texts;
    let files = [
        (mtlsmith_ca::rotate::rollover::BOTH, texts.both),
        (mtlsmith_ca::rotate::rollover::AFTER, texts.after),
        (mtlsmith_ca::rotate::rollover::NEW, texts.new),
        (mtlsmith_ca::rotate::rollover::OLD, texts.old),
        (mtlsmith_ca::rotate::rollover::DEAD, texts.dead),
    ];
    for (name, text) in files.iter().filter(|(_, text)| !text.is_empty()) {
        store.write_file(name, text).map_err(|error| keep_failure(&error))?;
    }
    store.save(&record).map_err(|error| keep_failure(&error))?;
    Ok(record)
}

fn go_on(
    arguments: &Arguments,
    work: &mut Work<'_, '_>,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    work.look(session)?;
    work.refresh()?;
    if matches!(work.record().rollover.phase, Phase::RestoringOld | Phase::Reverting | Phase::RetractingNew) {
        if !arguments.resume {
            return Err(Failure::refused(format!("the rollover is being aborted; {}", work.noted())).hint(
                format!(
                    "go on going back, or forward after all\n  {}\n  {}",
                    work.way.next("abort", &[REISSUE], work.record()),
                    work.way.next("start", &[" --resume", REISSUE], work.record())
                ),
            ));
        }
        work.note(&Event::Resume)?;
    }
    if arguments.what.emergency && work.record().rollover.mode == Mode::Ordinary {
        declare(work, session)?;
    }
    let emergency = work.record().rollover.mode == Mode::Emergency;
    match work.record().rollover.phase {
        Phase::NewMinted | Phase::PublishingBoth | Phase::Reissuing if emergency => {
            work.note(&Event::RemoveOld)?
        }
        Phase::NewMinted => work.note(&Event::PublishBoth)?,
        _ => {}
    }
    if work.record().rollover.phase.is_publishing() && work.advance(session)? == Went::ByHand {
        if arguments.reissue.is_wanted() {
            session.note(NOT_YET);
        }
        return Ok(Exit::Done);
    }
    let signs = matches!(work.record().rollover.phase, Phase::Reissuing | Phase::OldRemoved);
    if arguments.reissue.is_wanted() && signs {
        reissue(&arguments.reissue, work, session)
    } else {
        Ok(Exit::Done)
    }
}

/// An ordinary rollover becomes an emergency.
fn declare(work: &mut Work<'_, '_>, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let down = work.record().rollover.dependants(mtlsmith_ca::rotate::rollover::Side::Old, work.now);
    let names: Vec<String> = down.iter().map(ToString::to_string).collect();
    agreed(&names, &work.way.next("start", &YES, work.record()), session)?;
    work.note(&Event::DeclareEmergency)
}

fn confirmed(plan: &Plan, way: &Way<'_>, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let names: Vec<String> = plan.dependants.iter().map(ToString::to_string).collect();
    agreed(&names, &way.again("start", &YES, None), session)
}

/// Says who goes down, and goes on only when that was accepted.
fn agreed(down: &[String], command: &str, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let sentence = match down {
        [] => "nobody is known to go down".to_owned(),
        [_] => "1 leaf goes down at once:".to_owned(),
        all => format!("{} leaves go down at once:", all.len()),
    };
    let names: String = down.iter().map(|one| format!("\n  {}", shown_whole(one))).collect();
    let sentence = format!("the old CA is removed first; {sentence}{names}");
    if session.says_yes() {
        session.warning(&sentence);
        return Ok(());
    }
    Err(Failure::refused(sentence).hint(format!("nothing was changed; when that is right\n  {command}")))
}

/// The options that say who may go down.
const YES: [&str; 3] = [" --emergency", REISSUE, " --yes"];

/// Within a day a repeated command is more likely a repeated command than another rollover.
const JUST_ENDED: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  # print the commands for a person
  mtlsmith rollover start orders.a1b2c
  # go on with what the server shows now
  mtlsmith rollover start orders.a1b2c --live shown.pem --reissue
  mtlsmith rollover start orders.a1b2c --publish api --api-key-file key.txt \\
      --reissue --inventory-complete
  mtlsmith rollover start orders.a1b2c --emergency --reissue --yes \\
      --publish api --api-key-file key.txt

Exit status: 0 as far as it goes now, or the commands were printed; 1 the server or a rule refused something; 2 could not run, or it
is not known whether a change is live: run it again; 3 refused for safety, nothing was changed";
