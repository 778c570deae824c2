//! `gen ca`: a root CA.

use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::Profile;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::TextOrJsonArguments;
use super::Told;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::KeyArguments;
use crate::minting::PassphraseArguments;
use crate::minting::SignerArguments;
use crate::minting::TargetArguments;
use crate::minting::keep_failure;
use crate::minting::mint_ca;
use crate::minting::mint_failure;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;
use crate::state::KeptAuthority;
use crate::state::issuance;

/// Make a root CA, judged before its key signs anything
///
/// With files for certificate and key it works as tcld does; without them the CA is kept in the state directory. Its common name tells
/// generations apart: "acme Temporal client CA 2026-11 3f9a1c". With a passphrase its key is written encrypted.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The organization (O), also in the common name
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    organization: String,
    /// The common name (CN) [default: the organization, the month and six random digits]
    #[arg(long, visible_alias = "cn", value_name = "NAME")]
    common_name: Option<String>,
    /// How long it is valid, with s, m (minutes), h, d or y (365 days), or until when (RFC 3339) [default: 1y]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    /// Write its certificate to FILE, instead of into the state directory
    #[arg(long = "ca-certificate-file", visible_alias = "ca-cert", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Write its key to FILE, readable by you alone
    #[arg(long = "ca-key-file", visible_alias = "ca-key", value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    #[command(flatten)]
    kind: KeyArguments,
    /// Allow so many CAs below each other under it; a client's certificate may be issued by the last of them
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    path_length: u8,
    /// The Namespace that it is for, by its full name: the CA is kept under that name
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// Its name in the state directory [default: the Namespace, else the organization]
    #[arg(long, value_name = "NAME", conflicts_with = "certificate")]
    name: Option<String>,
    /// Overwrite files that exist
    #[arg(long, requires = "certificate")]
    force: bool,
    #[command(flatten)]
    home: HomeArguments,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    #[command(flatten)]
    form: TextOrJsonArguments,
    /// Mint for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    signer: SignerArguments,
    /// The public half of the key with which that program signs: PEM or DER
    #[arg(long, value_name = "FILE", requires = "signer_command")]
    signer_public_key: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    let mut request = request(arguments, now)?;
    request.path_length = Some(arguments.path_length);
    if let Some(lifetime) = arguments.validity_period {
        request.lifetime = lifetime;
    }
    match &arguments.certificate {
        Some(certificate) => into_files(arguments, &request, certificate, now, session),
        None => into_home(arguments, &request, now, session),
    }
}

fn request(arguments: &Arguments, now: Timestamp) -> Result<CaRequest, Failure> {
    let request = match &arguments.common_name {
        None => CaRequest::for_organization(&arguments.organization, now, &SystemRandom),
        Some(name) => Subject::new(Some(&arguments.organization), &[], Some(name)).map(CaRequest::new),
    };
    request.map_err(|error| mint_failure(&error))
}

/// A CA and its key, perhaps encrypted.
struct New {
    issued: Issued,
    public_key: mtlsmith_ca::mint::key::PublicKey,
    key: Option<Zeroizing<String>>,
}

fn mint(
    arguments: &Arguments,
    request: &CaRequest,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<New, Failure> {
    let profile = Profile::temporal_cloud();
    let target = arguments.target.read(None, session)?;
    let failed = |error: &mtlsmith_ca::mint::MintError| mint_failure(error);
    let made = if arguments.signer.is_given() {
        let signer = outside_signer(arguments, session)?;
        let issued = mint_ca(request, &*signer, &target, &profile, now).map_err(|error| failed(&error))?;
        New { issued, public_key: signer.public_key().clone(), key: None }
    } else {
        let kind = arguments.kind.named()?.unwrap_or(KeyKind::P384);
        let key = PrivateKey::generate(kind).map_err(|error| failed(&error))?;
        let issued = mint_ca(request, &key, &target, &profile, now).map_err(|error| failed(&error))?;
        let text = match arguments.passphrase.given(session)? {
            None => key.pkcs8_pem(),
            Some(secret) => key.encrypted_pkcs8_pem(&secret.passphrase(), &SystemRandom),
        };
        New { issued, public_key: key.public_key().clone(), key: Some(text.map_err(|error| failed(&error))?) }
    };
    for finding in made.issued.findings().iter().filter(|finding| is_news(finding.rule)) {
        session.warning(&format!("{} {}", finding.rule.code, shown(finding.message())));
    }
    Ok(made)
}

/// Is it worth a word? That a CA which was made this moment is young is none.
fn is_news(rule: &Rule) -> bool {
    rule.severity >= Severity::Warning && rule.code != YOUNG
}

fn outside_signer(arguments: &Arguments, session: &Session<'_, '_>) -> Result<Box<dyn Signer>, Failure> {
    #[cfg(feature = "pkcs11")]
    if let Some(signer) = arguments.signer.token(session)? {
        return Ok(signer);
    }
    let _ = session;
    let missing = || {
        Failure::could_not_run("the public half of the signer's key is missing")
            .hint("give it with --signer-public-key FILE, as openssl pkey -pubout writes it")
    };
    let file = arguments.signer_public_key.as_ref().ok_or_else(missing)?;
    arguments.signer.command(minting::read_public_key(file)?).ok_or_else(missing)
}

fn into_files(
    arguments: &Arguments,
    request: &CaRequest,
    certificate: &PathBuf,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let wanted: Vec<&std::path::Path> =
        [Some(certificate), arguments.key.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    minting::may_write(&wanted, arguments.force)?;
    if arguments.key.is_none() && !arguments.signer.is_given() {
        return Err(Failure::could_not_run("there is no file for the CA's key").hint(
            "name one with --ca-key FILE, or leave --ca-cert out to keep both in the state directory",
        ));
    }
    let new = mint(arguments, request, now, session)?;
    match (&arguments.key, &new.key) {
        (Some(file), Some(key)) => {
            minting::write_pair((certificate, file), &new.issued.pem(), key, arguments.force)?
        }
        (Some(_), None) => {
            return Err(Failure::could_not_run(
                "the key stays with its signer, so --ca-key has nothing to write",
            ));
        }
        (None, _) => minting::place_public_file(certificate, new.issued.pem().as_bytes(), arguments.force)?,
    }
    let told = Told {
        what: "CA",
        issued: &new.issued,
        generation: None,
        certificate: Some(certificate.clone()),
        key: arguments.key.clone(),
        now,
    };
    told.write(&arguments.form, session)?;
    Ok(Exit::Done)
}

fn into_home(
    arguments: &Arguments,
    request: &CaRequest,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    state::refuse_time_to_come(now, session)?;
    let name = arguments.name.as_ref().or(arguments.namespace.as_ref()).unwrap_or(&arguments.organization);
    let slot = Slot::authority(name).map_err(|error| keep_failure(&error))?;
    let there_already = || {
        Failure::refused(format!("the CA {} is there already; nothing was minted", shown(name))).hint(
            "give the new one another name with --name; in the place of a CA that is in use comes a rollover",
        )
    };
    if let Some(home) = arguments.home.open_if_there(session)?
        && matches!(home.current(&slot), Ok(Some(_)))
    {
        return Err(there_already());
    }
    // Before there is even a directory: what is refused leaves nothing behind.
    let new = mint(arguments, request, now, session)?;
    let home = arguments.home.create(session)?;
    let mut writer = state::lock(&home, "gen ca", now, session)?;
    if state::current_for(&writer, &home, &slot, session)?.is_some() {
        return Err(there_already());
    }
    let issuance =
        issuance(&new.issued, &new.public_key, None, Vec::new(), arguments.namespace.as_deref(), "new");
    let pem = new.issued.pem();
    let kept = KeptAuthority { slot: &slot, certificates: &pem, key: new.key.as_ref(), issuance: &issuance };
    let committed = kept.commit(&mut writer, now)?;
    let current = home.current_path(&slot);
    let told = Told {
        what: "CA",
        issued: &new.issued,
        generation: Some(committed.name.number),
        certificate: Some(current.join("ca.crt")),
        key: new.key.is_some().then(|| current.join("ca.key")),
        now,
    };
    told.write(&arguments.form, session)?;
    Ok(Exit::Done)
}

/// The rule on CAs that became valid minutes ago.
const YOUNG: &str = "CA-123";

const EXAMPLES: &str = "\
Examples:
  mtlsmith gen ca --org acme -d 1y --ca-cert ca.pem --ca-key ca.key
  mtlsmith gen ca --org acme --namespace orders.a1b2c
  mtlsmith gen ca --org acme --ca-cert ca.pem --ca-key ca.key \\
      --passphrase-file secret.txt
  mtlsmith gen ca --org acme --ca-cert ca.pem --signer-command sign-with-kms \\
      --signer-public-key ca.pub

Exit status: 0 minted, 1 a rule stands against it, 2 could not run, 3 something is there already; nothing was changed";
