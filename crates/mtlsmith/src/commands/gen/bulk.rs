//! `gen leaf --from`: one certificate for each row of a list, durable batch by batch, resumable.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::num::NonZeroUsize;

use aws_lc_rs::digest;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

use super::leaf;
use super::leaf::Arguments;
use super::rows;
use super::rows::Row;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::minting::IssuingAuthority;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::minting::mint_leaf;
use crate::minting::refusal_sentences;
use crate::parallel;
use crate::progress::Progress;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;
use crate::state;
use crate::state::KeptLeaf;
use crate::state::issuance;

pub(super) fn run(
    arguments: &Arguments,
    file: &OsStr,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let source = Source::one(file, &StandardInput { stdin_filename: "<stdin>".to_owned() });
    let bytes = source.read(session)?;
    let rows = rows::read(&bytes)?;
    let kind = leaf::kind(arguments, session)?;
    let profile = Profile::temporal_cloud();
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let (home, issuing) = leaf::open(arguments, namespace, &profile, now, session)?;
    let wanted = plan(arguments, &rows, &issuing, session)?;
    let targets = targets(arguments, &wanted, &home, &issuing, session)?;
    let work = Work { issuing: &issuing, targets: &targets, profile: &profile, kind, now };
    work.judge(&wanted, session)?;
    let batch = batch_name(&bytes, arguments, &issuing);
    let mut writer = state::lock(&home, "gen leaf --from", now, session)?;
    let open = undone(arguments, &home, &batch, &wanted)?;
    let sharing = arguments.sharing.sharing()?;
    let mut minted: usize = 0;
    let mut failed = None;
    let total = open.len();
    let mut progress = Progress::bar(total, "minting", session.is_quiet(), session.environment);
    for part in open.chunks(arguments.batch_size.get()) {
        let before = minted;
        let made = parallel::in_order(part, |one| work.mint(one), |done| progress.update(before + done));
        if let Err(failure) = keep(&mut writer, &batch, part, made, sharing, now) {
            failed = Some(failure);
            break;
        }
        minted += part.len();
    }
    progress.finish();
    match failed {
        Some(failure) => Err(failure),
        None => {
            tell(arguments, &batch, minted, wanted.len() - minted, session)?;
            Ok(Exit::Done)
        }
    }
}

/// A row that can be minted.
struct Wanted {
    place: String,
    slot: Slot,
    namespace: Option<String>,
    request: LeafRequest,
    /// The generation that it is to replace.
    expected: Option<u64>,
}

/// Every row, or everything that is wrong with the list.
fn plan(
    arguments: &Arguments,
    rows: &[Row],
    issuing: &IssuingAuthority,
    session: &mut Session<'_, '_>,
) -> Result<Vec<Wanted>, Failure> {
    let mut wanted = Vec::with_capacity(rows.len());
    let mut seen: BTreeMap<Slot, &str> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in rows {
        match one(arguments, row, issuing) {
            Ok(one) => match seen.insert(one.slot.clone(), &row.place) {
                None => wanted.push(one),
                Some(first) => faults.push(format!("{}: {} stands in {first} already", row.place, one.slot)),
            },
            Err(Failure::Said { message, .. }) => faults.push(format!("{}: {message}", row.place)),
            Err(other) => return Err(other),
        }
    }
    refuse(faults, "the list", session)?;
    Ok(wanted)
}

fn one(arguments: &Arguments, row: &Row, issuing: &IssuingAuthority) -> Result<Wanted, Failure> {
    let namespace = row.namespace.as_deref().or(arguments.namespace.as_ref().map(NamespaceName::as_str));
    if let Some(name) = namespace {
        leaf::namespace(name).map_err(Failure::could_not_run)?;
    }
    let slot = Slot::leaf(namespace, &row.name).map_err(|error| keep_failure(&error))?;
    let usual = leaf::UsualNames::of(&slot, issuing);
    let names = usual.fill(row.names(namespace, arguments.names.organization.as_deref()));
    let mut request = LeafRequest::new(names.subject()?);
    request.alternative_names = names.alternative_names()?;
    if let Some(lifetime) = row.lifetime()?.or(arguments.validity_period) {
        request.lifetime = lifetime;
    }
    Ok(Wanted {
        place: row.place.clone(),
        slot: slot.clone(),
        namespace: namespace.map(str::to_owned),
        request,
        expected: None,
    })
}

/// Tells all faults, and ends with the number of them.
fn refuse(faults: Vec<String>, what: &str, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    for fault in faults.iter().take(FAULTS_TOLD) {
        session.error(&shown(fault));
    }
    let more = faults.len().saturating_sub(FAULTS_TOLD);
    let more = if more > 0 { format!(", {more} of them not shown") } else { String::new() };
    let number = counted(faults.len(), "fault");
    Err(Failure::no(format!("{what} has {number}{more}; nothing was minted"))
        .hint("repair the rows and run it again"))
}

/// What decides about the certificates of each Namespace of the list.
fn targets(
    arguments: &Arguments,
    wanted: &[Wanted],
    home: &Home,
    issuing: &IssuingAuthority,
    session: &mut Session<'_, '_>,
) -> Result<BTreeMap<Option<String>, Option<TargetNamespace>>, Failure> {
    let mut targets = BTreeMap::new();
    let profile = Profile::temporal_cloud();
    for one in wanted {
        if targets.contains_key(&one.namespace) {
            continue;
        }
        let folder = one.namespace.as_ref().map(|name| home.path().join("namespaces").join(name));
        let target = arguments.target.read(folder.as_deref(), session)?;
        targets.insert(one.namespace.clone(), target.for_clients(&issuing.pem(), &profile));
    }
    Ok(targets)
}

/// The name by which the same command finds what it has done already.
fn batch_name(bytes: &[u8], arguments: &Arguments, issuing: &IssuingAuthority) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    let options = format!("{:?} {:?}", arguments.namespace, arguments.names.organization);
    let authority = issuing.authority.certificate().subject_public_key_info();
    for part in [bytes, options.as_bytes(), authority] {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is left to do. What stands in the place of a row and is not of this list is in the way.
fn undone(
    arguments: &Arguments,
    home: &Home,
    batch: &str,
    wanted: &[Wanted],
) -> Result<Vec<Wanted>, Failure> {
    let failed = |error: &mtlsmith_ca::keep::KeepError| keep_failure(error);
    let delivered = home.delivered(batch).map_err(|error| failed(&error))?;
    let mut open = Vec::new();
    let mut in_the_way = Vec::new();
    for one in wanted.iter().filter(|one| !delivered.contains_key(&one.slot)) {
        let expected = home.current(&one.slot).map_err(|error| failed(&error))?.map(|name| name.number);
        if expected.is_some() && !arguments.force {
            in_the_way.push(one.slot.to_string());
        }
        open.push(Wanted {
            place: one.place.clone(),
            slot: one.slot.clone(),
            namespace: one.namespace.clone(),
            request: one.request.clone(),
            expected,
        });
    }
    match in_the_way.as_slice() {
        [] => Ok(open),
        [first, others @ ..] => {
            let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            Err(Failure::refused(format!("{}{more}: there already; nothing was minted", shown(first)))
                .hint("--force puts new ones in force beside the old ones"))
        }
    }
}

/// What all rows have in common.
struct Work<'a> {
    issuing: &'a IssuingAuthority,
    targets: &'a BTreeMap<Option<String>, Option<TargetNamespace>>,
    profile: &'a Profile,
    kind: KeyKind,
    now: Timestamp,
}

/// A minted certificate.
struct Made {
    chain: String,
    key: Zeroizing<String>,
    issuance: Issuance,
}

impl Work<'_> {
    /// Has every row judged before the first one is signed: a list is minted whole or not begun.
    fn judge(&self, wanted: &[Wanted], session: &mut Session<'_, '_>) -> Result<(), Failure> {
        let stand_in = PrivateKey::generate(self.kind).map_err(|error| mint_failure(&error))?;
        let quiet = session.is_quiet();
        let mut progress = Progress::bar(wanted.len(), "judging", quiet, session.environment);
        let judged = parallel::in_order(
            wanted,
            |one| {
                let judgement = Judgement { namespace: self.target(one), ..Judgement::by(self.profile) };
                let key = stand_in.public_key();
                Draft::leaf(&one.request, key, &self.issuing.authority, self.now, &SystemRandom)
                    .and_then(|draft| draft.check(&judgement))
                    .err()
                    .map(|error| format!("{}: {}", one.place, refusal_sentences(&error)))
            },
            |done| progress.update(done),
        );
        progress.finish();
        refuse(judged.into_iter().flatten().collect(), "the list", session)
    }

    fn mint(&self, one: &Wanted) -> Result<Made, MintError> {
        let key = PrivateKey::generate(self.kind)?;
        let authority = &self.issuing.authority;
        let issued =
            mint_leaf(&one.request, key.public_key(), authority, self.target(one), self.profile, self.now)?;
        let names = one.request.alternative_names.iter().map(ToString::to_string).collect();
        let above = Some((authority, self.issuing.name.as_deref()));
        let namespace = one.namespace.as_deref();
        let reason = if one.expected.is_some() { "reissue" } else { "new" };
        Ok(Made {
            chain: chain_pem(&issued, authority),
            key: key.pkcs8_pem()?,
            issuance: issuance(&issued, key.public_key(), above, names, namespace, reason),
        })
    }

    fn target(&self, one: &Wanted) -> Option<&TargetNamespace> {
        self.targets.get(&one.namespace).and_then(Option::as_ref)
    }
}

/// One durable step: all of them are in force behind it, or none.
fn keep(
    writer: &mut Writer<'_>,
    batch: &str,
    part: &[Wanted],
    made: Vec<Result<Made, MintError>>,
    sharing: mtlsmith_ca::keep::Sharing,
    now: Timestamp,
) -> Result<(), Failure> {
    let made: Vec<Made> = made.into_iter().collect::<Result<_, _>>().map_err(|error| mint_failure(&error))?;
    let kept: Vec<KeptLeaf<'_>> = part
        .iter()
        .zip(&made)
        .map(|(one, made)| KeptLeaf {
            slot: &one.slot,
            chain: &made.chain,
            key: Some(&made.key),
            issuance: &made.issuance,
            expected: one.expected,
            sharing,
        })
        .collect();
    let deliveries: Vec<Delivery<'_>> = kept.iter().map(KeptLeaf::delivery).collect();
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    writer.issue_batch(batch, &deliveries, threads, now).map(|_| ()).map_err(|error| keep_failure(&error))
}

/// What scripts are told.
#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    batch: &'a str,
    minted: usize,
    there_already: usize,
}

fn tell(
    arguments: &Arguments,
    batch: &str,
    minted: usize,
    there_already: usize,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    if arguments.form.is_json() {
        return session.write(pretty_json(&Wire { schema: 1, batch, minted, there_already }).as_bytes());
    }
    let there = match there_already {
        0 => String::new(),
        number => format!(", {number} of the same list were there already"),
    };
    session.write(format!("{} minted{there}\n", counted(minted, "certificate")).as_bytes())
}

/// As many faults of a list are told.
const FAULTS_TOLD: usize = 20;
