//! `gen intermediate`: a CA below another one.

use clap::Args;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use super::TextOrJsonArguments;
use super::Told;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::IssuingAuthority;
use crate::minting::KeyArguments;
use crate::minting::PairArguments;
use crate::minting::TargetArguments;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::minting::mint_intermediate;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;
use crate::state::KeptAuthority;
use crate::state::issuance;

/// Make a CA below another one
///
/// The CA above it must allow one: gen ca --path-length 1. The certificate is written with those above it, as a CA that issues needs
/// them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The organization (O), also in the common name
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    organization: String,
    /// The common name (CN) [default: the organization, the month and six random digits]
    #[arg(long, visible_alias = "cn", value_name = "NAME")]
    common_name: Option<String>,
    /// How long it is valid, with s, m (minutes), h, d or y (365 days), or until when (RFC 3339) [default: 1y, or as long as the CA
    /// above it]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    #[command(flatten)]
    files: PairArguments,
    /// Its name in the state directory
    #[arg(long, value_name = "NAME", required_unless_present = "certificate_file")]
    name: Option<String>,
    #[command(flatten)]
    kind: KeyArguments,
    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    home: HomeArguments,
    #[command(flatten)]
    form: TextOrJsonArguments,
    /// Mint for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    let profile = Profile::temporal_cloud();
    if let Some((certificate, key)) = arguments.files.files() {
        minting::may_write(&[certificate, key], arguments.force)?;
    }
    if arguments.files.files().is_none() {
        state::refuse_time_to_come(now, session)?;
    }
    let home = match (arguments.authority.is_file(), arguments.files.files()) {
        (true, Some(_)) => None,
        (false, Some(_)) => return Err(of_home_into_files()),
        (true, None) => Some(arguments.home.create(session)?),
        (false, None) => Some(arguments.home.open(session)?),
    };
    let above = match (arguments.authority.from_files(&profile, now, session)?, &home) {
        (Some(above), _) => above,
        (None, Some(home)) => arguments.authority.from_home(home, None, &profile, now, session)?,
        (None, None) => return Err(of_home_into_files()),
    };
    match (&home, arguments.files.files()) {
        (Some(home), _) => into_home(arguments, &above, home, now, session),
        (None, Some(files)) => {
            let new = mint(arguments, &above, now, session)?;
            let key = new.key.pkcs8_pem().map_err(|error| mint_failure(&error))?;
            minting::write_pair(files, &(new.issued.pem() + &above.pem()), &key, arguments.force)?;
            let (certificate, key) = (Some(files.0.to_owned()), Some(files.1.to_owned()));
            let told = Told { what: WHAT, issued: &new.issued, generation: None, certificate, key, now };
            told.write(&arguments.form, session)?;
            Ok(Exit::Done)
        }
        (None, None) => Err(of_home_into_files()),
    }
}

struct New {
    issued: mtlsmith_ca::mint::Issued,
    key: PrivateKey,
}

fn mint(
    arguments: &Arguments,
    above: &IssuingAuthority,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<New, Failure> {
    let failed = |error: &mtlsmith_ca::mint::MintError| mint_failure(error);
    let request = match &arguments.common_name {
        None => CaRequest::for_organization(&arguments.organization, now, &SystemRandom),
        Some(name) => Subject::new(Some(&arguments.organization), &[], Some(name)).map(CaRequest::new),
    };
    let mut request = request.map_err(|error| failed(&error))?;
    if let Some(lifetime) = arguments.validity_period {
        request.lifetime = lifetime;
    }
    let target = arguments.target.read(None, session)?;
    let kind = arguments.kind.named()?.unwrap_or(KeyKind::P384);
    let key = PrivateKey::generate(kind).map_err(|error| failed(&error))?;
    let profile = Profile::temporal_cloud();
    let issued = mint_intermediate(&request, key.public_key(), &above.authority, &target, &profile, now);
    Ok(New { issued: issued.map_err(|error| failed(&error))?, key })
}

fn into_home(
    arguments: &Arguments,
    above: &IssuingAuthority,
    home: &mtlsmith_ca::keep::Home,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let name = arguments.name.as_deref().unwrap_or_default();
    let slot = Slot::authority(name).map_err(|error| keep_failure(&error))?;
    let mut writer = state::lock(home, "gen intermediate", now, session)?;
    if state::current_for(&writer, home, &slot, session)?.is_some() {
        return Err(Failure::refused(format!("the CA {} is there already; nothing was minted", shown(name)))
            .hint("give the new one another name with --name"));
    }
    let new = mint(arguments, above, now, session)?;
    let issuing = Some((&above.authority, above.name.as_deref()));
    let issuance = issuance(&new.issued, new.key.public_key(), issuing, Vec::new(), None, "new");
    let certificates = new.issued.pem() + &above.pem();
    let key = new.key.pkcs8_pem().map_err(|error| mint_failure(&error))?;
    let kept =
        KeptAuthority { slot: &slot, certificates: &certificates, key: Some(&key), issuance: &issuance };
    let committed = kept.commit(&mut writer, now)?;
    let current = home.current_path(&slot);
    let told = Told {
        what: WHAT,
        issued: &new.issued,
        generation: Some(committed.name.number),
        certificate: Some(current.join("ca.crt")),
        key: Some(current.join("ca.key")),
        now,
    };
    told.write(&arguments.form, session)?;
    Ok(Exit::Done)
}

/// What a CA of the state directory issues is kept there too, or the ledger would not know of it.
pub(super) fn of_home_into_files() -> Failure {
    Failure::could_not_run("files are named for the certificate, but none for the CA").hint(
        "name the CA too: --ca-cert FILE --ca-key FILE; or leave the files out: what a CA of the state directory issues is kept there",
    )
}

const WHAT: &str = "intermediate CA";

const EXAMPLES: &str = "\
Examples:
  mtlsmith gen ca --org acme --path-length 1 --ca-cert root.pem \\
      --ca-key root.key
  mtlsmith gen intermediate --org acme --ca-cert root.pem --ca-key root.key \\
      --cert issuing.pem --key issuing.key
  mtlsmith gen leaf --org acme --ca-cert issuing.pem --ca-key issuing.key \\
      --cert worker.pem --key worker.key

Exit status: 0 minted, 1 a rule stands against it, 2 could not run, 3 something is there already; nothing was changed";
