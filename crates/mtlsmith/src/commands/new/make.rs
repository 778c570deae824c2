//! What a Namespace needs, made where it is missing: the CA and the certificate in one step, then the files that follow from them.
//! Everything is minted and judged before the first byte is written, so that what is refused leaves nothing behind.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Threads;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::Arguments;
use super::files;
use super::files::filter;
use crate::commands::r#gen::leaf::UsualNames;
use crate::failure::Failure;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::minting::IssuingAuthority;
use crate::minting::Names;
use crate::minting::Secret;
use crate::minting::Target;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_ca;
use crate::minting::mint_failure;
use crate::minting::mint_leaf;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::KeptAuthority;
use crate::state::KeptLeaf;
use crate::state::issuance;

/// Where everything lies, and what of it is new.
pub(super) struct Made {
    /// The Namespace's folder, below the state directory.
    pub(super) folder: String,
    /// The CA that issues: after a rollover another one than that of the beginning.
    pub(super) authority: Slot,
    pub(super) leaf: Slot,
    /// `ca.crt` of the CA.
    pub(super) ca_certificate: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) bundle: PathBuf,
    pub(super) filters: PathBuf,
    pub(super) settings: PathBuf,
    /// The profile of the settings that names this certificate.
    pub(super) profile: String,
    /// What was made now; empty when everything was there.
    pub(super) new: Vec<&'static str>,
}

/// What the options say, looked up and judged.
pub(super) struct Wanted {
    pub(super) sharing: Sharing,
    pub(super) kind: KeyKind,
    pub(super) address: String,
    passphrase: Option<Secret>,
}

impl Wanted {
    fn read(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Self, Failure> {
        Ok(Wanted {
            sharing: arguments.sharing.sharing()?,
            kind: arguments.kind.named()?.unwrap_or(KeyKind::P256),
            address: minting::address(arguments.address.as_deref(), &arguments.namespace, session)?,
            passphrase: arguments.passphrase.given(session)?,
        })
    }
}

/// Everything. A command that was interrupted is gone on with.
pub(super) fn everything(
    arguments: &Arguments,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<(Home, Made, Wanted), Failure> {
    let namespace = arguments.namespace.as_str();
    let mut authority = Slot::authority(namespace).map_err(|error| keep_failure(&error))?;
    let leaf = Slot::leaf(Some(namespace), &arguments.name).map_err(|error| keep_failure(&error))?;
    let wanted = Wanted::read(arguments, session)?;
    // Where nothing is there, everything is minted before there is even a directory.
    let nothing_yet = match arguments.home.open_if_there(session)? {
        None => true,
        Some(home) => matches!(home.current(&authority), Ok(None)) && !has_bundle(&home, namespace),
    };
    let early = if nothing_yet { Some(fresh(arguments, &wanted, &authority, &leaf, now)?) } else { None };
    let home = arguments.home.create(session)?;
    let mut writer = state::lock(&home, "new", now, session)?;
    if let Some(signing) = signing_authority(&home, namespace)? {
        authority = signing;
    }
    let mut made = places(&home, namespace, authority, leaf);
    let minted = missing(arguments, &wanted, &home, &mut made, &writer, early, now, session)?;
    let files = files::plan(arguments, &wanted, &home, &mut made, &minted)?;
    if minted.leaf.is_some()
        && let Some(caution) = wanted.kind.caution()
    {
        session.warning(caution);
    }
    minted.commit(&made, &wanted, namespace, &mut writer, now)?;
    for file in files {
        minting::place_public_file(&file.path, file.text.as_bytes(), file.replaces)?;
    }
    drop(writer);
    Ok((home, made, wanted))
}

fn has_bundle(home: &Home, namespace: &str) -> bool {
    files::is_there(&home.path().join("namespaces").join(namespace).join(BUNDLE_FILE))
}

/// The CA that a rollover's record says issues now, during it and after it.
fn signing_authority(home: &Home, namespace: &str) -> Result<Option<Slot>, Failure> {
    let record = Record::load(home, namespace).map_err(|error| keep_failure(&error))?;
    let name = record.as_ref().and_then(Record::signing_authority);
    name.map(Slot::authority).transpose().map_err(|error| keep_failure(&error))
}

fn places(home: &Home, namespace: &str, authority: Slot, leaf: Slot) -> Made {
    let relative = format!("namespaces/{namespace}");
    let folder = home.path().join(&relative);
    let (ca, pair) = (home.current_path(&authority), home.current_path(&leaf));
    Made {
        ca_certificate: ca.join("ca.crt"),
        certificate: pair.join(state::LEAF_CERTIFICATE),
        key: pair.join(state::LEAF_KEY),
        bundle: folder.join(BUNDLE_FILE),
        filters: folder.join(FILTERS_FILE),
        settings: folder.join(files::SETTINGS_FILE),
        profile: files::USUAL_PROFILE.to_owned(),
        new: Vec::new(),
        folder: relative,
        authority,
        leaf,
    }
}

/// What was minted and is not on the disk yet.
pub(super) struct Minted {
    authority: Option<NewAuthority>,
    leaf: Option<NewLeaf>,
}

struct NewAuthority {
    pem: String,
    key: Zeroizing<String>,
    issuance: Issuance,
}

struct NewLeaf {
    chain: String,
    key: Zeroizing<String>,
    issuance: Issuance,
}

impl Minted {
    /// The certificate of the CA, when it is new.
    pub(super) fn authority_pem(&self) -> Option<&str> {
        self.authority.as_ref().map(|authority| authority.pem.as_str())
    }

    /// Both are in force behind it, or none.
    fn commit(
        &self,
        made: &Made,
        wanted: &Wanted,
        namespace: &str,
        writer: &mut Writer<'_>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let authority = self.authority.as_ref().map(|new| KeptAuthority {
            slot: &made.authority,
            certificates: &new.pem,
            key: Some(&new.key),
            issuance: &new.issuance,
        });
        let leaf = self.leaf.as_ref().map(|new| KeptLeaf {
            slot: &made.leaf,
            chain: &new.chain,
            key: Some(&new.key),
            issuance: &new.issuance,
            expected: None,
            sharing: wanted.sharing,
        });
        let deliveries: Vec<_> = authority
            .iter()
            .map(KeptAuthority::delivery)
            .chain(leaf.iter().map(KeptLeaf::delivery))
            .collect();
        let kept = match deliveries.as_slice() {
            [one] => writer.issue(one, now).map(|_| ()),
            all => writer
                .issue_batch(&format!("new {namespace}"), all, Threads::of(NonZeroUsize::MIN), now)
                .map(|_| ()),
        };
        kept.map_err(|error| keep_failure(&error))
    }
}

/// Mints what is not there. The CA is opened only when it has to issue.
#[expect(clippy::too_many_arguments, reason = "it brings together all that a Namespace needs")]
fn missing(
    arguments: &Arguments,
    wanted: &Wanted,
    home: &Home,
    made: &mut Made,
    writer: &Writer<'_>,
    early: Option<Minted>,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Minted, Failure> {
    let has_authority = state::current_for(writer, home, &made.authority, session)?.is_some();
    let has_leaf = state::current_for(writer, home, &made.leaf, session)?.is_some();
    // The CA is made first or at once, so what stands below it without it has lost it.
    if !has_authority && (has_leaf || files::is_there(&made.bundle)) {
        return Err(lost_authority(arguments, home, made));
    }
    if !has_authority {
        made.new.extend(["CA", "certificate"]);
        return match early {
            Some(minted) => Ok(minted),
            None => fresh(arguments, wanted, &made.authority, &made.leaf, now),
        };
    }
    if has_leaf {
        return Ok(Minted { authority: None, leaf: None });
    }
    made.new.push("certificate");
    let named = AuthorityArguments::of_home(arguments.passphrase.clone());
    let namespace = Some(arguments.namespace.as_str());
    let issuing = named.from_home(home, namespace, &Profile::temporal_cloud(), now, session)?;
    let leaf = new_leaf(arguments, wanted, &made.leaf, &issuing, now)?;
    Ok(Minted { authority: None, leaf: Some(leaf) })
}

fn lost_authority(arguments: &Arguments, home: &Home, made: &Made) -> Failure {
    let (namespace, home) = (&arguments.namespace, shown(home.path().display()));
    let authority = &made.authority;
    let message = format!(
        "{namespace} has a bundle or a certificate, and its CA is gone from {home}; a new CA would not be in that bundle"
    );
    Failure::refused(message).hint(format!(
        "restore {home}/{authority} from a backup; to begin anew, move {home}/namespaces/{namespace} away and run \
         mtlsmith new {namespace} again"
    ))
}

/// A CA and a certificate below it.
fn fresh(
    arguments: &Arguments,
    wanted: &Wanted,
    authority: &Slot,
    leaf: &Slot,
    now: Timestamp,
) -> Result<Minted, Failure> {
    let namespace = &arguments.namespace;
    let organization = arguments.organization.as_deref().unwrap_or(namespace.name());
    let failed = |error: MintError| mint_failure(&error);
    let profile = Profile::temporal_cloud();
    let mut request = CaRequest::for_organization(organization, now, &SystemRandom).map_err(failed)?;
    if let Some(lifetime) = arguments.ca_validity_period {
        request.lifetime = lifetime;
    }
    let key = PrivateKey::generate(KeyKind::P384).map_err(failed)?;
    let issued = mint_ca(&request, &key, &Target::default(), &profile, now).map_err(failed)?;
    let text = match &wanted.passphrase {
        None => key.pkcs8_pem(),
        Some(secret) => key.encrypted_pkcs8_pem(&secret.passphrase(), &SystemRandom),
    };
    let (text, pem) = (text.map_err(failed)?, issued.pem());
    let issuance = issuance(&issued, key.public_key(), None, Vec::new(), Some(namespace.as_str()), "new");
    let opened = Authority::new(pem.as_bytes(), Box::new(key), &profile, now).map_err(failed)?;
    let issuing = IssuingAuthority { authority: opened, name: Some(authority.name().to_owned()) };
    let leaf = new_leaf(arguments, wanted, leaf, &issuing, now)?;
    Ok(Minted { authority: Some(NewAuthority { pem, key: text, issuance }), leaf: Some(leaf) })
}

fn new_leaf(
    arguments: &Arguments,
    wanted: &Wanted,
    slot: &Slot,
    issuing: &IssuingAuthority,
    now: Timestamp,
) -> Result<NewLeaf, Failure> {
    let namespace = arguments.namespace.as_str();
    let failed = |error: MintError| mint_failure(&error);
    let usual = UsualNames::of(slot, issuing);
    let names = usual.fill(Names {
        organization: arguments.organization.as_deref(),
        common_name: Some(namespace),
        ..Names::default()
    });
    let mut request = LeafRequest::new(names.subject()?);
    request.alternative_names = names.alternative_names()?;
    if let Some(lifetime) = arguments.validity_period {
        request.lifetime = lifetime;
    }
    let profile = Profile::temporal_cloud();
    let pem = issuing.pem();
    let target = Target::of(pem.clone().into_bytes(), FilterSet::new(vec![filter(namespace)]));
    let target = target.for_clients(&pem, &profile);
    let key = PrivateKey::generate(wanted.kind).map_err(failed)?;
    let issued = mint_leaf(&request, key.public_key(), &issuing.authority, target.as_ref(), &profile, now);
    let issued = issued.map_err(failed)?;
    let names = request.alternative_names.iter().map(ToString::to_string).collect();
    let above = Some((&issuing.authority, issuing.name.as_deref()));
    Ok(NewLeaf {
        issuance: issuance(&issued, key.public_key(), above, names, Some(namespace), "new"),
        chain: chain_pem(&issued, &issuing.authority),
        key: key.pkcs8_pem().map_err(failed)?,
    })
}
