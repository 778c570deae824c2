//! Reissues the leaves that are kept here below the CA that signs now, and says which keep what they have.

use clap::Args;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_ca::rotate::perform::NewKey;
use mtlsmith_ca::rotate::perform::RotationError;
use mtlsmith_ca::rotate::rollover::Phase;
use mtlsmith_ca::rotate::rollover::Reissue;
use mtlsmith_ca::rotate::rollover::Reissued;
use mtlsmith_ca::rotate::rollover::Side;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::FilterSet;

use super::authority;
use super::work::Work;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::FILTERS_FILE;
use crate::minting::PassphraseArguments;
use crate::rotating;
use crate::rotating::LiveFiles;
use crate::rotating::rotation_failure;
use crate::rotating::shown_sentence;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;
use crate::state;

/// Whether leaves are reissued now.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReissueArguments {
    /// Reissue every leaf of the state directory that needs it, each with a new key
    #[arg(long)]
    reissue: bool,
    #[command(flatten)]
    pub(super) passphrase: PassphraseArguments,
}

impl ReissueArguments {
    pub(super) fn is_wanted(&self) -> bool {
        self.reissue
    }
}

/// Reissues all leaves that depend on the CA that does not sign now. Leaves that a rule stands against keep what they have.
pub(super) fn reissue(
    arguments: &ReissueArguments,
    work: &mut Work<'_, '_>,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let name = work.record().signing_authority().map(str::to_owned).ok_or_else(|| {
        Failure::could_not_run("the CA that signs now is not kept here")
            .hint("reissue its leaves with mtlsmith gen leaf and --ca-cert; the rollover finds them")
    })?;
    let profile = Profile::temporal_cloud();
    let signing = authority::ready(work.home, &name, &arguments.passphrase, work.now, session)?;
    let leaves = work.refresh()?;
    let open = work.record().in_need(leaves, &profile, work.now);
    let live = trusted(work, &profile, session)?;
    let reissue = Reissue {
        home: work.home,
        authority: &signing,
        authority_name: &name,
        live: &live,
        profile: &profile,
        key: NewKey::New(None),
        lifetime: None,
        sharing: &rotating::sharing_in_force,
        hooks: &|_| Vec::new(),
        reason: "rollover",
        tool_version: rotating::TOOL_VERSION,
        now: work.now,
    };
    let mut placed = 0;
    for some in open.chunks(TOGETHER) {
        let store = work.conductor.store;
        let prepared = reissue.prepare(store, &mut work.conductor.record, some);
        let (ready, mut all) = prepared.map_err(|error| work.failure(&error))?;
        let mut writer = state::lock(work.home, "rollover reissue", work.now, session)?;
        let placed_now = reissue.put_in_force(store, &mut work.conductor.record, &mut writer, ready);
        drop(writer);
        all.extend(placed_now.map_err(|error| work.failure(&error))?);
        for one in all {
            match one {
                Reissued::Done(..) => placed += 1,
                Reissued::Refused(leaf, error) => {
                    if keeps(&leaf, &error, session)? {
                        if shown_sentence(&error).contains(rotating::FILTER_RULES) && !leaf.contains('/') {
                            session.hint(&other_names(&leaf, work));
                        }
                        work.refused.push(leaf);
                    }
                }
            }
        }
    }
    if placed > 0 {
        let leaves = counted(placed, "leaf").replace("leafs", "leaves");
        let phase = work.record().rollover.phase;
        let load = match phase.signing() {
            Side::New if phase == Phase::OldRemoved => {
                "their programs are down until they load the new files"
            }
            Side::New => "their programs have to load the new files before the old CA goes",
            Side::Old => "their programs have to load the new files before the new CA goes",
        };
        session.note(&format!("reissued {leaves} below {}; {load}", shown(&name)));
    }
    Ok(if !work.refused.is_empty() { Exit::Findings } else { Exit::Done })
}

/// Says why a leaf keeps what it has; whether that is for somebody to mend.
fn keeps(leaf: &str, error: &RotationError, session: &mut Session<'_, '_>) -> Result<bool, Failure> {
    match error {
        RotationError::Keep(KeepError::Stale { slot, .. }) => {
            session.note(&format!("{} was replaced by somebody else meanwhile", shown(slot)));
            Ok(false)
        }
        RotationError::Keep(KeepError::Rejected { .. })
        | RotationError::Mint(_)
        | RotationError::NoCertificate { .. }
        | RotationError::NoKey { .. }
        | RotationError::Clock(_) => {
            session.warning(&format!("{} keeps what it has: {}", shown(leaf), shown_sentence(error)));
            Ok(true)
        }
        RotationError::Keep(_) => Err(rotation_failure(error)),
    }
}

/// A certificate that is refused for its names is refused as often as it is asked for.
fn other_names(leaf: &str, work: &Work<'_, '_>) -> String {
    let namespace = work.way.place.namespace.as_str();
    let start =
        ["mtlsmith", "gen", "leaf", "--namespace", namespace, "--name", leaf, "--force", "--ou", "UNIT"];
    let command = mtlsmith_ca::publish::quoted_command(start);
    format!(
        "the next one would have the same names. Give it others that the filters let in: {command}{}; or, when nobody uses it any more, say so: {}",
        work.way.place.home.words(),
        work.way.next("commit", &[" --gone ", leaf], work.record())
    )
}

/// What has to admit the new certificates: the bundle that the server shows, and the filters that it shows or that are kept.
fn trusted(
    work: &mut Work<'_, '_>,
    profile: &Profile,
    session: &mut Session<'_, '_>,
) -> Result<LiveTrust, Failure> {
    let live = work.look(session)?;
    let filters = live.as_ref().and_then(|live| live.filters.clone()).map(FilterSet::new);
    let filters = match filters {
        Some(filters) => Some(filters),
        None => {
            let folder = work.conductor.store.directory().parent();
            let kept =
                folder.map(|folder| folder.join(FILTERS_FILE)).filter(|path| crate::input::is_there(path));
            LiveFiles { bundle: None, filters: kept }.filters(profile).map_err(Failure::could_not_run)?
        }
    };
    let bundle = work.record().text_of(&work.record().rollover.live).unwrap_or_default();
    Ok(LiveTrust::read(bundle.as_bytes(), filters, profile))
}

/// As many leaves are noted in one step.
const TOGETHER: usize = 100;
