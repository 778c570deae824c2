//! The CAs of a rollover in the state directory: which one is in force, the new one, and either of them ready to sign.

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use crate::failure::Failure;
use crate::minting::PassphraseArguments;
use crate::minting::Target;
use crate::minting::keep_failure;
use crate::minting::mint_ca;
use crate::minting::mint_failure;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::KeptAuthority;
use crate::state::issuance;

/// The CAs that go when nobody names them: the one that signs for the Namespace now.
pub(super) fn in_force(
    home: &Home,
    namespace: &str,
    last: Option<&Record>,
    live: &[u8],
) -> Result<Fingerprint, Failure> {
    let named = last.and_then(Record::signing_authority).map(str::to_owned);
    let kept = names(home)?;
    let name = named.or_else(|| kept.iter().find(|name| *name == namespace).cloned());
    let name = name.or_else(|| kept.first().filter(|_| kept.len() == 1).cloned());
    let live = Bundle::read(live);
    if let Some(certificate) = name.and_then(|name| certificates(home, &name).ok()?.into_iter().last()) {
        // Of a CA below another one it is the root that goes, and what hangs below it with it.
        return Ok(Fingerprint::Sha256(certificate.sha256()));
    }
    let mut roots = live.certificates().filter(|certificate| certificate.is_self_issued());
    match (roots.next(), roots.next()) {
        (Some(only), None) => Ok(Fingerprint::Sha256(only.sha256())),
        _ => Err(Failure::could_not_run(
            "which CA is to be replaced? it is not clear from the state directory",
        )
        .hint("name it by its fingerprint: --old SHA256; mtlsmith bundle inspect shows them")),
    }
}

/// The name under which a CA of the bundle is kept here.
pub(super) fn name_of(home: &Home, certificate: &Fingerprint) -> Result<Option<String>, Failure> {
    for name in names(home)? {
        let kept = certificates(home, &name)?;
        if kept.iter().any(|kept| certificate.is_of(kept)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn names(home: &Home) -> Result<Vec<String>, Failure> {
    let slots = home.slots().map_err(|error| keep_failure(&error))?;
    let authorities = slots.iter().filter(|slot| slot.kind() == SlotKind::Authority);
    Ok(authorities.map(|slot| slot.name().to_owned()).collect())
}

/// A name under which no CA is kept: `orders.a1b2c-2`.
pub(super) fn free_name(home: &Home, namespace: &str) -> Result<String, Failure> {
    let taken = names(home)?;
    let base: String = namespace.chars().take(LONGEST_BASE).collect();
    let mut numbers = 2_u32..;
    let name = numbers.find_map(|number| {
        let name = format!("{base}-{number}");
        (!taken.contains(&name)).then_some(name)
    });
    name.ok_or_else(|| Failure::could_not_run("there is no name left for another CA"))
}

/// The certificates of a CA that is kept, its own first; none when it is not there.
pub(super) fn certificates(home: &Home, name: &str) -> Result<Vec<Certificate>, Failure> {
    let slot = Slot::authority(name).map_err(|error| keep_failure(&error))?;
    if home.current(&slot).map_err(|error| keep_failure(&error))?.is_none() {
        return Ok(Vec::new());
    }
    let generation = home.read(&slot).map_err(|error| keep_failure(&error))?;
    Ok(Bundle::read(generation.file(CERTIFICATE).unwrap_or_default()).certificates().cloned().collect())
}

/// What the new CA is to be.
pub(super) struct NewAuthority<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) old: Option<&'a Certificate>,
    pub(super) lifetime: Option<Lifetime>,
    pub(super) kind: Option<KeyKind>,
}

/// Mints the new CA under a name that no generation had, and keeps it. Harmless when it is there already.
pub(super) fn mint(
    home: &Home,
    new: &NewAuthority<'_>,
    passphrase: &PassphraseArguments,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Vec<Certificate>, Failure> {
    let there = certificates(home, new.name)?;
    if !there.is_empty() {
        return Ok(there);
    }
    let slot = Slot::authority(new.name).map_err(|error| keep_failure(&error))?;
    let organization = new.old.and_then(|old| {
        CertificateNames::of(old).present(Field::Organization).first().map(ToString::to_string)
    });
    let organization = organization.unwrap_or_else(|| new.namespace.to_owned());
    let failed = |error: MintError| mint_failure(&error);
    let mut request = CaRequest::for_organization(&organization, now, &SystemRandom).map_err(failed)?;
    if let Some(lifetime) = new.lifetime {
        request.lifetime = lifetime;
    }
    let key = PrivateKey::generate(new.kind.unwrap_or(KeyKind::P384)).map_err(failed)?;
    let issued =
        mint_ca(&request, &key, &Target::default(), &Profile::temporal_cloud(), now).map_err(failed)?;
    let text = match passphrase.given(session)? {
        None => key.pkcs8_pem(),
        Some(secret) => key.encrypted_pkcs8_pem(&secret.passphrase(), &SystemRandom),
    };
    let text = text.map_err(failed)?;
    let mut writer = state::lock(home, "rollover start", now, session)?;
    let issuance = issuance(&issued, key.public_key(), None, Vec::new(), Some(new.namespace), "rollover");
    let pem = issued.pem();
    let kept = KeptAuthority { slot: &slot, certificates: &pem, key: Some(&text), issuance: &issuance };
    kept.commit(&mut writer, now)?;
    session.note(&format!("minted {} as {}", shown(issued.certificate().subject()), shown(new.name)));
    certificates(home, new.name)
}

/// A CA that is kept here, ready to sign.
pub(super) fn ready(
    home: &Home,
    name: &str,
    passphrase: &PassphraseArguments,
    now: Timestamp,
    session: &Session<'_, '_>,
) -> Result<Authority, Failure> {
    let slot = Slot::authority(name).map_err(|error| keep_failure(&error))?;
    let generation = home.read(&slot).map_err(|error| keep_failure(&error))?;
    let (Some(certificates), Some(key)) = (generation.file(CERTIFICATE), generation.file(KEY)) else {
        return Err(Failure::could_not_run(format!("the key of the CA {} is not kept here", shown(name)))
            .hint("reissue its leaves with mtlsmith gen leaf and that signer; the rollover finds them"));
    };
    let given = passphrase.given(session)?;
    let read = |secret: Option<&crate::minting::Secret>| {
        PrivateKey::read(key, || Ok(secret.map(crate::minting::Secret::passphrase))).map(|loaded| loaded.key)
    };
    let key = match read(given.as_ref()) {
        Err(MintError::PassphraseNeeded) => {
            read(passphrase.asked("passphrase of the CA's key", session)?.as_ref())
        }
        other => other,
    };
    let key = key.map_err(|error| mint_failure(&error))?;
    Authority::new(certificates, Box::new(key), &Profile::temporal_cloud(), now)
        .map_err(|error| mint_failure(&error))
}

const CERTIFICATE: &str = "ca.crt";
const KEY: &str = "ca.key";

/// Names in the store have at most 120 characters.
const LONGEST_BASE: usize = 100;
