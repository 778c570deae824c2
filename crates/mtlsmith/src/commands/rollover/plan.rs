//! `rollover plan`: what it takes, step by step, before anything is done.

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::publish::ReadError;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Hazard;
use mtlsmith_ca::rotate::rollover::Mode;
use mtlsmith_ca::rotate::rollover::Plan;
use mtlsmith_ca::rotate::rollover::PlanInput;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::StepKind;
use mtlsmith_ca::rotate::rollover::Tool;
use mtlsmith_report::PlanPage;
use mtlsmith_report::PlanPageStep;
use mtlsmith_validate::Profile;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use super::ServerArguments;
use super::Way;
use super::WhereArguments;
use super::authority;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::is_there;
use crate::input::read_regular;
use crate::minting::BUNDLE_FILE;
use crate::minting::keep_failure;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

/// Show the numbered steps of a rollover: gates, capacity, hazards, and the commands of every tool
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(super) place: WhereArguments,
    #[command(flatten)]
    what: WhatArguments,
    /// Text or JSON
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    server: ServerArguments,
}

/// What is to be replaced, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct WhatArguments {
    /// The CA to replace, by its SHA-256 or SHA-1 fingerprint; may come several times [default: the one that signs for the Namespace]
    #[arg(long, value_name = "FINGERPRINT")]
    old: Vec<Fingerprint>,
    /// State that no other client certificate below the old CA is in use than those that are kept here or named
    #[arg(long)]
    pub(super) inventory_complete: bool,
    /// The old CA's key is in the wrong hands: remove it first, whoever goes down
    #[arg(long)]
    pub(super) emergency: bool,
}

/// A plan, and what it was made from.
pub(super) struct Made {
    pub(super) plan: Plan,
    pub(super) live: Vec<u8>,
    pub(super) old: Vec<Fingerprint>,
}

/// What a plan is to be made for.
pub(super) struct Wanted<'a> {
    pub(super) home: &'a Home,
    pub(super) place: &'a WhereArguments,
    pub(super) what: &'a WhatArguments,
    pub(super) mode: Mode,
    /// The last rollover, which says which CA signs now.
    pub(super) last: Option<&'a Record>,
    /// The CAs to replace, when that was decided before.
    pub(super) old: Option<Vec<Fingerprint>>,
    pub(super) new: &'a [Certificate],
    pub(super) now: Timestamp,
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = arguments.place.now(session);
    let home = arguments.place.home.open(session)?;
    let mut publisher = arguments.server.publisher(&arguments.place.namespace, session)?;
    let last =
        Record::load(&home, arguments.place.namespace.as_str()).map_err(|error| keep_failure(&error))?;
    let mode = if arguments.what.emergency { Mode::Emergency } else { Mode::Ordinary };
    let (place, what) = (&arguments.place, &arguments.what);
    let wanted = Wanted { home: &home, place, what, mode, last: last.as_ref(), old: None, new: &[], now };
    let way = Way { place, server: &arguments.server, reissue: None };
    let made = make(&wanted, &mut *publisher, session);
    let mut made = match last.as_ref().filter(|record| !record.is_over()) {
        None => made?,
        Some(record) => during(record, made, &way, session)?,
    };
    lead_here(&mut made.plan, arguments);
    let text = match arguments.format {
        TextOrJson::Text => {
            mtlsmith_report::rollover_plan(&page(&made.plan, arguments, &home), &session.style(Place::Output))
        }
        TextOrJson::Json => {
            let value = serde_json::to_value(&made.plan)
                .map_err(|error| Failure::could_not_run(error.to_string()))?;
            format!("{value:#}\n")
        }
    };
    session.write(text.as_bytes())?;
    Ok(if made.plan.is_forbidden() { Exit::Refused } else { Exit::Done })
}

/// A plan is for the time before a rollover: in the middle of one it may be for what is no longer so.
fn during(
    record: &Record,
    made: Result<Made, Failure>,
    way: &Way<'_>,
    session: &mut Session<'_, '_>,
) -> Result<Made, Failure> {
    let message =
        format!("a rollover of {} is under way: {}", way.place.namespace, record.rollover.phase.as_str());
    let status = way.next("status", &[], record);
    match made {
        Ok(made) => {
            session.warning(&format!("{message}; this plan is for another one. Where it stands: {status}"));
            Ok(made)
        }
        Err(Failure::Said { message: why, .. }) => {
            Err(Failure::could_not_run(format!("{message}; there is no plan for another one: {why}"))
                .hint(format!("where it stands\n  {status}")))
        }
        Err(other) => Err(other),
    }
}

/// Makes the plan.
pub(super) fn make(
    wanted: &Wanted<'_>,
    publisher: &mut dyn BundlePublisher,
    session: &mut Session<'_, '_>,
) -> Result<Made, Failure> {
    let namespace = wanted.place.namespace.as_str();
    let live = live(wanted, publisher, session)?;
    let old = match &wanted.old {
        Some(old) => old.clone(),
        None if wanted.what.old.is_empty() => {
            vec![authority::in_force(wanted.home, namespace, wanted.last, &live)?]
        }
        None => wanted.what.old.clone(),
    };
    let leaves = wanted.place.leaves(wanted.home)?;
    let recorded = wanted.place.recorded(wanted.home, wanted.now)?;
    let inventory: Vec<_> = leaves.iter().map(FoundLeaf::as_inventory).collect();
    let input = PlanInput {
        namespace,
        live: &live,
        old: &old,
        new: wanted.new,
        leaves: &inventory,
        recorded: &recorded,
        inventory_is_complete: wanted.what.inventory_complete,
        mode: wanted.mode,
        profile: &Profile::temporal_cloud(),
        now: wanted.now,
    };
    let mut plan = mtlsmith_ca::rotate::rollover::plan(&input).map_err(|error| {
        Failure::could_not_run(shown(error)).hint("mtlsmith bundle inspect shows what is in a bundle")
    })?;
    // A leaf of no Namespace that this bundle does not let in belongs elsewhere.
    let elsewhere: Vec<&str> =
        leaves.iter().filter(|leaf| leaf.is_of_no_namespace()).map(|leaf| leaf.name.as_str()).collect();
    plan.rollover
        .leaves
        .retain(|leaf| leaf.in_use.until().is_some() || !elsewhere.contains(&leaf.name.as_str()));
    Ok(Made { plan, live, old })
}

/// What is live: by the server's word, else as it was last seen here.
fn live(
    wanted: &Wanted<'_>,
    publisher: &mut dyn BundlePublisher,
    session: &mut Session<'_, '_>,
) -> Result<Vec<u8>, Failure> {
    match publisher.read(&wanted.place.namespace) {
        Ok(live) => return Ok(live.bundle),
        Err(ReadError::NoReader) => {}
        Err(error) => return Err(Failure::could_not_run(format!("what is live cannot be told: {error}"))),
    }
    let folder = wanted.home.path().join("namespaces").join(wanted.place.namespace.as_str());
    let path = folder.join(BUNDLE_FILE);
    if !is_there(&path) {
        return Err(Failure::could_not_run("what is live is not known here")
            .hint("show what the server has with --live FILE, or have it asked with --publish api"));
    }
    match read_regular(&path) {
        Ok(bytes) => {
            // Told once: the plan is made again with the new CA.
            if wanted.new.is_empty() {
                session.note(&format!(
                    "taken for live: {}; show what the server has with --live FILE",
                    shown(path.display())
                ));
            }
            Ok(bytes)
        }
        Err(problem) => Err(Failure::could_not_run(problem)
            .hint("put it right, or show what the server has with --live FILE")),
    }
}

/// What forbids to begin, as a failure.
pub(super) fn forbidden(plan: &Plan, way: &Way<'_>) -> Option<Failure> {
    let reasons: Vec<String> = plan.hazards.iter().filter(|hazard| hazard.forbids()).map(shown).collect();
    (!reasons.is_empty()).then(|| {
        let reasons: String = reasons.iter().map(|reason| format!("\n  {reason}")).collect();
        Failure::refused(format!("the rollover cannot begin; nothing was published:{reasons}"))
            .hint(format!("see all of it: {}", way.again("plan", &[], None)))
    })
}

/// The own commands of a plan get the options that this one had.
fn lead_here(plan: &mut Plan, arguments: &Arguments) {
    let options = arguments.place.options(None);
    let server = arguments.server.saved_anew().options();
    for step in &mut plan.steps {
        // Before anything is published, nothing has to be shown.
        let is_first = step.kind == StepKind::Mint && arguments.server.is_unnamed();
        for command in step.commands.iter_mut().filter(|command| command.tool == Tool::Mtlsmith) {
            for run in &mut command.run {
                run.extend(options.iter().cloned());
                run.extend(server.iter().filter(|_| !is_first).cloned());
            }
        }
    }
}

/// A plan as a person reads it.
fn page(plan: &Plan, arguments: &Arguments, home: &Home) -> PlanPage {
    let rollover = &plan.rollover;
    let name = |all: &[mtlsmith_ca::rotate::rollover::Authority], none: &str| {
        all.first().map_or_else(|| none.to_owned(), |ca| ca.name.clone())
    };
    let capacity = plan.capacity;
    let mut facts = vec![
        (
            "capacity",
            format!(
                "{} of {} certificates, {} of {} bytes at most",
                capacity.certificates, capacity.certificates_allowed, capacity.bytes, capacity.bytes_allowed
            ),
        ),
        ("earliest removal", format!("{}, were no leaf reissued", plan.earliest_removal)),
        ("leaves", format!("{}, of which {} need the old CA", rollover.leaves.len(), plan.dependants.len())),
    ];
    let mut goes_down = Vec::new();
    let dependants: Vec<String> = plan.dependants.iter().map(ToString::to_string).collect();
    if rollover.mode == Mode::Emergency {
        goes_down = dependants;
    } else if !dependants.is_empty() {
        facts.push(("need the old CA", dependants.join(", ")));
    }
    if !rollover.inventory_is_complete && rollover.mode == Mode::Ordinary {
        let unsure = "nobody stated that these are all: then the old CA stays until it ends, unless --inventory-complete is given";
        facts.push(("inventory", unsure.to_owned()));
    }
    let folder = home.path().join("namespaces").join(&rollover.namespace).join("rollover");
    facts.push(("files below", format!("in {}, once rollover start has written them", folder.display())));
    let save = arguments.server.save(&arguments.place.namespace);
    PlanPage {
        title: format!(
            "{}: from {} to {}",
            rollover.namespace,
            name(&rollover.old, "nothing"),
            name(&rollover.new, "a CA that is minted under a name of its own")
        ),
        hazards: plan.hazards.iter().map(|hazard: &Hazard| (hazard.forbids(), hazard.to_string())).collect(),
        facts,
        goes_down,
        steps: plan.steps.iter().map(|one| step(one, save.as_deref())).collect(),
    }
}

fn step(step: &mtlsmith_ca::rotate::rollover::PlannedStep, save: Option<&str>) -> PlanPageStep {
    let tool = |tool: Tool| match tool {
        Tool::Mtlsmith => "mtlsmith",
        Tool::Tcld => "tcld",
        Tool::TemporalCloud => "temporal cloud",
        Tool::Terraform => "Terraform",
    };
    let (shown, rest) = step.commands.split_at(step.commands.len().min(COMMANDS));
    let mut commands: Vec<(String, String)> =
        shown.iter().map(|command| (tool(command.tool).to_owned(), command.to_string())).collect();
    if let (StepKind::ConfirmBoth | StepKind::ConfirmRemoval, Some(save)) = (step.kind, save) {
        // What a person shows to the next command is saved.
        commands.retain(|(name, _)| name != tool(Tool::Tcld));
        commands.insert(0, (tool(Tool::Tcld).to_owned(), save.to_owned()));
    }
    if !rest.is_empty() {
        commands.push((format!("and {} more; all with --format json", rest.len()), String::new()));
    }
    PlanPageStep { number: step.number, what: step.what.clone(), gate: step.gate.clone(), commands }
}

/// As many commands of one step are shown.
const COMMANDS: usize = 6;

const EXAMPLES: &str = "\
Examples:
  mtlsmith rollover plan orders.a1b2c --live shown-by-the-server.pem
  mtlsmith rollover plan orders.a1b2c --publish api --api-key-file key.txt \\
      --inventory-complete
  # who goes down when the old CA goes at once?
  mtlsmith rollover plan orders.a1b2c --emergency

Exit status: 0 it can begin, 2 could not run, 3 something forbids it";
