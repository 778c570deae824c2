//! `renew`: the next certificate for a key that stays; and what it shares with `rekey`.

use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::perform::Attempt;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_ca::rotate::perform::NewKey;
use mtlsmith_ca::rotate::perform::PendingHooks;
use mtlsmith_ca::rotate::perform::Rotated;
use mtlsmith_ca::rotate::perform::Rotation;
use mtlsmith_ca::rotate::perform::When;
use mtlsmith_ca::rotate::perform::run_some_hooks;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use crate::commands::r#gen::leaf::USUAL_NAME;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::IssuingAuthority;
use crate::minting::keep_failure;
use crate::rotating;
use crate::rotating::HookArguments;
use crate::rotating::LiveFiles;
use crate::rotating::rotation_failure;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;

/// Replace a client certificate by one for the same key
///
/// Names and lifetime stay. The new one is judged against the Namespace's bundle and filters before it is put in force; whatever goes
/// wrong, the old pair stays in force.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    rotation: RotationArguments,
}

/// Which certificates, when, and what happens afterwards.
#[derive(Debug, Args)]
pub(crate) struct RotationArguments {
    /// The Namespace that it is for, by its full name such as orders.a1b2c
    #[arg(short, long, value_name = "NAME", value_parser = crate::commands::r#gen::leaf::namespace)]
    namespace: Option<NamespaceName>,
    /// Its name in the state directory [default: worker]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Every certificate of the Namespace
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Only when it is due: after two thirds of the time that it works, or when another CA issues now
    #[arg(long)]
    if_due: bool,
    /// How long the new one is valid [default: as long as the old one, never longer than its CA]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    /// The Namespace's live CA bundle [default: the one in the state directory]
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// The Namespace's live certificate filters, as JSON [default: those in the state directory]
    #[arg(long, value_name = "FILE")]
    filters: Option<PathBuf>,
    #[command(flatten)]
    home: HomeArguments,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    hooks: HookArguments,
    /// Forget what an earlier run still owes, such as a program that failed; nothing is run, and nothing is replaced
    #[arg(long, help_heading = rotating::AFTERWARDS)]
    forget_hooks: bool,
    /// Go on although the last issuance lies ahead of the clock, since a clock that was wrong made it and this one is right
    #[arg(long, conflicts_with = "at")]
    clock_is_right: bool,
    /// Act as if it were this time
    #[arg(long, value_name = "RFC3339", value_parser = crate::arguments::time, hide = true)]
    at: Option<Timestamp>,
}

/// What one run works with.
struct Run<'a> {
    arguments: &'a RotationArguments,
    home: Home,
    issuing: IssuingAuthority,
    live: LiveTrust,
    profile: Profile,
    key: NewKey,
    word: &'static str,
    hooks: Vec<Hook>,
    now: Timestamp,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    rotate(&arguments.rotation, NewKey::Same, "renew", session)
}

/// Replaces one certificate, or all of a Namespace.
pub(crate) fn rotate(
    arguments: &RotationArguments,
    key: NewKey,
    word: &'static str,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if arguments.all && arguments.hooks.writes_files() {
        return Err(Failure::could_not_run("one file cannot hold several certificates")
            .hint("leave --all out and name one with --name"));
    }
    let now = session.now(arguments.at);
    state::refuse_time_to_come(now, session)?;
    let profile = Profile::temporal_cloud();
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let home = arguments.home.open(session)?;
    let slots = slots(arguments, &home, namespace)?;
    if arguments.forget_hooks {
        return slots.iter().try_for_each(|slot| forget(&home, slot, session)).map(|()| Exit::Done);
    }
    let issuing = match arguments.authority.from_files(&profile, now, session)? {
        Some(issuing) => issuing,
        None => arguments.authority.from_home(&home, namespace, &profile, now, session)?,
    };
    let folder = namespace.map(|namespace| home.path().join("namespaces").join(namespace));
    let live = LiveFiles::find(arguments.bundle.clone(), arguments.filters.clone(), folder.as_deref());
    let live = live.read(&issuing, &profile).map_err(Failure::could_not_run)?;
    let hooks = arguments.hooks.hooks();
    let run = Run { arguments, home, issuing, live, profile, key, word, hooks, now };
    let mut failed: Option<Failure> = None;
    for slot in &slots {
        if let Err(failure) = run.one(slot, session)
            && let Some(before) = failed.replace(failure)
        {
            say(before, session);
        }
    }
    failed.map_or(Ok(Exit::Done), Err)
}

fn say(failure: Failure, session: &mut Session<'_, '_>) {
    if let Failure::Said { message, .. } = failure {
        session.error(&message);
    }
}

fn slots(arguments: &RotationArguments, home: &Home, namespace: Option<&str>) -> Result<Vec<Slot>, Failure> {
    let name = arguments.name.as_deref().unwrap_or(USUAL_NAME);
    let named = Some(name).filter(|_| !arguments.all);
    if let Some(failure) = rotating::missing(home, namespace, named).map_err(|error| keep_failure(&error))? {
        return Err(failure);
    }
    if !arguments.all {
        return Slot::leaf(namespace, name).map(|slot| vec![slot]).map_err(|error| keep_failure(&error));
    }
    let mut slots = home.slots().map_err(|error| keep_failure(&error))?;
    slots.retain(|slot| slot.kind() == SlotKind::Leaf && slot.namespace() == namespace);
    Ok(slots)
}

impl Run<'_> {
    /// Replaces it if that is to be done, then runs what is pending, also from a run before this one.
    fn one(&self, slot: &Slot, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let rotated = {
            let mut writer = state::lock(&self.home, self.word, self.now, session)?;
            if self.arguments.clock_is_right {
                writer.trust_the_clock();
            }
            let rotation = self.rotation(slot);
            rotation.perform(&mut writer, None, self.now).map_err(|error| rotation_failure(&error))?
        };
        match rotated {
            Rotated::NotDue(step) => session.note(&format!("{}: not due: {step}", rotating::told(slot))),
            Rotated::Done { committed, certificate, effective_expiry } => {
                let place = self.home.current_path(slot);
                session.note(&format!(
                    "{}: generation {} is in force until {effective_expiry}\n  serial number {}\n  {}",
                    rotating::told(slot),
                    committed.name.number,
                    hex(certificate.serial()),
                    shown(place.display())
                ));
            }
        }
        self.run_hooks(slot)
    }

    /// Runs what was asked for. What an earlier run still owes, and this one was not told of, is not forgotten.
    fn run_hooks(&self, slot: &Slot) -> Result<(), Failure> {
        let failed = |error| keep_failure(&error);
        match run_some_hooks(&self.home, slot, &self.hooks, self.now).map_err(failed)? {
            (Attempt::Done, None) => Ok(()),
            (Attempt::Done, Some(pending)) => {
                let told = mtlsmith_report::for_terminal(&pending.problem);
                let last =
                    if told.is_empty() { String::new() } else { format!("; the last attempt: {told}") };
                let message = format!(
                    "{}: an earlier run still owes since {}: {}{last}",
                    rotating::told(slot),
                    pending.since,
                    owed(&pending)
                );
                let hint = "the certificate is in force; name the same again with --if-due, such as --exec PROGRAM, since arguments are \
                            not kept; when it is not wanted any more: --forget-hooks";
                Err(Failure::could_not_run(message).hint(hint))
            }
            (Attempt::Failed { attempts, error }, _) => {
                let error = mtlsmith_report::for_terminal(&error.to_string());
                let times = counted(usize::try_from(attempts).unwrap_or(usize::MAX), "attempt");
                Err(Failure::could_not_run(format!("{}: {error} ({times})", rotating::told(slot))).hint(
                    "the certificate is in force; the same command with --if-due tries this again and replaces nothing",
                ))
            }
        }
    }

    fn rotation<'a>(&'a self, slot: &'a Slot) -> Rotation<'a> {
        Rotation {
            home: &self.home,
            slot,
            authority: &self.issuing.authority,
            authority_name: self.issuing.name.as_deref(),
            live: &self.live,
            profile: &self.profile,
            key: self.key,
            when: if self.arguments.if_due { When::IfDue } else { When::Now },
            policy: LeafPolicy::default(),
            lifetime: self.arguments.validity_period,
            sharing: rotating::sharing_in_force(&self.home, slot),
            hooks: &self.hooks,
            reason: self.word,
            tool_version: rotating::TOOL_VERSION,
        }
    }
}

/// Gives up what is owed, and does nothing else.
fn forget(home: &Home, slot: &Slot, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let told = rotating::told(slot);
    match PendingHooks::forget(home, slot).map_err(|error| keep_failure(&error))? {
        Some(pending) => session.note(&format!("{told}: forgotten, and not done: {}", owed(&pending))),
        None => session.note(&format!("{told}: nothing is owed; nothing was changed")),
    }
    Ok(())
}

/// What has not succeeded yet, for people.
fn owed(pending: &PendingHooks) -> String {
    let all: Vec<&str> = pending.open().map(|owed| owed.what.as_str()).collect();
    // Notes of before said only that something is pending.
    let all = if all.is_empty() { "what was to run afterwards".to_owned() } else { all.join(", ") };
    mtlsmith_report::for_terminal(&all)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith renew --namespace orders.a1b2c
  mtlsmith renew --namespace orders.a1b2c --name billing --if-due \\
      --signal HUP --pid-file /run/worker.pid
  mtlsmith renew --namespace orders.a1b2c --all --if-due --exec systemctl \\
      --exec-argument reload --exec-argument worker

Exit status: 0 done or not due, 1 a rule or the Namespace stands against it, 2 could not run, 3 refused; the old pair stays in force";
