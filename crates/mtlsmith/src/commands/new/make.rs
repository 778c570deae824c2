//! What a Namespace needs, made where it is missing: first the CA, then the certificate, then the files that follow from them.

use std::path::Path;
use std::path::PathBuf;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::keep::export::Connection;
use mtlsmith_ca::keep::export::tcld_filters;
use mtlsmith_ca::keep::export::temporal_toml;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;

use super::Arguments;
use crate::commands::cert::export::address_of;
use crate::commands::r#gen::leaf::UsualNames;
use crate::failure::Failure;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::minting::IssuingAuthority;
use crate::minting::Names;
use crate::minting::Target;
use crate::minting::chain_pem;
use crate::minting::export_failure;
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
    pub(super) authority: Slot,
    pub(super) leaf: Slot,
    /// `ca.crt` of the CA.
    pub(super) ca_certificate: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) bundle: PathBuf,
    pub(super) filters: PathBuf,
    pub(super) settings: PathBuf,
    /// What was made now; empty when everything was there.
    pub(super) new: Vec<&'static str>,
}

/// Everything. A command that was interrupted is gone on with.
pub(super) fn everything(
    arguments: &Arguments,
    home: &Home,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Made, Failure> {
    let namespace = arguments.namespace.as_str();
    let authority = Slot::authority(namespace).map_err(|error| keep_failure(&error))?;
    let leaf = Slot::leaf(Some(namespace), &arguments.name).map_err(|error| keep_failure(&error))?;
    let folder = home.path().join("namespaces").join(namespace);
    let (ca, pair) = (home.current_path(&authority), home.current_path(&leaf));
    let mut made = Made {
        ca_certificate: ca.join("ca.crt"),
        certificate: pair.join(state::LEAF_CERTIFICATE),
        key: pair.join(state::LEAF_KEY),
        bundle: folder.join(BUNDLE_FILE),
        filters: folder.join(FILTERS_FILE),
        settings: folder.join(SETTINGS_FILE),
        new: Vec::new(),
        authority,
        leaf,
    };
    let mut writer = state::lock(home, "new", now, session)?;
    let issuing = certificates(arguments, home, &mut made, &mut writer, now, session)?;
    files(arguments, home, &mut made, issuing.as_ref())?;
    Ok(made)
}

/// The CA and the certificate. The CA is opened only when it has to issue.
fn certificates(
    arguments: &Arguments,
    home: &Home,
    made: &mut Made,
    writer: &mut Writer<'_>,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Option<IssuingAuthority>, Failure> {
    let is_there =
        |slot: &Slot| home.current(slot).map(|name| name.is_some()).map_err(|error| keep_failure(&error));
    let issuing = if !is_there(&made.authority)? {
        // The CA is made first, so what stands below it without it has lost it.
        if is_there(&made.leaf)? || made.bundle.exists() {
            return Err(lost_authority(arguments, home));
        }
        made.new.push("CA");
        new_authority(arguments, made, writer, now, session)?
    } else if is_there(&made.leaf)? {
        return Ok(None);
    } else {
        let named = AuthorityArguments::of_home(arguments.passphrase.clone());
        let namespace = Some(arguments.namespace.as_str());
        named.from_home(home, namespace, &Profile::temporal_cloud(), now, session)?
    };
    if !is_there(&made.leaf)? {
        made.new.push("certificate");
        new_leaf(arguments, made, writer, &issuing, now, session)?;
    }
    Ok(Some(issuing))
}

fn lost_authority(arguments: &Arguments, home: &Home) -> Failure {
    let (namespace, home) = (&arguments.namespace, shown(home.path().display()));
    let message = format!(
        "{namespace} has a bundle or a certificate, and its CA is gone from {home}; a new CA would not be in that bundle"
    );
    Failure::refused(message).hint(format!(
        "restore {home}/authorities/{namespace} from a backup; to begin anew, move {home}/namespaces/{namespace} away and run \
         mtlsmith new {namespace} again"
    ))
}

fn new_authority(
    arguments: &Arguments,
    made: &Made,
    writer: &mut Writer<'_>,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<IssuingAuthority, Failure> {
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
    let text = match arguments.passphrase.given(session)? {
        None => key.pkcs8_pem(),
        Some(secret) => key.encrypted_pkcs8_pem(&secret.passphrase(), &SystemRandom),
    };
    let (text, pem) = (text.map_err(failed)?, issued.pem());
    let issuance = issuance(&issued, key.public_key(), None, Vec::new(), Some(namespace.as_str()), "new");
    let kept =
        KeptAuthority { slot: &made.authority, certificates: &pem, key: Some(&text), issuance: &issuance };
    kept.commit(writer, now)?;
    let authority = Authority::new(pem.as_bytes(), Box::new(key), &profile, now).map_err(failed)?;
    Ok(IssuingAuthority { authority, name: Some(made.authority.name().to_owned()) })
}

fn new_leaf(
    arguments: &Arguments,
    made: &Made,
    writer: &mut Writer<'_>,
    issuing: &IssuingAuthority,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let namespace = arguments.namespace.as_str();
    let failed = |error: MintError| mint_failure(&error);
    let kind = arguments.kind.named()?.unwrap_or(KeyKind::P256);
    if let Some(caution) = kind.caution() {
        session.warning(caution);
    }
    let usual = UsualNames::of(&made.leaf, issuing);
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
    let key = PrivateKey::generate(kind).map_err(failed)?;
    let issued = mint_leaf(&request, key.public_key(), &issuing.authority, target.as_ref(), &profile, now);
    let issued = issued.map_err(failed)?;
    let names = request.alternative_names.iter().map(ToString::to_string).collect();
    let above = Some((&issuing.authority, issuing.name.as_deref()));
    let issuance = issuance(&issued, key.public_key(), above, names, Some(namespace), "new");
    let (chain, text) = (chain_pem(&issued, &issuing.authority), key.pkcs8_pem().map_err(failed)?);
    let kept = KeptLeaf {
        slot: &made.leaf,
        chain: &chain,
        key: Some(&text),
        issuance: &issuance,
        expected: None,
        sharing: arguments.sharing.sharing()?,
    };
    kept.commit(writer, now).map(|_| ())
}

/// Admits whoever is called like the Namespace, as every certificate is that is made for it here.
fn filter(namespace: &str) -> Filter {
    Filter::default().with(Field::CommonName, namespace)
}

/// The files that follow from the certificates, where they are missing.
fn files(
    arguments: &Arguments,
    home: &Home,
    made: &mut Made,
    issuing: Option<&IssuingAuthority>,
) -> Result<(), Failure> {
    if is_missing(&made.bundle) {
        let pem = match issuing {
            Some(issuing) => issuing.pem(),
            None => {
                let generation = home.read(&made.authority).map_err(|error| keep_failure(&error))?;
                String::from_utf8_lossy(generation.file("ca.crt").unwrap_or_default()).into_owned()
            }
        };
        minting::place_public_file(&made.bundle, pem.as_bytes(), false)?;
        made.new.push("bundle");
    }
    if is_missing(&made.filters) {
        let text =
            tcld_filters(&[filter(arguments.namespace.as_str())]).map_err(|error| export_failure(&error))?;
        minting::place_public_file(&made.filters, text.as_bytes(), false)?;
        made.new.push("filters");
    }
    if is_missing(&made.settings) {
        let text = settings(arguments, made)?;
        minting::place_public_file(&made.settings, text.as_bytes(), false)?;
        made.new.push("settings");
    }
    Ok(())
}

fn settings(arguments: &Arguments, made: &Made) -> Result<String, Failure> {
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::could_not_run(format!(
                "{} is no UTF-8 text, so no settings can name it",
                shown(path.display())
            ))
            .hint("choose another state directory with --home")
        })
    };
    let address = arguments.address.clone().unwrap_or_else(|| address_of(&arguments.namespace));
    let connection = Connection {
        address: &address,
        namespace: arguments.namespace.as_str(),
        certificate_path: &text(&made.certificate)?,
        key_path: &text(&made.key)?,
        server_name: None,
    };
    temporal_toml("", "default", &connection).map_err(|error| export_failure(&error))
}

/// A link that leads nowhere is something, too.
fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err()
}

/// The profile for the CLI and every SDK.
const SETTINGS_FILE: &str = "temporal.toml";
