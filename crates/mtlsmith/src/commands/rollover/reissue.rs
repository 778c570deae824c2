//! Reissues the leaves that are kept here below the CA that signs now: judged first, noted before the swap, looked at after it.

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::key::KeyAlgorithm;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_ca::rotate::rollover::Event;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Side;
use mtlsmith_validate::Profile;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::certificate::GeneralName;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::authority;
use super::work::Work;
use super::work::conduct_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::FILTERS_FILE;
use crate::minting::PassphraseArguments;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_leaf;
use crate::minting::refusal_sentences;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;
use crate::state;
use crate::state::KeptLeaf;
use crate::state::LEAF_KEY;
use crate::state::issuance;

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

/// A new certificate for a leaf, not yet in its place.
struct New {
    slot: Slot,
    expected: Option<u64>,
    issued: Issued,
    chain: String,
    key: Zeroizing<String>,
    public_key: PublicKey,
    names: Vec<String>,
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
    let signing = authority::ready(work.home, &name, &arguments.passphrase, work.now, session)?;
    let leaves = work.refresh()?;
    let open = in_need(work, leaves);
    let target = target(work, session)?;
    let mut refused = 0;
    let mut placed = 0;
    for some in open.chunks(TOGETHER) {
        let mut ready = Vec::new();
        for leaf in some {
            match mint(work.home, leaf, &signing, &target, work.now) {
                Ok(new) => ready.push(new),
                Err(why) => {
                    refused += 1;
                    session.warning(&format!("{} keeps what it has: {why}", shown(&leaf.name)));
                }
            }
        }
        placed += place(work, &name, &signing, ready, session)?;
    }
    if placed > 0 {
        session.note(&format!(
            "reissued {} below {}",
            counted(placed, "leaf").replace("leafs", "leaves"),
            shown(&name)
        ));
    }
    Ok(if refused > 0 { Exit::Findings } else { Exit::Done })
}

/// Those that the other CA keeps alive, or kept.
fn in_need(work: &Work<'_, '_>, leaves: Vec<FoundLeaf>) -> Vec<FoundLeaf> {
    let leaving = match work.record().rollover.phase.signing() {
        Side::Old => Side::New,
        Side::New => Side::Old,
    };
    let measured = work.record().measure(&leaves, &Profile::temporal_cloud());
    let pairs = leaves.into_iter().zip(measured);
    let needs = pairs
        .filter(|(leaf, measured)| leaf.slot.is_some() && measured.depends_on(leaving, work.now).is_some());
    needs.map(|(leaf, _)| leaf).collect()
}

/// What has to admit the new certificates: the bundle that the server shows, and the filters that it shows or that are kept.
fn target(work: &mut Work<'_, '_>, session: &mut Session<'_, '_>) -> Result<TargetNamespace, Failure> {
    let profile = Profile::temporal_cloud();
    let live = work.look(session)?;
    let filters = live.as_ref().and_then(|live| live.filters.clone()).map(FilterSet::new);
    let filters = match filters {
        Some(filters) => Some(filters),
        None => kept_filters(work, session)?,
    };
    let bundle = work.record().text_of(&work.record().rollover.live).unwrap_or_default();
    Ok(TargetNamespace::read(bundle.as_bytes(), filters, &profile))
}

fn kept_filters(work: &Work<'_, '_>, session: &mut Session<'_, '_>) -> Result<Option<FilterSet>, Failure> {
    let Some(folder) = work.conductor.store.directory().parent() else { return Ok(None) };
    let path = folder.join(FILTERS_FILE);
    if !path.is_file() {
        return Ok(None);
    }
    let none = crate::input::StandardInput { stdin_filename: "<stdin>".to_owned() };
    let source = crate::input::Source::one(path.as_os_str(), &none);
    crate::filter_file::read(&source, Profile::temporal_cloud().ruleset, session).map(Some)
}

fn mint(
    home: &Home,
    leaf: &FoundLeaf,
    signing: &Authority,
    target: &TargetNamespace,
    now: Timestamp,
) -> Result<New, String> {
    let slot = leaf.slot.clone().ok_or("it lies outside of the state directory")?;
    if !home.current_path(&slot).join(LEAF_KEY).exists() {
        return Err("its key lies elsewhere: sign a request for it with mtlsmith sign".to_owned());
    }
    let said = |error: MintError| refusal_sentences(&error);
    let certificate = &leaf.certificate;
    let mut request = LeafRequest::new(Subject::of_certificate(certificate));
    request.alternative_names = alternative_names(certificate)?;
    request.lifetime = lifetime(certificate, signing, now);
    let key = PrivateKey::generate(kind(certificate)).map_err(said)?;
    let profile = Profile::temporal_cloud();
    let issued = mint_leaf(&request, key.public_key(), signing, Some(target), &profile, now).map_err(said)?;
    Ok(New {
        slot,
        expected: leaf.generation,
        chain: chain_pem(&issued, signing),
        key: key.pkcs8_pem().map_err(said)?,
        public_key: key.public_key().clone(),
        names: request.alternative_names.iter().map(ToString::to_string).collect(),
        issued,
    })
}

/// Notes all of them, puts each into its place, and looks what is in place.
fn place(
    work: &mut Work<'_, '_>,
    authority: &str,
    signing: &Authority,
    ready: Vec<New>,
    session: &mut Session<'_, '_>,
) -> Result<usize, Failure> {
    let leaves: Vec<FoundLeaf> =
        ready.iter().filter_map(|new| FoundLeaf::read(&name_of(&new.slot), new.chain.as_bytes())).collect();
    let measured = work.record().measure(&leaves, &Profile::temporal_cloud());
    let issued = leaves.iter().zip(measured).map(|(leaf, certificate)| Event::CandidateIssued {
        leaf: leaf.name.clone(),
        certificate,
        refused: None,
    });
    let events: Vec<Event> = issued.collect();
    work.conductor.note_all(&events).map_err(|error| conduct_failure(&error))?;
    let mut placed = 0;
    let mut writer = state::lock(work.home, "rollover reissue", work.now, session)?;
    for new in &ready {
        let above = Some((signing, Some(authority)));
        let namespace = new.slot.namespace();
        let issuance =
            issuance(&new.issued, &new.public_key, above, new.names.clone(), namespace, "rollover");
        let kept = KeptLeaf {
            slot: &new.slot,
            chain: &new.chain,
            key: Some(&new.key),
            issuance: &issuance,
            expected: new.expected,
            sharing: sharing(work.home, &new.slot),
        };
        match writer.issue(&kept.delivery(), work.now) {
            Ok(_) => placed += 1,
            Err(KeepError::Stale { slot, .. }) => {
                session.note(&format!("{} was replaced by somebody else meanwhile", shown(slot)));
            }
            Err(error) => {
                drop(writer);
                work.refresh()?;
                return Err(keep_failure(&error));
            }
        }
    }
    drop(writer);
    work.refresh()?;
    Ok(placed)
}

/// As the planner calls it.
fn name_of(slot: &Slot) -> String {
    if slot.namespace().is_some() { slot.name().to_owned() } else { slot.path().to_owned() }
}

fn alternative_names(certificate: &Certificate) -> Result<Vec<AlternativeName>, String> {
    let text = |bytes: &[u8]| {
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "an alternative name is no text".to_owned())
    };
    let said = |error: MintError| refusal_sentences(&error);
    let one = |name: GeneralName<'_>| match name {
        GeneralName::Dns(name) => AlternativeName::dns(&text(name)?).map_err(said),
        GeneralName::Email(name) => AlternativeName::email(&text(name)?).map_err(said),
        GeneralName::Uri(name) => AlternativeName::uri(&text(name)?).map_err(said),
        GeneralName::Ip(bytes) => {
            let four = <[u8; 4]>::try_from(bytes).map(std::net::IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from));
            AlternativeName::ip(address.map_err(|_| "an address has an odd length".to_owned())?).map_err(said)
        }
        _ => Err("it has an alternative name of a kind that is not minted here".to_owned()),
    };
    certificate.subject_alternative_names().map(one).collect()
}

/// As long as before, where the CA lives long enough.
fn lifetime(certificate: &Certificate, signing: &Authority, now: Timestamp) -> Lifetime {
    let life = certificate.not_after().since(certificate.not_before());
    let end = signing.certificates().map(Certificate::not_after).min();
    match end {
        Some(end) if now.plus(life) < end && life >= SHORTEST => Lifetime::Seconds(life),
        _ => Lifetime::Usual,
    }
}

/// The kind of key that the workload is known to load.
fn kind(certificate: &Certificate) -> KeyKind {
    match PublicKey::read(certificate.subject_public_key_info()).map(|key| key.algorithm()) {
        Ok(KeyAlgorithm::P384) => KeyKind::P384,
        Ok(KeyAlgorithm::P521) => KeyKind::P521,
        Ok(KeyAlgorithm::Rsa { bits }) if bits > 3072 => KeyKind::Rsa4096,
        Ok(KeyAlgorithm::Rsa { bits }) if bits > 2048 => KeyKind::Rsa3072,
        Ok(KeyAlgorithm::Rsa { .. }) => KeyKind::Rsa2048,
        Ok(KeyAlgorithm::P256) | Err(_) => KeyKind::P256,
    }
}

/// Whoever may read the present key may read the next one.
#[cfg(unix)]
fn sharing(home: &Home, slot: &Slot) -> Sharing {
    use std::os::unix::fs::MetadataExt;
    match std::fs::metadata(home.current_path(slot).join(LEAF_KEY)) {
        Ok(metadata) if metadata.mode() & 0o040 != 0 => Sharing::Group(metadata.gid()),
        _ => Sharing::Owner,
    }
}

#[cfg(not(unix))]
fn sharing(_: &Home, _: &Slot) -> Sharing {
    Sharing::Owner
}

/// As many leaves are noted in one step.
const TOGETHER: usize = 100;

/// The least that is minted.
const SHORTEST: i64 = 600;
